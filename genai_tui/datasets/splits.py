"""Which split a row goes into: the same on every machine and in every version of Python.

The way: rows with equal inputs are a group; a group belongs to the stratum of its first row's expected answer. Strata,
and groups within a stratum, stand in an order that seed and content decide, so that of the file does not matter. Going
through them, each group goes where most rows are owed by then: after n rows a split is owed its share of n. So every
stratum, and the whole, is parted as the ratios say, within a group.
"""

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, cycle

from genai_tui.errors import UsageFault

_RATIO = re.compile(r"(?:\d{1,3}(?:\.\d{0,9})?|\.\d{1,9})")
_64_BITS = 2**64 - 1
_REMEMBERED = 10_000  # moves: most groups have one row, and the same debts come again after a few
WAY = "stratified by expected, equal inputs kept together, way 2"
NEAR_WAY = "stratified by expected, near-duplicates kept together, way 2"


def check_ratios(ratios: Sequence[str]) -> tuple[Fraction, Fraction, Fraction]:
    """The shares of train, dev and test. Raises UsageFault for what are not three parts of one."""
    good = len(ratios) == 3 and all(_RATIO.fullmatch(text.strip()) for text in ratios)
    shares = [Fraction(text.strip()) for text in ratios] if good else []
    if abs(sum(shares, Fraction()) - 1) > Fraction(1, 10**6):
        raise UsageFault(
            f"{','.join(ratios)[:60]} are no ratios.",
            "Three numbers from 0 that add up to 1 are expected: train, dev, test.",
            "Such as --ratios 0.6,0.15,0.25",
        )
    return shares[0], shares[1], shares[2]


def way_name(ratios: Sequence[str], seed: int, *, near: bool = False) -> str:
    """What is kept with the version: the way, its ratios and its seed."""
    return f"{NEAR_WAY if near else WAY}; {'/'.join(text.strip() for text in ratios)}, seed {seed}"


def assign(inputs: "array[int]", expected: "array[int]", ratios: Sequence[str], seed: int) -> bytearray:
    """For each row the number of its split (0 train, 1 dev, 2 test).

    `inputs` and `expected` are 64-bit numbers of each row's content, as `number_of` makes them. Raises UsageFault.
    """
    shares = check_ratios(ratios)
    groups, answers = inputs, expected
    if len(set(inputs)) < len(inputs):
        stratum = dict(zip(reversed(inputs), reversed(expected), strict=True))  # a group's first row is taken last
        groups, answers = array("Q", stratum), array("Q", stratum.values())
    order = _in_strata(seed, groups, answers)
    scale = shares[0].denominator * shares[1].denominator * shares[2].denominator
    # a split without a share stays empty even where a large group has left the others paid too much
    numbers = [number for number, share in enumerate(shares) if share]
    owed = [int(shares[number] * scale) for number in numbers]
    if groups is inputs:
        places = bytearray(len(inputs))
        for row, number in zip(order, _alone(owed, scale, len(inputs)), strict=False):
            places[row] = numbers[number]
        return places
    sizes = Counter(inputs)
    debts = (0,) * len(numbers)
    moves: dict[tuple[int, tuple[int, ...]], tuple[int, tuple[int, ...]]] = {}
    for group in map(groups.__getitem__, order):
        state = sizes[group], debts
        move = moves.get(state)
        if move is None:
            move = _move(*state, owed, scale)
            if len(moves) < _REMEMBERED:
                moves[state] = move
        best, debts = move
        sizes[group] = numbers[best]  # from here on where it goes: a file of millions of rows has millions of groups
    return bytearray(map(sizes.__getitem__, inputs))


def _in_strata(seed: int, groups: "array[int]", answers: "array[int]") -> Iterator[int]:
    """The places of the groups in their order, stratum after stratum."""
    different = set(answers)
    ordered = sorted(zip(_mixed(seed, different), different, strict=True))
    strata: dict[int, list[int]] = {answer: [] for _, answer in ordered}
    for place, answer in enumerate(answers):
        strata[answer].append(place)
    mixed = _mixed(seed, groups)
    for places in strata.values():
        places.sort(key=mixed.__getitem__)
    return chain.from_iterable(strata.values())


def _alone(owed: Sequence[int], scale: int, most: int) -> Iterator[int]:
    """Where groups of one row go, one after the other: the same again each time that nothing is owed any more."""
    debts = nothing = (0,) * len(owed)
    gone: list[int] = []
    while len(gone) < most and (not gone or debts != nothing):
        best, debts = _move(1, debts, owed, scale)
        gone.append(best)
    return cycle(gone)


def _move(size: int, debts: tuple[int, ...], owed: Sequence[int], scale: int) -> tuple[int, tuple[int, ...]]:
    """Where a group of that size goes, the first of those that are owed most; and what each is owed after it."""
    after = [debt + share * size for debt, share in zip(debts, owed, strict=True)]
    best = after.index(max(after))
    after[best] -= scale * size
    return best, tuple(after)


def number_of(content: str) -> int:
    """A 64-bit number of a content hash (`g1:…`)."""
    return int(content[-16:], 16)


def _mixed(seed: int, numbers: Iterable[int]) -> list[float]:
    """By what numbers that are spread evenly stand in another order with each seed: the highest bits of a product.

    53 of them: among a million numbers two are alike once in 18,000 files, and then stand as in the file.
    """
    factor = int.from_bytes(hashlib.sha256(b"%d" % seed).digest()[-8:]) | 1
    return [float(number * factor & _64_BITS) for number in numbers]
