"""The leaderboard: the last run of each candidate over a split, the best first, with intervals on one axis."""

import asyncio
import shlex
from abc import abstractmethod
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.datasets import SPLITS
from genai_tui.records.runs import Run
from genai_tui.records.scales import bound
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.leaders import Leader, leaders, measured, over_other_rows
from genai_tui.stages.evaluate.pages.rows import LEAST, STANDINGS, RunRows, milliseconds, money, plus_minus, standing
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.runs import page_runs
from genai_tui.store.scopes import current_scope
from genai_tui.store.seen import SAID
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.plot import Axis, around, draw_interval

if TYPE_CHECKING:
    from genai_tui.project import Project

COLS = (Col("score", 13), Col("n", 6), Col("$", 9), Col("p95", 8))
TIGHT = (Col("score", 13), Col("n", 6), Col("p95", 8))  # where a name would have no room beside them all
NAME, SHOTS, LEAST_AXIS = 10, 9, 12
NAMES = 4 + NAME + 1 + SHOTS


class Ranked(FramedPage):
    """A split and a scorer, and the runs that have a value; `show` draws them again."""

    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("ranked.split", "w", "next_split", "another split"),
        Act("ranked.scorer", "s", "next_scorer", "another scorer"),
        Act("ranked.dataset", "d", "next_dataset", "another dataset"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)

    def __init__(
        self,
        project: "Project",
        run: Run | None,
        then: Callable[[Run, str], None] = lambda run, scorer: None,
        scorer: str = "",
    ) -> None:
        super().__init__()
        self.then = then
        self.project, self.run = project, run
        self.rows = RunRows(project)
        self.scope = current_scope(project.reader)
        latest = page_runs(project.reader, None, 200)
        self.splits = [split for split in SPLITS if any(each.split == split for each in latest)] or ["dev"]
        versions = dict.fromkeys(each.dataset_version for each in ([run] if run is not None else []) + latest)
        found = (find_dataset_version(project.reader, version).name for version in versions)
        self.datasets = list(dict.fromkeys(found))
        self.dataset = self.datasets[0] if self.datasets else None  # that of the chosen run, else of the newest
        names = dict.fromkeys(name for each in latest for name in each.scorers)
        self.scorers = list(names) or [self.scope.metric or "exact"]
        self.split: str = run.split if run is not None else self.splits[0]
        self.scorer = scorer or (run.scorers[0] if run is not None else self.scorers[0])

    @property
    def target(self) -> float | None:
        """The scope's target, where it is by this scorer."""
        return self.scope.target if self.scorer == (self.scope.metric or "exact") else None

    def measured(self) -> list[Leader]:
        """The runs that are shown, the oldest first."""
        return measured(self.project.reader, self.split, self.scorer, self.dataset)

    @property
    def what(self) -> str:
        """What is shown: `exact over dev`, with the dataset where there are several."""
        return f"{self.scorer} over {f'{self.dataset} ' if len(self.datasets) > 1 else ''}{self.split}"

    @property
    def none(self) -> str:
        """Why nothing is shown, and what shows something."""
        others = (("w", "split", self.splits), ("s", "scorer", self.scorers), ("d", "dataset", self.datasets))
        turns = [f"{key} turns to another {what}" for key, what, all_ in others if len(all_) > 1]
        return f"No run has a score by {self.what} yet: {', '.join([*turns, 'a in Runs measures a candidate'])}."

    @abstractmethod
    def show_ranked(self) -> None:
        """Draw what is chosen."""

    def action_next_split(self) -> None:
        """Another split."""
        at = self.splits.index(self.split) if self.split in self.splits else -1
        self.split = self.splits[(at + 1) % len(self.splits)]
        self.show_ranked()

    def action_next_scorer(self) -> None:
        """Another scorer."""
        at = self.scorers.index(self.scorer) if self.scorer in self.scorers else -1
        self.scorer = self.scorers[(at + 1) % len(self.scorers)]
        self.show_ranked()

    def action_next_dataset(self) -> None:
        """Another dataset that was measured on."""
        if len(self.datasets) < 2:
            self.say("All runs are over this dataset.")
            return
        self.dataset = self.datasets[(self.datasets.index(str(self.dataset)) + 1) % len(self.datasets)]
        self.show_ranked()

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """Another split, scorer or dataset is named where there is one."""
        alone = {"w": len(self.splits) < 2, "s": len(self.scorers) < 2, "d": len(self.datasets) < 2}
        return [key for key in super().keys_here(typing=typing) if not alone.get(key.key)]

    def command(self) -> str:
        """The leaderboard on the command line."""
        words = ["genai-tui eval leaderboard", "--split", self.split, "--scorer", shlex.quote(self.scorer)]
        return " ".join([*words, "--dataset", shlex.quote(self.dataset)] if self.dataset is not None else words)


