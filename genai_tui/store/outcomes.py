"""What asking for a run took and how its answers failed, summed by SQL: no answer is read."""

from typing import Any, NamedTuple

from genai_tui.records.generations import CANCELLED
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json, unpack_optional, unpack_text


class Asked(NamedTuple):
    """What a run was asked for anew: requests of all its answers and judges, US dollars known, and of how many.

    `answers` did not come out of the cache; of them `priced` have a price, `unpriced` were counted and have none.
    """

    requests: int
    known_usd: float
    priced: int
    unpriced: int
    answers: int


class FailedBy(NamedTuple):
    """One way in which answers failed, how many did, and the sentences of the last of them."""

    answers: int
    exit: int
    what: str
    why: str
    do: str

    def as_json(self) -> dict[str, Any]:
        """As `eval run --json` prints it."""
        return self._asdict()


def asked_for(reader: Reader, run: int) -> Asked:
    """What asking for a run took."""
    row = reader.one(
        "SELECT (SELECT count(*) FROM exchange e JOIN generation g ON g.id = e.generation WHERE g.run = ?1), "
        "total(cost_usd), count(cost_usd), count(*) FILTER (WHERE cost_usd IS NULL AND input_tokens IS NOT NULL), "
        "count(*) FROM generation WHERE run = ?1 AND cached_from IS NULL",
        (run,),
    )
    return Asked(*(row or (0, 0.0, 0, 0, 0)))


def exits_of(reader: Reader, run: int) -> set[int | None]:
    """The exit codes of a run's answers; None of those that did not fail."""
    return {code for (code,) in reader.rows("SELECT DISTINCT error_exit FROM generation WHERE run = ?", (run,))}


def failures_in(reader: Reader, run: int, limit: int) -> list[FailedBy]:
    """The commonest ways in which answers of a run failed, the commonest first."""
    rows = reader.rows(
        "SELECT count(*), error_exit, error_what, error_why, error_do, max(id) FROM generation WHERE run = ? "
        "AND purpose = 'run' AND error_what IS NOT NULL AND finish_reason IS NOT ? "
        "GROUP BY error_what ORDER BY 1 DESC, 6 DESC LIMIT ?",
        (run, CANCELLED, limit),
    )
    return [FailedBy(answers, code, *map(unpack_text, sentences)) for answers, code, *sentences, _ in rows]


def tags_asked(reader: Reader, run: int) -> list[tuple[int, list[Any]]]:
    """The examples that a run asked about by id, with the tags of each."""
    return [(number, unpack_json(tags)) for number, tags in _examples(reader, run, "tags")]


def expected_asked(reader: Reader, run: int) -> list[tuple[int, Any]]:
    """The examples that a run asked about by id, with the expected answer of each."""
    return [(number, unpack_optional(text)) for number, text in _examples(reader, run, "expected")]


def lengths_asked(reader: Reader, run: int) -> list[tuple[int, int]]:
    """The examples that a run asked about by id, with the characters of its inputs as JSON."""
    return _examples(reader, run, "length(inputs)")


def _examples(reader: Reader, run: int, column: str) -> list[tuple[int, Any]]:
    return reader.rows(
        f"SELECT id, {column} FROM example WHERE id IN (SELECT example FROM generation WHERE run = ?)", (run,)
    )


def examples_asked(reader: Reader, run: int) -> int:
    """How many examples a run asked about."""
    [count] = reader.one("SELECT count(DISTINCT example) FROM generation WHERE run = ?", (run,)) or (0,)
    return int(count)
