"""Questions to a model whose reply is no answer: vectors of texts, log-probabilities of a given text.

They cost as answers do: they keep to the limits, are asked again where that may help, are reserved of the budget, and
are recorded as what a judge asks is.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError, NoAnswer
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import CANCELLED, Exchange, Failure, Generation, Moments, Usage
from genai_tui.records.prompts import Message

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

LARGEST = 64 * 1024 * 1024
TRIES = 5
_KEPT = ("id", "object", "model", "usage")  # of a reply: vectors and probabilities are large, and in the score already


class Question(NamedTuple):
    """What is posted, for the answer `of` that is scored. `sent` are its texts, `most_out` the tokens it may give."""

    endpoint: Endpoint
    path: str
    body: Mapping[str, Any]
    wanted: str
    sent: Sequence[str]
    of: Generation
    most_out: int = 0

    @property
    def model_id(self) -> str:
        """Who is asked."""
        return str(self.body["model"])

    def refused(self, why: str) -> NoAnswer:
        """That the endpoint did not give what was asked for."""
        return refused(self.endpoint, self.model_id, self.wanted, why)


async def post(question: Question, asking: "Asking") -> dict[str, Any]:
    """The JSON object that comes back. Raises NoAnswer, and BudgetFault where a limit would be passed."""
    exchanges: list[Exchange] = []
    error: GenaiError | None = None
    cancelled = False
    try:
        return await _asked(question, asking, exchanges)
    except GenaiError as fault:
        error = fault
        raise
    except asyncio.CancelledError:
        cancelled = True
        raise
    finally:
        if exchanges:
            await asyncio.shield(_record(question, asking, tuple(exchanges), error, cancelled=cancelled))


async def _asked(question: Question, asking: "Asking", exchanges: list[Exchange]) -> dict[str, Any]:
    from genai_tui.inference.retrying import MOST_WAIT_S, back_off, stated_wait

    waited = 0.0
    tries = TRIES if asking.retries is None else min(TRIES, asking.retries + 1)
    for attempt in range(1, tries + 1):
        status, headers, raw, why = await _once(question, asking, exchanges)
        found = _object_in(raw)
        if not why and found is not None:
            return found
        why = why or "what came back is no JSON object"
        stated = stated_wait(headers, found)
        wait = back_off(attempt) if stated is None else stated
        waited += wait
        again = status is None or status == 429 or status >= 500
        if not again or attempt == tries or waited > MOST_WAIT_S:
            raise question.refused(why)
        await asyncio.sleep(wait)
    raise AssertionError


async def _once(
    question: Question, asking: "Asking", exchanges: list[Exchange]
) -> tuple[int | None, Mapping[str, str], bytes, str]:
    """One request: status, headers, what came, and why it is no reply (empty if it is one)."""
    from genai_tui.inference.limiter import limiter_of
    from genai_tui.inference.requests import Request
    from genai_tui.inference.transports import Moved
    from genai_tui.inference.wire import Broken

    endpoint, model_id = question.endpoint, question.model_id
    access = await asking.access(endpoint, model_id)
    messages = tuple(Message("user", text) for text in question.sent)
    request = Request(model_id, messages, {"max_tokens": question.most_out}, stream=False)
    held = await asking.budget.reserve(request, endpoint) if asking.budget is not None else None
    moments = Moments(time.monotonic(), wall=time.time())
    status: int | None = None
    headers: Mapping[str, str] = {}
    raw, why = b"", "it was stopped"
    try:
        limiter = limiter_of(endpoint, model_id)
        async with limiter.slot(sum(len(text) // 3 + 1 for text in question.sent)) as slot:
            moments = replace(moments, sent=time.monotonic())
            try:
                reply = await (await asking.transport()).send(access, question.path, dict(question.body), stream=False)
                status, headers = reply.status, reply.headers
                raw = b"".join([piece async for piece in reply.chunks()])
                reply.finish()
                limiter.told(status, headers, slot=slot)
                why = f"HTTP {status}" if status >= 300 else "too much came back" if len(raw) > LARGEST else ""
            except (Broken, Moved) as fault:
                why = str(fault)
    finally:
        if moments.sent is not None:
            moments = replace(moments, done=time.monotonic())
            exchanges.append(await asyncio.to_thread(_exchange, question, status, raw, moments, why))
        if held is not None:
            sent = moments.sent is not None and (status or 200) < 400
            usage = exchanges[-1].usage if sent else None
            await asyncio.shield(held.settle(usage, exchanges[-1].cost_usd if sent else None, sent=sent))
    return status, headers, raw, why


def _exchange(question: Question, status: int | None, raw: bytes, moments: Moments, why: str) -> Exchange:
    from genai_tui.inference.prices import price_of

    found = _object_in(raw) or {}
    usage = _usage(question, found) if status is not None and status < 400 else None
    cost = price_of(question.endpoint, question.model_id, usage) if usage is not None else None
    error = Failure(str(question.refused(why))) if why else None
    kept = {name: found[name] for name in _KEPT if name in found}
    return Exchange(question.path, dict(question.body), status, kept, usage, cost, moments, error)


def _usage(question: Question, found: Mapping[str, Any]) -> Usage:
    """As the reply states it (for vectors without tokens that came out), else counted by our own tokenizer."""
    from genai_tui.inference.tokens import count
    from genai_tui.inference.usage import UsageReader, number

    reader = UsageReader()
    reader.take(dict(found))
    stated = reader.usage(answered=False)
    if stated is not None:
        return stated
    told = found.get("usage")
    into = number(told.get("prompt_tokens", told.get("total_tokens"))) if isinstance(told, dict) else None
    if into is not None and into > 0:
        return Usage(int(into), 0, cost_usd=reader.cost_usd)
    return Usage(count("\n".join(question.sent), question.model_id)[0], question.most_out, guessed=True)


def _object_in(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _record(
    question: Question, asking: "Asking", exchanges: tuple[Exchange, ...], error: GenaiError | None, *, cancelled: bool
) -> None:
    """What was asked and what it took, as a generation of a judge's: in one transaction with the budget."""
    if asking.writer is None:
        return
    from genai_tui.store.generations import save_generation

    used = [each.usage for each in exchanges if each.usage is not None]
    costs = [each.cost_usd for each in exchanges if each.usage is not None]
    known = [cost for cost in costs if cost is not None]
    total = Usage(
        sum(each.input_tokens for each in used),
        sum(each.output_tokens for each in used),
        guessed=any(each.guessed for each in used),
    )
    of = question.of
    generation = Generation(
        purpose="judge",
        endpoint=question.endpoint.name,
        model_id=question.model_id,
        text="",
        finish_reason=CANCELLED if cancelled else None if error is not None else "stop",
        usage=total if used else None,
        cost_usd=sum(known) if costs and len(known) == len(costs) else None,
        moments=exchanges[-1].moments,
        error=None if error is None else Failure(error.what, error.why, error.do, error.exit_code),
        run=of.run,
        example=of.example,
        repeat=of.repeat,
        parent=of.id or None,
        retries=len(exchanges) - 1,
        exchanges=exchanges,
    )
    settling = asking.budget.settling() if asking.budget is not None else ()
    await asking.writer.put(save_generation(generation), *settling, keep=True)


def refused(endpoint: Endpoint, model_id: str, wanted: str, why: str) -> NoAnswer:
    """That an endpoint did not give what was asked for, and why."""
    return NoAnswer(f"{endpoint.name} gave no {wanted} of {model_id}: {why}.", "", "See: genai-tui model list")
