"""Judge: what models that judge say, how far they agree with people, and whether the place of an answer sways them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run, Score, Value
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.labelling import people_of
from genai_tui.stages.evaluate.pages.acts import EXAMPLES
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.rows import RunRows, plus_minus
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.labels import labels_count
from genai_tui.store.runs import page_runs
from genai_tui.store.scores import scores_of_run
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import Cell, Col, ColumnTable, put_cells
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView

LATEST = 200  # runs that are looked through
REASONS = 40
EMPTY = (
    "No judge yet: a model that scores answers by a rubric, or sets them against the expected one, and gives a reason.",
    "Press a and give this as a scorer: judge:model=ENDPOINT/MODEL-ID",
)  # fmt: skip
COLS = (Col("score", 14), Col("n", 8))
NAMES = 16


class Judged(NamedTuple):
    """A run that a judge scored."""

    run: Run
    scorer: str
    title: str
    value: Value | None


class Judges(Pane):
    """Runs that were judged; beside them how far the judge can be trusted."""

    BESIDE = 0.45
    KEYS: ClassVar[tuple[Key, ...]] = (Key("L", "label answers"), Key("a", "measure"), Key("enter", "examples"))

    def __init__(self) -> None:
        self.table: ColumnTable[Judged] = ColumnTable(
            "Judged runs", ListPages([]), self._draw, empty=EMPTY, always_lit=True, id="judged",
            spoken=lambda row: f"{row.title} by {row.scorer}: {plus_minus(row.value)}",
        )  # fmt: skip
        self.table.cols = COLS
        self.text = TextView("Trust", id="trust")
        super().__init__(self.table, self.text, id="tab-judge")
        self._known: object = None

    def keys(self) -> Sequence[Key]:
        """Where nothing was judged, there is nothing to open."""
        if self.table.count:
            return self.KEYS
        chosen = self.page.chosen
        answered = chosen is not None and chosen.result is not None and chosen.result.answered
        return (Key("a", "measure"), *((Key("L", "label answers"),) if answered else ()))

    def wants(self) -> Sequence[Want]:
        """The runs above what is known of the judge."""
        rows = (min(self.table.count, 8) or 5) + 1
        return (Want(min(4, rows), rows, 0), Want(5, 12, 1))

    def show_rows(self) -> None:
        """Which runs have a judge."""
        rows = RunRows(self.project)
        found = [
            Judged(run, name, rows.row(run).title, run.result.scores.get(name) if run.result is not None else None)
            for run in page_runs(self.project.reader, None, LATEST)
            for name in run.scorers
            if name.partition(":")[0] == "judge"
        ]
        known = labels_count(self.project.reader), [(each.run.id, each.scorer, each.run.ended) for each in found]
        if known != self._known:
            self._known = known
            self.table.replace(ListPages(found))
            self._show()

    @property
    def run(self) -> Run | None:
        """The run whose judge is looked at."""
        return self.table.row.run if self.table.row is not None else None

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another one."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Its examples."""
        self.page.run_chosen = event.row.run.id
        self.page.step_into(EXAMPLES)

    def _show(self) -> None:
        begin(self.page, partial(self._read, self.table.row), "judge")

    async def _read(self, row: Judged | None) -> None:
        if row is None:
            self.text.show((Part(""), *WHY), "What makes a judge trustworthy")
            return
        try:
            parts = await asyncio.to_thread(self._trust, row)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.text.show(parts, row.scorer)

    def _trust(self, row: Judged) -> list[Part]:
        """Bias, agreement, doubts, and its latest reasons."""
        from genai_tui.stages.evaluate.scorers.trust import by_judge, trust

        scores = list(scores_of_run(self.project.reader, row.run.id, row.scorer).values())
        found = trust(scores, people_of(self.project.reader, row.run.id))
        parts = [Part("")]
        parts += [Part(doubt, "warn", "! ", "warn") for doubt in found.doubts]
        if not found.doubts:
            parts.append(Part("Nothing speaks against going by it.", "good", "✔ ", "good"))
        if not found.agreement.n:
            parts.append(Part("Press L and label some answers: what you say, it is held against.", "text"))
        parts.append(Part(""))
        for judge, value in by_judge(scores).items():
            parts.append(Part(f"{plus_minus(value)}, n = {value.n:,}", "strong", _pad(judge), "soft"))
        for bias in found.biases:
            parts.append(Part(bias.sentence, "text", _pad("place"), "soft"))
            changed = f"changed its mind with the order in {plus_minus(bias.disagreed)} of pairs: each is a tie"
            parts.append(Part(changed, "text", _pad(""), "soft"))
        if found.agreement.n:
            kappa = found.agreement
            said = "–" if kappa.value is None else f"kappa {kappa.value:.2f}{kappa.interval()}"
            parts.append(Part(f"{said}, {kappa.n:,} labels", "text", _pad("with people"), "soft"))
        parts += [Part(""), Part("reasons", "head")]
        for score in scores[:REASONS]:
            parts.append(Part(_reason(score), "text", f"{score.label or '–':>5}  ", "strong"))
        return parts

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Judged) -> None:
        n = row.value.n if row.value is not None else 0
        end = put_cells(canvas, y, x + width - 1, COLS, (Cell(plus_minus(row.value), "strong"), Cell(f"{n:,}")))
        at = canvas.put(x, y, row.title, "text", min(30, end - x)) + 1
        canvas.put(at, y, row.scorer.partition(":")[2], "soft", end - at)

    def command(self) -> str:
        """What tells of the run."""
        row = self.table.row
        return f"genai-tui eval show {row.run.id}" if row is not None else ""

    def copied(self) -> str:
        """The text, where the keys go to it."""
        return self.text.plain_text() if self.page.focused is self.text else ""


WHY = (
    Part("A judge's score is an opinion. Before a gate goes by it, this is said of it here:"),
    Part(""),
    Part(
        "how often it prefers whatever stands first. Pairs are asked in both orders; disagreement is a tie.",
        lead="place".ljust(NAMES),
    ),
    Part(
        "kappa with people's labels and its interval: 0 is chance, from 0.6 on one calls it substantial.",
        lead="with people".ljust(NAMES),
    ),
    Part("of several judges, what each says alone.", lead="each judge".ljust(NAMES)),
)


def _pad(name: str) -> str:
    return name[-NAMES + 1 :].ljust(NAMES)


def _reason(score: Score) -> str:
    return " ".join(score.reason.split()) or "(no reason)"
