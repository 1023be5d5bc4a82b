"""What each of promptfoo's assertions is given, and how it says what it found."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from genai_tui.records.javascript import as_json, parsed
from genai_tui.stages.evaluate.interchange.values import Malformed, trimmed

PASSED = "Assertion passed"
Found = tuple[bool, float, str]
_ENDS = {
    "function_call": "tool_calls", "tool_use": "tool_calls", "end_turn": "stop", "stop_sequence": "stop",
    "max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "content_filter",
}  # fmt: skip


class Answer(NamedTuple):
    """What is judged: the text and what was measured of it; None where it is not known."""

    text: str
    latency_ms: float | None = None
    cost_usd: float | None = None
    finish_reason: str | None = None
    logprobs: Sequence[float] = ()
    is_text: bool = True

    def as_parsed(self) -> "Answer":
        """As promptfoo holds an answer that was asked for by a JSON schema: not as it was written, where it is JSON."""
        try:
            value = parsed(self.text)
        except ValueError:
            return self
        return (
            self._replace(text=value) if isinstance(value, str) else self._replace(text=as_json(value), is_text=False)
        )


Check = Callable[[str, Any, Any, Answer, bool], Found]  # type, value, threshold, answer, whether it is turned by `not-`


def found(passed: bool, failed: str) -> Found:
    """A verdict without shades."""
    return passed, float(passed), PASSED if passed else failed


def need(condition: bool, sentence: str) -> None:
    """Hold an assertion to a condition. Raises Malformed with the sentence where it is not met."""
    if not condition:
        raise Malformed(sentence)


def inverse(turned: bool) -> str:
    """The word for a sentence on what was wanted."""
    return "not " if turned else ""


def end_of(finish_reason: str | None) -> str | None:
    """Why an answer ended, by the word that promptfoo has for it; None where it is not known."""
    word = trimmed(finish_reason or "").lower()
    return _ENDS.get(word, word) or None
