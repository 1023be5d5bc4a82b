"""Near-duplicates: texts that share most of their pieces, found without comparing each with each.

A text's pieces are its runs of five letters and digits, without case, other signs and white space. Two texts are near
where the pieces they share are at least four fifths of those that either has (Jaccard). MinHash (Broder, "On the
resemblance and containment of documents", 1997) brings candidates together: of 64 hash functions each keeps the least
value over a text's pieces; texts that agree in all four of one of 16 bands are compared (Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", 3.4). Two that are 0.8 alike are missed with a chance of 0.0002.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.8
PIECE = 5
BANDS, ROWS = 16, 4
_AT_ONCE = 500  # texts
_CROWD = 20  # unlike texts that one band brings together: with more of them the comparing would have no end


def near_groups(texts: Iterable[str], text_of: Callable[[int], str]) -> list[int]:
    """For each text the number of the first one of its group; groups are what hangs together by nearness.

    `text_of` gives a text again by its number, when two must be compared. Blank texts are near nothing.
    """
    first = _Groups()
    firsts: list[dict[int, list[int]]] = [{} for _ in range(BANDS)]
    number = 0
    waiting = iter(texts)
    while batch := list(islice(waiting, _AT_ONCE)):
        bands = _bands([plain(text) for text in batch])
        for row, text in zip(bands, batch, strict=True):
            first.add(number)
            if plain(text):
                _join(number, text, row, firsts, first, text_of)
            number += 1
    return [first.of(each) for each in range(number)]


def plain(text: str) -> str:
    """A text as it is compared: letters and digits alone, without case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def likeness(one: str, other: str) -> float:
    """The share of pieces that two texts have in common, of those that either has; both as `plain` gives them."""
    first, second = _pieces(one), _pieces(other)
    return len(first & second) / len(first | second) if first and second else float(one == other)


def texts_of(inputs: Any) -> str:
    """All text of a row's inputs, in their order."""
    return " ".join(_leaves(inputs))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)


def _pieces(text: str) -> set[str]:
    return {text[start : start + PIECE] for start in range(max(1, len(text) - PIECE + 1))} if text else set()


def _join(
    number: int,
    text: str,
    bands: "Sequence[int]",
    firsts: list[dict[int, list[int]]],
    groups: "_Groups",
    text_of: Callable[[int], str],
) -> None:
    """Put a text into the groups of those that share a band and are near; one of each group is looked at."""
    mine = plain(text)
    looked: set[int] = set()
    for known, band in zip(firsts, bands, strict=True):
        there = known.setdefault(int(band), [])
        met = False
        for candidate in there:
            group = groups.of(candidate)
            if group == groups.of(number):
                met = True
            elif candidate not in looked:
                looked.add(candidate)
                if likeness(mine, plain(text_of(candidate))) >= NEAR:
                    groups.join(candidate, number)
                    met = True
        if not met and len(there) < _CROWD:
            there.append(number)


class _Groups:
    """Which numbers belong together; each group is called by its least."""

    def __init__(self) -> None:
        self._above: list[int] = []

    def add(self, number: int) -> None:
        self._above.append(number)

    def of(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.of(one), self.of(other)))
        self._above[high] = low


def _bands(texts: list[str]) -> "NDArray[np.uint64]":
    """For each text 16 numbers, one a band; texts of which one is the same are compared."""
    import numpy as np

    padded = [text.ljust(PIECE) for text in texts]
    signs = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    sizes = np.array([len(text) for text in padded])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    hashes = np.zeros(len(signs) - PIECE + 1, dtype=np.uint64)
    for place in range(PIECE):
        hashes = hashes * np.uint64(0x100000001B3) + signs[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    # a text's pieces end four signs before it does: what lies across the border to the next is none of its own
    inside = np.ones(len(hashes), dtype=bool)
    for place in range(1, PIECE):
        inside[(starts[1:] - place)] = False
    hashes = hashes[inside]
    counts = sizes - PIECE + 1
    begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
    mixed = np.random.default_rng(0).integers(1, 2**63, size=(BANDS * ROWS, 2), dtype=np.uint64) | np.uint64(1)
    least = np.stack(
        [np.minimum.reduceat((hashes * factor + shift) >> np.uint64(32), begins) for factor, shift in mixed], axis=1
    )
    bands = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for row in range(ROWS):
        bands = bands * np.uint64(0x9E3779B97F4A7C15) + least[:, row::ROWS]
    return bands
