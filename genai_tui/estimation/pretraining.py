"""The first decision: from scratch, continue pretraining, fine-tune or prompt, against a budget."""

from dataclasses import dataclass
from typing import Literal

from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.cards import comparable
from genai_tui.estimation.compute import (
    PETAFLOP_S_DAY,
    Utilisation,
    active_parameters,
    default_utilisation,
    is_mixture,
    peak_flops,
    training_compute,
)
from genai_tui.estimation.scaling import (
    LARGEST,
    SMALLEST,
    Optimum,
    compute_optimal,
    law,
    optimal_for_serving,
    optimal_tokens,
    overtraining,
    predicted_loss,
    released,
)
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import ModelCard
from genai_tui.records.estimates import Part

Choice = Literal["from scratch", "continue pretraining", "fine-tune", "prompt"]

OURS = "rule of this program"
DOMAIN_TOKENS = 1e9
"""Text of one's own from which going on with pretraining can teach a domain rather than a format."""
LABELLED = 200
"""Labelled examples from which fine-tuning of one task is worth a try."""
EPOCHS = 3
TYPICAL_TOKENS_PER_PARAMETER = 200.0
"""What a released model is taken to have been trained on, where it is not known: ten times compute-optimal."""


@dataclass(frozen=True)
class Budget:
    """What there is: money, the accelerator it rents and its hourly price, text of one's own, labelled examples.

    `served_tokens` are those that a model of one's own would read and write in its life.
    """

    usd: float
    accelerator: Accelerator
    usd_per_hour: float
    own_tokens: float = 0.0
    examples: int = 0
    tokens_an_example: int = 512
    served_tokens: float = 0.0

    def checked(self) -> "Budget":
        """The budget as it is, if its numbers are within sense. Raises UsageFault."""
        amount("budget", self.usd, high=1e13, zero=True)
        amount("price of an accelerator-hour", self.usd_per_hour, high=1e6)
        amount("number of own tokens", self.own_tokens, high=1e18, zero=True)
        count("number of examples", self.examples, high=1e12, zero=True)
        count("number of tokens an example", self.tokens_an_example, high=1e8)
        amount("number of served tokens", self.served_tokens, high=1e21, zero=True)
        return self


@dataclass(frozen=True)
class Verdict:
    """What to do, why, and the figures it rests on; `optimum` is what the whole budget buys from scratch."""

    choice: Choice
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]
    optimum: Optimum | None


def pretrain_verdict(budget: Budget, card: ModelCard, trained_tokens: float | None = None) -> Verdict:
    """Whether `budget` is best spent on a model from scratch, or on going on from `card`, an existing model.

    From scratch needs a predicted loss not above the existing model's and text of one's own for at least half of the
    compute-optimal tokens; continued pretraining needs a billion own tokens and money for one pass; fine-tuning 200
    examples and money for three passes. The order is by cost, the dearest that is justified is taken.
    `trained_tokens` are those of the existing model; if not given, as published, else 200 a parameter. Sources: scaling
    laws (see `scaling`), 6 N D; thresholds are rules of this program. Raises UsageFault.
    """
    budget = budget.checked()
    active, whole = active_parameters(card)
    known = _released_tokens(card.name) if trained_tokens is None else trained_tokens
    trained = amount("number of tokens", TYPICAL_TOKENS_PER_PARAMETER * active if known is None else known, high=1e18)
    used = default_utilisation(budget.accelerator)
    flops = _flops(budget, used)
    parts = [_bought(budget, used, flops)]
    existing = predicted_loss(active, trained)
    source = law("besiroglu").source
    formula = f"L({active:.4g}, {trained:.4g})" + ("" if known else ", tokens assumed")
    parts.append(Part(f"predicted loss of {card.name}", existing, "nats a token", formula, source))
    needed = optimal_tokens(active)
    if trained > needed:
        parts += _over_trained(active, trained)
    own = training_compute(card, needed, budget.accelerator, usd_per_hour=budget.usd_per_hour)
    parts.append(_money(f"a model of that size from scratch, {_said(needed)} tokens", own.total, budget))
    optimum = _optimum(flops)
    scratch, why = _from_scratch(budget, optimum, existing, card.name)
    if optimum:
        parts += _of(optimum)
        if budget.served_tokens:
            parts += _to_serve(optimum, budget.served_tokens)
    reasons = [why]
    going_on, tuning = _going_on(budget, card, parts), _tuning(budget, card, parts)
    if is_mixture(active, whole):
        reasons.append(
            f"{card.name} is a mixture of experts: its loss is predicted from what a token visits, too high."
        )
    if scratch:
        return Verdict("from scratch", tuple(reasons), tuple(parts), optimum)
    reasons.append(going_on[1])
    if going_on[0]:
        return Verdict("continue pretraining", tuple(reasons), tuple(parts), optimum)
    reasons.append(tuning[1])
    if tuning[0]:
        return Verdict("fine-tune", tuple(reasons), tuple(parts), optimum)
    reasons.append("Prompting costs nothing to begin with, and shows what is missing.")
    return Verdict("prompt", tuple(reasons), tuple(parts), optimum)


def _released_tokens(name: str) -> float | None:
    """What a released model was trained on, where that is known."""
    wanted = comparable(name)
    return next((model.tokens for model in released() if comparable(model.name) == wanted), None)


def _said(number: float) -> str:
    """A large number as people say it: 1.75 billion."""
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.3g}{word}"
    return f"{number:,.0f}"


