"""How far a run is that another process works on: sums that grow by reading what is new."""

from operator import add
from typing import NamedTuple

from genai_tui.store.reader import Reader
from genai_tui.store.results import OF_RUN


class Follow(NamedTuple):
    """What came of a run up to generation `last`: sums that grow by reading what is new.

    `asked` came from the endpoint and not out of the cache: `priced` of them, by what they cost, and `unpriced`, which
    took tokens of unknown price.
    """

    last: int = 0
    n: int = 0
    failed: int = 0
    total: float = 0.0
    squares: float = 0.0
    asked: int = 0
    priced: int = 0
    unpriced: int = 0
    usd: float = 0.0

    @property
    def spent_usd(self) -> float | None:
        """US dollars so far; None where an answer's price is not known, or none tells that there is one."""
        return None if self.unpriced or (self.asked and not self.priced) else self.usd


def follow(reader: Reader, run: int, scorer: str, known: Follow = Follow()) -> Follow:  # noqa: B008 - it never changes
    """What came of a run up to now, by reading what came since `known`."""
    [(last, *sums)] = reader.rows(
        "SELECT max(g.id), count(*), count(g.error_what), total(s.value), total(s.value * s.value), "
        "count(*) FILTER (WHERE g.cached_from IS NULL), count(g.cost_usd) FILTER (WHERE g.cached_from IS NULL), "
        "count(*) FILTER (WHERE g.cost_usd IS NULL AND g.input_tokens IS NOT NULL), "
        "total(g.cost_usd) FILTER (WHERE g.cached_from IS NULL) "
        f"FROM generation g INDEXED BY generation_run LEFT JOIN score s ON s.generation = g.id AND s.scorer = ? "
        f"WHERE {OF_RUN} AND g.id > ?",
        (scorer, run, known.last),
    )
    return Follow(last or known.last, *map(add, known[1:], sums))
