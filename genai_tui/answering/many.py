"""One subject asked by the thousand, as evaluations do: render, look in the cache, ask, record with the scores.

The same steps as one answer takes, with nobody watching; what was paid for is on disk before the answer is given back.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.answering.outcome import Subject, generation_of, guessed_usage, price, was_sent
from genai_tui.answering.recording import Recorder
from genai_tui.answering.render import render
from genai_tui.errors import GenaiError, NoAnswer, UsageFault
from genai_tui.inference.addresses import tidy
from genai_tui.inference.requests import Access, Request
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Failure, Generation, Moments
from genai_tui.records.prompts import FewShot
from genai_tui.records.runs import Score
from genai_tui.store.answers import Reusable, cache_key, cached_answer, remember
from genai_tui.store.writer import Write

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.inference.answers import Answer
    from genai_tui.inference.retrying import Waiting
    from genai_tui.inference.unseen import Unseen
    from genai_tui.store.reader import Reader

Judge = Callable[[Generation, Example], Awaitable[Sequence[Score]]]
HOPELESS = 16  # failures in a row, each asked again in vain: from then on, until an answer comes, each is asked once
STOPPED = Failure("The answer was stopped before its end.", "", "Going on with the run asks it again.")


class Prepared(NamedTuple):
    """One question of a run, ready to be sent; without a request for the `fault` of its inputs."""

    example: Example
    kept: dict[str, Any]
    request: Request | None = None
    key: bytes = b""
    fault: UsageFault | None = None


class Many:
    """Asks `subject` for a run. `judge` gives the scores that are stored with an answer.

    `numbered` False: answers are given back without their numbers; what comes out of the cache, before it is stored.

    `cache`: an answer that was given before to the very same request is taken instead of asking. A failure of one
    answer is kept in its generation; raised is what stands in the way of all of them: BudgetFault, MissingPiece, a
    limit that cannot be kept (UsageFault), StorageFault.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        asking: "Asking",
        reader: "Reader",
        run: int,
        stream: bool,
        cache: bool,
        retries: int,
        judge: Judge,
        numbered: bool = True,
    ) -> None:
        self.subject = subject
        self.last_error: Failure | None = None
        self._asking = asking
        self._reader = reader
        self._run = run
        self._stream = stream
        self._cache = cache
        self._retries = retries
        self._judge = judge
        self._numbered = numbered
        self._place = place_of(subject)
        self._access: Access | None = None
        self._unseen: Unseen | None = None  # asks again after a failure
        self._once: Unseen | None = None  # asks once: where nothing but failures came for a while
        self._opening = asyncio.Lock()
        self._failures = 0  # in a row
        self._reusable: list[Reusable] = []
        self._recorder = Recorder(asking)

    def prepare(self, example: Example, repeat: int, examples: Sequence[FewShot] | None) -> Prepared:
        """What is asked for one example; a worker makes the next while its last answer is on its way to the disk."""
        kept = {"purpose": "run", "run": self._run, "example": example.id, "repeat": repeat}
        try:
            request = request_of(self.subject, example.inputs, examples, self._stream)
        except UsageFault as fault:  # these inputs do not fit the prompt: an answer that is missing
            return Prepared(example, kept, fault=fault)
        return Prepared(example, kept, request, cache_key(self._place, request.body(), repeat))

    async def answer(self, prepared: Prepared) -> "Recording":
        """Ask; what comes back is on its way to the disk."""
        example, kept, request, key, unfit = prepared
        if request is None:
            assert unfit is not None, "a question without a request has a fault"
            return await self._failed(example, kept, unfit)
        if self._cache and (known := cached_answer(self._reader, key)) is not None:
            return await self._again(known, example, kept)
        ask = (await self._asker()).ask(request)
        error: Failure | None = None
        try:
            answer = await ask.whole()
        except GenaiError as fault:
            answer = ask.answer
            if not was_sent(answer):
                if isinstance(fault, NoAnswer):
                    return await self._failed(example, kept, fault)
                raise
            error = Failure(fault.what, fault.why, fault.do, fault.exit_code)
        except asyncio.CancelledError:
            answer = ask.answer
            if answer.whole:  # cancelled between its last byte and here: it is paid for, and asked no more
                await self._shielded(self._kept(prepared, answer, None))
            elif was_sent(answer):
                await self._shielded(self._kept(prepared, answer, STOPPED, cancelled=True))
            raise
        self.last_error = error
        self._failures = self._failures + 1 if error is not None else 0
        try:
            generation = await self._made(request, answer, error, kept)
            scores = await self._scores(generation, example)
        except asyncio.CancelledError:
            await self._shielded(self._kept(prepared, answer, error))
            raise
        return self._recording(generation, scores, key if error is None else b"")

    async def _shielded(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` to its end, though whoever waits for it is cancelled."""
        await asyncio.shield(asyncio.ensure_future(work))

    async def _kept(
        self, prepared: Prepared, answer: "Answer", error: Failure | None, *, cancelled: bool = False
    ) -> None:
        assert prepared.request is not None
        generation = await self._made(prepared.request, answer, error, prepared.kept, cancelled=cancelled)
        recording = await self._record(generation, prepared.example, prepared.key if error is None else b"")
        await recording.done()

    async def _made(
        self,
        request: Request,
        answer: "Answer",
        error: Failure | None,
        kept: dict[str, Any],
        *,
        cancelled: bool = False,
    ) -> Generation:
        usage = answer.usage
        if usage is None and answer.text:
            usage = await asyncio.to_thread(guessed_usage, request, answer)
        return generation_of(self.subject, answer, usage, error, kept, cancelled=cancelled)

    async def _again(self, known: Generation, example: Example, kept: dict[str, Any]) -> "Recording":
        """An answer out of the cache: its times and its cost are those that were measured first."""
        first = known.cached_from or known.id
        again = replace(
            known,
            **kept,
            candidate=self.subject.candidate,
            prompt=self.subject.prompt.number or None,
            cached_from=first,
            retries=0,
            exchanges=(),
            id=0,
            created="",
            moments=replace(known.moments, wall=time.time()),
        )
        if self._numbered:
            return await self._record(again, example)
        await self._recorder.save_later(again, await self._judge(again, example))
        return Recording(again)

    async def _failed(self, example: Example, kept: dict[str, Any], fault: GenaiError) -> "Recording":
        """An answer for which nothing could be asked."""
        subject = self.subject
        generation = Generation(
            endpoint=subject.endpoint.name,
            model_id=subject.model_id,
            text="",
            finish_reason=None,
            usage=None,
            cost_usd=price(subject, None),
            moments=Moments(time.monotonic(), wall=time.time()),
            error=Failure(fault.what, fault.why, fault.do, fault.exit_code),
            candidate=subject.candidate,
            prompt=subject.prompt.number or None,
            **kept,
        )
        return await self._record(generation, example)

    async def _record(self, generation: Generation, example: Example, key: bytes = b"") -> "Recording":
        return self._recording(generation, await self._scores(generation, example), key)

    async def _scores(self, generation: Generation, example: Example) -> Sequence[Score]:
        return () if generation.error is not None else await self._judge(generation, example)

    def _recording(self, generation: Generation, scores: Sequence[Score], key: bytes) -> "Recording":
        reusable = partial(self._reuse, key, generation.repeat) if key else None
        stored = self._recorder.save(generation, scores)
        return Recording(generation, stored, reusable, numbered=self._numbered)

    def _reuse(self, key: bytes, repeat: int, number: int) -> None:
        self._reusable.append(Reusable(key, self._place, repeat, number))

    async def drain(self) -> None:
        """Wait until every answer is stored. Raises StorageFault."""
        await self._recorder.drain()

    def reusable(self) -> tuple[Write[Any], ...]:
        """Writes that keep what was answered since the last time, to be used again by later runs."""
        answers, self._reusable = self._reusable, []
        return (remember(answers),) if answers else ()

    async def _asker(self) -> "Unseen":
        if self._unseen is None or self._once is None:
            async with self._opening:
                if self._unseen is None or self._once is None:
                    self._unseen, self._once = await self._opened(self._retries), await self._opened(0)
        return self._unseen if self._failures < HOPELESS else self._once

    async def _opened(self, retries: int) -> "Unseen":
        from genai_tui.inference.limiter import limiter_of
        from genai_tui.inference.unseen import Unseen

        subject, asking = self.subject, self._asking
        transport = await asking.transport()
        await transport.ready(await self._reach())
        return Unseen(
            subject.endpoint,
            subject.model_id,
            access=self._reach,
            transport=transport,
            limiter=limiter_of(subject.endpoint, subject.model_id),
            budget=asking.budget,
            retries=retries,
            report=asking.report(subject.endpoint),
            notice=self._wait,
        )

    async def _reach(self) -> Access:
        """The embedded server may have to be started anew; how others are reached does not change within a run."""
        if self._access is None or self.subject.endpoint.embedded:
            self._access = await self._asking.access(self.subject.endpoint, self.subject.model_id)
        return self._access

    def _wait(self, waiting: "Waiting") -> None:
        if waiting.seconds >= 1:
            self._asking.notice(f"Waiting up to {waiting.seconds:.0f} s: {waiting.why.rstrip('.')}.")


class Recording:
    """An answer on its way to the disk; `done` gives it once it is there."""

    def __init__(
        self,
        answer: Generation,
        number: "asyncio.Future[int] | None" = None,
        stored: Callable[[int], None] | None = None,
        *,
        numbered: bool = False,
    ) -> None:
        self._answer = answer
        self._number = number
        self._stored = stored
        self._numbered = numbered

    async def done(self) -> Generation:
        """The answer, with its number where that was wished. Raises StorageFault, and the answer is kept."""
        if self._number is None:
            return self._answer
        number = await self._number
        if self._stored is not None:
            self._stored(number)
        return replace(self._answer, id=number) if self._numbered else self._answer


def request_of(
    subject: Subject, inputs: Mapping[str, Any], examples: Sequence[FewShot] | None, stream: bool
) -> Request:
    """What is asked of a subject for inputs. Raises UsageFault where they do not fit the prompt."""
    prompt = subject.prompt
    schema = prompt.output["schema"] if prompt.output else None
    return Request(subject.model_id, render(prompt, inputs, examples), prompt.parameters, schema, stream)


def place_of(subject: Subject) -> str:
    """Where a subject is asked, as far as it decides the answer: what we serve counts by its files and options."""
    if subject.endpoint.embedded:
        from genai_tui.inference.embedded.weights import served_model

        return served_model(subject.model_id).hash
    return tidy(subject.endpoint.base_url)
