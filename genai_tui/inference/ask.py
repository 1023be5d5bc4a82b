"""Asks a model and streams its answer: the only place that talks to one.

Limits, retries, budget, silence and what came are kept here, the same over both transports.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from genai_tui.errors import GenaiError
from genai_tui.inference import memory
from genai_tui.inference.answers import Answer, gathered
from genai_tui.inference.attempt import Attempt, Problem, failure_of
from genai_tui.inference.limiter import Limiter, Notice, Slot, limiter_of
from genai_tui.inference.persistence import Persistence
from genai_tui.inference.reading import Delta
from genai_tui.inference.requests import COMPLETIONS, Access, Request, encoded
from genai_tui.inference.retrying import Patience, Waiting
from genai_tui.inference.sentences import Asked
from genai_tui.inference.transports import Moved, Transport
from genai_tui.inference.wire import Broken, Reply
from genai_tui.records.endpoints import Endpoint, EndpointReport
from genai_tui.records.generations import Moments, Usage

RETRIES = 4
QUIET_S = 5.0
SLICE = 2048  # bytes of an answer that are read without a turn of the loop: about a millisecond of one-letter pieces

Reach = Callable[[], Awaitable[Access]]


class Reserved(Protocol):
    """A part of the budget held for one request."""

    async def settle(self, usage: Usage | None, cost_usd: float | None, *, sent: bool, text: str) -> None:
        """Give back what was not used. `usage` None: guess it from `text`; `sent` False: nothing was spent."""


class Reserving(Protocol):
    """Holds the worst case of a request before it is sent. Raises BudgetFault or UsageFault."""

    async def reserve(self, request: Request, endpoint: Endpoint) -> Reserved:
        """The part of the budget that `request` may take at most."""


def ask(
    request: Request,
    endpoint: Endpoint,
    *,
    access: Reach,
    transport: Transport,
    limiter: Limiter | None = None,
    budget: Reserving | None = None,
    clock: Callable[[], float] = time.monotonic,
    seen: bool = True,
    retries: int = RETRIES,
    notice: Notice | None = None,
    report: EndpointReport | None = None,
) -> "Ask":
    """Ask `request` of `endpoint`; iterate over the result for its deltas, then read its `answer`.

    `access` is called before each request (the embedded server may have to be started). `seen` says that somebody
    watches the deltas of a streamed answer: once one was given, nothing is asked again, and a cut answer is an error
    that keeps what came. Otherwise the deltas come only when the answer is whole, and a cut one is asked again.
    `notice` is called with each wait. Raises GenaiError out of the iteration when there is no whole answer.
    """
    kit = Kit(endpoint, access, transport, limiter or limiter_of(endpoint, request.model_id), budget, clock)
    policy = Policy(seen and request.stream, retries, notice, report, transport.patience)
    return Ask(request, kit, policy)


@dataclass(frozen=True)
class Kit:
    """What is needed to ask, the same for every question."""

    endpoint: Endpoint
    access: Reach
    transport: Transport
    limiter: Limiter
    budget: Reserving | None
    clock: Callable[[], float]


@dataclass(frozen=True)
class Policy:
    """How persistently is asked, and who is told; `shown`: somebody sees the deltas."""

    shown: bool
    retries: int
    notice: Notice | None
    report: EndpointReport | None
    patience: Patience

    def say(self, seconds: float, why: str) -> None:
        """Tell of a wait."""
        if self.notice is not None:
            self.notice(Waiting(seconds, why))


class Ask:
    """An answer as it comes: iterate over its deltas; `answer` is what there is at any moment, also after an error.

    Cancelling the task that iterates closes the connection at once and keeps what came; so does `aclose`.
    """

    def __init__(self, request: Request, kit: Kit, policy: Policy) -> None:
        self.request = request
        self._kit = kit
        self._policy = policy
        self._attempts: list[Attempt] = []
        self._queued = Moments(queued=kit.clock(), wall=time.time())
        self._error: GenaiError | None = None
        self._again = 0
        self._persistence = Persistence(policy.retries, kit.transport.patience, watched=policy.shown)
        self.begun: Attempt | None = None  # a first request that was made already, and is to be judged
        self._deltas = self._run()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delta:
        return await self._deltas.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop: the connection is closed at once, what came stays in `answer`."""
        await self._deltas.aclose()

    async def whole(self) -> Answer:
        """The whole answer. Raises GenaiError; what came is then in `answer`."""
        async for _ in self:
            pass
        return self.answer

    @property
    def attempt(self) -> Attempt | None:
        """The last request, with its headers and all that was read of it."""
        return self._attempts[-1] if self._attempts else None

    @property
    def answer(self) -> Answer:
        """What there is of the answer now: the last request's text, and every request's exchange."""
        error = failure_of(self._error) if self._error is not None else None
        return gathered(self.request, self._attempts, self._queued, self._again, error, self._policy.report)

    async def _run(self) -> AsyncGenerator[Delta, None]:
        while True:
            attempt, begun = self.begun or await self._begin(), self.begun is not None
            self.begun = None
            shown = False
            kept: list[Delta] = []
            if not begun:
                async with aclosing(self._attempt(attempt)) as deltas:
                    async for delta in deltas:
                        if self._policy.shown:
                            shown = True
                            yield delta
                        else:
                            kept.append(delta)
            problem = attempt.problem
            if problem is None:
                for delta in kept:
                    yield delta
                return
            await self._or_raise(attempt, problem, shown=shown)

    async def _begin(self) -> Attempt:
        try:
            access = await self._kit.access()
        except GenaiError as error:
            self._error = error
            raise
        refused = memory.refused_by(access, self.request.model_id, self._policy.report)
        body = memory.fitted(self.request.body(), self.request, refused)
        parameters = (*self.request.parameters, *self.request.extra)
        asked = Asked(self._kit.endpoint, access, self.request.model_id, parameters)
        began = Moments(self._kit.clock(), wall=time.time()) if self._attempts else self._queued
        attempt = Attempt(asked, body, self._kit.clock, began)
        self._attempts.append(attempt)
        return attempt

    async def _attempt(self, attempt: Attempt) -> AsyncGenerator[Delta, None]:
        """One request, within the limiter and the budget."""
        held: Reserved | None = None
        try:
            if self._kit.budget is not None:
                held = await self._kit.budget.reserve(self.request, self._kit.endpoint)
            await self._kit.transport.ready(attempt.asked.access)
            async with self._kit.limiter.slot(self._guess(attempt), self._policy.notice) as slot:
                async with aclosing(self._exchange(attempt)) as deltas:
                    async for delta in deltas:
                        yield delta
                attempt.done(requests=len(self._attempts))
                self._tell(attempt, slot)
        except (asyncio.CancelledError, GeneratorExit):
            attempt.stopped()
            self._error = attempt.problem.error if attempt.problem else None
            raise
        except GenaiError as error:
            self._error = error
            attempt.failed(error)
            raise
        finally:
            if held is not None:
                await self._settle(held, attempt)

    async def _settle(self, held: Reserved, attempt: Attempt) -> None:
        """Say what was taken of what the budget holds, even where the request is cancelled."""
        sent = attempt.moments.sent is not None and (attempt.status or 200) < 400
        text = "".join(attempt.reading.first.reasoning + attempt.reading.first.text)
        await asyncio.shield(held.settle(attempt.usage, attempt.cost_usd, sent=sent, text=text))

    def _guess(self, attempt: Attempt) -> int:
        """Tokens that the request may take, for a limit of tokens a minute; nothing is counted where there is none."""
        if self._kit.limiter.limits.tokens_a_minute is None:
            return 0
        most = attempt.body.get(memory.NEW_LIMIT) or attempt.body.get(memory.OLD_LIMIT) or 0
        return len(encoded(attempt.body)) // 4 + (most if isinstance(most, int) else 0)

    def _tell(self, attempt: Attempt, slot: Slot) -> None:
        fault = attempt.problem.fault if attempt.problem else None
        status = fault.status if fault and fault.status else attempt.status
        if status is not None and (attempt.problem is None or attempt.problem.again):
            wait = attempt.problem.wait if attempt.problem and attempt.problem.wait else 0.0
            if not (attempt.problem and attempt.problem.loading):
                self._kit.limiter.told(status, attempt.headers, slot=slot, wait=wait)
        if attempt.usage is not None:
            slot.used(attempt.usage.input_tokens + attempt.usage.output_tokens)

    async def _exchange(self, attempt: Attempt) -> AsyncGenerator[Delta, None]:
        """Send, and read to the end of the answer or of the connection."""
        access = attempt.asked.access
        reply: Reply | None = None
        quiet = asyncio.get_running_loop().call_later(QUIET_S, self._quiet, access)
        attempt.sent()
        try:
            reply = await self._kit.transport.send(access, COMPLETIONS, attempt.body, stream=self.request.stream)
            quiet.cancel()
            attempt.began(reply)
            patience = self._policy.patience
            reply.silence_s = patience.first_byte_local if access.local else patience.first_byte
            async for piece in reply.chunks():
                reply.silence_s = patience.between
                async for part in self._in_slices(piece):
                    for delta in attempt.take(part):
                        yield delta
                    if attempt.over:
                        break
                if attempt.ending:
                    reply.silence_s = patience.after_finish
                if attempt.over:
                    break
            for delta in attempt.end():
                yield delta
            reply.finish()
            reply = None
        except Moved as moved:
            attempt.moved(moved)
        except Broken as broken:
            for delta in attempt.broke(broken):
                yield delta
        finally:
            quiet.cancel()
            if reply is not None:
                reply.close()

    async def _in_slices(self, piece: bytes) -> AsyncGenerator[bytes, None]:
        """What came at once, bit by bit where somebody watches: between two bits the loop answers keys."""
        most = SLICE if self._policy.shown else max(1, len(piece))
        for start in range(0, len(piece), most):
            if start:
                await asyncio.sleep(0)
            yield piece[start : start + most]

    def _quiet(self, access: Access) -> None:
        left = (self._policy.patience.first_byte_local if access.local else self._policy.patience.first_byte) - QUIET_S
        self._policy.say(left, "the model is perhaps being loaded" if access.local else "nothing has come yet")

    async def _or_raise(self, attempt: Attempt, problem: Problem, *, shown: bool) -> None:
        """Wait for the next request, or raise the problem's error."""
        fault = problem.fault
        if fault is not None and not shown:
            refused = memory.refused_by(attempt.asked.access, self.request.model_id)
            if memory.taken_back(fault, attempt.body, self.request, refused):
                self._again += 1
                return
        try:
            wait = None if shown else self._persistence.wait(attempt.asked, problem)
        except GenaiError as error:
            self._error = error
            raise
        if wait is None:
            self._error = problem.error
            raise problem.error
        self._again += 1
        why = "the model is being loaded" if problem.loading else problem.error.what
        self._policy.say(wait, why)
        try:
            await asyncio.sleep(wait)
        except asyncio.CancelledError:
            self._error = problem.error
            raise
