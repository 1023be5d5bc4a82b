"""How a number came about: its parts, one under the other, with their sources."""

from collections.abc import Sequence

from textual.widget import Widget

from genai_tui.screens.base import FramedPage
from genai_tui.widgets.cells import pad
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView

NAMES = 18  # columns for the names


class How(FramedPage):
    """Names and what is said of them; `command` is what says the same on the command line."""

    WHERE = "how"

    def __init__(self, title: str, said: Sequence[tuple[str, str]], *, stage: int = 0, command: str = "") -> None:
        super().__init__()
        self.title_said, self.said, self._command = title, said, command
        self.STAGE = stage  # the rail shows where one came from

    def body(self) -> Sequence[Widget]:
        """One text."""
        parts = [Part(""), *(Part(text, "text", pad(name, NAMES), "strong") for name, text in self.said)]
        self.text = TextView(self.title_said, parts)
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()
        self.show_keys((Key("↑↓", "scroll"), Key("y", "copy"), Key("esc", "back")))

    def command(self) -> str:
        """The same on the command line."""
        return self._command

    def copy_text(self) -> str:
        """The whole page."""
        return self.text.plain_text()
