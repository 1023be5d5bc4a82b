"""Answers that came while their program was killed: made generations at the next start, with what had come of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from genai_tui.answering.outcome import Subject, price
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import CANCELLED, Failure, Generation, Usage
from genai_tui.records.prompts import Prompt
from genai_tui.store.generations import save_generation
from genai_tui.store.unfinished import DRAFTS, claim_unfinished, drop_unfinished, left_files
from genai_tui.store.unsaved import with_unsaved_prompt
from genai_tui.store.writer import Writer

KILLED = Failure(
    "The answer was cut: the program that asked for it was killed while it came.",
    "What had come by then, but for the last second, is kept.",
    "Ask again.",
)


async def recover(writer: Writer, endpoints: Mapping[str, Endpoint]) -> list[int]:
    """Stores what came of answers whose process is dead; returns the generations' numbers. Raises StorageFault."""
    files = list(left_files(writer.path.parent / DRAFTS))
    *_, found = await writer.put(*(write for _, write in files), claim_unfinished())
    for path, _ in files:
        path.unlink(missing_ok=True)
    numbers = []
    for key, generation, prompt in found:
        usage = generation.usage or await asyncio.to_thread(_guess, generation)
        endpoint = endpoints.get(generation.endpoint)
        subject = None if endpoint is None else Subject(endpoint, generation.model_id, prompt or Prompt(()))
        cost = None if subject is None else price(subject, usage)
        stopped = generation.finish_reason == CANCELLED  # by whoever ended the program, which had no time to count
        whole = replace(generation, usage=usage, cost_usd=cost, error=None if stopped else KILLED)
        save = save_generation(whole)
        [number, _] = await writer.put(
            save if prompt is None else with_unsaved_prompt(save, prompt), drop_unfinished(key)
        )
        numbers.append(number)
    return numbers


def _guess(generation: Generation) -> Usage:
    """Usage that no server told any more, by our own tokenizer."""
    from genai_tui.inference.tokens import count

    messages = generation.exchanges[-1].body.get("messages", ()) if generation.exchanges else ()
    sent = "\n".join(str(message.get("content")) for message in messages)
    came = generation.reasoning + generation.text
    return Usage(count(sent, generation.model_id).tokens, count(came, generation.model_id).tokens, guessed=True)
