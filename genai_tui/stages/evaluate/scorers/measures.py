"""What is measured of an answer rather than judged: its length, its time, its cost, how sure the model was of it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from genai_tui.answering.render import answer_text, render
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.records.runs import Kind, Score
from genai_tui.stages.evaluate.scorers.base import Base, Verdict, unjudged
from genai_tui.stages.evaluate.scorers.contract import Better
from genai_tui.stages.evaluate.scorers.posting import Question, post, refused

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

COMPLETIONS = "/chat/completions"
WANTED = "log-probabilities"


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

    def scale(self, scores: Iterable[Score]) -> tuple[float, float] | None:
        """From 0 to 1 where lengths are held to bounds."""
        return (0.0, 1.0) if self.least or self.most else None


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
    """

    better: ClassVar[Better] = "lower"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The perplexity."""
        known = [each["logprob"] for each in generation.logprobs if isinstance(each.get("logprob"), int | float)]
        if not known:
            return Verdict(None, reason="The endpoint gave no log-probabilities; ask for them with logprobs: true.")
        return _perplexed(known)


@dataclass(frozen=True)
class ExpectedPerplexity(_Measure):
    """How unsure the model is of the expected answer to what it was asked, whatever it answered.

    It is asked of the candidate's own endpoint, by `prompt_logprobs` (vLLM); where an endpoint does not know that, the
    answer is left out with the reason. Needs the prompt, with examples that are fixed.
    """

    prompt: Prompt | None = None

    immediate: ClassVar[bool] = False
    better: ClassVar[Better] = "lower"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Only with somebody to ask: see score."""
        return unjudged("Nobody can be asked for log-probabilities.")

    async def score(self, text: str, example: Example, generation: Generation, asking: "Asking | None") -> Score:
        """The perplexity. Raises NoAnswer where the endpoint does not give log-probabilities of a given text."""
        if asking is None or self.prompt is None:
            return Score(self.name, **self.judge(text, example, generation)._asdict())
        expected = answer_text(example.expected).strip()
        if example.expected is None or not expected or self.prompt.examples.pick != "fixed":
            reason = "Its examples are picked for each question." if expected else "No text is expected."
            return Score(self.name, **unjudged(reason)._asdict())
        endpoint, model_id = asking.settings.model(generation.model)
        sent = [{"role": m.role, "content": m.content} for m in render(self.prompt, example.inputs)]
        body = {
            "model": model_id,
            "messages": [*sent, {"role": "assistant", "content": expected}],
            "prompt_logprobs": 0,
            "add_generation_prompt": False,
            "continue_final_message": True,
            "max_tokens": 1,
        }
        texts = [*(message["content"] for message in sent), expected]
        reply = await post(Question(endpoint, COMPLETIONS, body, WANTED, texts, generation, most_out=1), asking)
        known = logprobs_of(expected, reply.get("prompt_logprobs"))
        if not known:
            raise refused(endpoint, model_id, WANTED, "it does not know prompt_logprobs")
        found = _perplexed(known)
        return Score(self.name, found.value, reason=f"{len(known)} tokens. {found.reason}".strip())


def logprobs_of(text: str, prompt: Any) -> list[float]:
    """The log-probabilities of the tokens that `text` is, which ends a prompt; empty where they are not there."""
    found: list[float] = []
    end = ""
    for token in reversed(prompt if isinstance(prompt, list) else []):
        told = next(iter(token.values()), None) if isinstance(token, dict) else None
        if not isinstance(told, dict) or not isinstance(told.get("logprob"), int | float):
            return []
        end = str(told.get("decoded_token") or "") + end
        found.append(float(told["logprob"]))
        if end.endswith(text):
            return found[::-1]
    return []


def perplexity(logprobs: list[float]) -> float | None:
    """Euler's number to the mean negative log-probability; None where that is no number that can be written."""
    surprise = -sum(logprobs) / len(logprobs)
    return math.exp(surprise) if surprise < 700 else None


def _perplexed(logprobs: list[float]) -> Verdict:
    found = perplexity(logprobs)
    return Verdict(found, reason="" if found is not None else "Some of its tokens were held to be impossible.")
