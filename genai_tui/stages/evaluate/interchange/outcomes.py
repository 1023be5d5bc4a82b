"""What each of promptfoo's assertions is given, and how it says what it found."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from genai_tui.stages.evaluate.interchange.values import Malformed

PASSED = "Assertion passed"
Found = tuple[bool, float, str]


class Answer(NamedTuple):
    """What is judged: the text and what was measured of it; None where it is not known."""

    text: str
    latency_ms: float | None = None
    cost_usd: float | None = None
    finish_reason: str | None = None
    logprobs: Sequence[float] = ()


Check = Callable[[str, Any, Any, Answer, bool], Found]  # type, value, threshold, answer, whether it is turned by `not-`


def found(passed: bool, failed: str) -> Found:
    """A verdict without shades."""
    return passed, float(passed), PASSED if passed else failed


def need(condition: bool, sentence: str) -> None:
    """Raises Malformed with the sentence where the condition is not met."""
    if not condition:
        raise Malformed(sentence)


def inverse(turned: bool) -> str:
    """The word for a sentence on what was wanted."""
    return "not " if turned else ""
