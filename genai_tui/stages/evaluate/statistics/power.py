"""Before a run: what so many examples can show, and how many a wished difference takes."""

import math

from genai_tui.stages.evaluate.statistics.distributions import normal_point

POWER = 0.8  # the chance to see a difference that is there
ERROR = 0.05  # the chance to see one that is not, two-sided
DISCORDANT = 0.25  # share of examples that only one of both gets right, where nothing is known yet


def examples_for(difference: float, discordant: float = DISCORDANT, power: float = POWER, error: float = ERROR) -> int:
    """How many examples show a paired difference of proportions (Connor 1987, equation 3).

    `discordant` is the share of examples on which both differ; it is at least the difference itself.
    """
    share = max(discordant, abs(difference))
    if not difference:
        raise ValueError("no number of examples shows no difference")
    alarm, seen = normal_point(1 - error / 2), normal_point(power)
    root = alarm * math.sqrt(share) + seen * math.sqrt(max(share - difference**2, 0.0))
    return math.ceil((root / difference) ** 2)


def smallest_difference(
    n: int, discordant: float = DISCORDANT, power: float = POWER, error: float = ERROR
) -> float | None:
    """The smallest paired difference of proportions that `n` examples can show; None where not even all of them can."""
    low, high = 0.0, 1.0
    if not n or examples_for(high, discordant, power, error) > n:
        return None
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if examples_for(middle, discordant, power, error) <= n else (middle, high)
    return high


def smallest_mean_difference(n: int, deviation: float, power: float = POWER, error: float = ERROR) -> float:
    """The same for means: `deviation` is that of the paired differences (Lehr 1992)."""
    return (normal_point(1 - error / 2) + normal_point(power)) * deviation / math.sqrt(n)
