"""The noise of repeats: how far answers to the same example differ among themselves."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from genai_tui.stages.evaluate.statistics.grouping import numbered


class Noise(NamedTuple):
    """What repeats of an example do.

    `within` is the standard deviation of repeats of one example, `of_run` that of a whole run's mean which comes of
    it alone, `alike` the intraclass correlation (1: repeats say the same, 0: as different as other examples),
    `changing` the share of examples whose repeats do not all have the same value. None where there are no repeats.
    """

    within: float | None
    of_run: float | None
    alike: float | None
    changing: float | None
    examples: int


def noise(values: Sequence[float], groups: Sequence[Hashable]) -> Noise:
    """One-way analysis of variance of values in groups; the correlation is ICC(1) (Shrout and Fleiss 1979).

    `of_run`: two runs with one answer an example differ by √2 of it, however good the candidate is.
    """
    import numpy as np

    if not len(values):
        return Noise(None, None, None, None, 0)
    array, which = np.asarray(values, float), numbered(groups)
    sizes = np.bincount(which)
    examples, n = len(sizes), len(array)
    if n == examples:
        return Noise(None, None, None, None, examples)
    means = np.bincount(which, array) / sizes
    rest = array - means[which]
    inside = float(rest @ rest) / (n - examples)
    repeated = sizes > 1
    differing = np.bincount(which, np.abs(rest) > 1e-12) > 0
    changing = float(differing[repeated].mean())
    alike = None
    if examples > 1:
        gaps = means - array.mean()
        between = float((sizes * gaps) @ gaps) / (examples - 1)
        typical = (n - float(sizes @ sizes) / n) / (examples - 1)
        whole = between + (typical - 1) * inside
        alike = (between - inside) / whole if whole > 0 else None
    return Noise(math.sqrt(inside), math.sqrt(inside / examples), alike, changing, examples)
