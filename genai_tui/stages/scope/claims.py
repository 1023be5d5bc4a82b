"""How many test examples a claim takes: "the target is met" means that the low end of the 95 % interval is past it."""

import math
from functools import lru_cache

from genai_tui.records.intervals import Z
from genai_tui.stages.evaluate.statistics.distributions import beta_share
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.stages.evaluate.statistics.power import POWER

MOST = 10_000_000
SOURCE = "score interval of a proportion (Wilson 1927), exact binomial power"


def fewest(target: float) -> int | None:
    """Test examples below which not even a faultless candidate meets `target`: z² t / (1 - t), from Wilson's low end.

    None where the target is 1 or more, which no interval reaches.
    """
    if target >= 1:
        return None
    return max(1, math.ceil(Z * Z * target / (1 - target) - 1e-9))


@lru_cache(maxsize=256)
def examples_to_meet(target: float, truth: float, power: float = POWER) -> int | None:
    """Test examples with which a candidate that is truly right `truth` of the time meets `target`, `power` of the time.

    None where no number of them does. The sample of right answers is binomial, the interval Wilson's.
    """
    least = fewest(target)
    if least is None or truth <= target:
        return None
    low, high = least, least
    while chance(target, truth, high) < power:
        low, high = high, math.ceil(high * 1.5) + 1
        if high > MOST:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(target, truth, middle) >= power else (middle + 1, high)
    return high


def chance(target: float, truth: float, n: int) -> float:
    """The chance that `n` examples show the target met, where an answer is right with probability `truth`."""
    needed = _right_needed(target, n)
    if needed is None:
        return 0.0
    return 1.0 if needed <= 0 else beta_share(truth, needed, n - needed + 1)


def _right_needed(target: float, n: int) -> int | None:
    """The fewest right answers of `n` whose interval lies past the target."""
    if wilson(n, n)[0] < target:
        return None
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if wilson(middle, n)[0] >= target else (middle + 1, high)
    return high
