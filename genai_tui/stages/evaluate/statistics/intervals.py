"""95 % intervals."""

import math
from collections.abc import Sequence

from genai_tui.records.runs import Value

Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def wilson(successes: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927, "Probable inference", equation for the score interval)."""
    share, square = successes / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)


def proportion(values: Sequence[float]) -> Value:
    """The share of ones, with Wilson's interval."""
    if not values:
        return Value(None, None, None, 0)
    right = math.fsum(values)
    return Value(right / len(values), *wilson(right, len(values)), len(values))
