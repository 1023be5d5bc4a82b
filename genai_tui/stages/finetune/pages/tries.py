"""Tries of the playground that may become rows of train: a person says which answers are right."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.generations import Generation
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages


class Tries(FramedPage):
    """A list with marks; what is marked is taken together."""

    WHERE = "tries"
    STAGE = 4
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("tries.mark", "space", "mark", "this answer is right: mark it, or no longer"),
        Act("tries.take", "a", "take", "add what is marked to train"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "move"), Key("enter", "right, or not"), Key("a", "add to train"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(self, tries: Sequence[Generation], then: Callable[[list[int]], None]) -> None:
        super().__init__()
        self.tries, self.then = list(tries), then
        self.marked: set[int] = set()

    def body(self) -> Sequence[Widget]:
        """One list."""
        self.table = LineTable(
            "Which of these answers are right?", ListPages(self.tries), self._draw, spoken=self._spoken,
            empty=("Every try so far is of a row that a dataset has.", "Such rows are trained on by their split."),
        )  # fmt: skip
        return (self.table,)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Mark it."""
        self.action_mark()

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Space marks, too."""
        self.action_mark()

    def action_mark(self) -> None:
        """Right, or not."""
        row = self.table.row
        if row is not None:
            self.marked ^= {row.id}
            self.table.title = f"Which of these answers are right? {len(self.marked)} marked"
            self.table.repaint()

    def action_take(self) -> None:
        """Add what is marked."""
        if not self.marked:
            self.say("Nothing is marked: enter marks an answer that is right.")
            return
        self.app.pop_screen()
        self.then(sorted(self.marked))

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui finetune take tries {' '.join(map(str, sorted(self.marked)))}".rstrip()

    def help_lines(self) -> Sequence[str]:
        """What is taken."""
        return (
            "Tries whose inputs stand in no split of the dataset in use, and their answers. What is marked becomes "
            "rows of train, in a new version of the dataset.",
        )

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, one: Generation) -> None:
        marked = one.id in self.marked
        canvas.put(x, y, canvas.look.signs["done" if marked else "empty"], "good" if marked else "soft")
        half = max(10, width * 2 // 3)
        canvas.put(x + 2, y, " ".join(map(str, (one.inputs or {}).values())), "text", half - 4)
        canvas.put(x + half, y, " ".join(one.text.split()), "strong", width - half)

    def _spoken(self, one: Generation) -> str:
        said = " ".join(map(str, (one.inputs or {}).values()))
        return f"{'marked, ' if one.id in self.marked else ''}{said}: {one.text.strip()}"
