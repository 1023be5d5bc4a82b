"""The tab Serving: how fast a model answers, for how many, and what a million tokens cost."""

from typing import Any, ClassVar

from genai_tui.records.estimates import Part
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.stages.select.pages.bars import Bar
from genai_tui.stages.select.pages.estimate_answers import Answer, Asked, lead
from genai_tui.stages.select.pages.estimate_fields import (
    BATCH,
    GPU,
    GPUS,
    HOUR,
    INPUT,
    MODEL,
    OUTPUT,
    PRECISION,
    Field,
    one_of,
)
from genai_tui.stages.select.pages.estimator import Estimator
from genai_tui.stages.select.serving_of import serving_of
from genai_tui.widgets.text_view import Part as Line

LATENCY = Field(
    "latency", "answer within", 5, "seconds that a whole answer may take · empty: no limit", "--latency", "amount",
    known=("0.5", "1", "2", "5", "10", "30", "60"), scope=lambda said: said.latency_p95_s,
)  # fmt: skip
PARALLEL = Field(
    "parallel", "split", 6, "how it lies on several accelerators", "--parallel", default="tensor", usual="tensor",
    known=("tensor", "layers"), check=one_of("split", ("tensor", "layers")),
)  # fmt: skip
TOKEN, BETWEEN = "a token: ", "between tokens"


class Serving(Estimator):
    """Time to the first token and between tokens, users at a latency, money of a million tokens."""

    ID = NAME = "serving"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        MODEL, GPU, GPUS, PRECISION, BATCH, INPUT, OUTPUT, LATENCY, PARALLEL, HOUR,
    )  # fmt: skip
    ALSO: ClassVar[dict[str, Any]] = {"seq": None}

    def work_out(self, asked: Asked) -> Answer:
        """Bars for what the time of a token is made of; figures for the rest."""
        told = serving_of(asked.card, asked.hardware, asked.given, self.project)
        parts = told.estimate.parts
        between = next(part.value for part in parts if part.name == BETWEEN)
        bars = tuple(
            Bar(
                part.name,
                amount_text(part.value, part.unit),
                part.value / between if part.name.startswith(TOKEN) or part.name == BETWEEN else None,
                part.formula,
                part.name == BETWEEN,
            )
            for part in parts
        )
        shown = {"precision": str(told.more["precision"])}
        return Answer(asked, told, parts, bars, tuple(_lines(parts)), shown=shown)

    def heading(self, answer: Answer) -> str:
        """The speed is that of one user."""
        return f"{super().heading(answer)} · for one user"


def _lines(parts: tuple[Part, ...]) -> list[Line]:
    values = {part.name: amount_text(part.value, part.unit) for part in parts}
    batches = [f"{name} {value}" for name, value in values.items() if name.startswith("batch of")]
    if full := values.get("saturated"):
        batches.append(f"{full} of answers at full load, prompts read between")
    said = [("all users", " · ".join(batches))]
    if users := values.get("users within the latency"):
        said.append(("latency", f"{users} at once are answered within it"))
    if usd := values.get("a million tokens out"):
        said.append(("money", f"{usd} a million tokens out, at full load"))
    return [Line(text, "text", lead(word)) for word, text in said if text]
