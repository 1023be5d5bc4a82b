"""The tab Pretrain?: whether training a model from scratch is thinkable."""

from collections.abc import Sequence
from typing import Any, ClassVar

from genai_tui.screens.folding import Want
from genai_tui.stages.select.estimate_text import amount_text, total_line
from genai_tui.stages.select.pages.estimate_answers import Answer, Asked, barred, lead
from genai_tui.stages.select.pages.estimate_fields import GPU, GPUS, HOUR, MODEL, Field
from genai_tui.stages.select.pages.estimator import Estimator
from genai_tui.stages.select.pretraining_of import pretraining_of
from genai_tui.widgets.text_view import Part as Line

BUDGET = Field(
    "budget", "budget $", 11, "dollars that there are to spend", "--budget", "amount",
    known=("100", "1000", "10000", "100000", "1e6", "1e7", "1e8"), own=True, scope=lambda said: said.budget_usd,
    zero=True,
)  # fmt: skip
OWN_TOKENS = Field(
    "own_tokens", "own text", 6, "tokens of text of one's own: continued pretraining needs about 1B", "--own-tokens",
    "raw", known=("1M", "10M", "100M", "1B", "10B", "100B"),
)  # fmt: skip
EXAMPLES = Field(
    "examples", "labelled", 7, "labelled examples that there are: fine-tuning needs some 200", "--examples", "count",
    "0", "0", ("0", "50", "200", "1000", "10000"), zero=True,
)  # fmt: skip
TRAINED = Field(
    "tokens", "it saw", 6, "tokens that the existing model was trained on · empty: assumed", "--tokens", "raw",
    known=("300B", "1T", "2T", "15T", "36T"), own=True,
)  # fmt: skip


class Pretrain(Estimator):
    """The first decision, answered with the budget of the scope: from scratch, go on, fine-tune or prompt."""

    ID = NAME = "pretrain"
    FIELDS: ClassVar[tuple[Field, ...]] = (MODEL, GPU, GPUS, BUDGET, OWN_TOKENS, EXAMPLES, TRAINED, HOUR)
    ALSO: ClassVar[dict[str, Any]] = {"mfu": None}
    RENTED = True

    def work_out(self, asked: Asked) -> Answer:
        """Compute-optimal tokens, operations, hours and money; the verdict where there is a budget."""
        told = pretraining_of(asked.card, asked.hardware, asked.given, self.project)
        parts = told.estimate.parts
        verdict, reasons = told.more["verdict"], told.more["reasons"]
        if verdict is None:
            said = "Type a budget, or set one in Scope (1): then the verdict and its reasons stand here."
            lines = [Line(said, "warn", lead("verdict"))]
        else:
            lines = [Line(str(verdict), "strong", lead("verdict"))]
            lines += [Line(one, "text", lead("" if place else "because")) for place, one in enumerate(reasons)]
        return Answer(asked, told, parts, barred(parts, 0.0), tuple(lines))

    def wants(self) -> Sequence[Want]:
        """The verdict and its reasons before the figures."""
        fields, bars, _ = super().wants()
        return (fields, bars._replace(ease=7), Want(6, 11, 1))

    def heading(self, answer: Answer) -> str:
        """What it would take from scratch."""
        money = next(amount_text(part.value, part.unit) for part in answer.parts if part.name == "money")
        return f"From scratch {total_line(answer.told.estimate)}, {money}"
