"""The project's budget: the worst case of a request is reserved in the store before it is sent, and corrected after.

So two processes cannot pass it together. Reserved is in blocks for as many requests as are in flight, so that not
every request costs a transaction; a block that does not fit is halved down to one request, and one request that does
not fit waits for those of this process that are still under way, before anything is refused.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genai_tui.errors import BudgetFault, GenaiError, UsageFault
from genai_tui.inference import prices, tokens
from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import Usage
from genai_tui.store import spend
from genai_tui.store.processes import this_process
from genai_tui.store.writer import Write, Writer

LIMITS = ("max_completion_tokens", "max_tokens")  # what bounds an answer, whichever the endpoint takes
UNSURE = 1.25  # by how much a guessed count may be too low
Context = Callable[[Endpoint, str], int | None]


@dataclass(frozen=True)
class Amount:
    """Money in US dollars, and tokens in and out."""

    usd: float = 0.0
    tokens: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.usd + other.usd, self.tokens + other.tokens)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.usd - other.usd, self.tokens - other.tokens)

    def times(self, count: int) -> "Amount":
        """`count` of it."""
        return Amount(self.usd * count, self.tokens * count)

    def covers(self, other: "Amount") -> bool:
        """Whether `other` is no more, in either."""
        return self.usd >= other.usd - 1e-12 and self.tokens >= other.tokens

    @property
    def nothing(self) -> bool:
        """Whether there is neither money nor a token in it."""
        return self.usd <= 0 and self.tokens <= 0


class Reservation:
    """A part of the budget, held for one request. Made by `Budget.reserve`."""

    def __init__(self, budget: "Budget", worst: Amount, endpoint: Endpoint, request: Request) -> None:
        self._budget = budget
        self.worst = worst
        self._endpoint = endpoint
        self._request = request
        self._open = True

    async def settle(
        self, usage: Usage | None, cost_usd: float | None = None, *, sent: bool = True, text: str = ""
    ) -> None:
        """Say what the request really took; the rest is free again. A second call does nothing.

        `usage` None: it was not counted, and is guessed from `text`. `cost_usd` is what the endpoint itself says.
        `sent` False: nothing was spent.
        """
        if not self._open:
            return
        self._open = False
        used = Amount()
        if sent:
            model = self._request.model_id
            if usage is None:
                usage = await asyncio.to_thread(_guessed, self._request, text)
            cost = cost_usd if cost_usd is not None else prices.price_of(self._endpoint, model, usage)
            used = Amount(self.worst.usd if cost is None else cost, usage.input_tokens + usage.output_tokens)
        self._budget._settled(self.worst, used)


class Budget:
    """What a project may still spend, shared by all requests of this process and, in the store, by all processes.

    `limit_usd` and `limit_tokens` None are no limit. `context` says how many tokens a model takes, where the caller
    knows; otherwise the embedded model's is known, and genai-prices is asked for the others'.
    """

    def __init__(
        self,
        writer: Writer,
        limit_usd: float | None = None,
        limit_tokens: int | None = None,
        *,
        context: Context | None = None,
    ) -> None:
        self._writer = writer
        self.limit_usd = limit_usd
        self.limit_tokens = limit_tokens
        self._context = context or context_tokens
        self._id: int | None = None
        self._held = Amount()  # what the store holds for this process
        self._flying = Amount()  # the worst case of what is under way
        self._unstored = Amount()  # spent, and not yet counted in by the store
        self._count = 0
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()

    async def reserve(self, request: Request, endpoint: Endpoint) -> Reservation:
        """Hold the worst case of `request`; waits while only requests of this process stand in its way.

        Raises BudgetFault where it would pass a limit, UsageFault where a limit cannot be kept because the price or
        the length of an answer is not known.
        """
        worst = await asyncio.to_thread(self._worst, request, endpoint)
        if not worst.nothing:
            while not await self._take(worst):
                self._changed.clear()
                await self._changed.wait()
        return Reservation(self, worst, endpoint, request)

    def settling(self) -> tuple[Write[Any], ...]:
        """Writes to be stored together with an answer: from then on the store counts it, and nothing holds it twice."""
        if self._id is None:
            return ()
        spare = self._held - self._flying - self._unstored
        self._held, self._unstored = self._held - self._unstored, Amount()
        if self._count == 0:
            self._held -= spare
        write = spend.settle(self._id, self._held.usd, self._held.tokens)
        if self._held.nothing:
            self._id, self._held = None, Amount()
        return (write,)

    async def _take(self, worst: Amount) -> bool:
        """Hold `worst`; False where it does not fit as long as others of this process are under way."""
        async with self._lock:
            count = self._count + 1
            while not (self._held - self._flying - self._unstored).covers(worst):
                alone = self._count == 0
                try:
                    await self._hold(self._flying + self._unstored + worst.times(count))
                except BudgetFault:
                    if count > 1:
                        count //= 2
                    elif alone:
                        raise
                    elif self._count:  # else the last one came back meanwhile, and took less than its worst
                        return False
            self._flying += worst
            self._count += 1
            return True

    async def _hold(self, amount: Amount) -> None:
        """Let the store hold `amount` for this process in place of what it holds."""
        old = self._id

        def write(connection: sqlite3.Connection) -> int:
            if old is not None:
                spend.settle(old)(connection)
            reserve = spend.reserve(amount.usd, amount.tokens, self.limit_usd, self.limit_tokens, this_process())
            return reserve(connection)

        [self._id] = await self._writer.put(write)
        self._held = amount

    def _settled(self, worst: Amount, used: Amount) -> None:
        if worst.nothing:
            return
        self._flying -= worst
        self._unstored += Amount(
            used.usd if self.limit_usd is not None else 0.0, used.tokens if self.limit_tokens is not None else 0
        )
        self._count -= 1
        self._changed.set()

    def _worst(self, request: Request, endpoint: Endpoint) -> Amount:
        """What `request` may take at most, of what is limited at all."""
        money = self.limit_usd is not None and not prices.is_free(endpoint, request.model_id)
        if not money and self.limit_tokens is None:
            return Amount()
        name = f"{endpoint.name}/{request.model_id}"
        if money and prices.price_per_million(endpoint, request.model_id) is None:
            raise UsageFault(
                f"The limit of ${self.limit_usd:,.6g} cannot be kept: the price of {name} is not known.",
                "Neither the settings nor the list of prices say what it costs there.",
                f"Set its price (input_usd_per_million, output_usd_per_million of {endpoint.name} in the settings), "
                "or limit tokens.",
            )
        into = _input_tokens(request)
        out = self._output_tokens(request, endpoint, into)
        if out is None:
            raise unbounded(name)
        usd = prices.worst_price(endpoint, request.model_id, into, out) if money else 0.0
        return Amount(usd or 0.0, into + out if self.limit_tokens is not None else 0)

    def _output_tokens(self, request: Request, endpoint: Endpoint, into: int) -> int | None:
        """The longest that all answers to `request` can be together."""
        body = {**request.parameters, **request.extra}
        answers = body.get("n") if isinstance(body.get("n"), int) else 1
        longest = stated_limit(body)
        if longest is None:
            context = self._context(endpoint, request.model_id)
            longest = None if context is None else max(context - into, 1)
        return None if longest is None else longest * max(answers or 1, 1)


def stated_limit(parameters: Mapping[str, Any]) -> int | None:
    """The most tokens of an answer that parameters of a request state; None where they state none."""
    stated = (parameters.get(key) for key in LIMITS)
    return min((most for most in stated if isinstance(most, int) and most >= 0), default=None)


def is_bounded(parameters: Mapping[str, Any], endpoint: Endpoint, model_id: str) -> bool:
    """Whether it is known how long an answer to a prompt with these parameters can be."""
    return stated_limit(parameters) is not None or context_tokens(endpoint, model_id) is not None


def unbounded(model: str) -> UsageFault:
    """The refusal of a limit where `is_bounded` says no; `model` is `endpoint/model-id`."""
    return UsageFault(
        f"The limit cannot be kept: how long an answer of {model} may get is not known.",
        "The prompt sets no max_tokens, and neither the model's largest output nor its context is known.",
        "Set max_tokens in the prompt's parameters.",
    )


def context_tokens(endpoint: Endpoint, model_id: str) -> int | None:
    """How many tokens the model takes in all, as the endpoint or the list of prices says; None where nobody does."""
    if not endpoint.embedded:
        from genai_tui.settings import report_of

        stated = report_of(endpoint.name).models.get(model_id, {}).get("context_tokens")
        return stated if isinstance(stated, int) and stated > 0 else prices.context_tokens(endpoint, model_id)
    from genai_tui.inference.embedded.weights import served_model

    try:
        return served_model(model_id).context
    except GenaiError:  # without weights nothing will be asked; that is said there
        return None


def _input_tokens(request: Request) -> int:
    """The prompt's tokens, rather too many than too few."""
    counted = tokens.count_messages(request.messages, request.model_id)
    total = counted.tokens
    for part in (request.output, request.extra):  # schemas and tools are read as text, too
        if part:
            total += tokens.count(json.dumps(part), request.model_id).tokens
    return round(total * UNSURE) if counted.guessed else total


def _guessed(request: Request, text: str) -> Usage:
    return Usage(
        tokens.count_messages(request.messages, request.model_id).tokens,
        tokens.count(text, request.model_id).tokens,
        guessed=True,
    )
