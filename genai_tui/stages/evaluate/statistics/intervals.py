"""Intervals of proportions, 95 % unless another level is asked."""

import math
from collections.abc import Hashable, Sequence

from genai_tui.records.intervals import score_interval
from genai_tui.records.runs import Value
from genai_tui.stages.evaluate.statistics.distributions import beta_point, normal_point

LEVEL = 0.95


def wilson(successes: float, n: float, level: float = LEVEL, *, continuity: bool = False) -> tuple[float, float]:
    """The score interval of a proportion (Wilson 1927; with `continuity` Newcombe 1998, method 4).

    `successes` and `n` need not be whole: an effective sample has fractions.
    """
    z = normal_point((1 + level) / 2)
    return _wilson_continuous(successes / n, n, z) if continuity else score_interval(successes, n, z)


def _wilson_continuous(share: float, n: float, z: float) -> tuple[float, float]:
    square = z * z

    def end(share: float) -> float:
        root = z * math.sqrt(square - 2 - 1 / n + 4 * share * (n * (1 - share) + 1))
        return (2 * n * share + square - 1 - root) / (2 * (n + square))

    return (0.0 if share == 0 else max(end(share), 0.0)), (1.0 if share == 1 else min(1 - end(1 - share), 1.0))


def exact(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a proportion (Clopper and Pearson 1934), by points of the beta distribution."""
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else beta_point(tail, successes, n - successes + 1)
    high = 1.0 if successes == n else beta_point(1 - tail, successes + 1, n - successes)
    return low, high


def proportion(values: Sequence[float], groups: Sequence[Hashable] | None = None) -> Value:
    """The share of ones, with Wilson's interval; of what the groups leave of the sample, where there are some."""
    n = len(values)
    if not n:
        return Value(None, None, None, 0)
    right = math.fsum(values)
    share = right / n
    if groups is None:
        return Value(share, *wilson(right, n), n)
    from genai_tui.stages.evaluate.statistics.grouping import effective_size, summed  # numpy: not for a plain share

    sums, sizes = summed(values, groups)
    size = effective_size(share, sums, sizes)
    return Value(share, *wilson(share * size, size), n)
