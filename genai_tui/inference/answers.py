"""What asking gives: the answer as far as it came."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from genai_tui.inference.attempt import Attempt
from genai_tui.inference.notes import notes_on
from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import EndpointReport
from genai_tui.records.generations import Exchange, Failure, Moments, Usage


@dataclass(frozen=True)
class Answer:
    """One answer at some moment; `whole` is False while it comes and for one that was cut.

    `usage` is what the endpoint counted and can be believed, else None; `cost_usd` what the endpoint itself states.
    `choices` are the texts of all choices, `text` is the first. `retries` counts requests asked again after a
    failure or a refusal. `all_at_once`: it came in one piece, so times to and between tokens mean nothing.
    `reasoning_field` names where the thinking stood, `notes` are sentences a user should read.
    """

    text: str
    reasoning: str
    finish_reason: str | None
    usage: Usage | None
    cost_usd: float | None
    moments: Moments
    whole: bool = False
    choices: tuple[str, ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    logprobs: tuple[dict[str, Any], ...] = ()
    refusal: bool = False
    streamed: bool = False
    all_at_once: bool = False
    retries: int = 0
    error: Failure | None = None
    exchanges: tuple[Exchange, ...] = ()
    answered_by: str | None = None
    reasoning_field: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)


def gathered(
    request: Request,
    attempts: Sequence[Attempt],
    queued: Moments,
    retries: int,
    error: Failure | None,
    report: EndpointReport | None,
) -> Answer:
    """What there is of an answer now: the last request's text, and the exchange of each request that was sent."""
    exchanges = tuple(attempt.exchange() for attempt in attempts if attempt.moments.sent is not None)
    if not attempts:
        return Answer("", "", None, None, None, queued, error=error)
    last = attempts[-1]
    reading = last.reading
    first = reading.first
    usage = last.usage
    return Answer(
        text="".join(first.text),
        reasoning="".join(first.reasoning),
        finish_reason=first.finish,
        usage=usage,
        cost_usd=last.cost_usd,
        moments=replace(last.moments, queued=queued.queued, wall=queued.wall),
        whole=reading.whole and error is None,
        choices=tuple("".join(choice.text) for _, choice in sorted(reading.choices.items())),
        tool_calls=tuple({name: value for name, value in call.items() if name != "index"} for call in first.calls),
        logprobs=tuple(first.logprobs),
        refusal=first.refusal,
        streamed=last.streamed,
        all_at_once=last.all_at_once,
        retries=retries,
        error=error,
        exchanges=exchanges,
        answered_by=str(reading.head["model"]) if "model" in reading.head else None,
        reasoning_field=reading.reasoning_field,
        notes=notes_on(request, last, usage, report),
    )
