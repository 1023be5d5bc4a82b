"""How near two texts are in meaning, by the vectors that a model makes of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Score
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted, unjudged
from genai_tui.stages.evaluate.scorers.posting import Question, post, refused

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

PATH = "/embeddings"


@dataclass(frozen=True)
class Similarity(Base):
    """The cosine of the vectors of answer and expected text (the nearest of several), not below 0.

    `model` is `endpoint/model-id` of a model that makes vectors; with `threshold` it is 1 where the cosine reaches it.
    """

    model: str = ""
    threshold: float = 0.0

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.model:
            raise UsageFault(
                "The scorer similarity needs a model that makes vectors, and none is named.",
                "",
                "Name one: similarity:model=ENDPOINT/MODEL-ID",
            )

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Only with somebody to ask: see score."""
        return unjudged("Nobody can be asked for vectors.")

    async def score(self, text: str, example: Example, generation: Generation, asking: "Asking | None") -> Score:
        """From 0 to 1. Raises NoAnswer where the endpoint makes no vectors."""
        wanted = accepted(example.expected)
        if not wanted or asking is None:
            found = NO_EXPECTED if not wanted else self.judge(text, example, generation)
            return Score(self.name, **found._asdict())
        own, *others = await vectors(self.model, [text or " ", *wanted], asking, generation)
        near = max(0.0, *(cosine(own, other) for other in others))
        value = float(near >= self.threshold) if self.threshold else near
        return Score(self.name, value, reason=f"Cosine {near:.3f}.", detail={"cosine": near})


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """The cosine of two vectors; 0 where one of them is nothing."""
    length = math.sqrt(math.fsum(x * x for x in a) * math.fsum(y * y for y in b))
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0


async def vectors(model: str, texts: Sequence[str], asking: "Asking", of: Generation) -> list[list[float]]:
    """The vector of each text, for the answer `of` that is scored.

    Raises UsageFault for a model that is none, NoAnswer where it gives no vectors.
    """
    endpoint, model_id = asking.settings.model(model)
    if endpoint.embedded:
        raise UsageFault(
            "The embedded endpoint makes no vectors yet.", "", "Name a model of another endpoint for similarity."
        )
    body = {"model": model_id, "input": list(texts)}
    reply = await post(Question(endpoint, PATH, body, "vectors", texts, of), asking)
    try:
        data: list[dict[str, Any]] = sorted(reply["data"], key=lambda each: each.get("index", 0))
        found = [[float(number) for number in each["embedding"]] for each in data]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise refused(endpoint, model_id, "vectors", "what came back holds none") from fault
    if len(found) != len(texts) or len({len(vector) for vector in found}) != 1:
        raise refused(endpoint, model_id, "vectors", f"{len(found)} vectors came back for {len(texts)} texts")
    return found
