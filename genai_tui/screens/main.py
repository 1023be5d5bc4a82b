"""The Textual app: which screens there are, which theme they wear, which keys work everywhere; nothing else."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from genai_tui.board import gather
from genai_tui.errors import GenaiError
from genai_tui.lifecycle import STAGES
from genai_tui.records.stages import Board
from genai_tui.screens.actions import Actions
from genai_tui.screens.acts import APP_ACTS, LATIN, bindings
from genai_tui.screens.still_typing import StillTyping
from genai_tui.screens.typed_ahead import TypedAhead
from genai_tui.store.going import measuring
from genai_tui.store.jobs import running
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Theme

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project
    from genai_tui.screens.drafts import TypedTexts
    from genai_tui.terminal.environment import Terminal

LOOK_EVERY = 0.5  # seconds between two looks at whether somebody else changed the project
SETTLED_S = 0.03  # seconds in which a screen is laid out before it is painted: once, not for each step of it


class GenaiApp(Actions, inherit_bindings=False):
    """genai-tui on a terminal."""

    TITLE = "genai-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(APP_ACTS)
    CSS = "Screen { background: ansi_default; }"

    def __init__(
        self,
        terminal: "Terminal",
        project: "Project | None" = None,
        *,
        board: Board | None = None,
        theme: Theme | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__(ansi_color=True)  # else Textual writes palette colours as longer true ones
        self.terminal, self.project = terminal, project
        self.folder = folder or (project.folder if project else Path.cwd())
        self._given = board is not None  # a board that was given is shown as it is, for pictures
        self.board = gather(project) if board is None and project is not None else board
        self.open_next: Path | None = None
        self._typed: TypedTexts | None = None
        self.typed_ahead = TypedAhead(self, self._deal)
        self._still_typing = StillTyping(self)
        self._asking: Asking | None = None
        self._limits: tuple[float | None, str] | None = None  # the budget and data rules that it was opened with
        self._reading: ThreadPoolExecutor | None = None
        self.dress(theme or ("light" if terminal.light else "dark"))

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
        """Wear the user's keys, and watch the project for what other terminals write."""
        if self.project is not None:
            if self.project.settings.keys:
                self.set_keymap({name: ",".join(keys) for name, keys in self.project.settings.keys.items()})
            if not self._given:
                self.set_interval(LOOK_EVERY, self._look_whether_changed)

    async def asking(self) -> "Asking":
        """Everything needed to ask, opened at the first answer and kept, until budget or data rules are others."""
        from genai_tui.store.scopes import current_scope

        assert self.project is not None  # only screens of a project ask
        scope = current_scope(self.project.reader)
        limits, before = (scope.budget_usd, scope.data_rules), self._asking
        if before is None or limits != self._limits:
            asking = self.project.asking(notice=lambda text: self.say(text, "wait"))
            self._asking, self._limits = await asking.__aenter__(), limits
            if before is not None:  # only now, so that the embedded model stays awake
                await before.__aexit__(None, None, None)
        assert self._asking is not None
        return self._asking

    async def on_unmount(self) -> None:
        """Let go of the embedded model, and end the reading thread."""
        if self._asking is not None:
            await self._asking.__aexit__(None, None, None)
        if self._reading is not None:
            self._reading.shutdown(wait=False)

    @property
    def typed(self) -> "TypedTexts":
        """What stands in text boxes and is not saved yet."""
        if self._typed is None:
            from genai_tui.screens.drafts import TypedTexts

            self._typed = TypedTexts(self)
        return self._typed

    def save_now(self) -> None:
        """Save what is typed, without the event loop: for every kind of end."""
        if self._typed is not None:
            self._typed.save_now()

    def global_keys(self, *, typing: bool = False) -> tuple[Key, ...]:
        """The keys of every screen; where a terminal keeps ctrl keys, none of those; in a text box no letters."""
        if typing:
            return () if self.terminal.keeps_ctrl_keys else (Key("^q", "quit"),)
        if self.terminal.keeps_ctrl_keys:
            return (Key(":", "commands"), Key("?", "help"))
        return (Key("^p", "commands"), Key("^q", "quit"), Key("?", "help"))

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes are dealt with one after the other."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.typed_ahead.put(event)
        else:
            if isinstance(event, events.MouseDown):
                self._still_typing.end()
            await super().on_event(event)

    async def _deal(self, event: events.Key | events.Paste) -> None:
        """Keys mean what is written on them."""
        if isinstance(event, events.Key):
            meant = self._meant(event)
            if meant is None:
                return
            if self._jumped(meant):
                self._still_typing.end()
                return
            if self._still_typing.takes(meant):
                return
            if self.page is not None and meant.key != "escape":  # that is for the message, where it would leave
                self.page.forget_message()
            event = meant
        await super().on_event(event)

    def _meant(self, event: events.Key) -> events.Key | None:
        """The key that was meant: alt + key is esc and then the key, and outside text boxes letters are keys."""
        in_box = bool(getattr(self.focused, "TEXT_BOX", False))
        if event.key.startswith("alt+"):
            rest = event.key[4:]
            if rest in "12345678h":
                self._still_typing.end()
                self.screen.set_focus(None)
                return events.Key(rest, rest)
            return None if len(rest) == 1 or event.is_printable else event
        latin = None if in_box else LATIN.get(event.character or "")
        return event if latin is None else events.Key(latin, latin)

    async def _look_whether_changed(self) -> None:
        """Ask the store whether somebody wrote, in a thread of its own, and the board again if so."""
        project = self.project
        if project is None:
            return
        if self._reading is None:
            self._reading = ThreadPoolExecutor(1, "board")
        try:
            board = await asyncio.get_running_loop().run_in_executor(
                self._reading, lambda: gather(project, self.board) if self._differs(project) else None
            )
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        if board is not None:
            self._show(board)

    def _differs(self, project: "Project") -> bool:
        """Whether somebody wrote, or a job or run that went on has lost its process, which can tell nobody."""
        project.attend()
        going, runs = (self.board.jobs_running, self.board.measuring) if self.board is not None else (0, ())
        return (
            project.reader.changed()
            or (going > 0 and running(project.reader) != going)
            or (runs != () and len(measuring(project.reader, runs)) != len(runs))
        )

    def look_again(self) -> None:
        """Read the board again, now, because something was written here."""
        if self.project is not None:
            self._show(gather(self.project, self.board))

    def _show(self, board: Board) -> None:
        self.board = board
        if self.page is not None:
            self.page.show_board(board)

    def go_to_stage(self, number: int, handed: Mapping[str, Any] | None = None) -> None:
        """Show a stage's screen: made on the first visit, kept after it (made anew it would be painted twice)."""
        stage = STAGES[number - 1]
        if self.board is None or (self.page is not None and number == self.page.STAGE):
            return
        self.handed_by = self.page.STAGE if handed is not None and self.page is not None else 0
        if not self.is_screen_installed(stage.key):
            self.install_screen(import_module(f"{stage.folder}.screen").SCREEN(), stage.key)
        if not self.is_headless:  # there is no wire to spare where nothing is written
            self.delay_update(SETTLED_S)
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 1:
            self.push_screen(stage.key)
        elif self.screen is not self.get_screen(stage.key):
            self.switch_screen(stage.key)
        if handed is not None and self.page is not None:
            self.call_after_refresh(self.page.take_in, handed)

    def open_project(self, folder: Path) -> None:
        """Leave this project, if there is one, and open that in `folder`."""
        self.open_next = folder
        self.exit(0)

    async def send_to_clipboard(self, text: str) -> str:
        """Send `text` to the terminal's clipboard; returns what was sent where, and the text."""
        from genai_tui.terminal.clipboard import copy

        sent = await copy(text, self.terminal)
        if sent.sequence and self._driver is not None:
            self._driver.write(sent.sequence)
        first = text.strip().split("\n")[0]
        return f"{first}  · {sent.sentence}" if "\n" not in text.strip() else sent.sentence

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The app's own workers; those of pages tell their page."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.worker_failed(event.worker.error)

    def worker_failed(self, error: BaseException) -> None:
        """Log a defect in a worker, and say it; what the worker did is kept, and the app goes on."""
        from genai_tui.terminal.log import log_defect

        self.say(f"Something went wrong inside genai-tui; the log is {log_defect(error)}.", "bad")
