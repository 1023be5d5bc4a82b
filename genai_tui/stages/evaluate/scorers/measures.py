"""What is measured of an answer rather than judged: its length, its time, its cost, how sure the model was of it."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import Base, Verdict
from genai_tui.stages.evaluate.scorers.contract import Better


@dataclass(frozen=True)
class _Measure(Base):
    """Its mean is of the answers that have a value; a failed one has none, and is not counted as 0."""

    kind: ClassVar[Kind] = "mean"
    worst: ClassVar[float | None] = None
    bounds: ClassVar[tuple[float, float] | None] = None


@dataclass(frozen=True)
class Length(_Measure):
    """How long an answer is, in `unit`: words, characters, lines, or tokens as the endpoint counted them.

    With `least` or `most` it is 1 where the length is within them, else 0.
    """

    unit: Literal["words", "characters", "lines", "tokens"] = "words"
    least: int = 0
    most: int = 0

    better: ClassVar[Better] = "neither"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The length, or whether it is within bounds."""
        if self.unit == "tokens" and generation.usage is None:
            return Verdict(None, reason="The endpoint did not count its tokens.")
        length = {
            "words": len(text.split()),
            "characters": len(text),
            "lines": len(text.splitlines()),
            "tokens": generation.usage.output_tokens if generation.usage else 0,
        }[self.unit]
        if not self.least and not self.most:
            return Verdict(float(length))
        right = length >= self.least and (not self.most or length <= self.most)
        return Verdict(float(right), str(length), "" if right else f"It has {length:,} {self.unit}.")


@dataclass(frozen=True)
class Latency(_Measure):
    """Seconds from the request's last byte to the answer's last, or to its first token (`to=first-token`)."""

    to: Literal["end", "first-token"] = "end"

    better: ClassVar[Better] = "lower"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Seconds; none where they were not measured, or a stream came in one piece."""
        moments = generation.moments
        first = None if generation.all_at_once else moments.first_token_s
        seconds = moments.total_s if self.to == "end" else first
        return Verdict(seconds, reason="" if seconds is not None else "It was not measured.")


@dataclass(frozen=True)
class Cost(_Measure):
    """US dollars of an answer; none where the price is unknown."""

    better: ClassVar[Better] = "lower"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """US dollars."""
        known = generation.cost_usd is not None
        return Verdict(generation.cost_usd, reason="" if known else "The price of the model is unknown.")


@dataclass(frozen=True)
class Perplexity(_Measure):
    """How unsure the model was of its own answer: e to the mean surprise of its tokens; 1 is certain.

    It needs log-probabilities: `logprobs: true` among the prompt's parameters, and an endpoint that gives them.
    `expected` asks it only of answers that are the expected one: the others say nothing of that text.
    """

    expected: bool = False

    better: ClassVar[Better] = "lower"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The perplexity."""
        from genai_tui.answering.render import answer_text

        if self.expected and text.strip() != answer_text(example.expected).strip():
            return Verdict(None, reason="It is not the expected answer, so nothing is known of that one's tokens.")
        known = [each["logprob"] for each in generation.logprobs if isinstance(each.get("logprob"), int | float)]
        if not known:
            return Verdict(None, reason="The endpoint gave no log-probabilities; ask for them with logprobs: true.")
        return Verdict(perplexity(known))


def perplexity(logprobs: list[float]) -> float:
    """Euler's number to the mean negative log-probability; infinite where it is too large to be written."""
    surprise = -math.fsum(logprobs) / len(logprobs)
    return math.exp(surprise) if surprise < 700 else math.inf
