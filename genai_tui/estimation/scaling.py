"""Scaling laws: how many parameters and tokens a budget of operations is best spent on, and the loss to expect.

Source: Hoffmann et al. 2022 ("Chinchilla", arXiv 2203.15556), re-fitted by Besiroglu et al. 2024 (arXiv 2404.10102);
the constants are in facts/scaling.json, each with where it was read.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount
from genai_tui.records.estimates import Estimate, Part

SIX_N_D = "C = 6 N D, Kaplan et al. 2020 (arXiv 2001.08361) section 2.1"
SMALLEST, LARGEST = 1e5, 1e16
"""Parameters between which the laws are asked; they were measured from 4e7 to 1.6e10."""


@dataclass(frozen=True)
class Loss:
    """L(N, D) = e + a / N^alpha + b / D^beta, in nats a token on the authors' data."""

    key: str
    name: str
    e: float
    a: float
    b: float
    alpha: float
    beta: float
    source: str

    def at(self, params: float, tokens: float) -> float:
        """The loss of `params` parameters after `tokens` tokens."""
        return float(self.e + self.a / params**self.alpha + self.b / tokens**self.beta)

    def tokens_for(self, params: float) -> float:
        """The tokens for which `params` is the best size: (beta b N^alpha / (alpha a))^(1 / beta).

        Where dL/dN = 0 along C = 6 N D.
        """
        return float((self.beta * self.b * params**self.alpha / (self.alpha * self.a)) ** (1 / self.beta))


@dataclass(frozen=True)
class Allocation:
    """D = at_tokens (N / at_params)^exponent: compute-optimal tokens of N parameters."""

    key: str
    name: str
    at_params: float
    at_tokens: float
    exponent: float
    source: str

    def tokens_for(self, params: float) -> float:
        """Compute-optimal tokens of `params` parameters."""
        return float(self.at_tokens * (params / self.at_params) ** self.exponent)


@dataclass(frozen=True)
class Released:
    """A released model: how many tokens it was trained on."""

    name: str
    params: float
    tokens: float
    source: str

    @property
    def tokens_per_parameter(self) -> float:
        """Tokens for each parameter; about 20 is compute-optimal."""
        return self.tokens / self.params

    @property
    def verdict(self) -> str:
        """Under-trained, about compute-optimal (within a factor of two of approach 1), or over-trained."""
        share = self.tokens / optimal_tokens(self.params)
        if share < 0.5:
            return "under-trained"
        return "about compute-optimal" if share <= 2 else "over-trained, to be cheaper to serve"


@dataclass(frozen=True)
class Optimum:
    """What a budget of operations is best spent on, by one approach."""

    approach: str
    flops: float
    params: float
    tokens: float
    loss: float
    """As the re-fit of 2024 predicts it."""
    source: str


Law = Loss | Allocation


@cache
def _facts() -> Mapping[str, Any]:
    return json.loads(files("genai_tui").joinpath("facts", "scaling.json").read_text("utf-8"))  # type: ignore[no-any-return]


@cache
def laws() -> Mapping[str, Law]:
    """The approaches by their key: 1, 2, 3 (as the paper projects), 3-printed, 3-unrounded, besiroglu."""
    facts = _facts()
    lines = [
        Allocation(*(row[name] for name in ("key", "name", "at_params", "at_tokens", "exponent", "source")))
        for row in facts["allocations"]
    ]
    fits = [
        Loss(*(row[name] for name in ("key", "name", "E", "A", "B", "alpha", "beta", "source")))
        for row in facts["losses"]
    ]
    both: tuple[Law, ...] = (*lines, *fits)
    return {one.key: one for one in both}


@cache
def released() -> tuple[Released, ...]:
    """Released models and what they were trained on, fewest tokens a parameter first."""
    rows = (Released(row["name"], row["params"], row["tokens"], row["source"]) for row in _facts()["released"])
    return tuple(sorted(rows, key=lambda row: row.tokens_per_parameter))


def law(approach: str | int = "1") -> Law:
    """The approach of that name. Raises UsageFault."""
    found = laws().get(str(approach).strip().lower())
    if found is None:
        raise UsageFault(
            f"There is no approach {approach!r} to compute-optimal training",
            f"Known are {', '.join(laws())}.",
            "Choose one of them.",
        )
    return found


def optimal_tokens(params: float, approach: str | int = "1") -> float:
    """Compute-optimal tokens of `params` parameters, by the named approach. Raises UsageFault."""
    if amount("number of parameters", params, high=LARGEST) < SMALLEST:
        raise UsageFault(
            f"Scaling laws say nothing of {params:,.4g} parameters",
            f"They are asked from {SMALLEST:.0e} parameters on.",
            "Give the number of tokens.",
        )
    return law(approach).tokens_for(params)


