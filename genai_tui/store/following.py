"""How far a run is that another process works on: sums that grow by reading what is new."""

from typing import NamedTuple

from genai_tui.store.reader import Reader
from genai_tui.store.results import OF_RUN


class Follow(NamedTuple):
    """What came of a run up to generation `last`: sums that grow by reading what is new."""

    last: int = 0
    n: int = 0
    failed: int = 0
    total: float = 0.0
    squares: float = 0.0
    usd: float = 0.0
    unknown: int = 0


def follow(reader: Reader, run: int, scorer: str, known: Follow = Follow()) -> Follow:  # noqa: B008 - it never changes
    """What came of a run up to now, by reading what came since `known`."""
    [(last, n, failed, total, squares, usd, unknown)] = reader.rows(
        "SELECT max(g.id), count(*), count(g.error_what), total(s.value), total(s.value * s.value), "
        "total(CASE WHEN g.cached_from IS NULL THEN g.cost_usd END), "
        "count(*) FILTER (WHERE g.cost_usd IS NULL AND g.input_tokens IS NOT NULL) "
        f"FROM generation g INDEXED BY generation_run LEFT JOIN score s ON s.generation = g.id AND s.scorer = ? "
        f"WHERE {OF_RUN} AND g.id > ?",
        (scorer, run, known.last),
    )
    return Follow(
        last or known.last, known.n + n, known.failed + failed, known.total + total, known.squares + squares,
        known.usd + usd, known.unknown + unknown,
    )  # fmt: skip
