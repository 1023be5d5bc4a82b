"""What a scorer says of all answers of a run, as columns of numbers: so that two runs of very many can be compared."""

from array import array
from collections.abc import Callable, Iterable
from typing import NamedTuple

from genai_tui.store.reader import Reader
from genai_tui.store.results import batches

_SQL = (
    "SELECT g.id, g.example, g.repeat, g.error_what IS NOT NULL, s.value, "
    "CASE WHEN s.value IS NULL AND s.detail IS NOT NULL THEN json_extract(s.detail, '$.unjudged') IS NOT NULL END "
    "FROM generation g INDEXED BY generation_run LEFT JOIN score s ON s.generation = g.id AND s.scorer = ? "
    "WHERE g.run = ? AND g.purpose = 'run' AND g.finish_reason IS NOT 'cancelled' AND g.id > ? AND g.id <= ? "
    "ORDER BY g.id"
)
_PAGE = 500  # ids in one statement


class Answers(NamedTuple):
    """Columns, an entry an answer, as they came. `values` are NaN where the scorer gave none.

    `left_out`: it was answered, and could not be judged.
    """

    ids: "array[int]"
    examples: "array[int]"
    repeats: "array[int]"
    failed: bytearray
    values: "array[float]"
    left_out: bytearray


def scored_answers(
    reader: Reader, run: int, scorer: str, told: Callable[[int], bool] = lambda done: True
) -> Answers | None:
    """Every answer of a run. Reads all of it, a batch at a time: call it in a thread.

    `told` is given how many were read; where it gives False the read ends, with None.
    """
    found = Answers(array("q"), array("q"), array("q"), bytearray(), array("d"), bytearray())
    done = 0
    for after, last, count in batches(reader, run):
        rows = reader.rows(_SQL, (scorer, run, after, last))
        if rows:
            ids, examples, repeats, failed, values, left_out = zip(*rows, strict=True)
            found.ids.extend(ids)
            found.examples.extend(examples)
            found.repeats.extend(repeats)
            found.failed.extend(failed)
            found.values.extend([float("nan") if value is None else value for value in values])
            found.left_out.extend([each or 0 for each in left_out])
        done += count
        if not told(done):
            return None
    return found


def have_common_example(reader: Reader, first: int, second: int) -> bool:
    """Whether two runs have answers to one example at least, by its content. Reads both: call it in a thread."""
    [found] = reader.one(
        "SELECT EXISTS (SELECT 1 FROM generation g JOIN example e ON e.id = g.example WHERE g.run = ? AND e.hash IN "
        "(SELECT f.hash FROM generation h JOIN example f ON f.id = h.example WHERE h.run = ?))",
        (first, second),
    ) or (0,)
    return bool(found)


def hashes_of(reader: Reader, examples: Iterable[int]) -> dict[int, str]:
    """The hash of each example."""
    wanted = sorted(examples)
    found: dict[int, str] = {}
    for at in range(0, len(wanted), _PAGE):
        some = wanted[at : at + _PAGE]
        marks = ", ".join("?" * len(some))
        found.update(dict(reader.rows(f"SELECT id, hash FROM example WHERE id IN ({marks})", some)))
    return found


# The answer that counts: of the first repeat, the last good one, else the last failure.
_FIRST = (
    "SELECT id FROM generation INDEXED BY generation_example WHERE example = ? AND purpose = 'run' AND run = ? "
    "AND repeat = 0 AND finish_reason IS NOT 'cancelled' ORDER BY error_what IS NOT NULL, id DESC LIMIT 1"
)


def ids_by_example(reader: Reader, run: int, examples: Iterable[int]) -> dict[int, int]:
    """For each of these examples the answer of a run that counts, of its first repeat; each found by an index."""
    found: dict[int, int] = {}
    for example in dict.fromkeys(examples):
        row = reader.one(_FIRST, (example, run))
        if row is not None:
            found[example] = row[0]
    return found