def compute_optimal(flops: float, approach: str | int = "1") -> Optimum:
    """The parameters and tokens that `flops` operations are best spent on: 6 N D(N) = C, by bisection on log N.

    Raises UsageFault for an unknown approach, or operations beyond what the laws could say anything of.
    """
    chosen = law(approach)
    amount("number of operations", flops, high=1e33)
    low, high = math.log(SMALLEST), math.log(LARGEST)

    def spent(size: float) -> float:
        return 6 * math.exp(size) * chosen.tokens_for(math.exp(size))

    if not spent(low) <= flops <= spent(high):
        raise UsageFault(
            f"{flops:.3g} operations are outside what scaling laws say anything of",
            f"They are asked between {spent(low):.2g} and {spent(high):.2g} operations.",
            "Choose a budget between these.",
        )
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) < flops else (low, middle)
    params = math.exp(low)
    tokens = flops / (6 * params)
    return Optimum(chosen.key, flops, params, tokens, predicted_loss(params, tokens), chosen.source)


def optimal_for_serving(flops: float, served_tokens: float) -> Optimum:
    """Of all models as good as the compute-optimal one of `flops`, the cheapest to train and serve together.

    Least 6 N D + 2 N served along L(N, D) = that loss, searched on log N: the more is served, the smaller the model and
    the longer its training. Source: Sardana et al. 2023 (arXiv 2401.00448), with the fit of 2024. Raises UsageFault.
    """
    amount("number of served tokens", served_tokens, high=1e21, zero=True)
    fit = _loss("besiroglu")
    start = compute_optimal(flops, fit.key)

    def tokens_at(params: float) -> float:
        return float((fit.b / (start.loss - fit.e - fit.a / params**fit.alpha)) ** (1 / fit.beta))

    def spent(size: float) -> float:
        params = math.exp(size)
        return 6 * params * tokens_at(params) + 2 * params * served_tokens

    low = math.log((fit.a / (start.loss - fit.e)) ** (1 / fit.alpha)) + 1e-3  # below it no number of tokens suffices
    high = math.log(start.params)
    for _ in range(80):
        third = (high - low) / 3
        low, high = (low, high - third) if spent(low + third) < spent(high - third) else (low + third, high)
    params = math.exp(low)
    tokens = tokens_at(params)
    return Optimum(fit.key, 6 * params * tokens, params, tokens, start.loss, "Sardana et al. 2023 (arXiv 2401.00448)")


def predicted_loss(params: float, tokens: float, fit: str = "besiroglu") -> float:
    """Loss in nats a token: E + A / N^alpha + B / D^beta. Raises UsageFault, also for a law that predicts none."""
    return _loss(fit).at(
        amount("number of parameters", params, high=LARGEST), amount("number of tokens", tokens, high=1e21)
    )


def overtraining(params: float, tokens: float, approach: str | int = "1") -> Estimate:
    """What training `params` on `tokens` costs over the compute-optimal model of the same loss, and what it saves.

    `total` is operations spent over those of the optimal model that reaches the same predicted loss; the parts say how
    much smaller, and so cheaper for each token served, the over-trained model is (2 N operations a token).
    Source: Hoffmann et al. 2022 section 3; Sardana et al. 2023 (arXiv 2401.00448). Raises UsageFault.
    """
    loss = predicted_loss(params, tokens)
    best = optimal_tokens(params, approach)
    fit = law("besiroglu")
    low, high = math.log(SMALLEST), math.log(LARGEST)
    for _ in range(60):
        middle = (low + high) / 2
        size = math.exp(middle)
        low, high = (middle, high) if predicted_loss(size, fit.tokens_for(size)) > loss else (low, middle)
    twin = math.exp(low)
    twin_flops, flops = 6 * twin * fit.tokens_for(twin), 6 * params * tokens
    return Estimate(
        flops / twin_flops,
        "times the operations",
        (
            Part("tokens a parameter", tokens / params, "tokens", f"{tokens:.4g} / {params:.4g}", SIX_N_D),
            Part(
                "compute-optimal tokens", best, "tokens", f"approach {approach} at {params:.4g}", law(approach).source
            ),
            Part("predicted loss", loss, "nats a token", f"L({params:.4g}, {tokens:.4g})", fit.source),
            Part("optimal model of that loss", twin, "parameters", f"L = {loss:.4f} where dL/dN = 0", fit.source),
            Part("operations", flops, "FLOPs", f"6 x {params:.4g} x {tokens:.4g}", SIX_N_D),
            Part("operations of that model", twin_flops, "FLOPs", f"6 x {twin:.4g} x D({twin:.4g})", SIX_N_D),
            Part("cost of a served token", params / twin, "times", f"{params:.4g} / {twin:.4g}", "2 N a token"),
        ),
    )


def _loss(key: str) -> Loss:
    """The law of that name that predicts a loss. Raises UsageFault."""
    chosen = law(key)
    if not isinstance(chosen, Loss):
        raise UsageFault(
            f"{chosen.name} predicts no loss",
            "It only says how parameters and tokens go together.",
            f"Choose one of {', '.join(name for name, one in laws().items() if isinstance(one, Loss))}.",
        )
    return chosen
