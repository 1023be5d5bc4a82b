"""The answers of a run in groups: by expected answer, by what was taken for what, by length, by tag."""

from genai_tui.stages.evaluate.pages.answer_rows import json_text
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.store.results import REST, Slice, Slicing, Wish
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.plot import Axis, draw_interval

TITLES: dict[Slicing, str] = {
    "expected": "by expected answer", "confusion": "confusion: what was taken for what",
    "length": "by length of the inputs", "tag": "by tag",
}  # fmt: skip
EMPTY = {"tag": "No row has a tag.", "confusion": "Nothing was taken for anything else."}
COLS = (Col("right", 8), Col("n", 8), Col("share", 7))
SUMS = (Col("sum", 8), Col("n", 8), Col("mean", 7))  # where the scorer's values are no rights and wrongs
AXIS = 24


class Groups(ColumnTable[Slice]):
    """The groups of one kind, each with its share and interval; `slicing` is None where there are none."""

    def __init__(self) -> None:
        super().__init__(
            "Groups", ListPages([]), self._draw_group, always_lit=True, id="groups", empty=("Nothing to group.",),
            spoken=lambda row: f"{_name(row, self.slicing)} {row.got}: {row.total:g} of {row.n}",
        )  # fmt: skip
        self.slicing: Slicing | None = None

    def wait(self, of: str, slicing: Slicing, *, rights: bool) -> None:
        """Groups of that kind come; `rights`: the scorer says right or wrong of each answer."""
        self.slicing = slicing
        self.title = f"{of}: {TITLES[slicing]} …"
        self.cols = () if slicing == "confusion" else COLS if rights else SUMS
        self.replace(ListPages([]), 0)

    def take(self, of: str, found: list[Slice]) -> None:
        """They have come."""
        if self.slicing is not None:
            self.title = f"{of}: {TITLES[self.slicing]}"
            self.empty = (EMPTY.get(self.slicing, "Nothing to group."),)
        self.replace(ListPages(found), 0)

    def wish_for(self, row: Slice, wish: Wish) -> Wish | None:
        """The answers of one group, else as `wish` says; None for the rest, which is no group."""
        if row.name == REST or self.slicing is None:
            return None
        return {
            "expected": wish._replace(expected=row.name),
            "confusion": wish._replace(expected=row.name, got=row.got, show="wrong"),
            "length": wish._replace(length=int(row.name) if self.slicing == "length" else None),
            "tag": wish._replace(tag=row.name),
        }[self.slicing]

    def _draw_group(self, canvas: Canvas, x: int, y: int, width: int, row: Slice) -> None:
        if self.slicing == "confusion":
            count = f"{row.n:,}×"
            canvas.right(x + 7, y, count, "strong")
            at = canvas.put(x + 9, y, _name(row, self.slicing), "text", (width - 12) // 2)
            at = canvas.put(at, y, " → ", "soft")
            canvas.put(at, y, one_line(row.got) or "(nothing)", "bad", x + width - at)
            return
        share = row.total / row.n
        cells = (Cell(f"{row.total:.4g}", "text"), Cell(f"{row.n:,}", "text"), Cell(f"{share:.2f}", "strong"))
        end = put_cells(canvas, y, x + width - 1, self.cols, cells) - 1
        if width > 70 and self.cols == COLS:
            low, high = wilson(row.total, row.n)
            draw_interval(canvas, end - AXIS, y, AXIS, Axis(0, 1), share, low, high)
            end -= AXIS + 2
        canvas.put(x, y, _name(row, self.slicing), "text", end - x)


def _name(row: Slice, slicing: Slicing | None) -> str:
    if slicing == "length":
        return f"up to {int(row.name):,} characters" if row.name != "0" else "longer"
    return one_line(json_text(row.name)) if slicing in ("expected", "confusion") else one_line(row.name)
