"""What two runs answered to the same examples, beside one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.rivals import Pair, changed
from genai_tui.stages.evaluate.slicing import expected_of
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


class Change(NamedTuple):
    """One example that got better or worse, as text."""

    expected: str
    before: str
    after: str
    inputs: str


def changed_lists(reader: "Reader", base: Run, run: Run, scorer: str, most: int) -> dict[str, list[Change]]:
    """Up to `most` examples that got worse, and as many that got better; nothing for 0. Reads both runs whole."""
    if not most:
        return {}
    found = changed(reader, base, run, scorer)
    return {
        word: [
            Change(expected_of(first) or "", first.error or first.got, second.error or second.got, first.inputs)
            for first, second in both_answers(reader, base, run, scorer, pairs[:most])
        ]
        for word, pairs in (("worse", found.worse), ("better", found.better))
    }


def _answers(reader: "Reader", run: Run, scorer: str, examples: Sequence[int]) -> dict[int, Answer]:
    known = list(ids_by_example(reader, run.id, examples).values())
    rows = [row for at in range(0, len(known), PAGE) for row in answers_with(reader, scorer, known[at : at + PAGE])]
    return {row.example: row for row in rows}
