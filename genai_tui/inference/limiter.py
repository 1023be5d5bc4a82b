"""Honours an endpoint's limits across all callers of the process: one limiter for each endpoint and model.

In flight, requests and tokens a minute, in the order of asking. A server that says "wait" stalls the limiter, not one
request; one episode of refusals cuts the requests in flight once, and they grow again by one a round only on evidence:
an answer that was sent after the cut while the limit was really used. What a server took in the time that it asks to
wait (a second, where it says nothing) is the pace that is kept from then on, a little below; it is raised again slowly
when nothing was refused for a while.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from genai_tui.inference.addresses import tidy
from genai_tui.inference.retrying import MOST_WAIT_S, Waiting, stated_wait, used_up_reset
from genai_tui.records.endpoints import Endpoint, Limits

WINDOW_S = 60.0
REFUSED = (429, 503, 529)
WORTH_A_WORD_S = 1.0
TOO_FAST = 429
LEAST_WINDOW_S = 1.0  # what a server that says nothing counts requests in, as far as we know
BELOW = 0.95  # of the pace that a server took: clocks differ, and its window is not ours
FEW = 0.25  # taken for each that was refused
CALM_S = 10.0  # without a refusal, before the pace is raised
RAISED = 0.1  # a second
MOST_STARTS = 10_000

Notice = Callable[[Waiting], None]


@dataclass(eq=False)
class _Spent:
    at: float
    tokens: int


@dataclass(eq=False)
class _Waiter:
    tokens: int
    go: asyncio.Future[_Spent]


@dataclass(eq=False)
class Slot:
    """The right to have one request in flight. `used(tokens)` puts the true count in place of the guess."""

    limiter: "Limiter"
    tokens: int
    notice: Notice | None = None
    began: float = 0.0
    full: bool = False
    spent: _Spent | None = field(default=None, repr=False)

    async def __aenter__(self) -> Self:
        await self.limiter._enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.limiter._leave()

    def used(self, tokens: int) -> None:
        """The tokens that the request really took."""
        if self.spent is not None:
            self.spent.tokens = tokens
            self.limiter._wake()


class Limiter:
    """What an endpoint and model allow. `clock` is monotonic seconds; one event loop at a time."""

    def __init__(self, limits: Limits | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.in_flight = 0
        self.cuts = 0
        self._clock = clock
        self._allowed: float = self.limits.in_flight or float("inf")
        self._waiters: deque[_Waiter] = deque()
        self._spent: deque[_Spent] = deque()
        self._stalled_until = 0.0
        self._cut_at = float("-inf")
        self._starts: deque[float] = deque(maxlen=MOST_STARTS)
        self._pace_s = 0.0  # between two requests; 0 while nothing was refused
        self._learnt_at, self._window_s, self._refused = float("-inf"), LEAST_WINDOW_S, 0
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def allowed(self) -> float:
        """How many requests may be in flight now; infinite where nobody has set or shown a limit."""
        return self._allowed

    def slot(self, tokens: int = 0, notice: Notice | None = None) -> Slot:
        """`async with limiter.slot(tokens) as slot:` waits its turn; `tokens` is the worst case of the request."""
        return Slot(self, tokens, notice)

    def told(self, status: int, headers: Mapping[str, str], *, slot: Slot | None = None, wait: float = 0.0) -> None:
        """What an answer said of the limits: status, headers (lower case) and, where known, the wait it asks for."""
        now = self._clock()
        if status in REFUSED:
            wait = wait or stated_wait(headers) or 0.0
            if status == TOO_FAST and slot is not None:
                self._slow_down(slot, wait, now)
                wait = (wait or LEAST_WINDOW_S) + self._pace_s
            if wait <= MOST_WAIT_S:  # longer ones are errors of their request; nobody stands behind one for an hour
                self._stalled_until = max(self._stalled_until, now + wait)
            if slot is None or slot.began > self._cut_at:
                self._cut(now)
        elif 200 <= status < 300:
            reset = used_up_reset(headers) if headers else None
            if reset is not None and reset <= MOST_WAIT_S:
                self._stalled_until = max(self._stalled_until, now + reset)
            self._grow(slot)
        self._wake()

    def _slow_down(self, slot: Slot, wait: float, now: float) -> None:
        """Keep the pace of what was not refused within the server's window; later refusals make it a little slower."""
        if slot.began in self._starts:
            self._starts.remove(slot.began)
        if not self._pace_s and slot.began > self._learnt_at:
            self._learnt_at, self._refused = now, 0
            self._window_s = min(max(wait, LEAST_WINDOW_S), WINDOW_S)
        if slot.began <= self._learnt_at:  # of the burst that was refused first: how much was taken shows by and by
            self._refused += 1
            taken = sum(1 for began in self._starts if began > self._learnt_at - self._window_s)
            told = taken > FEW * self._refused  # less, and others had used it up before us: that tells no pace
            self._pace_s = self._window_s / (taken * BELOW) if told else 0.0
        elif slot.began > self._cut_at:
            self._pace_s /= BELOW

    def _cut(self, now: float) -> None:
        """Once an episode: what was in flight when it began may still be refused and means nothing more."""
        self._allowed = max(1.0, float(self.in_flight // 2))
        self._cut_at = now
        self.cuts += 1

    def _grow(self, slot: Slot | None) -> None:
        if self._pace_s and self._clock() - self._cut_at > CALM_S:
            self._pace_s /= 1.0 + RAISED * self._pace_s
        if slot is None or not slot.full or slot.began <= self._cut_at or self._allowed == float("inf"):
            return
        most = float(self.limits.in_flight or float("inf"))
        self._allowed = min(most, self._allowed + 1.0 / max(1.0, self._allowed))

    async def _enter(self, slot: Slot) -> None:
        if self._waiters or self._delay(slot.tokens) > 0:  # nobody overtakes
            slot.spent = await self._turn(slot)
        else:
            slot.spent = self._go(slot.tokens)
        slot.began = self._clock()
        self._starts.append(slot.began)
        slot.full = self.in_flight + 1 > self._allowed

    async def _turn(self, slot: Slot) -> _Spent:
        waiter = _Waiter(slot.tokens, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._wake()
        self._say(slot)
        try:
            return await waiter.go
        except asyncio.CancelledError:
            if waiter.go.done() and not waiter.go.cancelled():
                self.in_flight -= 1  # its turn came in the same moment
                if waiter.go.result() in self._spent:
                    self._spent.remove(waiter.go.result())
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            self._wake()
            raise

    def _go(self, tokens: int) -> _Spent:
        self.in_flight += 1
        now = self._clock()
        if self._pace_s:
            self._next_at = max(self._next_at, now) + self._pace_s
        spent = _Spent(now, tokens)
        if self.limits.requests_a_minute is not None or self.limits.tokens_a_minute is not None:
            self._spent.append(spent)
        return spent

    def _say(self, slot: Slot) -> None:
        delay = self._delay(slot.tokens)
        if slot.notice is not None and WORTH_A_WORD_S <= delay < float("inf"):
            slot.notice(Waiting(delay, "the endpoint's limit"))

    def _leave(self) -> None:
        self.in_flight -= 1
        self._wake()

    def _delay(self, tokens: int) -> float:
        """Seconds until a request of `tokens` may go; infinite where only another's end can free it; 0 is now."""
        if self.in_flight + 1 > self._allowed:
            return float("inf")
        now = self._clock()
        while self._spent and self._spent[0].at <= now - WINDOW_S:
            self._spent.popleft()
        waits = (self._stalled_until, self._next_at if self._pace_s else 0.0)
        return max(max(waits) - now, self._requests_delay(now), self._tokens_delay(now, tokens), 0.0)

    def _requests_delay(self, now: float) -> float:
        most = self.limits.requests_a_minute
        if most is None or len(self._spent) < most:
            return 0.0
        return self._spent[len(self._spent) - max(1, most)].at + WINDOW_S - now

    def _tokens_delay(self, now: float, tokens: int) -> float:
        most = self.limits.tokens_a_minute
        if most is None:
            return 0.0
        over = sum(spent.tokens for spent in self._spent) + tokens - most
        for spent in self._spent:  # a request larger than the limit goes alone
            if over <= 0:
                return 0.0
            over -= spent.tokens
            if over <= 0:
                return spent.at + WINDOW_S - now
        return self._spent[-1].at + WINDOW_S - now if over > 0 and self._spent else 0.0

    def _wake(self) -> None:
        """Let go, in order, whoever may go now; set a clock for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiters:
            waiter = self._waiters[0]
            if waiter.go.done():  # cancelled; its own handler has not run yet
                self._waiters.popleft()
                continue
            delay = self._delay(waiter.tokens)
            if delay > 0:
                if delay < float("inf"):
                    self._timer = waiter.go.get_loop().call_later(delay, self._wake)
                return
            self._waiters.popleft()
            waiter.go.set_result(self._go(waiter.tokens))


_limiters: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str | None, str], Limiter]]" = (
    WeakKeyDictionary()
)


def limiter_of(endpoint: Endpoint, model_id: str) -> Limiter:
    """The limiter that all callers of this process share for a model there; made at its first use.

    By address and key, not by the endpoint's name: two names for one account have one limit. Changed limits make a
    new one.
    """
    known = _limiters.setdefault(asyncio.get_running_loop(), {})
    which = (tidy(endpoint.base_url) if endpoint.base_url else endpoint.name, endpoint.key_env, model_id)
    found = known.get(which)
    if found is None or found.limits != endpoint.limits:
        found = known[which] = Limiter(endpoint.limits)
    return found
