"""The verdict on pretraining, as it is asked for and told."""

from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.compute import active_parameters, training_compute
from genai_tui.estimation.pretraining import Budget, pretrain_verdict
from genai_tui.estimation.rental import hour_price
from genai_tui.estimation.scaling import optimal_tokens
from genai_tui.records.cards import ModelCard
from genai_tui.records.estimates import Estimate
from genai_tui.stages.select.estimating import Hardware, Told, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genai_tui.project import Project

SERVED_MONTHS = 24  # how long a model is taken to be served before a better one takes its place: a rule of this program


def pretraining_of(card: ModelCard, hardware: Hardware, given: "Mapping[str, Any]", project: "Project | None") -> Told:
    """Hours and money of a model of this size from scratch, compute-optimally; with a budget also the verdict.

    Raises UsageFault, also where no price of the accelerator is known.
    """
    price, said = _price(hardware, given["hour_price"])
    own = number(given["own_tokens"], "number of own tokens", zero=True) if given["own_tokens"] else 0.0
    trained = number(given["tokens"], "number of tokens") if given["tokens"] else None
    examples = count("number of examples", given["examples"], high=1e12, zero=True)
    size, _ = active_parameters(card)
    tokens = optimal_tokens(size)
    found = training_compute(
        card, tokens, hardware.accelerator, gpus=hardware.gpus, utilisation=given["mfu"], usd_per_hour=price
    )
    budget = _budget(given["budget"], project)
    more: dict[str, Any] = {"tokens": tokens, "verdict": None, "reasons": [], "fits": None, "budget_usd": budget}
    assumed = (*found.assumptions, f"{tokens:.3g} tokens: compute-optimal (Chinchilla, approach 1)", said)
    parts, sentences = found.parts, list[str]()
    if budget is None:
        sentences.append("Give --budget USD for the verdict: from scratch, continue pretraining, fine-tune or prompt.")
    else:
        served = _served(project)
        asked = Budget(budget, hardware.accelerator, price, own, examples, served_tokens=served)
        verdict = pretrain_verdict(asked, card, trained)
        parts = (*parts, *verdict.parts)
        more |= {"verdict": verdict.choice, "reasons": list(verdict.reasons), "fits": found.total * price <= budget}
        if served:
            assumed = (*assumed, f"{served:.3g} tokens served: the scope's traffic for {SERVED_MONTHS} months")
        sentences += [f"Verdict: {verdict.choice}.", *verdict.reasons]
    estimate = Estimate(found.total, found.unit, parts, found.low, found.high, assumed)
    return Told(f"from scratch on {tokens:.3g} tokens", estimate, more, tuple(sentences))


def _served(project: "Project | None") -> float:
    """Tokens that the scope's traffic reads and writes in the life of a model; 0 where it does not say."""
    from genai_tui.store.scopes import current_scope

    if project is None:
        return 0.0
    scope = current_scope(project.reader)
    return float(
        (scope.requests_a_month or 0) * ((scope.input_tokens or 0) + (scope.output_tokens or 0)) * SERVED_MONTHS
    )


def _price(hardware: Hardware, given: float | None) -> tuple[float, str]:
    if given is not None:
        return amount("price of an accelerator-hour", given, high=1e6), "the price of an hour is as given"
    published = hour_price(hardware.accelerator)
    if published is None:
        raise UsageFault(
            f"What an hour of {hardware.accelerator.name} costs is not known.", "", "Give it with --hour-price USD."
        )
    return published.median, f"an accelerator is rented at {published.sentence}, {published.source}"


def _budget(given: float | None, project: "Project | None") -> float | None:
    from genai_tui.store.scopes import current_scope

    if given is not None:
        return amount("budget", given, high=1e13, zero=True)
    return current_scope(project.reader).budget_usd if project is not None else None
