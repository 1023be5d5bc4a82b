"""Compute of training: operations, accelerator-hours at an achieved utilisation, and what they cost.

6 N D and the count of attention: Kaplan et al. 2020 (arXiv 2001.08361) section 2.1, PaLM (arXiv 2204.02311) appendix B.
"""

from dataclasses import dataclass

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.energy import US_MEAN, Place, emissions, energy
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

PETAFLOP_S_DAY = 8.64e19
"""Operations of 10^15 a second for one day."""

COUNTED = "Kaplan et al. 2020 (arXiv 2001.08361) section 2.1; attention as PaLM (arXiv 2204.02311) appendix B counts it"
FROZEN = (
    "Kaplan et al. 2020 (arXiv 2001.08361) section 2.1 without gradients of frozen weights (LoRA, arXiv 2106.09685, "
    "section 4.2); attention as PaLM (arXiv 2204.02311) appendix B counts it"
)
ARITHMETIC = "arithmetic"


@dataclass(frozen=True)
class Utilisation:
    """Share of the dense peak that training achieves, and the range most runs lie in; `reason` says whose it is."""

    value: float
    low: float | None
    high: float | None
    reason: str


WHOLE_RUNS = {
    "ampere": Utilisation(0.34, 0.20, 0.54, "median of 42 published runs on A100; nine of ten within the range"),
    "hopper": Utilisation(0.26, 0.12, 0.50, "median of 17 published runs on H100; nine of ten within the range"),
    "other": Utilisation(0.30, 0.18, 0.45, "median of 68 published runs on any accelerator; most within the range"),
    "experts": Utilisation(0.21, 0.14, 0.36, "median of 7 published runs of mixtures of experts on H100 and H800"),
}
"""6 N D over dense peak and hours. They are below what papers print of the steady state (0.40-0.50), for hours hold
restarts, evaluations and long-context stages. Runs: Epoch AI (CC BY 4.0), model cards of Meta, papers."""

STEADY = {
    "ampere": Utilisation(0.50, 0.27, 0.65, "throughput of A100 published by MosaicML and NVIDIA, attention counted"),
    "hopper": Utilisation(0.40, 0.29, 0.50, "throughput of H100 published by MosaicML and NVIDIA, attention counted"),
    "other": Utilisation(0.40, 0.29, 0.50, "throughput of Hopper and Blackwell published by NVIDIA, attention counted"),
    "experts": Utilisation(0.26, 0.10, 0.36, "throughput of mixtures of experts published by NVIDIA"),
}
"""The same of undisturbed training, as a throughput measurement shows it."""

_GENERATIONS = {
    "a100": "ampere",
    "a800": "ampere",
    "h100": "hopper",
    "h800": "hopper",
    "h200": "hopper",
    "gh200": "hopper",
}


def flops_per_token(architecture: Architecture, seq: int = 0, *, training: bool = False) -> float:
    """Operations of one token, forward: 2 N + 4 layers width seq (N active; causal attention not halved).

    `training` is three times that, a backward pass being two forward ones: 6 N + 12 layers width seq.
    Source: Kaplan et al. 2020 section 2.1; PaLM appendix B. Raises UsageFault for a length that is none.
    """
    count("sequence length", seq, high=1e8, zero=True)
    forward = 2.0 * architecture.active + attention_flops(architecture.layers, architecture.width, seq) / 3
    return 3 * forward if training else forward


def attention_flops(layers: int, width: int, seq: int) -> float:
    """Operations of attention for one token in training: 12 layers width seq. Source: PaLM appendix B."""
    return 12.0 * layers * width * seq


def default_utilisation(accelerator: Accelerator, *, mixture: bool = False, steady: bool = False) -> Utilisation:
    """The utilisation that is assumed where none is given; `steady` is undisturbed training without restarts."""
    known = STEADY if steady else WHOLE_RUNS
    return known["experts" if mixture else _GENERATIONS.get(accelerator.id.split("-")[0], "other")]


def peak_flops(accelerator: Accelerator, precision: str = "bf16") -> tuple[float, str]:
    """The dense peak to divide by, in operations a second, and its precision: the nearest one the accelerator has.

    What precision the states are kept in does not matter: bf16-mixed and bf16-true compute in bf16. Raises UsageFault
    where none is known.
    """
    computed = precision.split("-")[0]
    for name in (computed, *_INSTEAD.get(computed, ())):
        if peak := accelerator.flops.get(name):
            return peak, name
    raise UsageFault(
        f"The peak of {accelerator.name} in {precision} is not known",
        "Without it hours cannot be estimated.",
        f"Choose another accelerator, or a precision among {', '.join(accelerator.flops) or 'none'}.",
    )


_INSTEAD = {
    "bf16": ("fp16", "tf32", "fp32"),
    "fp16": ("bf16", "tf32", "fp32"),
    "fp8": ("bf16", "fp16", "tf32", "fp32"),
    "tf32": ("fp32",),
}
"""No bf16 before Ampere: V100 trains in fp16."""


