"""One answer: render, ask, record. What was paid for is on disk before anything else happens to it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from genai_tui.answering.asking import Asking
from genai_tui.answering.outcome import Subject, generation_of, guessed_usage, was_sent
from genai_tui.answering.render import render
from genai_tui.errors import GenaiError, StorageFault
from genai_tui.inference.reading import Delta
from genai_tui.inference.requests import Access, Request
from genai_tui.records.generations import Failure, Generation, Purpose
from genai_tui.records.prompts import FewShot, Prompt

if TYPE_CHECKING:
    from genai_tui.answering.asking import Kind
    from genai_tui.inference.answers import Answer
    from genai_tui.inference.ask import Ask
    from genai_tui.inference.retrying import Waiting

__all__ = ["Answering", "Subject"]
PATIENCE_S = 0.5  # a lock that lasts longer sends what came to a file meanwhile
KEPT_EVERY_S = 1.0  # what came is stored meanwhile, for a kill -9


class Answering:
    """One answer as it comes: iterate over its deltas; the last item is the generation as it was recorded.

    `examples` are the few-shot examples that a rule picked for these inputs; without them the prompt's fixed ones.
    `extra` is laid over the body and is no part of the prompt (logprobs); `transport` is another than the asking's own.
    `parent` is the generation that this one judges or repairs.

    `generation` is there as soon as it is recorded, also after a cancellation (which is raised again) and after an
    error (which is kept in it, not raised). Where nothing was asked there is nothing to keep: UsageFault (the inputs
    do not fit), BudgetFault (the budget would be passed), MissingPiece (no weights) are raised.
    """

    def __init__(
        self,
        subject: Subject,
        inputs: Mapping[str, Any],
        *,
        asking: Asking,
        purpose: Purpose,
        example: int | None = None,
        run: int | None = None,
        repeat: int = 0,
        parent: int | None = None,
        stream: bool = False,
        examples: Sequence[FewShot] | None = None,
        extra: Mapping[str, Any] | None = None,
        transport: "Kind | None" = None,
    ) -> None:
        self.subject = subject
        self.inputs = dict(inputs)
        self.asking = asking
        self.generation: Generation | None = None
        self._kept = {
            "purpose": purpose, "example": example, "run": run, "repeat": repeat, "parent": parent,
            "inputs": self.inputs,
        }  # fmt: skip
        self._stream = stream
        self._transport = transport
        self._key = uuid4().hex
        self._keeper: asyncio.Task[None] | None = None
        self._keeping: asyncio.Future[list[Any]] | None = None
        prompt = subject.prompt
        self.request = Request(
            subject.model_id,
            render(prompt, self.inputs, examples),
            prompt.parameters,
            prompt.output["schema"] if prompt.output else None,
            stream,
            dict(extra or {}),
        )

    async def __aiter__(self) -> AsyncIterator[Delta | Generation]:
        from genai_tui.inference.ask import RETRIES, ask
        from genai_tui.inference.limiter import limiter_of

        endpoint, retries = self.subject.endpoint, self.asking.retries
        asked = ask(
            self.request,
            endpoint,
            access=self._access,
            transport=await self.asking.transport(self._transport),
            limiter=limiter_of(endpoint, self.subject.model_id),
            budget=self.asking.budget,
            seen=self._stream,
            retries=RETRIES if retries is None else retries,
            report=self.asking.report(endpoint),
            notice=lambda waiting: self.asking.notice(_wait(waiting)),
        )
        error: GenaiError | None = None
        if self._stream and self._kept["purpose"] == "try":
            self._keeper = asyncio.create_task(self._keep_what_comes(asked))
        try:
            async for delta in asked:
                yield delta
        except GenaiError as fault:
            if not was_sent(asked.answer):
                raise  # nothing was asked: there is nothing to keep
            error = fault
        except (asyncio.CancelledError, GeneratorExit):
            if was_sent(asked.answer):
                await _to_its_end(self._record(asked.answer, None, cancelled=True))
            raise
        finally:
            if self._keeper is not None:
                self._keeper.cancel()
        self.asking.told(endpoint, error)
        for note in asked.answer.notes:
            self.asking.notice(note)
        yield await _to_its_end(self._record(asked.answer, error))

    async def _access(self) -> Access:
        return await self.asking.access(self.subject.endpoint, self.subject.model_id)

    async def _keep_what_comes(self, asked: "Ask") -> None:
        """Keep what came once a second, so that it is there should this process be killed."""
        known = 0
        while True:
            await asyncio.sleep(KEPT_EVERY_S)
            answer = asked.answer
            length = len(answer.text) + len(answer.reasoning)
            if length > known:
                known = length
                await self._keep(generation_of(self.subject, answer, answer.usage, None, self._kept))

    async def _keep(self, generation: Generation) -> None:
        """Keep it in the database or, while that cannot be written, in a file; its recording says what is wrong."""
        from genai_tui.store.unfinished import file_of, keep_unfinished, keep_unfinished_file

        assert self.asking.writer is not None, "an answer is recorded"
        if self._keeping is None or self._keeping.done():
            write = keep_unfinished(self._key, generation, self._unsaved)
            self._keeping = asyncio.ensure_future(self.asking.writer.put(write))
            self._keeping.add_done_callback(_seen)
            await asyncio.wait((self._keeping,), timeout=PATIENCE_S)
            if self._keeping.done() and self._keeping.exception() is None:
                file_of(self._folder, self._key).unlink(missing_ok=True)
                return
        with suppress(OSError):
            await asyncio.to_thread(keep_unfinished_file, self._folder, self._key, generation, self._unsaved)

    @property
    def _folder(self) -> Path:
        from genai_tui.store.unfinished import DRAFTS

        assert self.asking.writer is not None, "an answer is recorded"
        return self.asking.writer.path.parent / DRAFTS

    @property
    def _unsaved(self) -> Prompt | None:
        """The prompt, where it is no version and the try must keep it itself."""
        prompt = self.subject.prompt
        return prompt if not prompt.number and self._kept["purpose"] == "try" else None

    async def _record(self, answer: "Answer", error: GenaiError | None, *, cancelled: bool = False) -> Generation:
        from genai_tui.store.generations import save_generation
        from genai_tui.store.unfinished import drop_unfinished, file_of
        from genai_tui.store.unsaved import with_unsaved_prompt

        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
            if cancelled:  # counting takes a while, and a program that is hung up on may not have it
                await self._keep(generation_of(self.subject, answer, answer.usage, None, self._kept, cancelled=True))
        usage = answer.usage
        if usage is None and answer.text:
            usage = await asyncio.to_thread(guessed_usage, self.request, answer)
        subject = self.subject
        failure = None if error is None else Failure(error.what, error.why, error.do, error.exit_code)
        generation = generation_of(subject, answer, usage, failure, self._kept, cancelled=cancelled)
        assert self.asking.writer is not None, "an answer is recorded"
        settling = self.asking.budget.settling() if self.asking.budget is not None else ()
        save = save_generation(generation)
        if self._unsaved is not None:
            save = with_unsaved_prompt(save, self._unsaved)
        try:
            [number, *_] = await self.asking.writer.put(save, *settling, drop_unfinished(self._key), keep=True)
        except StorageFault as fault:
            self.asking.notice(f"{fault.what} {fault.why} The answer is kept, and storing it is tried again.")
            number = 0
        else:
            if self._keeper is not None:
                file_of(self._folder, self._key).unlink(missing_ok=True)
        self.generation = replace(generation, id=number)
        return self.generation


def _seen(keeping: "asyncio.Future[list[Any]]") -> None:
    """Looks at how a late write ended, so that asyncio need not warn: the recording says what is wrong."""
    if not keeping.cancelled():
        keeping.exception()


async def _to_its_end(recording: Coroutine[Any, Any, Generation]) -> Generation:
    """Await a recording also where one is cancelled meanwhile; the cancellation is raised when it is done."""
    task = asyncio.ensure_future(recording)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def _wait(waiting: "Waiting") -> str:
    """A wait as a sentence."""
    why = waiting.why.rstrip(".")
    return f"Waiting up to {waiting.seconds:.0f} s: {why}." if waiting.seconds >= 1 else f"Asking again: {why}."
