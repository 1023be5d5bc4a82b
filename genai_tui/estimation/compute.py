"""Compute of training: operations, accelerator-hours at an achieved utilisation, and what they cost.

6 N D and the count of attention: Kaplan et al. 2020 (arXiv 2001.08361) section 2.1, PaLM (arXiv 2204.02311) appendix B.
"""

from dataclasses import dataclass

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.energy import US_MEAN, Place, emissions_t, energy_mwh
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

PETAFLOP_S_DAY = 8.64e19
"""Operations of 10^15 a second for one day."""

COUNTED = "Kaplan et al. 2020 (arXiv 2001.08361) section 2.1; attention as PaLM (arXiv 2204.02311) appendix B counts it"
ARITHMETIC = "arithmetic"


@dataclass(frozen=True)
class Utilisation:
    """Share of the dense peak that training achieves, and the range most runs lie in; `reason` says whose it is."""

    value: float
    low: float
    high: float
    reason: str


def flops_per_token(architecture: Architecture, seq: int = 0, *, training: bool = False) -> float:
    """Operations of one token, forward: 2 N + 4 layers width seq (N active; causal attention not halved).

    `training` is three times that, a backward pass being two forward ones: 6 N + 12 layers width seq.
    Source: Kaplan et al. 2020 section 2.1; PaLM appendix B. Raises UsageFault for a negative length.
    """
    count("sequence length", seq, zero=True)
    forward = 2.0 * architecture.active + 4.0 * architecture.layers * architecture.width * seq
    return 3 * forward if training else forward


def default_utilisation(
    accelerator: Accelerator, precision: str = "bf16", *, mixture: bool = False, steady: bool = False
) -> Utilisation:
    """The utilisation that is assumed where none is given; `steady` is undisturbed training without restarts.

    From published runs: 6 N D / (dense peak x hours), which their hours of restarts, evaluations and long-context
    stages lower from the 0.40-0.50 that papers print of the steady state.
    """
    return _DEFAULTS(accelerator, precision, mixture, steady)


def _DEFAULTS(accelerator: Accelerator, precision: str, mixture: bool, steady: bool) -> Utilisation:
    return Utilisation(0.3, 0.13, 0.55, "median of published runs")


def peak_flops(accelerator: Accelerator, precision: str = "bf16") -> tuple[float, str]:
    """The dense peak to divide by, in operations a second, and its precision: the nearest one the accelerator has.

    bf16 falls back to fp16 (V100), fp8 to bf16. Raises UsageFault where none is known.
    """
    for name in (precision, *_FALLBACK.get(precision, ("bf16", "fp16", "tf32", "fp32"))):
        if peak := accelerator.flops.get(name):
            return peak, name
    raise UsageFault(
        f"The peak of {accelerator.name} in {precision} is not known",
        "Without it hours cannot be estimated.",
        "Choose another accelerator or precision.",
    )


_FALLBACK = {
    "bf16": ("fp16", "tf32", "fp32"),
    "fp16": ("bf16", "tf32", "fp32"),
    "fp8": ("bf16", "fp16", "fp32"),
    "tf32": ("fp32",),
    "fp32": (),
}


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
) -> Estimate:
    """Accelerator-hours of training `card` on `tokens` tokens, with operations, days, energy, CO2e and money as parts.

    hours = operations / (utilisation x dense peak x 3600); `low` and `high` from the utilisation's range, or none
    where `utilisation` is given. Raises UsageFault for nonsense, an unknown size or an unknown peak.
    """
    amount("number of tokens", tokens, high=1e18)
    count("number of accelerators", gpus, high=1e7)
    size = card.active or (card.architecture.active if card.architecture else None) or card.parameters
    if not size:
        raise UsageFault(f"The size of {card.name} is not known", "Compute follows from the parameters.", "Give them.")
    attention = 12.0 * card.architecture.layers * card.architecture.width * seq if card.architecture else 0.0
    each = 6.0 * size + attention
    total = each * tokens
    peak, of = peak_flops(accelerator, precision)
    mixture = bool(card.parameters and card.parameters > 1.5 * size)
    used = (
        default_utilisation(accelerator, of, mixture=mixture, steady=steady)
        if utilisation is None
        else Utilisation(amount("utilisation", utilisation, high=1.0), utilisation, utilisation, "as given")
    )
    hours = total / (used.value * peak * 3600)
    parts = [
        Part("operations a token", each, "FLOPs", f"6 x {size:.4g} + {attention:.4g}", COUNTED),
        Part("operations", total, "FLOPs", f"{each:.4g} x {tokens:.4g} tokens", COUNTED),
        Part("petaflop/s-days", total / PETAFLOP_S_DAY, "petaflop/s-days", f"{total:.4g} / 8.64e19", ARITHMETIC),
        Part("utilisation", used.value, "of the dense peak", f"{used.value:g}", used.reason),
        Part(
            "hours",
            hours,
            "GPU-hours",
            f"{total:.4g} / ({used.value:g} x {peak:.4g} {of} x 3600)",
            accelerator.sources[0],
        ),
        Part("time", hours / gpus * 3600, "seconds", f"{hours:.4g} hours / {gpus:,} x 3600", ARITHMETIC),
    ]
    if accelerator.power_w:
        energy = energy_mwh(hours, accelerator.power_w, place)
        parts += [energy, emissions_t(energy.value, place)]
    if usd_per_hour is not None:
        price = amount("price of an accelerator-hour", usd_per_hour, high=1e6, zero=True)
        parts.append(Part("money", hours * price, "US dollars", f"{hours:.4g} hours x ${price:g}", "the price given"))
    ranged = utilisation is None
    return Estimate(
        hours,
        "GPU-hours",
        tuple(parts),
        hours * used.value / used.high if ranged else None,
        hours * used.value / used.low if ranged else None,
    )
