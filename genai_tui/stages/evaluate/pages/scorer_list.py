"""Scorers: what each measures and needs, and which of them the scope goes by."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.describing import DESCRIPTIONS, OWN, Description
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.runs import page_runs
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView

NAMES = 19
KINDS = {
    "proportion": "right or wrong; the interval is Wilson's",
    "mean": "a mean over answers; the interval is a bootstrap's",
    "corpus": "one value over all answers; the interval is a bootstrap's",
}


class Row(NamedTuple):
    """One scorer, and whether the scope or a late run goes by it."""

    name: str
    described: Description
    used: str = ""


class Scorers(Pane):
    """The registry with the chosen one beside it."""

    BESIDE = 0.62
    KEYS: ClassVar[tuple[Key, ...]] = (Key("enter", "score the chosen run by it"), Key("/", "filter"))

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.table: LineTable[Row] = LineTable(
            "Scorers", ListPages([]), self._draw, always_lit=True, id="scorers", filtered=self._filtered,
            spoken=lambda row: f"{row.name}: {row.described.measures}. {row.used}",
        )  # fmt: skip
        self.text = TextView("Scorer", id="scorer")
        super().__init__(self.table, self.text, id="tab-scorers")

    def keys(self) -> Sequence[Key]:
        """Without a run there is nothing to score."""
        return self.KEYS if self.page.run_chosen is not None else (Key("/", "filter"), Key("a", "measure"))

    def wants(self) -> Sequence[Want]:
        """The list above the chosen one."""
        return (Want(5, 9, 2), Want(5, 9, 1))

    def show_rows(self) -> None:
        """Which are used may be another by now."""
        reader = self.project.reader
        metric = current_scope(reader).metric
        used = {name.partition(":")[0]: "used by a run" for run in page_runs(reader, None, 50) for name in run.scorers}
        if metric:
            used[metric.partition(":")[0]] = "the scope's metric"
        rows = [Row(name, described, used.get(name, "")) for name, described in DESCRIPTIONS.items()]
        rows = sorted(rows, key=lambda row: (row.used != "the scope's metric", not row.used))
        rows.append(Row("FILE.py:FUNCTION", OWN))
        if rows != self.rows:
            self.rows = rows
            self.table.replace(ListPages(rows))
            self._show()

    def _filtered(self, text: str) -> ListPages[Row]:
        words = text.lower().split()
        return ListPages(
            [row for row in self.rows if all(word in f"{row.name} {row.described}".lower() for word in words)]
        )

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another one."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Score the chosen run by it."""
        self.page.rescore_by(event.row.name)

    def _show(self) -> None:
        if self.text.display:
            begin(self.page, partial(self._describe, self.table.row), "scorer")

    async def _describe(self, row: Row | None) -> None:
        """Its options stand in its module, which is imported in a thread."""
        if row is None:
            self.text.show((), "Scorer")
            return
        parts = [Part(""), Part(_sentence(row.described.measures), "strong"), Part("")]
        parts.append(_named("needs", row.described.needs))
        if row.used:
            parts.append(_named("used", row.used))
        if row.name in DESCRIPTIONS:
            kind, options = await asyncio.to_thread(_looked_up, row.name)
            if kind:
                parts.append(_named("kind", kind))
            for name, value in options.items():
                parts.append(_named(name, value or "–"))
        self.text.show(parts, row.name)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Row) -> None:
        sign = "done" if row.used == "the scope's metric" else "dot" if row.used else ""
        if sign:
            canvas.put(x, y, canvas.look.signs[sign], "good" if sign == "done" else "soft")
        canvas.put(x + 2, y, row.name, "strong" if row.used else "text", NAMES)
        canvas.put(x + 3 + NAMES, y, row.described.measures, "soft", width - NAMES - 3)

    def command(self) -> str:
        """The same on the command line."""
        row, chosen = self.table.row, self.page.run_chosen
        name = row.name if row is not None else "S"
        return f"genai-tui eval rescore {chosen} --scorer {name}" if chosen else f"genai-tui eval run C --scorer {name}"


def _looked_up(name: str) -> tuple[str, dict[str, str]]:
    """The kind and the options of a scorer; nothing where its package is not installed."""
    from genai_tui.stages.evaluate.scorers import find_scorer
    from genai_tui.stages.evaluate.scorers.registry import options_of

    try:
        options = options_of(name)
    except (GenaiError, ImportError):
        return "", {}
    try:
        return KINDS[find_scorer(name).kind], options
    except GenaiError as error:
        return f"{error.what} {error.do}".strip(), options


def _named(name: str, text: str) -> Part:
    return Part(text, "text", name.ljust(NAMES), "soft")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
