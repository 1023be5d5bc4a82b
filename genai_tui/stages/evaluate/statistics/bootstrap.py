"""Bootstrap intervals: of means, and of whatever is a function of sums over the answers (BLEU, F1, a ratio).

Seeded, so that the same answers have the same interval; vectorised in blocks, so that memory stays small.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from genai_tui.records.runs import Value
from genai_tui.stages.evaluate.statistics.distributions import normal_point, normal_share, t_point
from genai_tui.stages.evaluate.statistics.grouping import summed_rows
from genai_tui.stages.evaluate.statistics.intervals import LEVEL, wilson

RESAMPLES = 2000  # fewer where so many answers are drawn that it would take seconds
FEWEST = 200
SEED = 0
_BLOCK = 1_000_000  # indices drawn at once
_DRAWS = 40_000_000  # in all
_MANY = 20_000  # above it the limit of the bootstrap is as good, and its formula takes no resampling

OfSums = Callable[[np.ndarray], np.ndarray]  # rows of sums to one value each


def mean(
    values: Sequence[float],
    groups: Sequence[Hashable] | None = None,
    bounds: tuple[float, float] | None = None,
    level: float = LEVEL,
) -> Value:
    """The mean with its BCa interval; groups are drawn whole (Davison and Hinkley 1997, 3.8).

    `bounds` are those of the scale. Where all values are the same the bootstrap would say that it is certain; then
    the interval of that many values of a bounded scale is given (Wilson's, which no bounded mean is wider than), or
    none where the scale has no bounds.
    """
    array = np.asarray(values, float)
    n = len(array)
    if not n:
        return Value(None, None, None, 0)
    middle = float(array.mean())
    parts = summed_rows(np.stack([array, np.ones(n)], 1), groups) if groups is not None else None
    units = n if parts is None else len(parts)
    if units < 2 or np.ptp(array if parts is None else parts[:, 0] / parts[:, 1]) < 1e-12:
        return Value(middle, *_of_equals(middle, units, bounds, level), n)
    if parts is None:
        low, high = _many(array, level) if n > _MANY else of_rows(array[:, None], _first, level, count=n)
    else:
        low, high = of_rows(parts, _ratio, level)
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Value(middle, low, high, n)


def of_sums(
    rows: np.ndarray,
    statistic: OfSums,
    groups: Sequence[Hashable] | None = None,
    bounds: tuple[float, float] | None = None,
    level: float = LEVEL,
) -> Value:
    """The statistic of the sums of all rows, with its BCa interval. `rows` are the parts of each answer.

    Where every resample says the same (all is right, or nothing) it is as with `mean`: that is not certainty.
    """
    n = len(rows)
    if not n:
        return Value(None, None, None, 0)
    units = rows if groups is None else summed_rows(rows, groups)
    value = float(statistic(units.sum(0)[None])[0])
    low, high = of_rows(units, statistic, level) if len(units) > 1 else (value, value)
    if high - low < 1e-12:
        return Value(value, *_of_equals(value, len(units), bounds, level), n)
    return Value(value, low, high, n)


def of_rows(
    rows: np.ndarray, statistic: OfSums, level: float = LEVEL, *, count: int | None = None
) -> tuple[float, float]:
    """Both ends of the BCa interval of `statistic` of the rows' sums.

    BCa is Efron 1987 (bias by the share below, acceleration by the jackknife); its tails are widened for small
    samples by t and √(n/(n−1)) as Hesterberg 2015 ("What teachers should know about the bootstrap", 4.2).
    `count` divides the sums: the rows are then values whose mean is asked.
    """
    n = len(rows)
    found = np.sort(resampled(rows, statistic) if count is None else resampled(rows, statistic) / count)
    total = rows.sum(0)
    left_out = statistic(total - rows) if count is None else statistic(total - rows) / (n - 1)
    whole = float(statistic(total[None])[0]) / (1 if count is None else count)
    below = (np.count_nonzero(found < whole) + 0.5 * np.count_nonzero(found == whole)) / len(found)
    bias = normal_point(min(max(below, 0.5 / len(found)), 1 - 0.5 / len(found)))
    gaps = left_out.mean() - left_out
    spread = float((gaps**2).sum())
    speed = float((gaps**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    tail = t_point((1 + level) / 2, n - 1) * (n / (n - 1)) ** 0.5
    ends = []
    for z in (-tail, tail):
        pulled = bias + z
        ends.append(normal_share(bias + pulled / max(1 - speed * pulled, 0.1)))
    low, high = np.quantile(found, ends, method="linear")
    return min(float(low), whole), max(float(high), whole)


def percentile(
    values: Sequence[float], statistic: Callable[[np.ndarray], np.ndarray], level: float = LEVEL
) -> tuple[float, float]:
    """The plain percentile interval (Efron 1979) of any statistic of resampled values, given as rows."""
    array = np.asarray(values, float)
    found = np.concatenate([statistic(array[block]) for block in _draws(len(array))])
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resampled(rows: np.ndarray, statistic: OfSums) -> np.ndarray:
    """The statistic of each resample's sums."""
    if rows.shape[1] == 1:
        column = rows[:, 0]
        return np.concatenate([statistic(column[block].sum(1)[:, None]) for block in _draws(len(rows))])
    return np.concatenate([statistic(counts @ rows) for counts in counted(len(rows))])


def counted(n: int) -> Iterator[np.ndarray]:
    """How often each resample drew each row, in blocks: sums of many columns are then one product of matrices."""
    for block in _draws(n):
        offsets = np.arange(len(block))[:, None] * n
        flat = np.bincount((block + offsets).ravel(), minlength=len(block) * n)
        yield flat.reshape(len(block), n).astype(np.float64)


def _draws(n: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(SEED)
    resamples = max(FEWEST, min(RESAMPLES, _DRAWS // n))
    at_once = max(1, _BLOCK // n)
    for start in range(0, resamples, at_once):
        yield random.integers(0, n, (min(at_once, resamples - start), n), dtype=np.int32)


def _first(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[:, 0])


def _ratio(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[:, 0] / sums[:, 1])


def _many(array: np.ndarray, level: float) -> tuple[float, float]:
    """What the bootstrap tends to: normal, with the first correction for skewness (Hall 1992, 3.4)."""
    n = len(array)
    rest = array - array.mean()
    deviation = float(np.sqrt(np.mean(rest**2)))
    skew = float(np.mean(rest**3)) / deviation**3
    z = normal_point((1 + level) / 2)
    shift = skew * (1 + 2 * z * z) / (6 * n**0.5)
    step = deviation / n**0.5
    middle = float(array.mean())
    return middle + step * (shift - z), middle + step * (shift + z)


def _of_equals(
    middle: float, units: int, bounds: tuple[float, float] | None, level: float
) -> tuple[float | None, float | None]:
    if bounds is None or not units:
        return None, None
    low, high = bounds
    share = min(max((middle - low) / (high - low), 0.0), 1.0)
    ends = wilson(share * units, units, level)
    return low + ends[0] * (high - low), low + ends[1] * (high - low)
