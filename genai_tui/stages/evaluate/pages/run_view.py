"""One run: how far it is, or what came of it, each score with its interval on an axis."""

from collections.abc import Iterator
from typing import NamedTuple

from genai_tui.records.runs import Run, Value
from genai_tui.records.scales import Standing
from genai_tui.stages.evaluate.pages.rows import (
    ENDING,
    STANDINGS,
    RunRow,
    duration,
    milliseconds,
    money,
    number,
)
from genai_tui.stages.evaluate.results import dollars
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.plot import Axis, draw_interval

NAMES, SAID = 13, 20  # columns of a scorer's name, and of its value and interval
LONGEST_AXIS = 60
TRACK = 40
GOES_ON = ("paused", "stopped", "interrupted")  # what a run can be gone on with from


class Shown(NamedTuple):
    """What is shown of a run: its row, whether it is good enough, the target of its leading scorer, further lines.

    `doubts` are why its score says less than it seems to.
    """

    row: RunRow
    standing: Standing = ""
    target: float | None = None
    metric: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class RunView(Painted, can_focus=False):
    """The chosen run. Where there is none it says what would be here."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.shown: Shown | None = None

    def show(self, shown: Shown | None) -> None:
        """Show another one, or the same further on."""
        self.shown = shown
        self.repaint()

    def rows(self, width: int) -> int:
        """How many lines it takes."""
        if self.shown is None:
            return 3
        progress = 2 if self.shown.row.now is not None else 0
        return (
            1 + progress + len(self._values()) + sum(len(wrap(text, max(10, width - 3))) for text, _ in self._lines())
        )

    def paint(self, canvas: Canvas) -> None:
        """Heading, progress or standing, scores, what it took."""
        if self.shown is None:
            heading(canvas, "Run", False)
            canvas.put(2, 1, "What came of a run stands here.", "soft")
            return
        row, run = self.shown.row, self.shown.row.run
        heading(canvas, row.title, False)
        x = 1 if canvas.look.plain else canvas.width - 1
        said = f" {row.dataset} · {_state(run)} "
        if not canvas.look.plain and len(row.title) + len(said) + 6 < canvas.width:
            canvas.right(x, 0, said, "head")
        y = _progress(canvas, 1, row) if row.now is not None else 1
        y = self._scores(canvas, y)
        for text, role in self._lines():
            for line in wrap(text, max(10, canvas.width - 3)):
                if y >= canvas.height:
                    return
                canvas.put(2, y, line, role)
                y += 1

    def _values(self) -> dict[str, Value]:
        """What each scorer says, so far or in the end."""
        assert self.shown is not None
        row, run = self.shown.row, self.shown.row.run
        if row.now is not None:
            return {run.scorers[0]: row.now.value} if row.now.value is not None else {}
        found = run.result.scores if run.result is not None else {}
        return {name: found[name] for name in run.scorers if name in found}

    def _scores(self, canvas: Canvas, y: int) -> int:
        assert self.shown is not None
        for name, value in self._values().items():
            if y < canvas.height:
                target = self.shown.target if name == self.shown.metric else None
                _score(canvas, y, name, value, target, self.shown.standing if target is not None else "")
                y += 1
        return y

    def _lines(self) -> Iterator[tuple[str, Role]]:
        assert self.shown is not None
        run, result = self.shown.row.run, self.shown.row.run.result
        if self.shown.row.now is None and run.state != "done":
            reason = run.reason or f"It is {run.state}."
            onward = " o goes on with it." if run.state in GOES_ON and not run.pausing else ""
            yield (reason if run.state in reason else f"{run.state}: {reason}") + onward, "warn"
        for doubt in self.shown.doubts:
            yield f"! {doubt}", "warn"
        if result is not None and self.shown.row.now is None:
            hits = f", {result.cache_hits:,} out of the cache" if result.cache_hits else ""
            failed = f"{result.failed:,} failed and count as wrong" if result.failed else "none failed"
            yield f"{result.answered:,} of {run.n:,} answered{hits}; {failed}", "bad" if result.failed else "text"
        if result is not None and result.answered and self.shown.row.now is None:
            p50, p95, p99 = map(milliseconds, result.latency_s)
            guess = "≈ " if result.tokens_guessed else ""
            spent = dollars(result.spent_usd)
            yield (
                (
                    f"p50 {p50} · p95 {p95} · p99 {p99} · {guess}{result.input_tokens:,} tokens in, "
                    f"{guess}{result.output_tokens:,} out · {dollars(result.cost_usd)}"
                    + (f" ({spent} spent)" if spent != dollars(result.cost_usd) else "")
                ),
                "soft",
            )
        for note in self.shown.notes:
            yield note, "soft"


def _progress(canvas: Canvas, y: int, row: RunRow) -> int:
    now = row.now
    assert now is not None
    width = max(10, min(TRACK, canvas.width - 40))
    filled = round(width * now.done / now.total) if now.total else 0
    x = canvas.put(2, y, "█" * filled, "key")
    x = canvas.put(x, y, "░" * (width - filled), "track") + 1
    canvas.put(x, y, f"{now.done:,} of {now.total:,}", "strong")
    rate = f"{now.rate:,.1f} a second" if now.rate < 10 else f"{now.rate:,.0f} a second"
    if not now.rate:
        rate = "the next answer is waited for"
    if not now.done:
        rate = f"the first answer is waited for, {duration(_since(row.run))} so far"
    left = f", ≈ {duration(now.left_s)} left" if now.left_s is not None and now.done < now.total else ""
    if row.run.state in ENDING:
        rate, left = f"{ENDING[row.run.state]}: what is in flight is waited for", ""
    failed = f" · {now.failed:,} failed" if now.failed else ""
    canvas.put(2, y + 1, f"{rate}{left} · {money(row)}{failed}", "text")
    return y + 2


def _since(run: Run) -> float:
    """Seconds since a run was begun."""
    from datetime import UTC, datetime

    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(run.created)).total_seconds()) if run.created else 0.0


def _score(canvas: Canvas, y: int, name: str, value: Value, target: float | None, standing: Standing) -> None:
    canvas.put(2, y, name, "text", NAMES - 1)
    x = 2 + NAMES
    if value.value is None:
        canvas.put(x, y, "nothing was scored", "soft")
        return
    role: Role = STANDINGS[standing][2] if standing in ("met", "reached") else "strong"
    at = canvas.put(x, y, number(value.value), role)
    if value.low is not None and value.high is not None:
        canvas.put(at, y, f"  {number(value.low)}–{number(value.high)}", "soft")
    x += SAID
    room = min(LONGEST_AXIS, canvas.width - x - 12)
    if room >= 16 and 0 <= value.value <= 1 and (value.high or 0) <= 1:
        draw_interval(canvas, x, y, room, Axis(0, 1), value.value, value.low, value.high, mark=target, role=role)
        x += room + 1
    canvas.right(canvas.width - 1, y, f"n = {value.n:,}", "soft")


def _state(run: Run) -> str:
    """When it was begun, in local time, and how it ended."""
    from datetime import datetime

    begun = datetime.fromisoformat(run.created).astimezone() if run.created else None
    when = f"{begun:%d %b %H:%M}" if begun is not None else ""
    took = f", {duration(run.worked_s)}" if run.state == "done" and run.worked_s else ""
    return f"{when}{took}".strip()
