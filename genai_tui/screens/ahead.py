"""A stage whose own screen is still to come: what it decides, what it will show, what is known for it already."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from genai_tui.records.stages import Board
from genai_tui.screens.base import StageScreen
from genai_tui.widgets.cells import pad
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import SIGN_ROLES
from genai_tui.widgets.text_view import Part, TextView

if TYPE_CHECKING:
    from genai_tui.project import Project


class Ahead(StageScreen):
    """An honest page. `KNOWN_WIDTH` columns hold the names of what is known."""

    DECIDES: ClassVar[str] = ""
    WILL_SHOW: ClassVar[tuple[str, ...]] = ()
    EXIST: ClassVar[tuple[tuple[str, str], ...]] = ()
    KNOWN_WIDTH: ClassVar[int] = 22

    @abstractmethod
    def known(self, project: "Project") -> Iterable[tuple[str, str]]:
        """What the project knows for this stage: names and values."""

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView(f"{self.STAGE} {self.stage.title}", self.parts(self.host.board))
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()
        self.show_keys((Key("1-8", "stage"), Key("esc", "home"), Key("n", "next step")))

    def show_board(self, board: Board | None) -> None:
        """Count again."""
        super().show_board(board)
        if self.is_mounted:
            self.text.show(self.parts(board))

    def parts(self, board: Board | None) -> Sequence[Part]:
        """The page."""
        question = self.stage.question
        parts = [Part(""), Part(question[0].upper() + question[1:], "strong"), Part(self.DECIDES), Part("")]
        if board is not None:
            status = board.stages[self.STAGE - 1]
            sign = self.host.look.signs[status.state]
            parts += [Part(status.summary or "not begun", "text", f"{sign} ", SIGN_ROLES[status.state]), Part("")]
        parts.append(Part("WHAT THE PROJECT KNOWS FOR IT", "head"))
        if self.host.project is not None:
            parts += [
                Part(value, "text", pad(f"  {name}", self.KNOWN_WIDTH)) for name, value in self.known(self.host.project)
            ]
        parts += [
            Part(""),
            Part("WHAT THIS SCREEN WILL SHOW", "head"),
            *(Part(line, "soft", "  · ") for line in self.WILL_SHOW),
        ]
        parts += [Part(""), Part("COMMANDS THERE ARE", "head")]
        return parts + [Part(does, "soft", pad(f"  {command}", 36), "key") for command, does in self.EXIST]

    def command(self) -> str:
        """The board tells as much of this stage as this page."""
        return "genai-tui status"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 run`, `12 runs`, `none yet`."""
    if not number:
        return "none yet"
    return f"{number:,} {one if number == 1 else many or one + 's'}"
