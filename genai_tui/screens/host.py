"""The app as its screens see it: `main` and `actions` are behind it, and no screen imports those."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.app import App

from genai_tui.records.stages import Board
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Look

if TYPE_CHECKING:
    from pathlib import Path

    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project
    from genai_tui.screens.drafts import TypedTexts
    from genai_tui.terminal.environment import Terminal


LONG_S = 30.0  # of work, whose end is worth a sound to somebody who looks elsewhere


class Host(App[int]):
    """The project that is open, what the board says, how things are drawn, and what screens ask of the app."""

    look: Look
    terminal: "Terminal"
    project: "Project | None"
    board: Board | None
    folder: "Path"

    @property
    @abstractmethod
    def typed(self) -> "TypedTexts":
        """What stands in text boxes and is not saved yet."""

    @abstractmethod
    async def asking(self) -> "Asking":
        """Everything needed to ask, kept open while the app runs, so that the embedded model stays awake."""

    @abstractmethod
    def go_to_stage(self, number: int, handed: Mapping[str, Any] | None = None) -> None:
        """Show a stage's screen; what is `handed` to it is taken in once it is there."""

    @abstractmethod
    def open_project(self, folder: "Path") -> None:
        """Leave this project, if there is one, and open that in `folder`."""

    @abstractmethod
    def look_again(self) -> None:
        """Read the board again, now, because something was written."""

    @abstractmethod
    def worker_failed(self, error: BaseException) -> None:
        """Log a defect in a worker, and say it; what the worker did is kept, and the app goes on."""

    def ring(self, seconds: float) -> None:
        """Ring the bell once: work of so many seconds has ended. Only after long work, while the terminal has no focus.

        A terminal that never tells whether it has the focus is taken to have it.
        """
        if seconds > LONG_S and self.terminal.bell and not self.app_focus:
            self.bell()

    @abstractmethod
    async def send_to_clipboard(self, text: str) -> str:
        """Send `text` to the clipboard of the terminal; returns the sentence that says what was done."""

    @abstractmethod
    def global_keys(self, *, typing: bool = False) -> tuple[Key, ...]:
        """The keys that work everywhere, as the last line writes them here; while one types, those that are no text."""
