"""Estimates beside what was measured here: both are shown, and the ratio is used from then on."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from genai_tui.records.estimates import Estimate, Measured

NARROWED = 0.15
"""How far from the corrected figure the truth is believed to lie, as long as fewer than three were measured."""


def measured_here(estimate: Estimate, values: Sequence[float], what: str) -> Estimate:
    """`estimate` corrected by measurements of the very thing, in its unit; as it was where there is none.

    `what` says what was measured ("llama-3.1-8b at vllm"). The total becomes the median of the measurements; `measured`
    keeps the error of the estimate.
    """
    good = [value for value in values if math.isfinite(value) and value > 0]
    if not good or estimate.total <= 0:
        return estimate
    return _by_ratio(estimate, [value / estimate.total for value in good], what)


def corrected(estimate: Estimate, ratios: Sequence[float], what: str) -> Estimate:
    """`estimate` times the median of `ratios` (measured / estimated, of like things on this machine), saying so.

    The range becomes that of the ratios, and at least 15 % around. As it was where there are no ratios.
    """
    good = [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0]
    return _by_ratio(estimate, good, what) if good and estimate.total > 0 else estimate


def _by_ratio(estimate: Estimate, ratios: Sequence[float], what: str) -> Estimate:
    ratio = median(ratios)
    value = estimate.total * ratio
    low, high = min(1 - NARROWED, min(ratios) / ratio), max(1 + NARROWED, max(ratios) / ratio)
    error = 1 / ratio - 1
    sentence = f"measured on this machine: {what}, {len(ratios)} times; the estimate alone is {error:+.0%} off"
    if len(ratios) == 1:
        sentence = sentence.replace("1 times", "once")
    return replace(
        estimate,
        total=value,
        low=value * low,
        high=value * high,
        measured=Measured(value, ratio, len(ratios), sentence),
        assumptions=(*estimate.assumptions, f"corrected by {ratio:.3g}, the ratio measured here"),
    )
