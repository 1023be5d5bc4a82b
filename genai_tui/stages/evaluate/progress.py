"""How far a run is: what came so far is counted, and what the first scorer says of it."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Value
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.store.following import Follow

NORMAL = 1.96  # of a live interval; the one that is kept is the scorer's own


class Progress(NamedTuple):
    """How far a run is. `value` is what its first scorer says so far, `rate` answers a second, `left_s` seconds."""

    run: int
    candidate: str
    done: int
    total: int
    failed: int
    value: Value | None
    rate: float
    left_s: float | None
    usd: float | None


Report = Callable[[Progress], None]


def value_so_far(kind: Kind, n: int, total: float, squares: float) -> Value | None:
    """The mean of `n` scores by their sum and that of their squares: Wilson for proportions, else by the normal law."""
    if n == 0 or kind == "corpus":
        return None
    mean = total / n
    if kind == "proportion":
        return Value(mean, *wilson(total, n), n)
    half = NORMAL * math.sqrt(max(squares / n - mean * mean, 0.0) / n)
    return Value(mean, mean - half, mean + half, n)


class Pace:
    """Answers a second, by those of the later half of the time: what is in the cache comes at once, and no more so."""

    def __init__(self, began: float, done: int = 0) -> None:
        self._began = began
        self._seen = deque([(began, done)])

    def rate(self, now: float, done: int) -> float:
        """How many come in a second now that there are `done`; 0 while none came lately."""
        self._seen.append((now, done))
        middle = (self._began + now) / 2
        while self._seen[1][0] <= middle and len(self._seen) > 2:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now > since else 0.0


@dataclass
class Count:
    """What came so far, for progress; the result is read from the store.

    `done` is of this process; `before` is how many answers a run had that it goes on with, and they count in all sums.
    """

    done: int = 0
    cached: int = 0
    failed: int = 0
    total: float = 0.0
    squares: float = 0.0
    asked: int = 0
    priced: int = 0
    unpriced: int = 0
    usd: float = 0.0
    began: float = field(default_factory=time.monotonic)
    before: int = 0

    def go_on(self, before: int, known: Follow) -> None:
        """Begin with what a run has already."""
        self.before, self.failed, self.total, self.squares = before, known.failed, known.total, known.squares
        self.asked, self.priced, self.unpriced, self.usd = known.asked, known.priced, known.unpriced, known.usd

    def add(self, generation: Generation) -> None:
        """Count an answer in; a failure counts as wrong."""
        self.done += 1
        self.cached += generation.cached_from is not None
        self.failed += generation.error is not None
        asked = generation.cached_from is None
        self.asked += asked
        self.unpriced += generation.cost_usd is None and generation.usage is not None
        if asked and generation.cost_usd is not None:
            self.priced += 1
            self.usd += generation.cost_usd

    def score(self, value: float) -> None:
        """Count what the first scorer says of an answer."""
        self.total += value
        self.squares += value * value

    @property
    def spent_usd(self) -> float | None:
        """US dollars so far, as `Follow` says them."""
        return Follow(asked=self.asked, priced=self.priced, unpriced=self.unpriced, usd=self.usd).spent_usd

    def value(self, kind: Kind) -> Value | None:
        """What the first scorer says so far."""
        return value_so_far(kind, self.before + self.done, self.total, self.squares)
