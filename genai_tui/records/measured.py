"""What runs and trainings show, as the rules of advice look at it."""

from typing import NamedTuple

from genai_tui.records.runs import Value
from genai_tui.records.scales import Standing, standing

# Of k candidates that are equally good the best seems better by about sqrt(2 ln k) standard errors (the expected
# greatest of k normal draws): from 7 looks at test on that is as much as half the width of its 95 % interval.
WORN_OUT = 7


class MeasuredRun(NamedTuple):
    """A candidate's last whole run over a split of the dataset in use, by the scope's metric (else its first scorer).

    `parent` is the model that the candidate's was trained from (empty: it was not trained here), `seen` what says that
    measured rows were trained on. Of answers that were wrong, `more` have the expected text among other words;
    `worst` is the expected text that fails most, with how many of how many rows. `seconds`, `usd` and
    `tokens` are for one row.
    """

    run: int
    candidate: str
    model: str
    prompt: int
    shots: int
    schema: bool
    split: str
    scorer: str
    value: Value
    failed: int = 0
    parent: str = ""
    seen: str = ""
    more: int = 0
    wrong: int = 0
    worst: tuple[str, int, int] | None = None
    seconds: float | None = None
    usd: float | None = None
    tokens: float | None = None

    @property
    def score(self) -> float:
        """The value; runs without one are not kept."""
        return self.value.value or 0.0

    def standing(self, target: float | None) -> Standing:
        """Whether the target is met, only reached, or missed; empty where there is none."""
        return standing(self.scorer, self.value, target)


class Pairs(NamedTuple):
    """A trained candidate against its parent's, on the examples that both answered once."""

    trained: str
    parent: str
    better: int
    same: int
    worse: int


class Trained(NamedTuple):
    """A model that was trained here; `candidate` is the last one with it, None where there is none."""

    model: str
    parent: str
    prompt: int | None
    candidate: str | None


class Training(NamedTuple):
    """The last training: its job and how it stands."""

    job: int
    name: str
    state: str
    progress: float | None
    reason: str


class RunFacts(NamedTuple):
    """What was measured and trained; `looks` are those at test so far, `pairs` of the trained model that was last made.

    `unmeasured` is the newest candidate, where no run over all of dev measured it; `few_shot_prompt` the newest version
    that shows several examples, `few_shot_candidates` its candidates, each a model and a name.
    """

    measured: tuple[MeasuredRun, ...] = ()
    trained: tuple[Trained, ...] = ()
    training: Training | None = None
    pairs: Pairs | None = None
    looks: int = 0
    unmeasured: str | None = None
    few_shot_prompt: int | None = None
    few_shot_candidates: tuple[tuple[str, str], ...] = ()
