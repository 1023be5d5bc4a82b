"""Joins the answers that come at about the same time into one write: each is on disk before its caller goes on."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.errors import StorageFault
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.store.answers import save_answers

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

MOST = 256  # answers in one write
FULL = 16  # from here on nothing more is waited for
JOIN_S = 0.002  # is waited for more to join: a commit costs as much as ten answers, and whoever waits holds its place
Kept = tuple[Generation, Sequence[Score]]


class Recorder:
    """Records answers of runs with their scores, and what they took of the budget."""

    def __init__(self, asking: "Asking") -> None:
        self._asking = asking
        self._waiting: list[tuple[Kept, asyncio.Future[int] | None]] = []
        self._fault: Exception | None = None
        self._writing: asyncio.Task[None] | None = None

    async def save(self, generation: Generation, scores: Sequence[Score]) -> int:
        """The number of the generation, after its commit. Cancelling the caller does not take the write back.

        Raises StorageFault where the disk said no: the answer is kept, and storing it is tried again.
        """
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._add(((generation, scores), done))
        return await done

    async def save_later(self, generation: Generation, scores: Sequence[Score]) -> None:
        """Records what was paid for long ago: nobody waits for its commit, unless very many wait already.

        Raises what an earlier one of these met.
        """
        self._add(((generation, scores), None))
        if len(self._waiting) >= MOST:
            await self.drain()

    async def drain(self) -> None:
        """Wait until everything is stored. Raises what one of those met that nobody waited for."""
        while self._writing is not None:
            await asyncio.shield(self._writing)
        if self._fault is not None:
            raise self._fault

    def _add(self, one: "tuple[Kept, asyncio.Future[int] | None]") -> None:
        self._waiting.append(one)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) < FULL:
                    await asyncio.sleep(JOIN_S)
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._store(batch)
        finally:
            self._writing = None

    async def _store(self, batch: list[tuple[Kept, asyncio.Future[int] | None]]) -> None:
        budget, writer = self._asking.budget, self._asking.writer
        assert writer is not None, "an answer is recorded"
        try:
            settling = budget.settling() if budget is not None else ()
            [numbers, *_] = await writer.put(save_answers([kept for kept, _ in batch]), *settling, keep=True)
        except StorageFault as fault:
            for _, done in batch:
                self._fail(done, fault)
        except Exception as error:  # noqa: BLE001 - one of them cannot be stored: each is told its own
            if len(batch) == 1:
                self._fail(batch[0][1], error)
                return
            for one in batch:
                await self._store([one])
        else:
            for (_, done), number in zip(batch, numbers, strict=True):
                if done is not None and not done.done():
                    done.set_result(number)

    def _fail(self, done: "asyncio.Future[int] | None", error: Exception) -> None:
        if done is None:
            self._fault = self._fault or error
        elif not done.done():
            done.set_exception(error)
