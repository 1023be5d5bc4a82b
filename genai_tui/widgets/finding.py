"""Finding words in long texts: where they stand, in which order, which is looked at."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from genai_tui.widgets.flow import Flow, Mark

MOST_FOUND = 20_000  # in one text; of a letter that is everywhere no more are counted


class Places:
    """Where the words stand in one text that may grow: only what came is searched again."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.starts = array("I")
        self._searched = 0

    def search(self, pattern: re.Pattern[str], size: int) -> None:
        """Go on where the last search ended."""
        text, starts = self.flow.text, self.starts
        begin = max(self._searched - size + 1, starts[-1] + size if starts else 0, 0)
        for match in pattern.finditer(text, begin):
            if len(starts) >= MOST_FOUND:
                break
            starts.append(match.start())
        self._searched = len(text)


class Finding:
    """Words that are looked for in the texts of a view, upper and lower case alike."""

    def __init__(self) -> None:
        self.words = ""
        self.current = 0
        self._places: list[Places] = []

    def look_for(self, words: str) -> None:
        """Look for other words."""
        if words != self.words:
            self.words, self.current, self._places = words, 0, []

    def search(self, flows: Sequence[Flow]) -> None:
        """Find them in these texts, which may have grown; texts that are no longer shown are left out."""
        known = {id(places.flow): places for places in self._places}
        self._places = [known.get(id(flow)) or Places(flow) for flow in flows]
        if self.words:
            pattern = re.compile(re.escape(self.words), re.IGNORECASE)
            for places in self._places:
                places.search(pattern, len(self.words))
        self.current = max(0, min(self.current, self.count - 1))

    @property
    def count(self) -> int:
        """How many places were found."""
        return sum(len(places.starts) for places in self._places)

    @property
    def more(self) -> bool:
        """Whether there may be more than were counted."""
        return any(len(places.starts) >= MOST_FOUND for places in self._places)

    def place(self) -> tuple[Flow, int] | None:
        """The text and the offset of the place that is looked at."""
        number = self.current
        for places in self._places:
            if number < len(places.starts):
                return places.flow, places.starts[number]
            number -= len(places.starts)
        return None

    def step(self, steps: int) -> None:
        """Look at the next place, or the one before; from the last the first is next."""
        if self.count:
            self.current = (self.current + steps) % self.count

    def begin_at(self, flow: Flow, offset: int) -> None:
        """Look at the first place from here on."""
        before = 0
        for places in self._places:
            if places.flow is flow:
                self.current = (before + bisect_left(places.starts, offset)) % max(1, self.count)
                return
            before += len(places.starts)

    def marks(self, flow: Flow, start: int, end: int) -> Iterator[Mark]:
        """The places in this piece of a text; the one that is looked at first."""
        size, place = len(self.words), self.place()
        for places in self._places:
            if places.flow is flow and size:
                here = place[1] if place is not None and place[0] is flow else -1
                first = bisect_left(places.starts, start - size + 1)
                for at in places.starts[first : bisect_left(places.starts, end)]:
                    yield Mark(at, at + size, "pick" if at == here else "field")

    def said(self) -> str:
        """`3 of 17`."""
        if not self.words:
            return ""
        count = self.count
        return f"{self.current + 1:,} of {count:,}{'+' if self.more else ''}" if count else "none"
