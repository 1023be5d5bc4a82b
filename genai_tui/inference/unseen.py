"""Answers that nobody watches, by the thousand: the short way for what nearly every answer is.

An answer in one piece that is whole, plain and unsuspicious is read here, at once. Whatever is not (another status,
another form, a broken connection) becomes the first attempt of an ordinary `Ask`, which judges it, asks again and
reports as it does everywhere: so both ways say the same, and a test compares them.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.inference.answers import Answer
from genai_tui.inference.ask import RETRIES, Ask, Kit, Policy, Reach, Reserved, Reserving
from genai_tui.inference.attempt import Attempt
from genai_tui.inference.limiter import Limiter, Notice, Slot
from genai_tui.inference.notes import MOST_CHARACTERS_A_TOKEN
from genai_tui.inference.reading import CUTS, STOPS
from genai_tui.inference.requests import COMPLETIONS, Access, Request
from genai_tui.inference.transports import Moved, Transport
from genai_tui.inference.usage import UsageReader
from genai_tui.inference.wire import Broken, Reply
from genai_tui.records.endpoints import Endpoint, EndpointReport
from genai_tui.records.generations import Exchange, Usage

_PLAIN_USAGE = {"prompt_tokens", "completion_tokens", "total_tokens"}
_HEAD = ("id", "model", "system_fingerprint", "provider", "created")
_NOT_PLAIN = (
    "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking", "reasoning_details",
)  # fmt: skip


class Unseen:
    """Asks one model of one endpoint many questions whose answers are looked at when they are whole."""

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        *,
        access: Reach,
        transport: Transport,
        limiter: Limiter,
        budget: Reserving | None = None,
        clock: Callable[[], float] = time.monotonic,
        retries: int = RETRIES,
        notice: Notice | None = None,
        report: EndpointReport | None = None,
    ) -> None:
        self._kit = Kit(endpoint, access, transport, limiter, budget, clock)
        self._policy = Policy(False, retries, notice, report, transport.patience)

    def ask(self, request: Request) -> Ask:
        """The question; `await …whole()` is its answer. Raises GenaiError as `ask` does; what came stays in it."""
        return Ask(request, self._kit, self._policy) if request.stream else _Short(request, self._kit, self._policy)


class _Short(Ask):
    """An ask that tries the short way first."""

    _plain: "tuple[Attempt, Plain] | None" = None

    async def whole(self) -> Answer:
        """The whole answer. Raises GenaiError; what came is then in `answer`."""
        await self._at_once()
        return self.answer if self._plain is not None else await super().whole()

    @property
    def answer(self) -> Answer:
        """What there is of the answer now."""
        return super().answer if self._plain is None else _answer_of(*self._plain)

    async def _at_once(self) -> None:
        """Make the first request; where it has to be judged it is `begun`, and not `_plain`."""
        kit = self._kit
        attempt = await self._begin()
        access, body = attempt.asked.access, attempt.body
        held: Reserved | None = None
        plain: Plain | None = None
        try:
            if kit.budget is not None:
                held = await kit.budget.reserve(self.request, kit.endpoint)
            async with kit.limiter.slot(self._guess(attempt), self._policy.notice) as slot:
                plain = await self._sent(attempt, access, body, slot)
            if plain is None:
                self.begun = attempt
            else:
                self._plain = attempt, plain
        except asyncio.CancelledError:
            attempt.stopped()
            self._error = attempt.problem.error if attempt.problem else None
            raise
        except GenaiError as error:
            self._error = error
            attempt.failed(error)
            raise
        finally:
            if held is not None and plain is None:
                await self._settle(held, attempt)
            elif held is not None and plain is not None:
                cost = plain.usage.cost_usd if plain.usage is not None else None
                await asyncio.shield(held.settle(plain.usage, cost, sent=True, text=plain.text))

    async def _sent(self, attempt: Attempt, access: Access, body: dict[str, Any], slot: Slot) -> "Plain | None":
        """Send and read; None where it is not a plain answer, and the attempt then has all that came."""
        kit = self._kit
        attempt.sent()
        reply: Reply | None = None
        try:
            reply = await kit.transport.send(access, COMPLETIONS, body, stream=False)
            attempt.began(reply)
            data = reply.whole() if reply.status == 200 else None
            plain = read_plain(data, self.request) if data is not None else None
            if plain is not None:
                attempt.ended()
                reply.finish()
                reply = None
                kit.limiter.told(200, attempt.headers, slot=slot)
                if plain.usage is not None:
                    slot.used(plain.usage.input_tokens + plain.usage.output_tokens)
                return plain
            if data:
                attempt.take(data)
            await self._rest(attempt, reply)
            reply.finish()
            reply = None
        except Moved as moved:
            attempt.moved(moved)
        except Broken as broken:
            attempt.broke(broken)
        finally:
            if reply is not None:
                reply.close()
        attempt.done(requests=1)
        self._tell(attempt, slot)
        return None

    async def _rest(self, attempt: Attempt, reply: Reply) -> None:
        patience = self._policy.patience
        reply.silence_s = patience.first_byte_local if attempt.asked.access.local else patience.first_byte
        async for piece in reply.chunks():
            reply.silence_s = patience.between
            attempt.take(piece)
            if attempt.ending:
                reply.silence_s = patience.after_finish
            if attempt.over:
                break
        attempt.end()


class Plain(NamedTuple):
    """An answer of one piece that nothing is remarkable about. `counted` is the usage as it was stated."""

    text: str
    finish_reason: str
    usage: Usage | None
    counted: dict[str, Any] | None
    head: dict[str, Any]


def read_plain(body: bytes, request: Request) -> Plain | None:
    """The answer, where it is one text with a finish reason and a usage to be believed; else None."""
    try:
        document = json.loads(body)
        [choice] = document["choices"]
        message, finish = choice["message"], choice["finish_reason"].lower()
        text = message["content"]
        usage, counted = _usage(document)
        if usage is not None:
            characters = sum(len(sent.content) for sent in request.messages)
            cut_in_silence = characters > usage.input_tokens * MOST_CHARACTERS_A_TOKEN
        else:
            cut_in_silence = False
        if (
            not isinstance(text, str)
            or not text
            or not finish
            or finish in CUTS
            or cut_in_silence
            or choice.get("index")
            or choice.get("delta")
            or choice.get("error")
            or choice.get("logprobs")
            or document.get("error")
            or document.get("type") == "error"
            or document.get("object") == "error"
            or any(message.get(name) for name in _NOT_PLAIN)
        ):
            return None
        text.encode()
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None
    head = {name: document[name] for name in _HEAD if document.get(name)}
    return Plain(text, STOPS.get(finish, finish), usage, counted, head)


def _usage(document: dict[str, Any]) -> tuple[Usage | None, dict[str, Any] | None]:
    stated = document.get("usage")
    if isinstance(stated, dict) and stated.keys() == _PLAIN_USAGE and "service_tier" not in document:
        prompt, completion = stated["prompt_tokens"], stated["completion_tokens"]
        counts = type(prompt) is int and type(completion) is int and prompt > 0 < completion
        if counts and stated["total_tokens"] == prompt + completion:
            return Usage(prompt, completion), stated
    reader = UsageReader()
    reader.take(document)
    return reader.usage(answered=True), reader.raw


def _answer_of(attempt: Attempt, plain: Plain) -> Answer:
    recorded = {"text": plain.text, "reasoning": "", "finish_reason": plain.finish_reason, **plain.head}
    if plain.counted is not None:
        recorded["usage"] = plain.counted
    cost = plain.usage.cost_usd if plain.usage is not None else None
    exchange = Exchange(COMPLETIONS, attempt.body, 200, recorded, plain.usage, cost, attempt.moments)
    model = plain.head.get("model")
    return Answer(
        plain.text,
        "",
        plain.finish_reason,
        plain.usage,
        cost,
        attempt.moments,
        whole=True,
        choices=(plain.text,),
        exchanges=(exchange,),
        answered_by=None if model is None else str(model),
    )
