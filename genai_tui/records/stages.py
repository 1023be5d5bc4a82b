"""What the board says: the state of a stage, and the next best step."""

from typing import Literal, NamedTuple

StageState = Literal["empty", "started", "done", "attention"]


class StageStatus(NamedTuple):
    """What the board says of one stage: its state and one to four short lines, most important first."""

    state: StageState
    lines: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The lines as one sentence."""
        return ", ".join(self.lines)


class Advice(NamedTuple):
    """The next best step: for which stage, in a sentence, with its evidence and the command that does it.

    `evidence` is never empty.
    """

    stage: str
    text: str
    evidence: tuple[str, ...]
    command: str = ""


class ProjectFacts(NamedTuple):
    """What the rules of `advice` look at, gathered by one read of the store."""

    scope_problem: bool
    scope_metric: str | None
    scope_target: float | None
    model_in_use: str | None
    weights_present: bool
    prompts: int
    few_shot_prompts: int
    latest_prompt: int | None
    datasets: int
    dataset_in_use: str | None
    train_rows: int
    dev_rows: int
    test_rows: int
    tries: int
    tries_right: int
    tries_judged: int
    candidates: int
    runs: int


class Board(NamedTuple):
    """Everything that Home and `status` show, as one value."""

    project: str
    stages: tuple[StageStatus, ...]
    advice: Advice
    usd: float | None
    known_usd: float
    budget_usd: float | None
    jobs_running: int
    job_progress: float | None
    model: str
    model_state: str
    iterations: tuple["Iteration", ...] = ()
    target: float | None = None


class Iteration(NamedTuple):
    """One measured candidate on the board: its score with its 95 % interval."""

    candidate: str
    label: str
    model: str
    value: float
    low: float
    high: float
    n: int
    best: bool = False
