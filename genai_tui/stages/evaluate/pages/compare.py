"""Compare: every candidate over the same split against one baseline; what got better and worse in the chosen one."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.geometry import Size

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.pages.answer_rows import asked_text, expected_text
from genai_tui.stages.evaluate.pages.difference import Difference, p_said, verdict_role
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.rows import LEAST, LONGEST_NAME, RunRow, RunRows
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.stages.evaluate.rivals import Against, Changed, changed, corrected, rivals
from genai_tui.stages.evaluate.side_by_side import Both, both_answers
from genai_tui.store.runs import find_run, measured_over, page_runs
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.plot import Axis, draw_interval

EMPTY = (
    "Nothing to compare yet: it takes runs of two candidates over the same split.",
    "Press a to measure another candidate.",
)  # fmt: skip
TIGHT = (Col("difference", 11), Col("p", 8), Col("", 7))
COLS = (Col("better", 7), Col("worse", 6), Col("difference", 11), Col("95 %", 16), Col("p", 8), Col("", 7))
AXIS = 30
RESTS_S = 0.1
KINDS = ("worse", "better", "both wrong")
NAMES = {"worse": "Got worse", "better": "Got better", "both wrong": "Wrong in both"}
NONE = {
    "worse": "No example got worse.", "better": "No example got better.", "both wrong": "No example is wrong in both."
}  # fmt: skip
MOST_SHOWN = 2_000


class Compare(Pane):
    """Rivals above; their difference; the examples that changed."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("b", "make it the baseline"), Key("w", "better/worse"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.table: ColumnTable[Against] = ColumnTable(
            "Against", ListPages([]), self._draw, empty=EMPTY, spoken=self._spoken, always_lit=True, id="rivals"
        )
        self.table.cols = COLS
        self.difference = Difference(id="difference")
        self.examples: LineTable[Both] = LineTable(
            "Changed", ListPages([]), self._draw_both, empty=("The examples that changed stand here.",), id="changed",
            spoken=lambda row: f"{row.first.got}, then {row.second.got}; expected {expected_text(row.second)}",
        )  # fmt: skip
        super().__init__(self.table, self.difference, self.examples, id="tab-compare")
        self.base: Run | None = None
        self.kind = ""  # what is shown: empty until somebody chooses
        self._rows: RunRows | None = None
        self._state = ""
        self._changed: dict[tuple[int, int], Changed] = {}
        self._elsewhere = ""  # another split over which there is something to compare, where here is nothing

    def keys(self) -> Sequence[Key]:
        """What can be done with what is compared; where nothing is, the way there."""
        if not self.table.count:
            return (*((Key("w", f"over {self._elsewhere}"),) if self._elsewhere else ()), Key("a", "measure"))
        changed = (Key("enter", "open"), Key("m", "to preferences")) if self.examples.count else ()
        return (*self.KEYS, *changed)

    def wants(self) -> Sequence[Want]:
        """The rivals, three lines, the examples."""
        if not self.table.count:
            return (Want(3, 8, 1),)
        rows = min(self.table.count, 10) + 1
        lines = self.difference.rows(self.page.size.width)
        return (Want(min(4, rows), max(rows, 5), 0), Want(3, lines, 0), Want(5, 8, 1))

    def fold(self, size: Size) -> None:
        """Fewer columns where there is little room: the rest stands below."""
        self.table.cols = COLS if size.width >= LEAST else TIGHT
        super().fold(size)

    def show_rows(self) -> None:
        """Find the baseline and its rivals again; what was compared already is not compared again."""
        reader = self.project.reader
        self._rows = self._rows or RunRows(self.project)
        base = self._baseline()
        newest = page_runs(reader, None, 1)
        state = (
            f"{base.id if base else 0} {newest[0].id if newest else 0} {[r.ended for r in page_runs(reader, None, 20)]}"
        )
        if state == self._state:
            return
        self.base, self._state = base, state
        if base is None:
            self.table.replace(ListPages([]))
            return
        begin(self.page, partial(self._compare, base), "compare")

    def _baseline(self) -> Run | None:
        reader = self.project.reader
        if self.page.base_chosen is not None:
            try:
                return find_run(reader, self.page.base_chosen)
            except GenaiError:
                self.page.base_chosen = None
        chosen = self.page.chosen
        if chosen is not None and chosen.result is not None:
            return self.page.baseline_for(chosen) or chosen
        return next((run for run in page_runs(reader, None, 200) if run.result is not None), None)

    async def _compare(self, base: Run) -> None:
        assert self._rows is not None
        row = self._rows.row(base)
        title = f"Against #{base.id} {one_line(row.subject.name, LONGEST_NAME)} / {row.over}"
        self.table.title = title
        self.table.replace(ListPages([]))
        others = await asyncio.to_thread(rivals, self.project.reader, base)
        if not others:
            self.table.empty = await asyncio.to_thread(self._why_none, base, row.subject.name)
        compared = [await self.page.differ(base, run, self._tell) for run in others]
        found = sorted(await asyncio.to_thread(corrected, compared), key=lambda each: each.found is None)
        many = sum(each.holm is not None for each in found)
        said = f", {many} at once: p by Holm" if many else ""
        self.table.title = f"{title}{said}"
        chosen = next((at for at, each in enumerate(found) if each.run.id == self.page.run_chosen), 0)
        self.table.replace(ListPages(found), chosen)
        self.fold(self.page.size)
        self.page.draw_keys()
        self.show_chosen(rest=False)

    def _why_none(self, base: Run, name: str) -> tuple[str, ...]:
        """Why nothing is compared, and what can be."""
        over = measured_over(self.project.reader)
        over.pop(base.split, None)
        self._elsewhere, most = next(iter(over.items()), ("", 0))
        first = f"{one_line(name, LONGEST_NAME)} alone was measured over {base.split}: it takes two candidates."
        if most > 1:
            return (
                first, f"Over {self._elsewhere} there are {most}: press w to compare those,",
                f"or a to measure another candidate over {base.split}.",
            )  # fmt: skip
        self._elsewhere = ""
        return (first, f"Press a to measure another one over {base.split}.")

    def turn_split(self) -> None:
        """Compare over the split where there is something to compare."""
        newest = next(
            (run for run in page_runs(self.project.reader) if run.split == self._elsewhere and run.result), None
        )
        if newest is not None:
            self.page.base_chosen, self.page.run_chosen = None, newest.id
            self.show_rows()

    def _tell(self, said: str) -> None:
        """How far a long comparison is."""
        self.difference.show(None, said)

    def show_chosen(self, *, rest: bool = True) -> None:
        """Another rival."""
        found, lines = self.table.row, self.difference.rows(self.page.size.width)
        self.difference.show(found)
        if self.difference.rows(self.page.size.width) != lines:
            self.fold(self.page.size)
        begin(self.page, partial(self._read, found, rest), "changed")

    async def _read(self, found: Against | None, rest: bool) -> None:
        if rest:
            await asyncio.sleep(RESTS_S)
        if found is None or found.found is None:
            self.examples.title = "Changed"
            self.examples.replace(ListPages([]), 0)
            return
        reader, key = self.project.reader, (found.base.id, found.run.id)
        try:
            if key not in self._changed:
                self._changed[key] = await asyncio.to_thread(changed, reader, found.base, found.run, found.scorer)
            known = self._changed[key]
            found_by = {"better": known.better, "worse": known.worse, "both wrong": known.both_wrong}
            kind = self.kind or next((kind for kind in KINDS if found_by[kind]), KINDS[0])
            chosen = found_by[kind]
            rows = await asyncio.to_thread(
                both_answers, reader, found.base, found.run, found.scorer, chosen[:MOST_SHOWN]
            )
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.examples.title = f"{NAMES[kind]}: #{found.base.id} → #{found.run.id}"
        self.examples.empty = (f"{NONE[kind]} w shows the others.",)
        self.examples.replace(ListPages(rows), 0)
        self.page.draw_keys()

    def turn_kind(self) -> None:
        """Worse, better, wrong in both; another split where there is nothing in this one."""
        if not self.table.count:
            self.turn_split()
            return
        shown = next((kind for kind, name in NAMES.items() if self.examples.title.startswith(name)), KINDS[-1])
        self.kind = KINDS[(KINDS.index(shown) + 1) % len(KINDS)]
        self.show_chosen(rest=False)

    @property
    def found(self) -> Against | None:
        """The chosen comparison."""
        return self.table.row

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another rival."""
        if event.table is self.table:
            self.show_chosen()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """An example across candidates; on a rival, its examples."""
        found = self.found
        if found is None:
            return
        if event.table is self.examples:
            self.page.open_answer(found.run, event.row.second)
        else:
            self.page.step_to(self.examples)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Against) -> None:
        assert self._rows is not None
        shown: RunRow = self._rows.row(row.run)
        compared = row.found
        if compared is None or compared.difference is None:
            at = self._draw_name(canvas, x, y, shown, x + width)
            canvas.put(at, y, row.fault.partition(". ")[0], "soft", x + width - at)  # the chosen one's stands below
            return
        role = verdict_role(row)
        interval = "" if None in (compared.low, compared.high) else f"{compared.low:+.2f} to {compared.high:+.2f}"
        p = row.holm if row.holm is not None else compared.p
        cells = {
            "better": Cell(f"{compared.better:,}", "text"), "worse": Cell(f"{compared.worse:,}", "text"),
            "difference": Cell(f"{compared.difference:+.2f}", role), "95 %": Cell(interval, "soft"),
            "p": Cell(p_said(p).removeprefix("p = ") if p is not None else "–", "text"), "": Cell(row.verdict, role),
        }  # fmt: skip
        cols = self.table.cols
        end = put_cells(canvas, y, x + width - 1, cols, [cells[col.name] for col in cols])
        at = self._draw_name(canvas, x, y, shown, end)
        if row.doubts:
            at = canvas.put(at, y, "!", "warn") + 1
        if end - at > AXIS + 12:
            widest = max(0.1, *(abs(each) for each in (compared.low, compared.high, compared.difference) if each))
            scale = Axis(-max(widest, 0.5), max(widest, 0.5))
            draw_interval(
                canvas, end - AXIS - 1, y, AXIS, scale, compared.difference, compared.low, compared.high, mark=0.0,
                role=role,
            )  # fmt: skip
            end -= AXIS + 2
        at = canvas.put(at, y, f"{shown.kind} {shown.subject.short}", "text", end - at - len(shown.part) - 1) + 1
        canvas.put(at, y, shown.part, "warn", end - at)

    def _draw_name(self, canvas: Canvas, x: int, y: int, shown: RunRow, end: int) -> int:
        at = canvas.put(x, y, f"#{shown.run.id}", "soft", 5) + 1
        return canvas.put(max(at, x + 4), y, shown.subject.name, "strong", min(12, end - at)) + 1

    def _spoken(self, row: Against) -> str:
        compared = row.found
        if compared is None or compared.difference is None:
            return f"run {row.run.id}: {row.fault}"
        doubt = ", doubtful" if row.doubts else ""
        return f"run {row.run.id}: difference {compared.difference:+.2f}, {row.verdict or 'not sure'}{doubt}"

    def _draw_both(self, canvas: Canvas, x: int, y: int, width: int, row: Both) -> None:
        room = min(18, max(8, width // 7))
        canvas.put(x, y, expected_text(row.second) or "–", "text", room)
        at = x + room + 1
        for answer in (row.first, row.second):
            sign = "done" if answer.right else "failed"
            role: Role = "good" if answer.right else "bad"
            canvas.put(at, y, canvas.look.signs[sign], role)
            said = one_line(answer.error if answer.error is not None else answer.got) or "(nothing)"
            canvas.put(at + 2, y, said, "text", room)
            at += room + 3
        canvas.put(at, y, asked_text(row.second), "soft", x + width - at)

    def command(self) -> str:
        """The same on the command line."""
        found = self.found
        return f"genai-tui eval compare {found.base.id} {found.run.id}" if found is not None else "genai-tui eval list"