def accelerator_hours(flops: float, accelerator: Accelerator, precision: str, used: Utilisation) -> Estimate:
    """Hours = operations / (utilisation x dense peak x 3600), and their range where the utilisation has one.

    Raises UsageFault for nonsense or an unknown peak.
    """
    amount("number of operations", flops, high=1e36)
    amount("utilisation", used.value, high=1.0)
    peak, of = peak_flops(accelerator, precision)
    hours = flops / (used.value * peak * 3600)
    formula = f"{flops:.4g} / ({used.value:g} x {peak:.4g} in {of} x 3600)"
    return Estimate(
        hours,
        "GPU-hours",
        (
            Part("utilisation", used.value, "of the dense peak", f"{used.value:g}", used.reason),
            Part("hours", hours, "GPU-hours", formula, accelerator.sources[0] if accelerator.sources else ARITHMETIC),
        ),
        hours * used.value / used.high if used.high else None,
        hours * used.value / used.low if used.low else None,
    )


def training_compute(
    card: ModelCard,
    tokens: float,
    accelerator: Accelerator,
    *,
    gpus: int = 1,
    precision: str = "bf16",
    seq: int = 0,
    utilisation: float | None = None,
    usd_per_hour: float | None = None,
    place: Place = US_MEAN,
    steady: bool = False,
    adapters: float | None = None,
) -> Estimate:
    """Accelerator-hours of training `card` on `tokens` tokens, with operations, days, energy, CO2e and money as parts.

    6 N + 12 layers width seq operations a token (attention where shape and `seq` are known). Where only `adapters`
    parameters learn beside frozen weights, 4 N + 6 adapters instead of 6 N: forward 2 N, gradients of activations 2 N,
    no gradients of the weights. Low and high follow from the default utilisation's range; there is none where
    `utilisation` is given. Raises UsageFault for nonsense, an unknown size or an unknown peak.
    """
    amount("number of tokens", tokens, high=1e18)
    count("number of accelerators", gpus, high=1e7)
    count("sequence length", seq, high=1e8, zero=True)
    size, whole = active_parameters(card)
    attention = attention_flops(card.architecture.layers, card.architecture.width, seq) if card.architecture else 0.0
    each = _operations_a_token(size, attention, adapters)
    total = each.value * tokens
    used = (
        default_utilisation(accelerator, mixture=is_mixture(size, whole), steady=steady)
        if utilisation is None
        else Utilisation(amount("utilisation", utilisation, high=1.0), None, None, "as given")
    )
    base = accelerator_hours(total, accelerator, precision, used)
    hours = base.total
    parts = [
        each,
        Part("operations", total, "FLOPs", f"{each.value:.4g} x {tokens:.4g} tokens", each.source),
        Part("petaflop/s-days", total / PETAFLOP_S_DAY, "petaflop/s-days", f"{total:.4g} / 8.64e19", ARITHMETIC),
        *base.parts,
        Part("time", hours / gpus * 3600, "seconds", f"{hours:.4g} hours / {gpus:,} x 3600", ARITHMETIC),
    ]
    if accelerator.power_w:
        spent = energy(hours, accelerator.power_w, place)
        parts += [spent, emissions(spent.value, place)]
    if usd_per_hour is not None:
        amount("price of an accelerator-hour", usd_per_hour, high=1e6, zero=True)
        money = hours * usd_per_hour
        parts.append(Part("money", money, "US dollars", f"{hours:.4g} hours x ${usd_per_hour:g}", "the price given"))
    assumed = []
    if not attention:
        lacking = "no length of a sequence is given" if card.architecture else "the shape of the model is not known"
        assumed.append(f"operations of attention are not counted: {lacking}")
    if accelerator.power_w:
        assumed.append(f"energy at the full power of the board, {place.name}")
    return Estimate(hours, "GPU-hours", tuple(parts), base.low, base.high, tuple(assumed))


def _operations_a_token(size: float, attention: float, adapters: float | None) -> Part:
    if adapters is None:
        weights, counted, source = 6.0 * size, f"6 x {size:.4g}", COUNTED
    else:
        amount("number of adapters' parameters", adapters, zero=True)
        weights, counted, source = 4.0 * size + 6.0 * adapters, f"4 x {size:.4g} + 6 x {adapters:.4g}", FROZEN
    formula = f"{counted} + {attention:.4g} of attention"
    return Part("operations a token", weights + attention, "FLOPs", formula, source)


def active_parameters(card: ModelCard) -> tuple[float, float]:
    """Parameters that one token visits, and all of them. Raises UsageFault where the card knows neither."""
    shape = card.architecture
    whole = card.parameters or (shape.parameters if shape else None)
    active = card.active or (shape.active if shape else None) or whole
    if not active or not whole:
        raise UsageFault(
            f"The size of {card.name} is not known",
            "Compute follows from the number of parameters.",
            "Give the number of parameters, or a config.json.",
        )
    return active, whole


def is_mixture(active: float, whole: float) -> bool:
    """Whether so many parameters are not visited that the model is a mixture of experts."""
    return whole > 1.5 * active