class Leaderboard(Ranked):
    """One row a candidate; `other_rows` are runs whose split held other rows than its latest version."""

    other_rows: Set[int] = frozenset()
    kinds = SHOTS  # columns of what tells candidates apart

    WHERE = "leaderboard"
    KEYS: ClassVar[tuple[Key, ...]] = (Key("w", "split"), Key("s", "scorer"), Key("d", "dataset"), Key("esc", "back"))

    def body(self) -> Sequence[Widget]:
        """One list."""
        self.table: ColumnTable[tuple[int, Leader]] = ColumnTable(
            "Leaderboard", ListPages([]), self._draw, always_lit=True, id="leaders",
            spoken=self._spoken,
        )  # fmt: skip
        self._fold(self.app.size.width)
        return (self.table,)

    def on_resize(self, event: Resize) -> None:
        """Fewer columns where there is little room."""
        super().on_resize(event)
        self._fold(event.size.width)

    def _fold(self, width: int) -> None:
        self.table.cols = COLS if width >= LEAST else TIGHT

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()
        self.show_ranked()

    def show_ranked(self) -> None:
        """The best first."""
        found = leaders(self.measured(), self.scorer)
        self.axis = _axis(found, self.target)
        longest = max((width_of(self.rows.row(each.run).kind) for each in found), default=SHOTS)
        self.kinds = max(SHOTS, min(longest, self.app.size.width // 6))
        self.table.title = self._title()
        self.table.empty = (self.none,)
        at = next((place for place, each in enumerate(found) if each.run == self.run), 0)
        self.table.replace(ListPages(list(enumerate(found, 1))), at)
        begin(self, partial(self._mark, found), "marks")

    def _title(self, doubts: str = "") -> str:
        """The target comes last: where it is cut off, its line is there still."""
        mark = f"; target {bound(self.scorer)} {self.target:g}" if self.target is not None else ""
        return f"{self.what}{doubts}{mark}"

    async def _mark(self, found: list[Leader]) -> None:
        """Find out which scores say less than they seem to."""
        runs = [each.run for each in found]
        try:
            await asyncio.to_thread(self.rows.mark, runs)
            self.other_rows = await asyncio.to_thread(over_other_rows, self.project.reader, found)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        said = list(dict.fromkeys(doubt for run in runs if (doubt := self._doubt(run))))
        if said:
            self.table.title = self._title(f"; ! {', '.join(said)}")
            self.table.repaint()

    def _doubt(self, run: Run) -> str:
        """Why a score says less than it seems to; empty where it does not."""
        mark = self.rows.row(run).mark
        if mark is not None:
            return SAID[mark]
        return "a part" if not run.whole else "other rows" if run.id in self.other_rows else ""

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: tuple[int, Leader]) -> None:
        place, (run, value) = row
        shown = self.rows.row(run)
        result = run.result
        assert result is not None
        doubted = bool(self._doubt(run))
        good = self.target is not None and not doubted
        sign, said, role = STANDINGS[standing(run, self.scope) if good else ""]
        cells = {
            "score": Cell(f"{plus_minus(value)} !", "warn") if doubted else Cell(f"{plus_minus(value)}  ", "strong"),
            "n": Cell(f"{value.n:,}"), "$": Cell(money(shown)),
            "p95": Cell(milliseconds(result.latency_s.p95)),
        }  # fmt: skip
        end = put_cells(canvas, y, x + width - 1, self.table.cols, [cells[col.name] for col in self.table.cols])
        at = canvas.put(x, y, f"{place:>3}", "soft") + 1
        canvas.put(at, y, shown.subject.name, "strong", NAME)
        canvas.put(at + NAME + 1, y, shown.kind, "text", min(self.kinds, end - at - NAME - 1))
        x += self.kinds - SHOTS
        room = end - (x + NAMES) - 2
        if room >= LEAST_AXIS and value.value is not None:
            draw_interval(
                canvas, x + NAMES + 1, y, room, self.axis, value.value, value.low, value.high, mark=self.target,
                role=role if said in ("met", "reached") else "text",
            )  # fmt: skip
        elif sign and x + NAMES + 1 < end:
            canvas.put(x + NAMES + 1, y, canvas.look.signs[sign], role)

    def _spoken(self, row: tuple[int, Leader]) -> str:
        shown, doubt = self.rows.row(row[1].run), self._doubt(row[1].run)
        return f"place {row[0]}: {shown.title}, {plus_minus(row[1].value)}{', ' + doubt if doubt else ''}"

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Its examples."""
        self.app.pop_screen()
        self.then(event.row[1].run, self.scorer)


def _axis(found: Sequence[Leader], target: float | None) -> Axis:
    """From 0 to 1 where all are shares, else around all of them."""
    ends = [end for each in found for end in (each.value.low, each.value.high, each.value.value) if end is not None]
    if not ends or (min(ends) >= 0 and max(ends) <= 1):
        return Axis(0, 1)
    return Axis(*around([*ends, *([target] if target is not None else [])]))
