"""What the board says: the state of a stage, and the next best step."""

from typing import Literal, NamedTuple

from genai_tui.records.measured import MeasuredRun, RunFacts
from genai_tui.records.scales import sign_of

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


class TriedVersion(NamedTuple):
    """What the latest tries of one prompt version and model show; of each row of a dataset its last try counts.

    `rows` are those that expect a text: `right` of them had exactly that; of the others, `more` had it among other
    words, `cut` were cut by length, `broken` are no JSON though a schema asks for it. `worst` is the expected text that
    fails most often, with how many of how many rows; `worst_shown` whether an example of the version shows it.
    `without` pairs the version with no examples, on rows that were tried both ways: right with, right without, rows.
    `candidate` is the name of the candidate that it is, `on_dev` what its last run over dev gave: value, low, high, n;
    `untried` is the last of the versions that were saved since and never tried.
    """

    prompt: int
    model: str
    shots: int
    pick: str
    schema: bool
    max_tokens: int | None
    rows: int
    right: int
    more: int = 0
    cut: int = 0
    broken: int = 0
    worst: tuple[str, int, int] | None = None
    worst_shown: bool = False
    without: tuple[int, int, int] | None = None
    candidate: str | None = None
    on_dev: tuple[float, float, float, int] | None = None
    untried: int | None = None


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
    train_rows: int
    dev_rows: int
    test_rows: int
    tries: int
    candidates: int
    runs: int
    tried: TriedVersion | None = None
    similar_prompts: int = 0
    train_answers: int = 0  # different expected texts among the first rows of train; 0: too many to be classes
    shown: RunFacts = RunFacts()
    scope_fault: tuple[str, str] | None = None  # the first contradiction of the scope, and what to do about it
    training_takes: str = ""  # what a training with the defaults should take, in words; empty where it is not known

    def best(self, split: str) -> MeasuredRun | None:
        """The best run over `split`, the newest of equals."""
        over_it = [run for run in self.shown.measured if run.split == split]
        return max(over_it, key=lambda run: (sign_of(run.scorer) * run.score, run.run), default=None)

    def below_target(self) -> MeasuredRun | None:
        """The best run over dev, where it misses the target."""
        best = self.best("dev")
        return best if best is not None and best.standing(self.scope_target) == "missed" else None


class Measuring(NamedTuple):
    """A run that goes on: its split, the answers planned and those that came, up to generation `last`."""

    run: int
    split: str
    n: int
    done: int = 0
    last: int = 0


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
    measuring: tuple[Measuring, ...] = ()


class Iteration(NamedTuple):
    """One measured candidate on the board: its score with its 95 % interval, and whether that meets the target.

    `doubt` is why not to go by it; empty for most.
    """

    candidate: str
    label: str
    model: str
    value: float
    low: float
    high: float
    n: int
    best: bool = False
    met: bool = False
    doubt: str = ""
