"""Intervals: the one formula of a share that advice and the statistics of runs both use, and how they are told."""

import math

Z = 1.959963984540054  # the 97.5 % point of the normal distribution: for an interval of 95 %


def score_interval(successes: float, n: float, z: float = Z) -> tuple[float, float]:
    """Low and high of the score interval of a proportion (Wilson 1927); `z` is a point of the normal distribution.

    `successes` and `n`, which is above 0, need not be whole: an effective sample has fractions.
    """
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(max(share * (1 - share), 0.0) / n + square / (4 * n * n))
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)


def places_of(*numbers: float | None) -> int:
    """Places by which numbers of one kind are told: three, or more where all are so small that they were zeros."""
    largest = max((abs(number) for number in numbers if number is not None), default=0.0)
    return 3 if largest == 0 or largest >= 0.01 else 2 - math.floor(math.log10(largest))


def interval_said(low: float | None, high: float | None, places: int = 2) -> str:
    """`, 95 % 0.04–0.18`, to stand after a value; empty where no interval can be given."""
    return "" if low is None or high is None else f", 95 % {low:.{places}f}–{high:.{places}f}"


def difference_within(low: float | None, high: float | None, places: int = 2) -> str:
    """`, 95 % -0.06 to +0.12`, to stand after a difference; empty where no interval can be given."""
    return "" if low is None or high is None else f", 95 % {low:+.{places}f} to {high:+.{places}f}"
