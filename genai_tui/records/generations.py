"""Generations: one answer each, and the HTTP exchanges it took."""

from dataclasses import dataclass
from typing import Any, Literal

CANCELLED = "cancelled"  # the finish reason of an answer that was stopped half-way, by us; a run asks it again
FEWEST_FOR_RATE = 5  # tokens below which a rate says nothing
SHORTEST_S = 0.02  # seconds from the first token to the last below which it says nothing: they came in one packet

Purpose = Literal["try", "run", "judge", "train", "served"]


@dataclass(frozen=True)
class Usage:
    """Tokens as the endpoint counted them; `guessed` where it did not and our own tokenizer did.

    `cost_usd` is what the endpoint itself says it cost, where it says so.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    guessed: bool = False
    cost_usd: float | None = None
    service_tier: str | None = None


@dataclass(frozen=True)
class Moments:
    """Five moments of one request in seconds of a monotonic clock; the wall clock (seconds since 1970) once."""

    queued: float
    sent: float | None = None
    first_byte: float | None = None
    first_token: float | None = None
    done: float | None = None
    wall: float = 0.0

    @property
    def first_token_s(self) -> float | None:
        """Seconds from sending to the first token; None where nothing was streamed."""
        return self.first_token - self.sent if self.first_token is not None and self.sent is not None else None

    @property
    def total_s(self) -> float | None:
        """Seconds from sending to the end."""
        return self.done - self.sent if self.done is not None and self.sent is not None else None


@dataclass(frozen=True)
class Failure:
    """Why an answer is missing or cut, in the three sentences of an error, with its exit code."""

    what: str
    why: str = ""
    do: str = ""
    exit: int = 3


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and what came back; `body` is the request as sent, `answer` what was read of the reply."""

    path: str
    body: dict[str, Any]
    status: int | None
    answer: dict[str, Any]
    usage: Usage | None
    cost_usd: float | None
    moments: Moments
    error: Failure | None = None
    id: int = 0


@dataclass(frozen=True)
class Generation:
    """One answer as it was recorded: text, usage, cost, moments, finish reason, or the error.

    `endpoint`/`model_id` say who answered where no candidate was made; `inputs` are the variables of a try.
    `retries` counts requests that were asked again; `all_at_once` marks a stream that came in one piece,
    whose times to and between tokens mean nothing. `created` (UTC) and `id` are set when it is stored.
    """

    purpose: Purpose
    endpoint: str
    model_id: str
    text: str
    finish_reason: str | None
    usage: Usage | None
    cost_usd: float | None
    moments: Moments
    reasoning: str = ""
    refusal: bool = False
    tool_calls: tuple[dict[str, Any], ...] = ()
    logprobs: tuple[dict[str, Any], ...] = ()
    error: Failure | None = None
    candidate: int | None = None
    prompt: int | None = None
    run: int | None = None
    example: int | None = None
    inputs: dict[str, Any] | None = None
    repeat: int = 0
    parent: int | None = None
    cached_from: int | None = None
    streamed: bool = False
    all_at_once: bool = False
    retries: int = 0
    exchanges: tuple[Exchange, ...] = ()
    id: int = 0
    created: str = ""

    @property
    def model(self) -> str:
        """Who answered, as `endpoint/model-id`."""
        return f"{self.endpoint}/{self.model_id}"

    @property
    def rate(self) -> float | None:
        """Tokens a second after the first; None where they are too few, came at once, or too fast to tell."""
        moments, usage = self.moments, self.usage
        if usage is None or self.all_at_once or moments.first_token is None or moments.done is None:
            return None
        if usage.output_tokens < FEWEST_FOR_RATE or moments.done - moments.first_token < SHORTEST_S:
            return None
        return (usage.output_tokens - 1) / (moments.done - moments.first_token)
