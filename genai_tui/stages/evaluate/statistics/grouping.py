"""Answers that belong together: the repeats of an example, the rows of a document."""

from collections.abc import Hashable, Sequence

import numpy as np

from genai_tui.stages.evaluate.statistics.distributions import normal_point, t_point


def numbered(groups: Sequence[Hashable]) -> np.ndarray:
    """For each answer the number of its group, counted as they first appear."""
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(group, len(numbers)) for group in groups), np.intp, len(groups))


def summed(values: Sequence[float] | np.ndarray, groups: Sequence[Hashable]) -> tuple[np.ndarray, np.ndarray]:
    """Sum and size of each group."""
    which = numbered(groups)
    return np.bincount(which, np.asarray(values, float)), np.bincount(which).astype(float)


def summed_rows(rows: np.ndarray, groups: Sequence[Hashable]) -> np.ndarray:
    """The rows of each group added up."""
    which = numbered(groups)
    sums = np.zeros((int(which.max()) + 1, rows.shape[1]))
    np.add.at(sums, which, rows)
    return sums


def effective_size(share: float, sums: np.ndarray, sizes: np.ndarray) -> float:
    """How many independent answers would tell as much as these, which come in groups.

    n over the design effect, which is the variance of the ratio of sums by linearisation over that of independent
    answers (Cochran 1977, 11.8), never above n; made smaller by the t of so few groups (Korn and Graubard 1998).
    Where all are equal the groups themselves are counted.
    """
    n, groups = float(sizes.sum()), len(sizes)
    plain = share * (1 - share) / n
    if groups < 2 or plain <= 0:
        return float(groups)
    rest = sums - share * sizes
    clustered = float(rest @ rest) * groups / (groups - 1) / (n * n)
    effect = max(clustered / plain, 1.0)
    if groups == n:
        return n
    few = normal_point(0.975) / t_point(0.975, groups - 1)
    return max(n / effect * few * few, 1.0)
