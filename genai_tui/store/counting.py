"""The answers of a run that count, as columns: a million of them take some sixty megabytes."""

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from genai_tui.records.generations import CANCELLED
from genai_tui.store.reader import Reader

_ROWS = (
    "SELECT g.id, g.example, g.repeat, g.error_what IS NOT NULL, g.input_tokens, g.output_tokens, g.tokens_guessed, "
    "g.cost_usd, g.done - g.sent, CASE WHEN g.all_at_once THEN NULL ELSE g.first_token - g.sent END, "
    "g.cached_from IS NOT NULL FROM generation g WHERE g.run = ? AND g.purpose = 'run' AND g.finish_reason IS NOT ? "
    "ORDER BY g.example, g.repeat, g.id"
)
_UNKNOWN = float("nan")


class Row(NamedTuple):
    """One generation of a run, as far as its sums need it; tokens, dollars and seconds are None where not known."""

    id: int
    example: int
    repeat: int
    failed: bool
    input_tokens: int | None
    output_tokens: int | None
    guessed: bool
    cost_usd: float | None
    latency_s: float | None
    first_token_s: float | None
    cached: bool


class Rows:
    """Rows by their columns. In `numbers` what is not known is NaN: tokens, dollars, seconds."""

    def __init__(self) -> None:
        self.ids, self.examples, self.repeats = array("q"), array("q"), array("i")
        self.failed, self.guessed, self.cached = bytearray(), bytearray(), bytearray()
        self._numbers = tuple(array("d") for _ in range(5))
        self.input_tokens, self.output_tokens, self.cost_usd, self.latency_s, self.first_token_s = self._numbers

    def add(self, row: Sequence[Any]) -> None:
        """One more, as the store has it."""
        number, example, repeat, failed, into, out, guessed, *numbers, cached = row
        self.ids.append(number)
        self.examples.append(example)
        self.repeats.append(repeat)
        self.failed.append(failed)
        self.guessed.append(bool(guessed))
        self.cached.append(bool(cached))
        for column, value in zip(self._numbers, (into, out, *numbers), strict=True):
            column.append(_UNKNOWN if value is None else value)

    def known(self, column: "array[float]", *, answered: bool = False) -> "array[float]":
        """The numbers of a column that are known; those of good answers only, if asked."""
        if answered:
            pairs = zip(column, self.failed, strict=True)
            return array("d", (value for value, failed in pairs if value == value and not failed))
        return array("d", (value for value in column if value == value))

    @property
    def repeated(self) -> bool:
        """Whether an example has several."""
        return any(one == other for one, other in zip(self.examples, self.examples[1:], strict=False))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, range(len(self)))

    def row(self, place: int) -> Row:
        """The one at a place, from 0."""
        into, out, cost, latency, first = (None if math.isnan(each[place]) else each[place] for each in self._numbers)
        return Row(
            self.ids[place],
            self.examples[place],
            self.repeats[place],
            bool(self.failed[place]),
            None if into is None else int(into),
            None if out is None else int(out),
            bool(self.guessed[place]),
            cost,
            latency,
            first,
            bool(self.cached[place]),
        )


def rows_of(reader: Reader, run: int) -> Rows:
    """The answer that counts for each example and repeat, in their order: the last one, a good one before a failure."""
    found = Rows()
    best: Sequence[Any] | None = None
    for row in reader.each(_ROWS, (run, CANCELLED)):
        if best is not None and row[1:3] != best[1:3]:
            found.add(best)
            best = None
        if best is None or best[3] or not row[3]:
            best = row
    if best is not None:
        found.add(best)
    return found
