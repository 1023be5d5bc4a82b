"""What a scorer promises: a verdict on one answer, and what all verdicts say together."""

from collections.abc import Collection, Hashable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Score, Value

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.stages.evaluate.statistics.pairs import Comparison

Better = Literal["higher", "lower", "neither"]


class Scorer(Protocol):
    """One way to judge answers.

    `immediate`: it needs nothing but the answer and microseconds, so its score is stored in one transaction with the
    answer. All others are asked when the answer is on disk.
    """

    @property
    def name(self) -> str:
        """As it is given on the command line, and kept with its scores."""

    @property
    def kind(self) -> Kind:
        """Whether its values are right or wrong, a mean, or make sense of all answers only."""

    @property
    def immediate(self) -> bool:
        """Whether it needs nothing but the answer."""

    @property
    def better(self) -> Better:
        """Which way is better: what a gate and a leaderboard go by."""

    async def score(self, text: str, example: Example, generation: Generation, asking: "Asking | None") -> Score:
        """The verdict on one answer. Raises GenaiError where it cannot be judged."""

    def combine(self, scores: Collection[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """What all verdicts say; `groups` names for each the example it belongs to, where an example has several.

        Of very many the answers of a group stand together, and `scores` are read anew each time they are gone through.

        A score without a value is an answer that failed: it counts as wrong, never as absent. Only what could not be
        judged at all (nothing is expected, no judge gave a verdict) is left out, and the value's n tells.
        """

    def compare(
        self, ours: Collection[Score], theirs: Collection[Score], groups: Sequence[Hashable] | None = None
    ) -> "Comparison":
        """Theirs against ours, on the same examples in the same order."""
