"""Runs: one candidate over one split, scored; and what a scorer says of one answer and of all."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from genai_tui.records.datasets import Split
from genai_tui.records.intervals import interval_said, places_of
from genai_tui.records.jobs import ProcessId

RunState = Literal["running", "paused", "stopped", "interrupted", "done", "failed"]
Kind = Literal["proportion", "mean", "corpus"]


@dataclass(frozen=True)
class Score:
    """One scorer's verdict on one generation.

    `value` is 0 to 1 for a proportion; None where this answer has none of its own (it then counts as the scorer's
    worst, or only the whole has a value). `label` is the class it was read as, `reduced` the part of the answer that
    was judged, `reason` a sentence. `detail` is JSON that `combine` needs besides (counts, parts).
    """

    scorer: str
    value: float | None
    label: str | None = None
    reduced: str | None = None
    reason: str = ""
    detail: Any = None
    generation: int = 0


class Value(NamedTuple):
    """What a scorer says of all answers: with its 95 % interval and the number of generations it rests on.

    `value` is None where nothing was scored, `low` and `high` where no interval can be given.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def interval(self, places: int = 2) -> str:
        """`, 95 % 0.04–0.18`, to stand after the value; empty where there is none."""
        return interval_said(self.low, self.high, places)

    def said(self) -> str:
        """`0.100, 95 % 0.040–0.180`; a dash where nothing was scored."""
        if self.value is None:
            return "–"
        places = places_of(self.value, self.low, self.high)
        return f"{self.value:.{places}f}{self.interval(places)}"


class Percentiles(NamedTuple):
    """Three of a row of times, in seconds; None where nothing was timed."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class Result:
    """What a run found. Failures are counted and are in every score's `n`.

    Tokens, `cost_usd` and times are those of its answers, also of answers that came out of the cache (as they were
    first measured); `spent_usd` is what this run itself took. Money is None where a price is unknown. `requests` are
    those that were sent, `elapsed_s` is the time that was worked on it.
    """

    n: int
    answered: int
    failed: int
    scores: dict[str, Value]
    input_tokens: int
    output_tokens: int
    tokens_guessed: bool
    cost_usd: float | None
    spent_usd: float | None
    latency_s: Percentiles
    first_token_s: Percentiles
    requests: int
    cache_hits: int
    elapsed_s: float


@dataclass(frozen=True)
class Run:
    """One candidate over one split. `n` counts generations (examples × repeats), planned; times are UTC.

    `candidate` is its id, `dataset_version` the version's id; `rows` are its first rows, None for all. `options`
    decide what is measured (streamed, cached), `limits` only how (in flight, retries, budget). `process` is who works
    on it now, None where nobody does. `state` is what was found when it was read: running means that its process is
    there. `result` is there once it has ended, and is replaced when it is resumed or scored again.
    """

    candidate: int
    dataset_version: int
    split: Split
    n: int
    scorers: tuple[str, ...]
    repeats: int = 1
    rows: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    state: RunState = "running"
    reason: str = ""
    job: int | None = None
    process: ProcessId | None = None
    heartbeat: str | None = None
    created: str = ""
    ended: str | None = None
    worked_s: float = 0.0
    result: Result | None = None
    id: int = 0

    @property
    def whole(self) -> bool:
        """Whether every row of its split was asked."""
        return self.rows is None and self.state == "done"

    @property
    def pausing(self) -> bool:
        """Whether it is paused, and what is in flight is waited for."""
        return self.state == "paused" and self.process is not None
