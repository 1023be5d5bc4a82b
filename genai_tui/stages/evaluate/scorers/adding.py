"""What corpus scorers add up, answer by answer: of very many in blocks, so that memory does not grow with them."""

from collections.abc import Collection, Hashable, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers.base import Parts, was_judged
from genai_tui.stages.evaluate.statistics import bootstrap

UNITS = 20_000  # answers, or groups of them, up to which each is drawn by itself
BLOCKS = 2_000  # else so many are drawn: the width of an interval is known to 1 / √(2 × 2000), 1.6 %
FEWEST = 30
CELLS = 8_000_000  # numbers that are held: 64 MB


class Added(NamedTuple):
    """Sums of the units of each side; how many answers, units, and units that are the same on all sides there are."""

    sums: list[np.ndarray]
    n: int
    units: int
    same: int


def added(parts: Parts, sides: Sequence[Collection[Score]], groups: Sequence[Hashable] | None = None) -> Added:
    """What the answers of each side count, those left out that one side could not judge.

    A unit is an answer, or a group of them. Very many units are dealt out to blocks by chance; the answers of a group
    must then stand together. An answer that failed counts as `parts.missed` says of the mean of all others.
    """
    count = len(sides[0])
    cells = max(1, parts.width * len(sides))
    each = count <= UNITS and count * cells <= CELLS
    size = count if each else min(count, max(FEWEST, min(BLOCKS, CELLS // cells)))
    sums = [np.zeros((size, parts.width)) for _ in sides]
    failed = [np.zeros(size) for _ in sides]
    adders = [parts.adder() for _ in sides]
    numbers: dict[Hashable, int] = {}
    before: Hashable = object()
    n = units = same = 0
    alike = False
    random, deal = np.random.default_rng(bootstrap.SEED), np.arange(size)
    for *scores, group in zip(*sides, groups if groups is not None else repeat(None), strict=False):
        if not all(map(was_judged, scores)):
            continue
        n += 1
        if groups is not None and each:
            at = numbers.setdefault(group, len(numbers))
            new = at == units
        else:
            new = groups is None or group != before
            if new and not each and units % size == 0:  # dealt anew each time: rows may come in an order with a period
                deal = random.permutation(size)
            at = int(deal[(units if new else units - 1) % size])
        before = group
        if new:
            same, alike, units = same + alike, True, units + 1
        alike = alike and all(_said(score) == _said(scores[0]) for score in scores)
        for side, score in enumerate(scores):
            if score.detail is None:
                failed[side][at] += 1
            else:
                adders[side](sums[side][at], score)
    answered = len(sides) * n - sum(float(each.sum()) for each in failed)
    mean = sum(each.sum(0) for each in sums) / answered if answered else None
    missed = parts.missed(mean)
    used = deal[: min(units, size)]  # where there are fewer units than blocks, some blocks are empty
    whole = [rows[used] + lost[used, None] * missed for rows, lost in zip(sums, failed, strict=True)]
    return Added(whole, n, units, same + alike)


def _said(score: Score) -> object:
    return score.value, score.detail
