"""The Textual app: which screens there are, which theme they wear, which keys work everywhere; nothing else."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from genai_tui.errors import GenaiError
from genai_tui.lifecycle import BY_KEY, STAGES
from genai_tui.records.stages import Board
from genai_tui.screens.acts import APP_ACTS, LATIN, bindings
from genai_tui.screens.base import Host, Page
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Theme, make_look

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.terminal.environment import Terminal

LOOK_EVERY = 0.5  # seconds between two looks at whether somebody else changed the project
LAYOUT_EVERY = 0.1  # seconds between two layouts while the terminal is being resized


class GenaiApp(Host, inherit_bindings=False):
    """genai-tui on a terminal."""

    TITLE = "genai-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP_ACTS)
    CSS = "Screen { background: ansi_default; }"

    def __init__(
        self,
        terminal: "Terminal",
        project: "Project | None",
        board: Board | None = None,
        theme: Theme | None = None,
    ) -> None:
        super().__init__(ansi_color=True)  # else Textual writes palette colours as longer true ones
        self.terminal, self.project = terminal, project
        self.board = project.board() if board is None and project is not None else board
        self.dress(theme or ("light" if terminal.light else "dark"))
        self._reading: ThreadPoolExecutor | None = None
        self._resized = 0.0
        self._resize: events.Resize | None = None

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None: our styles fit the terminal already, and Textual's own under NO_COLOR write colours."""
        return ()

    def get_default_screen(self) -> Screen[object]:
        """Home; without a project the welcome."""
        if self.board is None:
            from genai_tui.screens.welcome import Welcome

            return cast("Screen[object]", Welcome())
        from genai_tui.screens.home import Home

        return cast("Screen[object]", Home(self.board))

    def on_mount(self) -> None:
        """Watch the project for what other terminals write."""
        if self.project is not None:
            self.set_interval(LOOK_EVERY, self._look_whether_changed)

    def on_unmount(self) -> None:
        """End the reading thread."""
        if self._reading is not None:
            self._reading.shutdown(wait=False)

    def dress(self, theme: Theme) -> None:
        """Wear a theme."""
        terminal = self.terminal
        self.look = make_look(theme, terminal.colours, ascii_only=terminal.drawing == "ascii", plain=terminal.plain)

    @property
    def page(self) -> Page | None:
        """The page on top."""
        return self.screen if isinstance(self.screen, Page) else None

    def global_keys(self) -> tuple[Key, ...]:
        """The keys of every screen; where a terminal keeps ctrl keys, none of those."""
        if self.terminal.keeps_ctrl_keys:
            return (Key(":", "commands"), Key("?", "help"))
        return (Key("^p", "commands"), Key("^q", "quit"), Key("?", "help"))

    async def on_event(self, event: events.Event) -> None:
        """Keys mean what is written on them, and a storm of sizes is laid out ten times a second."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            meant = self._meant(event)
            if meant is None:
                return
            if self.page is not None:
                self.page.forget_message()
            event = meant
        elif isinstance(event, events.Resize) and self._must_wait(event):
            return
        await super().on_event(event)

    def _meant(self, event: events.Key) -> events.Key | None:
        """The key that was meant: alt + key is esc and then the key, and outside text boxes letters are keys."""
        in_box = bool(getattr(self.focused, "TEXT_BOX", False))
        if event.key.startswith("alt+"):
            rest = event.key[4:]
            if rest in "12345678h":
                if in_box:
                    self.screen.set_focus(None)
                return events.Key(rest, rest)
            return None if len(rest) == 1 or event.is_printable else event
        latin = None if in_box else LATIN.get(event.character or "")
        return event if latin is None else events.Key(latin, latin)

    def _must_wait(self, event: events.Resize) -> bool:
        now = asyncio.get_running_loop().time()
        if event is self._resize or now - self._resized >= LAYOUT_EVERY:
            self._resized, self._resize = now, None
            return False
        if self._resize is None:
            self.set_timer(LAYOUT_EVERY - (now - self._resized), self._lay_out_last_size)
        self._resize = event
        return True

    def _lay_out_last_size(self) -> None:
        if self._resize is not None:
            self.post_message(self._resize)

    async def _look_whether_changed(self) -> None:
        """Ask the store whether somebody wrote, in a thread of its own, and the board again if so."""
        project = self.project
        if project is None:
            return
        if self._reading is None:
            self._reading = ThreadPoolExecutor(1, "board")
        try:
            board = await asyncio.get_running_loop().run_in_executor(
                self._reading, lambda: project.board() if project.reader.changed() else None
            )
        except GenaiError as error:
            if self.page is not None:
                self.page.say(str(error), "bad")
            return
        if board is not None:
            self._show(board)

    def look_again(self) -> None:
        """Read the board again, now, because something was written here."""
        if self.project is not None:
            self._show(self.project.board())

    def _show(self, board: Board) -> None:
        self.board = board
        if self.page is not None:
            self.page.show_board(board)

    def go_to_stage(self, number: int) -> None:
        """Show a stage's screen: made on the first visit, kept after it (made anew it would be painted twice)."""
        stage = STAGES[number - 1]
        if self.board is None or (self.page is not None and number == self.page.STAGE):
            return
        if not self.is_screen_installed(stage.key):
            made = import_module(f"{stage.folder}.screen").SCREEN()
            self.install_screen(made, stage.key)
        with self.batch_update():
            while len(self.screen_stack) > 2:
                self.pop_screen()
            if len(self.screen_stack) == 2:
                self.switch_screen(stage.key)
            else:
                self.push_screen(stage.key)

    def show_page(self, page: Page) -> None:
        """Show a page over the present screen, unless one of its kind is there already."""
        if type(self.screen) is not type(page):
            self.push_screen(page)

    def send_to_clipboard(self, text: str) -> str:
        """Send `text` to the terminal's clipboard; returns what was done, in words that promise nothing more."""
        from genai_tui.terminal.clipboard import copy

        return copy(text, self)

    def action_stage(self, number: int) -> None:
        """Go to a stage."""
        self.go_to_stage(number)

    def action_home(self) -> None:
        """Go home."""
        with self.batch_update():
            while len(self.screen_stack) > 1:
                self.pop_screen()

    def action_leave(self) -> None:
        """Leave the text box, else go back; nothing is removed by it."""
        if getattr(self.focused, "TEXT_BOX", False):
            self.screen.set_focus(None)
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    def action_next(self) -> None:
        """Go where the next best step is, and say it."""
        if self.board is not None:
            advice = self.board.advice
            self.go_to_stage(BY_KEY[advice.stage].number)
            self.call_after_refresh(self._say, f"Next: {advice.text}")

    def _say(self, text: str) -> None:
        if self.page is not None:
            self.page.say(text)

    def action_command(self) -> None:
        """Show the command that does this, and send it to the clipboard."""
        page = self.page
        if page is None:
            return
        text = page.command()
        page.say(self.send_to_clipboard(text) if text else "There is no command for this.", "note")

    def action_help(self) -> None:
        """Help for this screen."""
        from genai_tui.screens.help import Help

        if self.page is not None and not isinstance(self.page, Help):
            self.show_page(Help(self.page))

    def action_palette(self) -> None:
        """Everything by name."""
        from genai_tui.screens.palette import Palette

        if self.page is not None:
            self.show_page(Palette(self.page))

    def action_jobs(self) -> None:
        """Long work."""
        from genai_tui.screens.jobs import Jobs

        self.show_page(Jobs())

    def action_welcome(self) -> None:
        """Open or make another project."""
        from genai_tui.screens.welcome import Welcome

        self.show_page(Welcome())

    def action_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self.dress(theme)
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.show_look()

    def action_redraw(self) -> None:
        """Draw every cell again."""
        self.screen.refresh(layout=True)
        self.refresh()

    def action_suspend_here(self) -> None:
        """Give the terminal back to the shell until `fg`."""
        self.action_suspend_process()

    def action_stop(self) -> None:
        """Stop the answer that streams; ctrl+c never quits and never clears."""
        page = self.page
        if page is not None and not page.stop_work():
            keep = self.terminal.keeps_ctrl_keys
            page.say("Nothing is running. : and then quit quits." if keep else "Nothing is running. ctrl+q quits.")

    def action_jump(self) -> None:
        """Jump to a part of the screen."""
        self.screen.focus_next()

    def action_quit_now(self) -> None:
        """Quit; everything is saved already."""
        self.exit(0, return_code=0)
