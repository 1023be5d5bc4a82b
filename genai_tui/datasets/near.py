"""Near-duplicates: texts that share most of their pieces, found without comparing each with each.

A text's pieces are its runs of five letters and digits, without case, other signs and white space. Two texts are near
where the pieces they share are at least four fifths of those that either has (Jaccard). MinHash (Broder, "On the
resemblance and containment of documents", 1997) brings candidates together: of 64 hash functions each keeps the least
value over a text's pieces; texts that agree in all four of one of 16 bands are compared (Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", 3.4). Two that are 0.8 alike are missed with a chance of 0.0002.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.8
PIECE = 5
BANDS, ROWS = 16, 4
TOLD = 1_000  # rows read, after which who waits is told again
_AT_ONCE = 500  # texts
_CROWD = 20  # unlike texts that one band brings together, of which more are not kept:
_COMPARED = 10  # nor more compared with one; what is much alike and not near would take for ever
_GUESSED = 0.6  # the share of equal least values under which two are not compared; it is NEAR ± 0.05
_OTHER = re.compile(r"[\W_]+")


def near_groups(texts: Iterable[str], text_of: Callable[[int], str]) -> list[int]:
    """For each text the number of the first one of its group; groups are what hangs together by nearness.

    `text_of` gives a text again by its number, when two must be compared. Blank texts are near nothing.
    """
    search = _Search(text_of)
    waiting = iter(texts)
    while batch := list(islice(waiting, _AT_ONCE)):
        search.add([plain(text) for text in batch])
    return [search.groups.of(number) for number in range(search.count)]


def plain(text: str) -> str:
    """A text as it is compared: letters and digits alone, without case."""
    return _OTHER.sub("", unicodedata.normalize("NFKC", text).casefold())


def likeness(one: str, other: str) -> float:
    """The share of pieces that two texts have in common, of those that either has; both as `plain` gives them."""
    return _share(_pieces(one), _pieces(other))


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


def _share(one: set[str], other: set[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


class _Search:
    """Takes texts in one after the other and joins each to the groups of those before that are near it."""

    def __init__(self, text_of: Callable[[int], str]) -> None:
        import numpy as np

        self.groups = _Groups()
        self.count = 0
        # most bands bring nothing together: one number alone stands there without a tuple around it
        self._known: list[dict[int, int | tuple[int, ...]]] = [{} for _ in range(BANDS)]
        self._least = np.zeros((0, BANDS * ROWS), dtype=np.uint8)  # of each value the last eight bits: enough to guess
        self._pieces = lru_cache(2_000)(lambda number: _pieces(plain(text_of(number))))

    def add(self, texts: list[str]) -> None:
        """Take in texts, as `plain` gives them."""
        import numpy as np

        least = _least_values(texts)
        if self.count + len(texts) > len(self._least):
            room = np.zeros((len(self._least) + max(_AT_ONCE, self.count), BANDS * ROWS), dtype=np.uint8)
            self._least = np.concatenate((self._least, room))
        self._least[self.count : self.count + len(texts)] = least
        for text, bands in zip(texts, _bands(least).tolist(), strict=True):
            number = self.count
            self.groups.add(number)
            self.count += 1
            if text:
                self._join(number, text, bands)

    def _join(self, number: int, text: str, bands: list[int]) -> None:
        """Join a text to those that share a band and are near; the likeliest are compared."""
        there = [known.get(band, ()) for known, band in zip(self._known, bands, strict=True)]
        candidates = list({one for each in there if each != () for one in _numbers(each)})
        if candidates:
            mine = _pieces(text)
            alike = (self._least[candidates] == self._least[number]).mean(axis=1)
            likeliest = sorted(zip(alike.tolist(), candidates, strict=True), key=lambda pair: (-pair[0], pair[1]))
            for guess, candidate in likeliest[:_COMPARED]:
                if guess < _GUESSED:
                    break
                if (
                    self.groups.of(candidate) != self.groups.of(number)
                    and _share(mine, self._pieces(candidate)) >= NEAR
                ):
                    self.groups.join(candidate, number)
        own = self.groups.of(number)
        for known, band, each in zip(self._known, bands, there, strict=True):
            if each == ():
                known[band] = number
                continue
            others = _numbers(each)
            if len(others) < _CROWD and not any(self.groups.of(one) == own for one in others):
                known[band] = (*others, number)


def _numbers(each: int | tuple[int, ...]) -> tuple[int, ...]:
    return each if isinstance(each, tuple) else (each,)


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


def _least_values(texts: list[str]) -> "NDArray[np.uint64]":
    """For each text the least value that each hash function has over its pieces."""
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
    values, least = np.empty_like(hashes), np.empty((len(texts), len(mixed)), dtype=np.uint64)
    for place, (factor, shift) in enumerate(mixed):
        np.multiply(hashes, factor, out=values)
        values += shift
        least[:, place] = np.minimum.reduceat(values, begins)
    return least >> np.uint64(32)  # the upper half is the good one, and of the least value it is the least


def _bands(least: "NDArray[np.uint64]") -> "NDArray[np.uint64]":
    """For each text a number a band; texts of which one is the same are compared."""
    import numpy as np

    bands = np.zeros((len(least), BANDS), dtype=np.uint64)
    for row in range(ROWS):
        bands = bands * np.uint64(0x9E3779B97F4A7C15) + least[:, row::ROWS]
    return bands >> np.uint64(4)  # Python's numbers of 60 bits take 32 bytes, those of 64 take 48
