"""What runs were answered just before their program was killed, to be used again by later ones: it was paid for."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from genai_tui.answering.many import Many, place_of
from genai_tui.records.prompts import FewShot
from genai_tui.store.answers import Reusable, is_kept, last_answers, remember

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader
    from genai_tui.store.writer import Writer

PAGE = 200
PAGES = 100  # more answers than come before their keys are kept
Examples = Callable[[Mapping[str, Any]], Sequence[FewShot] | None]


async def remember_forgotten(
    reader: "Reader", writer: "Writer", runs: Iterable[int], many: Many, examples: Examples
) -> None:
    """Keep the last answers of `runs`, of the subject of `many`, that would not be found and be asked for again.

    Keys are kept some seconds late: they are looked for from the last answer back to a page of which all are there.
    `examples` gives those that the prompt picks for inputs.
    """
    for run in runs:
        found = await asyncio.to_thread(_forgotten, reader, run, many, examples)
        if found:
            await writer.put(remember(found))


def _forgotten(reader: "Reader", run: int, many: Many, examples: Examples) -> list[Reusable]:
    place = place_of(many.subject)
    found: list[Reusable] = []
    for answers in islice(last_answers(reader, run, PAGE), PAGES):
        before = len(found)
        for generation, repeat, example in answers:
            key = many.prepare(example, repeat, examples(example.inputs)).key
            if key and not is_kept(reader, key):
                found.append(Reusable(key, place, repeat, generation))
        if len(found) == before:
            break
    return found
