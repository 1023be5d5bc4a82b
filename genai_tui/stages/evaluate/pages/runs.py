"""Runs: every run, the newest first; the chosen one whole; against another; where it fails."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.geometry import Size

from genai_tui.records.measured import WORN_OUT
from genai_tui.records.runs import Run
from genai_tui.records.scopes import Scope
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.pages.acts import EXAMPLES
from genai_tui.stages.evaluate.pages.answer_rows import AnswerTable
from genai_tui.stages.evaluate.pages.difference import Difference
from genai_tui.stages.evaluate.pages.following import Following
from genai_tui.stages.evaluate.pages.notes import all_failed, noisy, none_wrong, shows
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.rows import (
    ENDING,
    LEAST,
    STANDINGS,
    RunRow,
    RunRows,
    counted,
    milliseconds,
    money,
    plus_minus,
    standing,
)
from genai_tui.stages.evaluate.pages.run_view import RunView, Shown
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.looks import look_at
from genai_tui.store.results import Wish, ids_of
from genai_tui.store.scopes import current_scope
from genai_tui.store.seen import SAID, seen_of
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages

EMPTY = (
    "No run yet: a candidate is asked every row of a split, and scored.",
    "Each score stands here with its 95 % interval.",
    "Press a to measure a candidate, m for a promptfoo configuration,",
    "i to take in what lm-eval, Inspect or promptfoo wrote.",
)  # fmt: skip
RESTS_S = 0.1
NEAR = 100  # rows around the cursor of whose scores it is found out whether they say less
FEW = 20_000  # answers up to which wrong ones are looked for unasked
TIGHT = (Col("score", 13), Col("n", 8), Col("", 11))
NARROW = (Col("score", 13), Col("$", 9), Col("p95", 8), Col("failed", 7), Col("n", 7), Col("", 11))
COLS = (Col("score", 14), Col("$", 10), Col("p95", 10), Col("failed", 8), Col("n", 10), Col("", 14))
LEAST_KIND = 6  # cells that are left to what tells a candidate from others, however long the split's name
WIDE = 104  # columns from which the model and the dataset are named


class Runs(Pane):
    """The list, and three views of the chosen run."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("a", "measure"), Key("enter", "examples"), Key("t", "gate"), Key("b", "baseline"), Key("l", "leaderboard"),
        Key("v", "plots"), Key("X", "export"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.table: ColumnTable[RunRow] = ColumnTable(
            "Runs", ListPages([]), self._draw, empty=EMPTY, spoken=_spoken, always_lit=True, id="runs"
        )
        self.table.cols = NARROW
        self.view = RunView(id="run")
        self.against = Difference(id="against")
        self.failures = AnswerTable("Failures", id="failures", empty=())
        super().__init__(self.table, self.view, self.against, self.failures, id="tab-runs")
        self.rows: RunRows | None = None
        self._following = Following(self, self._list_failures)
        self._scope: Scope | None = None

    def fold(self, size: Size) -> None:
        """Columns are wider where there is room."""
        self.table.cols = COLS if size.width >= WIDE else NARROW if size.width >= LEAST else TIGHT
        super().fold(size)

    def wants(self) -> Sequence[Want]:
        """Runs above, what came of one below."""
        if not self.table.count:
            return (Want(3, 8, 1),)
        width = self.page.size.width
        rows, shown, lines = min(self.table.count, 12) + 1, self.view.rows(width), self.against.rows(width)
        listed = Want(min(rows, 5), rows, int(self.table.count >= rows))
        return (listed, Want(min(shown, 6), shown, 0), Want(min(lines, 4), lines, 0), Want(4, 9, 2))

    def show_rows(self) -> None:
        """Read the runs again; the cursor stays on its run."""
        if self.rows is None:
            self.rows = RunRows(self.project)
        self.rows.going = self.page.progress
        before, first = self.table.row, self.table.count
        position = self.table.position
        grown = self.rows.count() - first
        self.table.replace(self.rows, position + grown if before is not None and first and position else position)
        chosen = self.page.run_chosen
        if chosen is not None and before is None and self.table.count:
            self.table.go_to(max(0, self.table.count - chosen))
        self._scope = current_scope(self.project.reader)
        if self.table.count != first:
            self.fold(self.page.size)
        self.show_chosen(rest=False)

    def follow(self) -> None:
        """Choose the newest run, and each that is begun after it, until the cursor is moved."""
        if self.table.count:
            self.table.go_to(0)

    def show_progress(self) -> None:
        """A run got on: only what says so is drawn again."""
        if self.rows is None:
            return
        going = self.page.progress
        self.table.change(lambda row: row._replace(now=going.get(row.run.id)))
        chosen = self.table.row
        if chosen is not None and chosen.now is not None:
            self._show_view(chosen, self.view.shown.notes if self.view.shown is not None else ())
            if chosen.run.n <= FEW and self.failures.display:
                self.failures.say_empty((none_wrong(chosen),))
                self._following.follow(chosen.run)

    def keys(self) -> Sequence[Key]:
        """What can be done with the chosen run."""
        row = self.table.row
        if row is None:
            return (Key("a", "measure"), Key("m", "promptfoo"), Key("i", "import"))
        if row.run.state == "running":
            return (Key("p", "pause"), Key("x", "stop"), Key("enter", "examples"), Key("a", "measure"))
        if row.run.pausing:
            return (Key("x", "stop"), Key("o", "go on"), Key("enter", "examples"), Key("a", "measure"))
        if row.run.state != "done":
            return (Key("o", "go on"), Key("enter", "examples"), Key("a", "measure"), Key("S", "rescore"))
        return self.KEYS

    def command(self) -> str:
        """What tells of the chosen run."""
        row = self.table.row
        return f"genai-tui eval show {row.run.id}" if row is not None else "genai-tui eval list"

    @property
    def run(self) -> Run | None:
        """The run under the cursor."""
        return self.table.row.run if self.table.row is not None else None

    def show_chosen(self, *, rest: bool = True) -> None:
        """Show another run's views, once the cursor rests."""
        row = self.table.row
        self.page.run_chosen = row.run.id if row is not None else None
        self._show_view(row, ())
        self.page.draw_keys()
        begin(self.page, partial(self._read, row, rest), "run")

    def _show_view(self, row: RunRow | None, notes: tuple[str, ...], doubts: tuple[str, ...] = ()) -> None:
        scope = self._scope
        if row is None or scope is None:
            self.view.show(None)
            return
        metric, lines = scope.metric or "exact", self.view.rows(self.page.size.width)
        self.view.show(Shown(row, standing(row.run, scope), scope.target, metric, notes, doubts))
        if self.view.rows(self.page.size.width) != lines:
            self._refold()

    def _refold(self) -> None:
        """What is shown needs other room than before."""
        if self.display and not self.page.zoomed:
            self.fold(self.page.size)

    async def _read(self, row: RunRow | None, rest: bool) -> None:
        """What takes longer than a key may: what n can show, the comparison, the wrong answers."""
        if rest:
            await asyncio.sleep(RESTS_S)
        if row is None:
            self.against.show(None)
            self.failures.say_nothing(())
            return
        project, run = self.project, row.run
        notes: list[str] = []
        if run.split == "test" and run.result is not None:
            [count] = await project.writer.put(look_at([run]))
            worn = "; the best of so many looks better than it is" if count >= WORN_OUT else ""
            notes.append(f"test was looked at {count:,}×{worn}.")
        if run.result is not None and not run.result.answered:
            notes += await asyncio.to_thread(all_failed, project.reader, run)
        notes += await asyncio.to_thread(shows, run)
        if run.result is not None and run.n <= FEW:
            notes += await asyncio.to_thread(noisy, project.reader, run)
        assert self.rows is not None
        if await asyncio.to_thread(self.rows.mark, [each.run for each in self.table.near(NEAR)]):
            marks = self.rows.marks
            self.table.change(lambda row: row._replace(mark=marks.get(row.run.id)))
        doubts = await asyncio.to_thread(seen_of, project.reader, run.id)
        self._show_view(self.table.row, tuple(notes), tuple(each.text for each in doubts))
        if run.state == "running":
            self.against.show(None, "It is compared with another run once it has ended.")
        elif run.result is None:
            self.against.show(None, "It is compared with another run once it has answers.")
        elif self.against.display:
            base = await asyncio.to_thread(self.page.baseline_for, run)
            tell = partial(self.against.show, None)
            lines = self.against.rows(self.page.size.width)
            self.against.show(await self.page.differ(base, run, tell) if base is not None else None)
            if self.against.rows(self.page.size.width) != lines:
                self._refold()
        if run.n > FEW:
            many = f"{run.n:,} answers are not looked through unasked:"
            self.failures.say_nothing((many, "enter opens them, w there lists the wrong ones."))
        elif self.failures.display and run.state == "running":
            self._following.follow(run)
        elif self.failures.display:
            await self._list_failures(run)

    async def _list_failures(self, run: Run) -> bool:
        reader, scorer = self.project.reader, run.scorers[0]
        ids = await asyncio.to_thread(ids_of, reader, run.id, scorer, Wish("wrong", "expected"))
        row = self.table.row
        if row is None or row.run.id != run.id:
            return False
        self.failures.empty = (none_wrong(row),)
        self.failures.show_answers(reader, ids, run.id, scorer)
        return True

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another run."""
        if event.table is self.table:
            self.show_chosen()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Its examples; one of them."""
        if event.table is self.table:
            self.page.step_into(EXAMPLES)
        elif self.run is not None:
            self.page.open_answer(self.run, event.row)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: RunRow) -> None:
        run, now = row.run, row.now
        scope = self._scope
        result = run.result
        failed = now.failed if now is not None else result.failed if result is not None else 0
        n = now.done if now is not None else result.n if result is not None else 0
        sign, said, role = STANDINGS[standing(run, scope)] if scope is not None else STANDINGS[""]
        if now is not None:
            done = f"{now.done / now.total:.0%}" if now.total else ""
            said, sign, role = ENDING.get(run.state, done), "job", "key"
        elif run.state != "done":
            said, sign, role = run.state, "attention", "warn"
        elif row.mark is not None:
            said, sign, role = row.mark, "attention", "warn"
        p95 = result.latency_s.p95 if result is not None and now is None else None
        signed = f"{canvas.look.signs[sign]} {said}" if sign else said
        signed = said if len(signed) > self.table.cols[-1].width else signed
        cells = {
            "score": Cell(plus_minus(row.value), "strong"), "$": Cell(money(row), "text"),
            "p95": Cell(milliseconds(p95), "text"), "failed": Cell(f"{failed:,}", "bad" if failed else "soft"),
            "n": Cell(counted(n), "text") if now is not None or not row.part else Cell(row.part, "warn"),
        }  # fmt: skip
        cols, last = self.table.cols, self.table.cols[-1].width
        end = put_cells(canvas, y, x + width - 1 - last, cols[:-1], [cells[col.name] for col in cols[:-1]])
        canvas.put(x + width - last, y, signed, role, last)
        at = canvas.put(x, y, f"#{run.id}", "soft", 5) + 1
        at = canvas.put(max(at, x + 4), y, row.subject.name, "strong", min(12, end - at)) + 1
        over = f" / {row.dataset} {run.split}" if width >= WIDE else f" / {run.split}"
        room = max(LEAST_KIND, end - at - len(over))
        what = f"{row.kind} {row.subject.short}" if width >= WIDE and not row.named else row.kind_in(room)
        at = canvas.put(at, y, what, "text", room)
        canvas.put(at, y, over, "text", end - at)


def _spoken(row: RunRow) -> str:
    doubt = f", {SAID[row.mark]}" if row.mark is not None else ""
    who = f"{row.subject.name} {row.kind} over {row.over}"
    return f"run {row.run.id}, {who}: {row.run.state}, {plus_minus(row.value)}{doubt}"
