"""What a sheet asks at once: its columns, or samples of one of them; each answer is kept as a try."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from genai_tui.answering.asking import Asking, Kind
from genai_tui.answering.together import Together
from genai_tui.stages.prompt.sheet import Column, Sheet, subject_of
from genai_tui.stages.prompt.trying import Inputs, answering

if TYPE_CHECKING:
    from genai_tui.answering.answer import Answering
    from genai_tui.project import Project


def ask_all(
    project: "Project",
    sheet: Sheet,
    inputs: Inputs,
    *,
    asking: Asking,
    questions: Sequence[tuple[Column, int]],
    extra: Mapping[str, Any] | None = None,
    stream: bool = True,
    at_once: int | None = None,
) -> Together:
    """The answers to all questions, each a column and its repeat number.

    All share one limiter a model and the budget of `asking`; where there are several they go over aiohttp, one alone
    as `asking` does.
    """
    transport: Kind | None = "aiohttp" if len(questions) > 1 else None

    async def ask(column: Column, repeat: int) -> "Answering":
        subject = await asyncio.to_thread(subject_of, project, sheet, column)
        return await answering(
            project, subject, inputs, asking=asking, stream=stream, repeat=repeat, extra=extra, transport=transport
        )

    return Together([partial(ask, *question) for question in questions], at_once=at_once)


def columns(
    project: "Project",
    sheet: Sheet,
    inputs: Inputs,
    *,
    asking: Asking,
    extra: Mapping[str, Any] | None = None,
    stream: bool = True,
) -> Together:
    """The answers of all columns of the sheet; the place of an answer is that of its column."""
    questions = [(column, 0) for column in sheet.columns]
    return ask_all(project, sheet, inputs, asking=asking, questions=questions, extra=extra, stream=stream)