def _flops(budget: Budget, used: Utilisation) -> float:
    return budget.usd / budget.usd_per_hour * 3600 * peak_flops(budget.accelerator)[0] * used.value


def _bought(budget: Budget, used: Utilisation, flops: float) -> Part:
    hours = budget.usd / budget.usd_per_hour
    formula = (
        f"{hours:,.4g} hours of {budget.accelerator.name} x {used.value:g} of its peak = {flops:.4g} FLOPs / 8.64e19"
    )
    return Part("compute the budget buys", flops / PETAFLOP_S_DAY, "petaflop/s-days", formula, used.reason)


def _money(name: str, hours: float, budget: Budget) -> Part:
    formula = f"{hours:,.4g} GPU-hours x ${budget.usd_per_hour:g}"
    return Part(
        name, hours * budget.usd_per_hour, "US dollars", formula, "6 N D, Kaplan et al. 2020 (arXiv 2001.08361)"
    )


def _optimum(flops: float) -> Optimum | None:
    """What that many operations are best spent on; None outside what scaling laws say anything of."""
    low, high = 6 * SMALLEST * optimal_tokens(SMALLEST), 6 * LARGEST * optimal_tokens(LARGEST)
    return compute_optimal(flops) if low <= flops <= high else None


def _of(optimum: Optimum) -> list[Part]:
    formula = f"6 N D = {optimum.flops:.4g} FLOPs"
    fitted = law("besiroglu").source
    return [
        Part("best size from scratch", optimum.params, "parameters", formula, optimum.source),
        Part("its tokens", optimum.tokens, "tokens", formula, optimum.source),
        Part(
            "its predicted loss", optimum.loss, "nats a token", f"L({optimum.params:.4g}, {optimum.tokens:.4g})", fitted
        ),
    ]


def _over_trained(params: float, tokens: float) -> list[Part]:
    """What the existing model's training took beyond the compute-optimal one of its loss, and what that saves."""
    found = overtraining(params, tokens)
    saved = next(part for part in found.parts if part.name == "cost of a served token")
    optimal = next(part for part in found.parts if part.name == "optimal model of that loss")
    spent = f"6 x {params:.4g} x {tokens:.4g} over 6 N D of the compute-optimal {optimal.value:.4g} of that loss"
    return [
        Part("its training, over-trained", found.total, "times the operations", spent, saved.source),
        Part("a token served by it", saved.value, "times the cost", saved.formula, saved.source),
    ]


def _to_serve(optimum: Optimum, served: float) -> list[Part]:
    """The size and tokens that are as good as the optimum, and cheapest to train and to serve together."""
    best = optimal_for_serving(optimum.flops, served)
    formula = f"least 6 N D + 2 N x {served:.4g} served, at a loss of {best.loss:.4g}"
    return [
        Part("best size for what is served", best.params, "parameters", formula, best.source),
        Part("its tokens, over-trained", best.tokens, "tokens", formula, best.source),
    ]


def _from_scratch(budget: Budget, optimum: Optimum | None, existing: float, name: str) -> tuple[bool, str]:
    if optimum is None:
        return False, f"${budget.usd:,.0f} buy no model from scratch that scaling laws say anything of."
    buys = f"${budget.usd:,.0f} buy {_said(optimum.params)} parameters on {_said(optimum.tokens)} tokens from scratch"
    if optimum.loss > existing:
        return False, f"{buys}, with a predicted loss of {optimum.loss:.2f} against {existing:.2f} of {name}."
    if budget.own_tokens < optimum.tokens / 2:
        have = f"{_said(budget.own_tokens)} of your own" if budget.own_tokens else "none of your own"
        return False, f"{buys}, but there are {have}: other people's text has been learned by {name} already."
    return True, f"{buys}, as good as {name}, and {_said(budget.own_tokens)} tokens of your own make it another model."


def _going_on(budget: Budget, card: ModelCard, parts: list[Part]) -> tuple[bool, str]:
    if budget.own_tokens < DOMAIN_TOKENS:
        return False, f"Continued pretraining needs about {_said(DOMAIN_TOKENS)} tokens of your own ({OURS})."
    hours = training_compute(card, budget.own_tokens, budget.accelerator).total
    parts.append(_money("continued pretraining, one pass over your text", hours, budget))
    cost = hours * budget.usd_per_hour
    if cost > budget.usd:
        return (
            False,
            f"One pass over your {_said(budget.own_tokens)} tokens would cost ${cost:,.0f}, more than the budget.",
        )
    return True, f"{_said(budget.own_tokens)} tokens of your own are enough to teach a domain, for about ${cost:,.0f}."


def _tuning(budget: Budget, card: ModelCard, parts: list[Part]) -> tuple[bool, str]:
    if budget.examples < LABELLED:
        return False, f"Fine-tuning needs some {LABELLED} labelled examples ({OURS}); there are {budget.examples}."
    tokens = float(budget.examples) * budget.tokens_an_example * EPOCHS
    hours = training_compute(card, tokens, budget.accelerator, adapters=0).total
    parts.append(_money(f"fine-tuning adapters, {EPOCHS} passes over your examples", hours, budget))
    cost = hours * budget.usd_per_hour
    if cost > budget.usd:
        return False, f"Fine-tuning on your {budget.examples:,} examples would cost ${cost:,.2f}, more than the budget."
    return True, f"{budget.examples:,} labelled examples are enough to try fine-tuning, for about ${cost:,.2f}."
