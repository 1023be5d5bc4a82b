"""What the formats of an export share: a run with what is said of it besides, and how an answer is named and told."""

from typing import Any, NamedTuple

from genai_tui.answering.render import answer_text
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.answers import Answer


class Exported(NamedTuple):
    """A run with what an export says of it besides; `seen` is what its score is to be doubted for."""

    run: Run
    candidate: str
    model: str
    seen: tuple[str, ...] = ()


def cell_of(value: Any) -> str:
    """A value as text; nothing is empty."""
    return "" if value is None else answer_text(value)


def place(answer: Answer, one: Exported) -> str:
    """Which row of the split it answers, and which time."""
    repeat = f" repeat {answer.repeat + 1}" if one.run.repeats > 1 else ""
    return f"{answer.split}:{answer.row}{repeat}"
