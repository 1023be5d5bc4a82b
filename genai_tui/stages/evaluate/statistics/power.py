"""Before a run: what so many examples can show, and how many a wished difference takes."""

import math

from genai_tui.stages.evaluate.statistics.distributions import beta_share, normal_point

POWER = 0.8  # the chance to see a difference that is there
ERROR = 0.05  # the chance to see one that is not, two-sided
DISCORDANT = 0.25  # share of examples that only one of both gets right, where nothing is known yet
_SPREAD = 25.0  # of how many differ, as a deviation: beyond, the normal limit holds the power to 2e-4
_WIDE = 8.0  # standard deviations of a binomial share beyond which nothing is left that counts


def examples_for(difference: float, discordant: float = DISCORDANT, power: float = POWER, error: float = ERROR) -> int:
    """How many examples show a paired difference of proportions by McNemar's exact test, `power` of the time.

    `discordant` is the share of examples on which both differ; it is at least the difference itself. Raises ValueError
    for a difference of 0, which no number shows.
    """
    if not difference:
        raise ValueError("no number of examples shows no difference")
    low, high = _limit(difference, discordant, power, error, step=0), _limit(difference, discordant, power, error)
    if _spread(high, max(discordant, abs(difference))) > _SPREAD:
        return high
    while power_at(high, difference, discordant, error) < power:
        low, high = high, high + max(1, high // 50)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle, difference, discordant, error) >= power else (middle, high)
    return high


def _limit(difference: float, discordant: float, power: float, error: float, step: float = 1) -> int:
    """The same by the normal limit (Connor 1987, equation 3), with Edwards' correction of a `step` for continuity.

    n with |d| n - step = z √(n s) + z' √(n (s - d²)): a quadratic equation of √n.
    """
    size, share = abs(difference), max(discordant, abs(difference))
    alarm, seen = normal_point(1 - error / 2), normal_point(power)
    wide = alarm * math.sqrt(share) + seen * math.sqrt(max(share - size**2, 0.0))
    return math.ceil(((wide + math.sqrt(wide**2 + 4 * step * size)) / (2 * size)) ** 2)


def power_at(n: int, difference: float, discordant: float = DISCORDANT, error: float = ERROR) -> float:
    """The chance that McNemar's exact test of `n` examples shows a difference, on its own side.

    Σ P(m) P(B ≥ m - c | m) over the number m of examples on which both differ, m binomial of n and the discordant
    share s, B of m and (s + d) / 2s; c is the most of m that the test at `error` takes for rare (Duffy 1984).
    """
    share = max(discordant, abs(difference))
    one = (share + abs(difference)) / (2 * share)
    wide = _WIDE * _spread(n, share) + 1
    m, last = max(0, math.floor(n * share - wide)), min(n, math.ceil(n * share + wide))
    rare = _rare(m, error / 2)
    below = beta_share(0.5, m - rare, rare + 1) if rare >= 0 else 0.0  # P(by chance no more than `rare` of m)
    seen = beta_share(one, m - rare, rare + 1) if rare >= 0 else 0.0  # P(B ≥ m - rare)
    found = 0.0
    while True:
        found += _binomial(m, n, share) * seen
        if m == last:
            return found
        if rare >= 0:  # one more that differs, as many that are rare
            below -= _binomial(rare, m, 0.5) / 2
            seen -= _binomial(m - rare, m, one) * (1 - one)
        m += 1
        next_one = _binomial(rare + 1, m, 0.5)
        if below + next_one <= error / 2:
            rare, below = rare + 1, below + next_one
            seen += _binomial(m - rare, m, one)


def smallest_difference(
    n: int, discordant: float = DISCORDANT, power: float = POWER, error: float = ERROR
) -> float | None:
    """The smallest paired difference of proportions that `n` examples show, `power` of the time, to 1e-6.

    None where not even all of them can.
    """

    def shown(difference: float) -> bool:
        if _spread(n, max(discordant, difference)) > _SPREAD:
            return _limit(difference, discordant, power, error) <= n
        return power_at(n, difference, discordant, error) >= power

    low, high = 0.0, 1.0
    if not n or not shown(high):
        return None
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def smallest_mean_difference(n: int, deviation: float, power: float = POWER, error: float = ERROR) -> float:
    """The same for means: `deviation` is that of the paired differences (Lehr 1992)."""
    return (normal_point(1 - error / 2) + normal_point(power)) * deviation / math.sqrt(n)


def _spread(n: int, share: float) -> float:
    """The standard deviation of a binomial number."""
    return math.sqrt(n * share * (1 - share))


def _rare(m: int, tail: float) -> int:
    """The most of m that has, with all below it, a chance of at most `tail` where each is as likely as not; else -1."""
    low, high = -1, m
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if beta_share(0.5, m - middle, middle + 1) <= tail else (low, middle)
    return low


def _binomial(k: int, n: int, share: float) -> float:
    """P(K = k) of n trials."""
    if (share >= 1 and k < n) or (share <= 0 and k > 0):
        return 0.0
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + (k * math.log(share) if k else 0.0) + ((n - k) * math.log1p(-share) if k < n else 0.0))
