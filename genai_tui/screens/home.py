"""Home: the lifecycle board."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import Page
from genai_tui.widgets.board import BoardView
from genai_tui.widgets.diagram import Direction
from genai_tui.widgets.lines import Key


class Home(Page):
    """Eight boxes, the next step, every measured candidate. The arrow keys follow the arrows."""

    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("board.left", "left", "move('left')", "move along the arrows", "← → ↑ ↓"),
        Act("board.right", "right", "move('right')", "move right"),
        Act("board.up", "up,k", "move('up')", "move up"),
        Act("board.down", "down,j", "move('down')", "move down"),
        Act("board.open", "enter", "open", "open the chosen stage"),
        Act(
            "board.page_down",
            "pagedown,space",
            "scroll_board(1)",
            "scroll down, where not everything fits",
            "page down",
        ),
        Act("board.page_up", "pageup", "scroll_board(-1)", "scroll up", "page up"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("1-8", "stage"), Key("↑↓←→", "move"), Key("enter", "open"), Key("n", "next step"),
    )  # fmt: skip

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board

    def compose(self) -> ComposeResult:
        """One widget."""
        self.view = BoardView(self._board, (*self.KEYS, *self.host.global_keys()))
        yield self.view

    def show_board(self, board: Board | None) -> None:
        """Draw what has changed."""
        if board is not None and self.is_mounted:
            self.view.show(board)

    def show_message(self) -> None:
        """Draw the last line again."""
        if self.is_mounted:
            self.view.say(self.message)

    def command(self) -> str:
        """The whole board, as a command."""
        return "genai-tui status"

    def help_lines(self) -> tuple[str, ...]:
        """How to read the board."""
        return (
            "The boxes are the eight stages, the arrows the course of the work: straight from scope to deploy, and the "
            "loop between what adapts a model and what evaluates it.",
            "○ nothing yet · ● started · ✔ done · ! needs attention · ✘ failed",
            "NEXT is the step that the evidence asks for; n goes there. ITERATIONS holds every measured candidate with "
            "its 95 % interval against the target: met is when the whole interval is past it.",
        )

    def action_move(self, direction: Direction) -> None:
        """Move to another box."""
        self.view.go(direction)
        if self.host.look.plain:
            self.say(self.view.spoken())

    def action_scroll_board(self, pages: int) -> None:
        """Scroll by most of a screen."""
        self.view.scroll_by(pages * max(1, self.size.height - 4))

    def action_open(self) -> None:
        """Open the chosen stage."""
        self.host.go_to_stage(self.view.chosen)

    def on_board_view_stage_opened(self, event: BoardView.StageOpened) -> None:
        """Opened with the mouse."""
        self.host.go_to_stage(event.stage)
