"""The answers of a run in groups: by expected answer, by what was taken for what, by class, by length, by tag."""

from collections.abc import Callable, Sequence
from typing import Literal

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.pages.expected import stored_said
from genai_tui.stages.evaluate.scorers.labels import ClassReport
from genai_tui.stages.evaluate.slicing import classed, reads_classes
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.store.reader import Reader
from genai_tui.store.results import REST, Slice, Slicing, Wish, slices
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.plot import Axis, draw_interval

Kind = Literal[Slicing, "class"]
KINDS: tuple[Kind, ...] = ("expected", "confusion", "class", "length", "tag")
TITLES: dict[Kind, str] = {
    "expected": "by expected answer", "confusion": "confusion: what was taken for what",
    "class": "each class", "length": "by length of the inputs", "tag": "by tag",
}  # fmt: skip
SHORT: dict[Kind, str] = {
    "expected": "by expected", "confusion": "confusion", "class": "each class", "length": "by length", "tag": "by tag"
}  # fmt: skip
EMPTY: dict[Kind, tuple[str, ...]] = {
    "tag": ("No row has a tag. esc goes back to the answers.",),
    "confusion": ("Nothing was taken for anything else. t groups otherwise.",),
    "class": (
        "No scorer of this run reads answers as classes.",
        "In Runs, S scores them again, by labels: nothing is asked anew.",
    ),
}  # fmt: skip
COLS = (Col("right", 10), Col("n", 10), Col("share", 7))
SUMS = (Col("sum", 10), Col("n", 10), Col("mean", 7))  # where the scorer's values are no rights and wrongs
CLASSES = (Col("precision", 12), Col("recall", 9), Col("F1", 7), Col("n", 8))
COUNT = 10  # the cells of a count in the confusion
AXIS = 24


class Groups(ColumnTable[Slice | ClassReport]):
    """The groups of one kind, each with its share and interval; `kind` is None where there are none."""

    def __init__(self) -> None:
        super().__init__(
            "Groups", ListPages([]), self._draw_group, always_lit=True, id="groups", empty=("Nothing to group.",),
            spoken=self._say,
        )  # fmt: skip
        self.kind: Kind | None = None

    @property
    def following(self) -> Kind | None:
        """The kind that comes after this one; None after the last."""
        at = KINDS.index(self.kind) + 1 if self.kind is not None else 0
        return KINDS[at] if at < len(KINDS) else None

    def wait(self, of: str, kind: Kind, *, rights: bool) -> None:
        """Groups of that kind come; `rights`: the scorer says right or wrong of each answer."""
        self.kind = kind
        self.title, self.empty = f"{of}: {TITLES[kind]} …", ()
        self.cols = () if kind == "confusion" else CLASSES if kind == "class" else COLS if rights else SUMS
        self.replace(ListPages([]), 0)

    def take(self, of: str, found: Sequence[Slice | ClassReport]) -> None:
        """They have come."""
        if self.kind is not None:
            self.title = f"{of}: {TITLES[self.kind]}"
            self.empty = EMPTY.get(self.kind, ("Nothing to group.",))
        self.replace(ListPages(list(found)), 0)

    def wish_for(self, row: Slice | ClassReport, wish: Wish) -> Wish | None:
        """The answers of one group, else as `wish` says; None for a class, and for the rest, which is no group."""
        if isinstance(row, ClassReport) or row.name == REST or self.kind is None:
            return None
        return {
            "expected": wish._replace(expected=row.name),
            "confusion": wish._replace(expected=row.name, got=row.got, show="wrong"),
            "length": wish._replace(length=int(row.name) if self.kind == "length" else None),
            "tag": wish._replace(tag=row.name),
        }[self.kind]

    def _say(self, row: Slice | ClassReport) -> str:
        if isinstance(row, ClassReport):
            shares = f"precision {row.precision:.2f}, recall {row.recall:.2f}, F1 {row.f1:.2f}"
            return f"{one_line(row.label)}: {shares}, expected {row.n:,} times"
        return f"{_name(row, self.kind)} {row.got}: {row.total:g} of {row.n}"

    def _draw_group(self, canvas: Canvas, x: int, y: int, width: int, row: Slice | ClassReport) -> None:
        if isinstance(row, ClassReport):
            shares = (Cell(f"{row.precision:.2f}"), Cell(f"{row.recall:.2f}"), Cell(f"{row.f1:.2f}", "strong"))
            end = put_cells(canvas, y, x + width - 1, self.cols, (*shares, Cell(f"{row.n:,}"))) - 1
            canvas.put(x, y, one_line(row.label), "text", end - x)
            return
        if self.kind == "confusion":
            count = f"{row.n:,}×"
            canvas.right(x + COUNT, y, count, "strong")
            at = canvas.put(x + COUNT + 2, y, _name(row, self.kind), "text", (width - COUNT - 5) // 2)
            at = canvas.put(at, y, " → ", "soft")
            canvas.put(at, y, one_line(row.got) or "(nothing)", "bad", x + width - at)
            return
        share = row.total / row.n
        total = f"{row.total:,.0f}" if self.cols == COLS else f"{row.total:.4g}"
        cells = (Cell(total, "text"), Cell(f"{row.n:,}", "text"), Cell(f"{share:.2f}", "strong"))
        end = put_cells(canvas, y, x + width - 1, self.cols, cells) - 1
        if width > 70 and self.cols == COLS:
            low, high = wilson(row.total, row.n)
            draw_interval(canvas, end - AXIS, y, AXIS, Axis(0, 1), share, low, high)
            end -= AXIS + 2
        canvas.put(x, y, _name(row, self.kind), "text", end - x)


def _name(row: Slice, kind: Kind | None) -> str:
    if kind == "length":
        return f"up to {int(row.name):,} characters" if row.name != "0" else "longer"
    return one_line(stored_said(row.name)) if kind in ("expected", "confusion") else one_line(row.name)


def grouped(
    reader: Reader, run: Run, kind: Kind, told: Callable[[int], bool]
) -> Sequence[Slice] | Sequence[ClassReport]:
    """The groups of a run by its leading scorer; classes by its first that reads any. Reads the whole run."""
    if kind != "class":
        return slices(reader, run.id, run.scorers[0], kind, told)
    scorer = next(filter(reads_classes, run.scorers), None)
    return classed(reader, run, scorer, told) if scorer is not None else ()
