"""How far two raters, or many, say the same: a judge and people, or people among themselves."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple

from genai_tui.records.intervals import interval_said
from genai_tui.stages.evaluate.statistics.distributions import normal_point
from genai_tui.stages.evaluate.statistics.intervals import LEVEL, wilson

Level = Literal["nominal", "ordinal", "interval", "ratio"]


class Kappa(NamedTuple):
    """Cohen's kappa of `n` ratings by two, with its 95 % interval; `agreed` is the plain share of equal ratings.

    None where both gave one and the same label throughout (agreement by chance is then all there can be).
    """

    value: float | None
    low: float | None
    high: float | None
    agreed: float
    n: int

    def interval(self, places: int = 2) -> str:
        """`, 95 % 0.41–0.83`, to stand after the value; empty where there is none."""
        return interval_said(self.low, self.high, places)


def kappa(a: Sequence[Hashable], b: Sequence[Hashable], level: float = LEVEL) -> Kappa:
    """Cohen's kappa (1960) with the large-sample interval of Fleiss, Cohen and Everitt (1969, equation 13)."""
    n = len(a)
    if not n:
        return Kappa(None, None, None, 0.0, 0)
    cells = Counter(zip(a, b, strict=True))
    rows, columns = Counter(a), Counter(b)
    agreed = sum(count for (x, y), count in cells.items() if x == y) / n
    chance = sum(rows[label] * columns[label] for label in rows) / (n * n)
    if chance == 1:
        return Kappa(None, None, None, agreed, n)
    value = (agreed - chance) / (1 - chance)
    spread = -((agreed * chance - 2 * chance + agreed) ** 2)
    for (x, y), count in cells.items():
        share = count / n
        if x == y:
            spread += share * ((1 - chance) - (rows[x] + columns[x]) / n * (1 - agreed)) ** 2
        else:
            spread += (1 - agreed) ** 2 * share * ((columns[x] + rows[y]) / n) ** 2
    half = normal_point((1 + level) / 2) * math.sqrt(max(spread, 0.0) / n) / (1 - chance) ** 2
    return Kappa(value, max(value - half, -1.0), min(value + half, 1.0), agreed, n)


def careful_kappa(a: Sequence[Hashable], b: Sequence[Hashable], level: float = LEVEL) -> Kappa:
    """Kappa, with an interval that few ratings do not make certain: for deciding by it.

    The large-sample interval of perfect agreement has no width, be it of two ratings. Each end is therefore at least as
    far as that of Wilson's interval (1927) of the plain share of equal ratings, chance held as it is.
    """
    found = kappa(a, b, level)
    if found.value is None or found.low is None or found.high is None:
        return found
    rows, columns = Counter(a), Counter(b)
    chance = sum(rows[label] * columns[label] for label in rows) / (found.n * found.n)
    low, high = ((share - chance) / (1 - chance) for share in wilson(found.agreed * found.n, found.n, level))
    return found._replace(low=max(-1.0, min(found.low, low)), high=min(1.0, max(found.high, high)))


def alpha(units: Sequence[Sequence[float]], level: Level = "nominal") -> float | None:
    """Krippendorff's alpha (2011, "Computing Krippendorff's alpha-reliability") of `units`: the ratings of each.

    Ratings that are missing are left out; a unit with one rating says nothing. None where nothing can disagree.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    totals = Counter(rating for unit in pairable for rating in unit)
    n = sum(totals.values())
    if len(totals) < 2:
        return None
    distance = _distance(level, totals)
    observed = sum(
        count * other * distance(x, y) / (len(unit) - 1)
        for unit in pairable
        for counts in (Counter(unit),)
        for x, count in counts.items()
        for y, other in counts.items()
    )
    expected = sum(totals[x] * totals[y] * distance(x, y) for x in totals for y in totals) / (n - 1)
    return 1 - observed / expected


def _distance(level: Level, totals: Counter[float]) -> Callable[[float, float], float]:
    if level == "nominal":
        return lambda x, y: float(x != y)
    if level == "interval":
        return lambda x, y: (x - y) ** 2
    if level == "ratio":
        return lambda x, y: ((x - y) / (x + y)) ** 2 if x != y else 0.0
    below: dict[float, float] = {}
    running = 0.0
    for rating in sorted(totals):
        below[rating] = running + totals[rating] / 2
        running += totals[rating]
    return lambda x, y: (below[x] - below[y]) ** 2
