"""What a scorer says of a text, found by its name as a command names it."""

import asyncio
from typing import Any

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers import find_scorer

ANSWERED = Generation(
    "run",
    "somewhere",
    "a-model",
    "",
    "stop",
    Usage(12, 34),
    0.002,
    Moments(0.0, 1.0, 1.1, 1.25, 3.0),
    logprobs=({"token": "a", "logprob": -0.1}, {"token": "b", "logprob": -0.3}),
)


def scored(name: str, text: str, expected: Any = None, inputs: dict[str, Any] | None = None) -> Score:
    """What the scorer `name` says of a text."""
    return asyncio.run(find_scorer(name).score(text, Example(inputs or {}, expected), ANSWERED, None))
