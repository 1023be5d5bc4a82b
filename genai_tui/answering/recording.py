"""Joins the answers that come at about the same time into one write: each is on disk before its caller goes on."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from genai_tui.errors import StorageFault
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.store.answers import save_answers

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

MOST = 256  # answers in one write
WAITED_FOR = 4  # of those that workers wait for: stored all together, they would be asked and answered in step, too
Kept = tuple[Generation, Sequence[Score]]


class Recorder:
    """Records answers of runs with their scores, and what they took of the budget."""

    def __init__(self, asking: "Asking") -> None:
        self._asking = asking
        self._waiting: list[tuple[Kept, asyncio.Future[int] | None]] = []
        self._handed = 0  # batches that the writer has
        self._drained: asyncio.Future[None] | None = None
        self._fault: BaseException | None = None

    def save(self, generation: Generation, scores: Sequence[Score]) -> "asyncio.Future[int]":
        """The number of the generation, after its commit. Cancelling it does not take the write back.

        It raises StorageFault where the disk said no: the answer is kept, and storing it is tried again.
        """
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._add(((generation, scores), done))
        return done

    async def save_later(self, generation: Generation, scores: Sequence[Score]) -> None:
        """Records what was paid for long ago: nobody waits for its commit, unless very many wait already.

        Raises what an earlier one of these met.
        """
        self._add(((generation, scores), None))
        if len(self._waiting) >= MOST:
            await self.drain()

    async def drain(self) -> None:
        """Wait until everything is stored. Raises what one of those met that nobody waited for."""
        while self._waiting or self._handed:
            if self._drained is None:
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)
        if self._fault is not None:
            raise self._fault

    def _add(self, one: "tuple[Kept, asyncio.Future[int] | None]") -> None:
        self._waiting.append(one)
        if len(self._waiting) == 1 and not self._handed:
            asyncio.get_running_loop().call_soon(self._hand_over)  # all that come in this turn join

    def _hand_over(self) -> None:
        most = MOST if self._waiting[0][1] is None else WAITED_FOR
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        self._store(batch)

    def _store(self, batch: list[tuple[Kept, asyncio.Future[int] | None]]) -> None:
        budget, writer = self._asking.budget, self._asking.writer
        assert writer is not None, "an answer is recorded"
        self._handed += 1
        ended = partial(self._ended, batch)
        try:
            write = save_answers([kept for kept, _ in batch])
            settling = budget.settling() if budget is not None else ()
            writer.hand(write, *settling, keep=True, loop=asyncio.get_running_loop(), ended=ended, early=True)
        except Exception as error:  # noqa: BLE001 - told to whoever waits, as what the writer meets
            ended([], error)

    def _ended(
        self,
        batch: list[tuple[Kept, asyncio.Future[int] | None]],
        results: list[Any],
        error: BaseException | None,
    ) -> None:
        self._handed -= 1
        if error is None:
            for (_, done), number in zip(batch, results[0], strict=True):
                if done is not None and not done.done():
                    done.set_result(number)
        elif isinstance(error, StorageFault) or len(batch) == 1:
            for _, done in batch:
                self._fail(done, error)
        else:  # one of them cannot be stored: each is told its own
            for one in batch:
                self._store([one])
        if self._waiting:
            self._hand_over()
        if self._drained is not None and not self._handed:
            self._drained.set_result(None)
            self._drained = None

    def _fail(self, done: "asyncio.Future[int] | None", error: BaseException) -> None:
        if done is None:
            self._fault = self._fault or error
        elif not done.done():
            done.set_exception(error)
