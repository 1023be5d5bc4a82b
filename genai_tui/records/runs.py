"""Runs: one candidate over one split, scored; and what a scorer says of one answer and of all."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from genai_tui.records.datasets import Split
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


@dataclass(frozen=True)
class Run:
    """One candidate over one split. `n` counts generations (examples × repeats), planned; times are UTC.

    `candidate` is its id, `dataset_version` the version's id; `rows` are its first rows, None for all. `options`
    decide what is measured (streamed, cached), `limits` only how (in flight, retries, budget). `process` is who works
    on it now, None where nobody does. `state` is what was found when it was read: running means that its process is
    there.
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
    id: int = 0
