"""What two runs answered to the same examples, beside one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.rivals import Pair
from genai_tui.store.paired import ids_by_example
from genai_tui.store.results import Answer, answers_with

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

PAGE = 200


class Both(NamedTuple):
    """One example: what the baseline answered, and what the other did."""

    first: Answer
    second: Answer


def both_answers(reader: "Reader", base: Run, run: Run, scorer: str, chosen: Sequence[Pair]) -> list[Both]:
    """The answers of both runs to these examples, first repeats alone."""
    first = _answers(reader, base, scorer, [pair.example for pair in chosen])
    second = _answers(reader, run, scorer, [pair.other for pair in chosen])
    return [
        Both(first[pair.example], second[pair.other])
        for pair in chosen
        if pair.example in first and pair.other in second
    ]


def _answers(reader: "Reader", run: Run, scorer: str, examples: Sequence[int]) -> dict[int, Answer]:
    known = list(ids_by_example(reader, run.id, examples).values())
    rows = [row for at in range(0, len(known), PAGE) for row in answers_with(reader, scorer, known[at : at + PAGE])]
    return {row.example: row for row in rows}
