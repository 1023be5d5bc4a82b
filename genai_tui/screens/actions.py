"""What the keys of every screen do, one method an action of `acts.APP_ACTS`."""

import asyncio
import os
import signal

from textual import events

from genai_tui.errors import GenaiError
from genai_tui.lifecycle import BY_KEY
from genai_tui.screens.base import Page
from genai_tui.screens.host import Host
from genai_tui.widgets.look import Theme, make_look
from genai_tui.widgets.painted import Painted

JUMP_LETTERS = "abcdefgimopqrstuvwxz"


class Actions(Host, inherit_bindings=False):
    """The app's actions. A page says what stopping, copying and zooming mean on it."""

    handed_by = 0  # the stage that handed something to the page: esc leads back there; 0 for none
    _jumps: dict[str, Painted] | None = None

    @property
    def page(self) -> Page | None:
        """The page on top."""
        top = self.screen_stack[-1] if self.screen_stack else None  # there is none while the app ends
        return top if isinstance(top, Page) else None

    def dress(self, theme: Theme) -> None:
        """Wear a theme."""
        terminal = self.terminal
        ascii_only = terminal.drawing == "ascii"
        self.look = make_look(theme, terminal.colours, ascii_only=ascii_only, plain=terminal.plain)

    def say(self, text: str, tone: str = "note") -> None:
        """Say a sentence in the last line of the page on top."""
        if self.page is not None:
            self.page.say(text, tone)

    def show_page(self, page: Page) -> None:
        """Show a page over the present screen, unless one of its kind is there already."""
        if type(self.screen) is not type(page):
            self.push_screen(page)

    def action_stage(self, number: int) -> None:
        """Go to a stage."""
        self.go_to_stage(number)

    def action_home(self) -> None:
        """Go home."""
        with self.batch_update():
            while len(self.screen_stack) > 1:
                self.pop_screen()

    def action_leave(self) -> None:
        """Leave the text box, else stop the answer that streams, else go back; nothing is removed by it.

        The first esc on a message only takes that away. One esc too many, after the palette or at the end of an
        answer, is none.
        """
        page = self.page
        if page is None:
            self.screen.set_focus(None)
        elif getattr(self.focused, "TEXT_BOX", False) and not page.ESC_CLOSES:
            page.forget_message()
            page.leave_box()
        elif page.ESC_CLOSES:
            self.pop_screen()
            if self.page is not None:
                self.page.has_ended()
        elif not (page.ESC_STOPS and page.stop_work()) and not page.holds_esc() and len(self.screen_stack) > 1:
            if self.handed_by and len(self.screen_stack) == 2:
                self.go_to_stage(self.handed_by)
            else:
                self.pop_screen()

    def action_next(self) -> None:
        """Go where the next best step is, and say it."""
        if self.board is not None:
            advice = self.board.advice
            self.go_to_stage(BY_KEY[advice.stage].number)
            self.call_after_refresh(self.say, f"Next: {advice.text}")

    async def action_command(self) -> None:
        """Show the command that does this, and send it to the clipboard."""
        page = self.page
        if page is None:
            return
        text = page.copy_text() or page.command()
        try:
            page.say(await self.send_to_clipboard(text) if text else "There is no command for this.")
        except GenaiError as error:
            page.say(str(error), "bad")

    def action_help(self) -> None:
        """Help for this screen."""
        from genai_tui.screens.help import Help

        if self.page is not None:
            self.show_page(Help(self.page))

    def action_palette(self) -> None:
        """Everything by name."""
        from genai_tui.screens.palette import Palette

        if self.page is not None:
            self.show_page(Palette(self.page))

    def action_jobs(self) -> None:
        """Long work."""
        from genai_tui.screens.jobs import Jobs

        if self.project is not None:
            self.show_page(Jobs())

    def action_money(self) -> None:
        """What was spent, and how that is known."""
        from genai_tui.screens.how import How
        from genai_tui.screens.money import explain_money

        if self.project is not None:
            stage = self.page.STAGE if self.page is not None else 0
            said = explain_money(self.project)
            self.show_page(How("What was spent, and how that is known", said, stage=stage, command="genai-tui status"))

    def action_welcome(self) -> None:
        """Open or make another project."""
        from genai_tui.screens.welcome import Welcome

        self.show_page(Welcome())

    async def action_theme(self, theme: Theme) -> None:
        """Wear another theme, and keep it."""
        from genai_tui.settings import save_setting

        self.dress(theme)
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.show_look()
        try:
            await asyncio.to_thread(save_setting, "theme", theme)
        except GenaiError as error:
            self.say(f"The theme could not be kept. {error}", "warn")

    def action_redraw(self) -> None:
        """Draw every cell again, over whatever another program has written."""
        repaint = getattr(self._driver, "repaint", None)
        if repaint is not None:
            repaint()
        else:
            self.screen.refresh()

    def action_suspend_here(self) -> None:
        """Give the terminal back to the shell until `fg`; the driver deals with the signal."""
        if not self.is_headless:
            os.kill(os.getpid(), signal.SIGTSTP)

    def action_stop(self) -> None:
        """Stop the answer that streams; ctrl+c never quits and never clears."""
        page = self.page
        if page is not None and not page.stop_work():
            keeps = self.terminal.keeps_ctrl_keys
            page.say("Nothing is running. " + (": and then quit ends the app." if keeps else "ctrl+q quits."))

    def action_jump(self) -> None:
        """Say a letter for each part of the screen; the next key goes there."""
        page = self.page
        if page is None:
            return
        parts = [widget for widget in page.query(Painted) if widget.focusable and widget.display]
        self._jumps = dict(zip(JUMP_LETTERS, parts, strict=False))
        named = (f"{letter} {_name_of(widget)}" for letter, widget in self._jumps.items())
        page.say("Jump to: " + "   ".join(named) if parts else "There is one part only here.")

    def _jumped(self, event: events.Key) -> bool:
        """Take the letter of a jump; any other key ends it and does what it does."""
        jumps, self._jumps = self._jumps or {}, None
        target = jumps.get(event.key)
        if target is not None and self.page is not None:
            self.page.forget_message()
            target.focus()
        return target is not None

    def action_zoom(self) -> None:
        """Give the whole screen to the part that has the keys, or back."""
        if self.page is not None:
            self.page.zoom()

    def action_quit_now(self) -> None:
        """Quit; everything is saved already."""
        self.exit(0, return_code=0)


def _name_of(widget: Painted) -> str:
    return str(getattr(widget, "title", "") or getattr(widget, "label", "") or widget.id or "here").strip()
