"""What two runs answered to the same examples, beside one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.comparing import Pair
from genai_tui.store.results import Answer, answers_with, ids_by_example

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

PAGE = 200


class Both(NamedTuple):
    """One example: what the baseline answered, and what the other did."""

    first: Answer
    second: Answer


def both_answers(reader: "Reader", base: Run, run: Run, scorer: str, chosen: Sequence[Pair]) -> list[Both]:
    """The answers of both runs to these examples, first repeats alone. Reads both runs: call it in a thread."""
    wanted = {pair.example for pair in chosen}
    found: list[dict[int, Answer]] = []
    for each in (base, run):
        ids = ids_by_example(reader, each.id, wanted)
        known = list(ids.values())
        rows = [row for at in range(0, len(known), PAGE) for row in answers_with(reader, scorer, known[at : at + PAGE])]
        found.append({row.example: row for row in rows})
    first, second = found
    return [
        Both(first[pair.example], second[pair.example])
        for pair in chosen
        if pair.example in first and pair.example in second
    ]
