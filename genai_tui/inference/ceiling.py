"""The limit of one command besides the project's budget: what its runs may take together, kept in this process."""

import asyncio
from typing import Any

from genai_tui.errors import BudgetFault
from genai_tui.inference.ask import Reserved
from genai_tui.inference.budget import Amount, Budget, Reservation
from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import Usage
from genai_tui.store.writer import Write, Writer


class Ceiling(Budget):
    """Holds the worst case of each request that is under way. `inner` is the project's budget, where it has one.

    `spent` is what these runs took before, in another process.
    """

    def __init__(
        self,
        writer: Writer,
        inner: Budget | None,
        limit_usd: float | None,
        limit_tokens: int | None,
        spent: Amount | None = None,
    ) -> None:
        super().__init__(writer, limit_usd, limit_tokens)
        self._inner = inner
        self._spent = spent or Amount()

    async def reserve(self, request: Request, endpoint: Endpoint) -> Any:
        """Hold the worst case of `request`, here and in the project's budget; as `Budget.reserve`."""
        worst = await asyncio.to_thread(self._worst, request, endpoint)
        while not worst.nothing and not self._fits(worst):
            if self._count == 0:
                raise self._passed(worst)
            self._changed.clear()
            await self._changed.wait()
        self._flying += worst
        self._count += 1
        own = Reservation(self, worst, endpoint, request)
        if self._inner is None:
            return own
        try:
            return _Both(own, await self._inner.reserve(request, endpoint))
        except BaseException:
            await own.settle(None, sent=False)
            raise

    def settling(self) -> tuple[Write[Any], ...]:
        """The project's writes; this limit has none."""
        return self._inner.settling() if self._inner is not None else ()

    def _fits(self, worst: Amount) -> bool:
        after = self._spent + self._flying + worst
        usd = self.limit_usd is None or after.usd <= self.limit_usd + 1e-12
        return usd and (self.limit_tokens is None or after.tokens <= self.limit_tokens)

    def _settled(self, worst: Amount, used: Amount) -> None:
        self._flying -= worst
        self._spent += used
        self._count -= 1
        self._changed.set()

    def _passed(self, worst: Amount) -> BudgetFault:
        if self.limit_usd is not None and self._spent.usd + worst.usd > self.limit_usd:
            limit, spent, asked = f"${self.limit_usd:,.6g}", f"${self._spent.usd:,.6g}", f"${worst.usd:,.6g}"
            option = "--max-cost"
        else:
            limit, spent, asked = f"{self.limit_tokens:,} tokens", f"{self._spent.tokens:,}", f"{worst.tokens:,}"
            option = "--max-tokens"
        return BudgetFault(
            f"The limit of {limit} would be passed.",
            f"{spent} are spent; the next request may need {asked}.",
            f"What was answered is kept. Go on with a higher limit: genai-tui eval resume R {option} …",
        )


class _Both:
    """A part of this limit and of the project's budget, settled together."""

    def __init__(self, own: Reserved, inner: Reserved) -> None:
        self._own, self._inner = own, inner

    async def settle(self, usage: Usage | None, cost_usd: float | None, *, sent: bool, text: str) -> None:
        """Give back what was not used, in both."""
        await self._own.settle(usage, cost_usd, sent=sent, text=text)
        await self._inner.settle(usage, cost_usd, sent=sent, text=text)
