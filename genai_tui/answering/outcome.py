"""From what came of a question to the generation that is recorded: usage, price and error in one place."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import CANCELLED, Exchange, Failure, Generation, Usage
from genai_tui.records.prompts import Prompt

if TYPE_CHECKING:
    from genai_tui.inference.answers import Answer
    from genai_tui.inference.requests import Request


@dataclass(frozen=True)
class Subject:
    """Who answers: a model at an endpoint with a prompt; `candidate` is its id where it is one."""

    endpoint: Endpoint
    model_id: str
    prompt: Prompt
    candidate: int | None = None


def generation_of(
    subject: Subject,
    answer: "Answer",
    usage: Usage | None,
    error: Failure | None,
    kept: Mapping[str, Any],
    *,
    cancelled: bool = False,
) -> Generation:
    """The generation, unsaved; `usage` is the answer's own or our guess, `kept` whatever else belongs to it."""
    exchanges = answer.exchanges
    if not (len(exchanges) == 1 and exchanges[0].usage is usage):
        exchanges = tuple(replace(e, cost_usd=price(subject, e.usage)) for e in exchanges)
        cost = _total(exchanges, price(subject, usage))
    else:
        cost = price(subject, usage)
        if cost != exchanges[0].cost_usd:
            exchanges = (replace(exchanges[0], cost_usd=cost),)
    return Generation(
        endpoint=subject.endpoint.name,
        model_id=subject.model_id,
        text=answer.text,
        finish_reason=CANCELLED if cancelled else answer.finish_reason,
        usage=usage,
        cost_usd=cost,
        moments=answer.moments if answer.moments.wall else replace(answer.moments, wall=time.time()),
        reasoning=answer.reasoning,
        refusal=answer.refusal,
        tool_calls=answer.tool_calls,
        logprobs=answer.logprobs,
        error=error,
        candidate=subject.candidate,
        prompt=subject.prompt.number or None,
        streamed=answer.streamed,
        all_at_once=answer.all_at_once,
        retries=answer.retries,
        exchanges=exchanges,
        **kept,
    )


def price(subject: Subject, usage: Usage | None) -> float | None:
    """US dollars of an answer; None where its usage or its price is unknown. What is free costs 0, whatever it was."""
    if subject.endpoint.embedded:
        return 0.0
    from genai_tui.inference.prices import is_free, price_of

    if usage is None:
        return 0.0 if is_free(subject.endpoint, subject.model_id) else None
    return price_of(subject.endpoint, subject.model_id, usage)


def guessed_usage(request: "Request", answer: "Answer") -> Usage:
    """Usage where the server tells none: counted by our own tokenizer, and said to be a guess. May take long."""
    from genai_tui.inference.tokens import count

    sent = "\n".join(message.content for message in request.messages)
    model = request.model_id
    return Usage(count(sent, model)[0], count(answer.reasoning + answer.text, model)[0], guessed=True)


def was_sent(answer: "Answer") -> bool:
    """Whether anything was asked at all."""
    return any(exchange.moments.sent is not None for exchange in answer.exchanges)


def _total(exchanges: tuple[Exchange, ...], last: float | None) -> float | None:
    """What all requests of an answer cost together; None as soon as one of them is unknown."""
    known = [exchange.cost_usd for exchange in exchanges if exchange.usage is not None]
    if not known:
        return last
    return None if None in known else sum(cost for cost in known if cost is not None)
