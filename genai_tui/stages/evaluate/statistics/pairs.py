"""Two candidates on the same examples: what differs, how sure that is, and how likely by chance."""

import math
from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from genai_tui.records.intervals import difference_within, places_of
from genai_tui.stages.evaluate.statistics import bootstrap
from genai_tui.stages.evaluate.statistics.distributions import (
    beta_share,
    chi_square_tail,
    normal_point,
    normal_share,
    t_share,
)
from genai_tui.stages.evaluate.statistics.grouping import summed
from genai_tui.stages.evaluate.statistics.intervals import LEVEL

PERMUTATIONS = 10_000
_BLOCK = 1_000_000
_ALL = 14  # up to this many differences every permutation is counted
_MANY = 5_000  # above it the normal limit does as well

Test = Literal["McNemar exact", "paired permutation", "approximate randomisation"]


class Comparison(NamedTuple):
    """B against A on `n` examples: `difference` is B − A with its 95 % interval, `p` two-sided, of the named test."""

    n: int
    better: int
    same: int
    worse: int
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    test: Test

    def interval(self, places: int = 2) -> str:
        """`, 95 % -0.06 to +0.12`, to stand after the difference; empty where there is none."""
        return difference_within(self.low, self.high, places)

    def said(self) -> str:
        """`+0.100, 95 % +0.020 to +0.180, p = 0.012 (McNemar exact)`; empty where there is no difference to tell."""
        if self.difference is None:
            return ""
        places = places_of(self.difference, self.low, self.high)
        return f"{self.difference:+.{places}f}{self.interval(places)}, p = {self.p:.2g} ({self.test})"


def compare(
    a: Sequence[float] | np.ndarray,
    b: Sequence[float] | np.ndarray,
    groups: Sequence[Hashable] | None = None,
    bounds: tuple[float, float] | None = None,
) -> Comparison:
    """B against A, answer by answer; with `groups` (repeats) the means of each example are compared.

    Only zeros and ones: McNemar's exact test with the interval of Bonett and Price; else a permutation test of the
    mean difference with its bootstrap interval. Where all differences are the same the bootstrap would be certain; on
    a scale of `bounds` the interval is then as wide as that of shares of which none differs, else there is none.
    Answers that are all 0 or 1 are on that scale, whatever else their scorer may say.
    """
    first, second = np.asarray(a, float), np.asarray(b, float)
    bounds = (0.0, 1.0) if _binary(first) and _binary(second) else bounds
    if groups is not None:
        sums, sizes = summed(a, groups)
        first, second = sums / sizes, summed(b, groups)[0] / sizes
    n = len(first)
    better, worse = int((second > first).sum()), int((second < first).sum())
    head = (n, better, n - better - worse, worse)
    if not n:
        return Comparison(*head, None, None, None, None, "McNemar exact")
    difference = float((second - first).mean())
    if _binary(first) and _binary(second):
        low, high = difference_of_shares(better, worse, n)
        return Comparison(*head, difference, low, high, mcnemar(better, worse), "McNemar exact")
    rest = second - first
    ends = _of_same(difference, n, bounds) if np.ptp(rest) < 1e-12 else bootstrap.mean(rest)[1:3]
    return Comparison(*head, difference, *ends, permutation(rest), "paired permutation")


