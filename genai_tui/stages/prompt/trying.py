"""Trying a prompt: which inputs it is given, and one or several answers that are kept as tries."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.answering.outcome import Subject
from genai_tui.errors import FileFault, UsageFault, sentence
from genai_tui.records.datasets import SPLITS, Example, Split
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt

if TYPE_CHECKING:
    from genai_tui.answering.answer import Answering
    from genai_tui.answering.asking import Asking, Kind
    from genai_tui.project import Project

LOGPROBS: Mapping[str, Any] = {"logprobs": True, "top_logprobs": 5}  # as `extra`: no part of the prompt


@dataclass(frozen=True)
class Inputs:
    """The variables of a try, and the row they were taken from, if any."""

    values: dict[str, Any]
    example: Example | None = None


def parse_row(text: str) -> tuple[Split, int]:
    """`SPLIT:N` as split and 1-based row. Raises UsageFault."""
    split, colon, number = text.partition(":")
    if not colon or split not in SPLITS or not number.isascii() or not number.isdigit() or int(number) < 1:
        raise UsageFault(f"{text} is no row.", "A row is SPLIT:N, counted from 1.", "For example: dev:1")
    return split, int(number)


def gather_inputs(
    project: "Project", *, row: str | None, dataset: str | None, variables: str | None, pairs: Sequence[str]
) -> Inputs:
    """Inputs from a dataset row, then a JSON object, then K=V pairs; a later one wins. Raises UsageFault."""
    values: dict[str, Any] = {}
    example = None
    if row is not None:
        from genai_tui.store.datasets import find_dataset, find_example

        split, number = parse_row(row)
        example = find_example(project.reader, find_dataset(project.reader, dataset), split, number)
        values.update(example.inputs)
    if variables is not None:
        values.update(_json_object(variables))
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageFault(f"{pair} is not K=V.", "", "For example: --var ticket='I was charged twice.'")
        if any("\udc80" <= letter <= "\udcff" for letter in pair):  # how Python gives bytes that are no UTF-8
            raise UsageFault(f"{pair} is not UTF-8.", "", "Give such variables with --vars FILE, as JSON.")
        values[key] = value
    changed = example is not None and values != example.inputs
    return Inputs(values, None if changed else example)


def _json_object(text: str) -> dict[str, Any]:
    from genai_tui.datasets.jsons import plain_json

    try:
        value = plain_json(text)
    except ValueError as fault:
        raise FileFault("The variables are no JSON.", sentence(fault), 'Give an object: {"name": "value"}.') from fault
    if not isinstance(value, dict):
        raise FileFault("The variables are no JSON object.", "", 'Give an object: {"name": "value"}.')
    return value


def subjects(project: "Project", prompt: Prompt, models: Sequence[str]) -> Iterator[Subject]:
    """Who is asked: each model named, else the one in use."""
    for reference in models or (None,):
        endpoint, model_id = project.model(reference)
        yield Subject(endpoint, model_id, prompt)


async def answering(
    project: "Project",
    subject: Subject,
    inputs: Inputs,
    *,
    asking: "Asking",
    stream: bool,
    repeat: int = 0,
    extra: Mapping[str, Any] | None = None,
    transport: "Kind | None" = None,
) -> "Answering":
    """One try as it will come, with the few-shot examples that its prompt shows for these inputs."""
    from genai_tui.answering.answer import Answering

    examples = await asyncio.to_thread(project.examples_for, subject.prompt, inputs.values)
    return Answering(
        subject,
        inputs.values,
        asking=asking,
        purpose="try",
        example=inputs.example.id if inputs.example else None,
        repeat=repeat,
        stream=stream,
        examples=examples,
        extra=extra,
        transport=transport,
    )


async def answered(answer: "Answering") -> AsyncIterator[str | Generation]:
    """The text of a try as it comes, then the generation as it was recorded."""
    async for item in answer:
        if isinstance(item, Generation):
            yield item
        elif item.text and item.index == 0:
            yield item.text


def generation_as_json(generation: Generation) -> dict[str, Any]:
    """A try as `prompt run --json` prints it. A usage that is our own guess stands apart, never under `usage`."""
    usage = generation.usage
    counted = None if usage is None else {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    guessed = usage is not None and usage.guessed
    document: dict[str, Any] = {
        "text": generation.text,
        "model": generation.model,
        "usage": None if guessed else counted,
        "cost_usd": generation.cost_usd,
        "first_token_s": generation.moments.first_token_s if generation.streamed else None,
        "total_s": generation.moments.total_s,
        "finish_reason": generation.finish_reason,
        "generation": generation.id,
    }
    optional: Mapping[str, Any] = {
        "usage_guess": counted if guessed else None,
        "reasoning": generation.reasoning or None,
        "refusal": generation.refusal or None,
        "tool_calls": [_call(call) for call in generation.tool_calls] or None,
        "logprobs": list(generation.logprobs) or None,
        "all_at_once": generation.all_at_once or None,
    }
    return document | {key: value for key, value in optional.items() if value is not None}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function", call)
    return {"name": function.get("name"), "arguments": function.get("arguments")}


def summary(generation: Generation) -> str:
    """One line on how an answer came: times in milliseconds, tokens, cost, finish reason."""
    usage, moments, parts = generation.usage, generation.moments, [generation.model]
    if generation.streamed and moments.first_token_s is not None:
        mark = "≥" if generation.all_at_once else ""
        parts.append(f"first token {mark}{moments.first_token_s * 1000:,.0f} ms")
    if moments.total_s is not None:
        parts.append(f"total {moments.total_s * 1000:,.0f} ms")
    if usage is not None:
        guess = "≈" if usage.guessed else ""
        parts.append(f"{guess}{usage.input_tokens:,} in {guess}{usage.output_tokens:,} out")
    parts.append(money(generation.cost_usd))
    if generation.finish_reason:
        parts.append(generation.finish_reason)
    return " · ".join(parts)


def money(usd: float | None) -> str:
    """US dollars for people: `$0`, `$0.0004`, `$1.25`, or `$?` where the price is unknown."""
    if usd is None:
        return "$?"
    if usd == 0:
        return "$0"
    return f"${usd:.2f}" if usd >= 0.1 else f"${usd:.2g}"
