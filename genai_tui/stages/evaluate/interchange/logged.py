"""What other programs wrote of a run, once it is read: who answered what, and how it was judged."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from genai_tui.datasets.model import Rejected, Warned
from genai_tui.records.datasets import Example
from genai_tui.records.javascript import double


class Mark(NamedTuple):
    """A score as it stands in a log: None where there is an answer and no verdict (NaN). `reduced`: what was judged."""

    value: float | None
    reduced: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class LoggedAnswer:
    """One answer of a log; `error` is why it failed. Times are seconds, money US dollars."""

    example: Example
    repeat: int
    text: str
    marks: dict[str, Mark] = field(default_factory=dict)
    error: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    usd: float | None = None


@dataclass(frozen=True)
class Log:
    """A log read to its end: who answered what, with the names of its scores in their order.

    `prompt` is what was asked is called, where one program's file holds several.
    """

    kind: str
    task: str
    model: str
    answers: tuple[LoggedAnswer, ...]
    scores: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]
    prompt: str = ""


def warn_once(notes: list[Warned], line: int, text: str) -> None:
    """A remark that many rows share, with the first line of them."""
    if all(note.text != text for note in notes):
        notes.append(Warned(line, text))


def object_of(value: Any) -> dict[str, Any]:
    """An object; empty where a log has something else there."""
    return value if isinstance(value, dict) else {}


def counted(value: Any) -> int | None:
    """A number of things, such as tokens; None where a log has something else there."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def finite(value: Any) -> float | None:
    """A number, true and false as 1 and 0; None where a log has something else there, or one beyond all doubles."""
    number = double(value) if isinstance(value, int | float) else math.nan
    return number if math.isfinite(number) else None


def measured(value: Any) -> float | None:
    """A finite number from 0 up, such as seconds; None where a log has something else there."""
    number = None if isinstance(value, bool) else finite(value)
    return number if number is not None and number >= 0 else None