def _of_same(difference: float, n: int, bounds: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """The interval of `n` differences that are all the same."""
    if bounds is None or not n:
        return None, None
    width = bounds[1] - bounds[0]
    half = width * difference_of_shares(0, 0, n)[1]
    return max(difference - half, -width), min(difference + half, width)


def compare_sums(
    a: np.ndarray, b: np.ndarray, statistic: bootstrap.OfSums, bounds: tuple[float, float] | None = None
) -> Comparison:
    """The same for what only all answers together have (BLEU, F1); `a` and `b` are the parts of each answer.

    Paired bootstrap interval (Koehn 2004) and approximate randomisation (Noreen 1989; Riezler and Maxwell 2005):
    the answers of an example change sides by chance. Better and worse cannot be counted: 0.
    """
    n = len(a)
    if not n:
        return Comparison(0, 0, 0, 0, None, None, None, None, "approximate randomisation")
    width = a.shape[1]

    def gap(sums: np.ndarray) -> np.ndarray:
        return np.asarray(statistic(sums[:, width:]) - statistic(sums[:, :width]))

    both = np.concatenate([a, b], 1)
    difference = float(gap(both.sum(0)[None])[0])
    ends = bootstrap.of_rows(both, gap) if n > 1 else (difference, difference)
    low, high = ends if ends[1] - ends[0] > 1e-12 else _of_same(difference, n, bounds)
    random = np.random.default_rng(bootstrap.SEED)
    same = ~(a != b).any(1)
    total, change = both.sum(0), np.concatenate([b - a, a - b], 1)[~same]
    if not len(change):
        return Comparison(n, 0, n, 0, difference, low, high, 1.0, "approximate randomisation")
    beyond = rounds = 0
    while rounds < bootstrap.RESAMPLES:
        swaps = random.integers(0, 2, (min(500, max(1, _BLOCK // len(change))), len(change))).astype(float)
        found = gap(total + swaps @ change)
        beyond += int((np.abs(found) >= abs(difference) - 1e-12).sum())
        rounds += len(swaps)
    p = (beyond + 1) / (rounds + 1)
    return Comparison(n, 0, int(same.sum()), 0, difference, low, high, p, "approximate randomisation")


def _binary(values: np.ndarray) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def mcnemar(b: int, c: int) -> float:
    """The exact two-sided p of McNemar's test: `b` and `c` are the examples only one of both got right.

    A sign test on them (McNemar 1947; exact by the binomial of ½, Agresti 2013, 11.1).
    """
    n, fewer = b + c, min(b, c)
    if b == c:
        return 1.0
    if n > 1000:  # the sum has numbers of hundreds of digits
        return min(1.0, 2 * beta_share(0.5, n - fewer, fewer + 1))
    return min(1.0, float(2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n))


def mcnemar_chi_square(b: int, c: int) -> tuple[float, float]:
    """McNemar's statistic with Edwards' correction for continuity (1948), and its p."""
    statistic = (abs(b - c) - 1) ** 2 / (b + c) if b + c else 0.0
    return statistic, chi_square_tail(statistic)


def difference_of_shares(better: int, worse: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The interval of a difference of paired proportions (Bonett and Price 2012: Wald with a success added to each)."""
    up, down = (better + 1) / (n + 2), (worse + 1) / (n + 2)
    half = normal_point((1 + level) / 2) * math.sqrt(max(up + down - (up - down) ** 2, 0.0) / (n + 2))
    whole = (better - worse) / n
    return max(min(up - down - half, whole), -1.0), min(max(up - down + half, whole), 1.0)


def permutation(differences: Sequence[float] | np.ndarray) -> float:
    """The two-sided p of the mean of paired differences, whose signs change by chance (Fisher 1935).

    Exact for up to 14 that are not zero, else by 10,000 seeded permutations, itself among them
    (Phipson and Smyth 2010), so that it is never 0; above 5,000 by their normal limit.
    """
    values = np.abs(np.asarray(differences, float))
    whole = abs(float(np.asarray(differences, float).sum())) - 1e-6 * float(values.sum())  # sums in single precision
    values = values[values > 0]
    n = len(values)
    if not n:
        return 1.0
    if n <= _ALL:
        return float((np.abs(_every_sign(n) @ values) >= whole).mean())
    if n > _MANY:
        return 2 * normal_share(-whole / math.sqrt(float(values @ values)))
    random = np.random.default_rng(bootstrap.SEED)
    beyond = rounds = 0
    while rounds < PERMUTATIONS:
        size = min(PERMUTATIONS - rounds, max(1, _BLOCK // n))
        bits = np.unpackbits(random.integers(0, 256, (size, -(-n // 8)), dtype=np.uint8), axis=1, count=n)
        sums = 2 * (bits.astype(np.float32) @ values.astype(np.float32)) - float(values.sum())
        beyond += int((np.abs(sums) >= whole).sum())
        rounds += size
    return (beyond + 1) / (rounds + 1)


def _every_sign(n: int) -> np.ndarray:
    return np.asarray(1.0 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1))


class PairedT(NamedTuple):
    """Student's test of paired differences."""

    difference: float
    error: float
    t: float
    p: float


def paired_t(a: Sequence[float], b: Sequence[float]) -> PairedT:
    """Student's paired test of B − A (1908), with the standard error of the mean difference; two-sided p."""
    rest = np.asarray(b, float) - np.asarray(a, float)
    n = len(rest)
    error = float(rest.std(ddof=1)) / math.sqrt(n)
    t = float(rest.mean()) / error if error else math.copysign(math.inf, float(rest.mean()))
    return PairedT(float(rest.mean()), error, t, min(1.0, 2 * (1 - t_share(abs(t), n - 1))))


def wilcoxon(differences: Sequence[float]) -> float:
    """The two-sided p of Wilcoxon's signed-rank test (1945); zeros are left out.

    Exact without ties and zeros up to 50 differences, with them up to 13 by all permutations of the signs; else by
    the normal limit with the correction for ties: as scipy chooses.
    """
    values = np.asarray(differences, float)
    every, zeros = len(values), bool((values == 0).any())
    values = values[values != 0]
    n = len(values)
    if not n:
        return 1.0
    _, places, counts = np.unique(np.abs(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[places]
    up = float(ranks[values > 0].sum())
    if every <= 13:
        return float((np.abs(_every_sign(n) @ ranks) >= abs(2 * up - n * (n + 1) / 2) - 1e-9).mean())
    if n <= 50 and not zeros and (counts == 1).all():
        ways = [1] + [0] * (n * (n + 1) // 2)
        for rank in range(1, n + 1):
            for total in range(len(ways) - 1, rank - 1, -1):
                ways[total] += ways[total - rank]
        tail = sum(ways[: int(min(up, n * (n + 1) / 2 - up)) + 1])
        return float(min(1.0, 2 * tail / 2**n))
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((counts**3 - counts).sum()) / 48)
    z = (up - n * (n + 1) / 4) / spread
    return min(1.0, 2 * normal_share(-abs(z)))
