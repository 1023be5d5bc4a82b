"""The same request to several models at once, each answer kept as a try."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from genai_tui.answering.answer import Answering, Subject
from genai_tui.answering.together import Came, Together
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.datasets import find_dataset, find_example
from genai_tui.store.prompts import latest_prompt

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project

PLAIN = Prompt((Message("user", "{{ text }}"),))
"""What is asked where the project has no prompt yet: the text as it was typed."""


@dataclass(frozen=True)
class Question:
    """What all are asked: the latest prompt with a row of dev, or a text that was typed."""

    prompt: Prompt
    inputs: Mapping[str, Any]
    example: Example | None = None
    said: str = ""


def question_of(project: "Project", row: int = 1, text: str = "") -> Question:
    """The latest prompt over row `row` of dev of the dataset in use; a typed `text` goes without a prompt.

    Raises UsageFault where there is neither, or no such row.
    """
    prompt = latest_prompt(project.reader)
    if text or prompt is None:
        if not text:
            raise UsageFault(
                "There is no prompt to try models with.", "None is saved yet.", "Press w and write what to ask."
            )
        return Question(PLAIN, {"text": text}, None, "a text, without a prompt")
    example = find_example(project.reader, find_dataset(project.reader, None), "dev", row)
    return Question(prompt, example.inputs, example, f"v{prompt.number} with dev:{row}")


FAILED_UNNAMED = GenaiError("It did not answer.", "Why would tell who it is.", "s asks all of them by name.")


async def hidden(answers: AsyncIterable[Came]) -> AsyncIterator[Came]:
    """The same answers, all at once when the last has come, and none of them says why it failed.

    How fast an answer comes tells who gives it, and an error names the endpoint.
    """
    held = [came async for came in answers]
    for came in held:
        failed = came.error is not None or (came.generation is not None and came.generation.error is not None)
        yield came._replace(generation=None, error=FAILED_UNNAMED) if failed else came


def tried(project: "Project", models: Sequence[str], question: Question, asking: "Asking") -> Together:
    """The answers of all models as they come, side by side; the place of an answer is that of its model."""

    async def ask(model: str) -> Answering:
        endpoint, model_id = await asyncio.to_thread(project.model, model)
        examples = await asyncio.to_thread(project.examples_for, question.prompt, question.inputs)
        return Answering(
            Subject(endpoint, model_id, question.prompt),
            question.inputs,
            asking=asking,
            purpose="try",
            example=question.example.id if question.example else None,
            stream=True,
            examples=examples,
            transport="aiohttp",
        )

    return Together([partial(ask, model) for model in models])
