"""Several answers at once, each by itself: what comes of each, as it comes, and how it ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from genai_tui.errors import GenaiError
from genai_tui.records.generations import Generation

if TYPE_CHECKING:
    from genai_tui.answering.answer import Answering


class Came(NamedTuple):
    """What came of one answer since it was last told of: text, reasoning, and whether that was its end.

    At the end `generation` is the answer as it was recorded, cancelled and failed ones too; where nothing was asked
    it is None, and `error` says why (None after a cancellation). `place` counts the answers asked for, from 0.
    """

    place: int
    text: str = ""
    reasoning: str = ""
    ended: bool = False
    generation: Generation | None = None
    error: GenaiError | None = None


Question = Callable[[], Awaitable["Answering"]]
"""Makes one answer, ready to be iterated over. Raises GenaiError where nothing can be asked."""


class Together:
    """Answers that come at the same time: enter it, iterate over what comes, once; `cancel` stops one or all.

    One fails alone. What comes faster than it is taken is joined, so that a slow screen holds nobody up. Leaving it
    stops all; what came by then is recorded.
    """

    def __init__(self, questions: Sequence[Question], *, at_once: int | None = None) -> None:
        self._questions = questions
        self._room = asyncio.Semaphore(at_once or max(1, len(questions)))
        self._tasks: list[asyncio.Task[None]] = []
        self._asked: dict[int, Answering] = {}
        self._stopped: set[int] = set()
        self._came: dict[int, Came] = {}
        self._something = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def running(self) -> frozenset[int]:
        """Which answers still come."""
        return frozenset(place for place, task in enumerate(self._tasks) if not task.done())

    def cancel(self, place: int | None = None) -> None:
        """Stop one answer, or all, at once; what came is kept, and its end is told like any other."""
        for number, task in enumerate(self._tasks):
            # once only: a second cancellation would interrupt the recording
            if place in (None, number) and number not in self._stopped:
                self._stopped.add(number)
                task.cancel()

    async def __aiter__(self) -> AsyncIterator[Came]:
        for place in range(len(self._questions)):
            task = asyncio.create_task(self._ask(place))
            task.add_done_callback(partial(self._ended, place))
            self._tasks.append(task)
        left = len(self._tasks)
        try:
            while left:
                await self._something.wait()
                self._something.clear()
                came, self._came = self._came, {}
                for each in came.values():
                    left -= each.ended
                    yield each
        finally:
            await self._stop()
        for task in self._tasks:
            defect = None if task.cancelled() else task.exception()
            if defect is not None and not isinstance(defect, GenaiError):
                raise defect

    async def _stop(self) -> None:
        self.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _ask(self, place: int) -> None:
        async with self._room:
            answer = self._asked[place] = await self._questions[place]()
            async for item in answer:
                if not isinstance(item, Generation) and item.index == 0:
                    self._put(Came(place, item.text, item.reasoning))

    def _ended(self, place: int, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        generation = self._asked[place].generation if place in self._asked else None
        self._put(Came(place, "", "", True, generation, error if isinstance(error, GenaiError) else None))

    def _put(self, came: Came) -> None:
        """Hand over what came, joined to what still waits of the same answer."""
        waiting = self._came.get(came.place)
        if waiting is not None:
            came = came._replace(text=waiting.text + came.text, reasoning=waiting.reasoning + came.reasoning)
        self._came[came.place] = came
        self._something.set()
