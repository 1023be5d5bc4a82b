"""One run while a process works on it: workers ask, a look now and then tells progress and hears wishes."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.answering.many import Many, Prepared
from genai_tui.answering.outcome import Subject
from genai_tui.answering.remembering import remember_forgotten
from genai_tui.errors import BudgetFault, GenaiError, NoAnswer, UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Run, RunState, Score
from genai_tui.stages.evaluate.limits import Stop
from genai_tui.stages.evaluate.progress import Count, Pace, Progress, Report
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.imported import LOGS
from genai_tui.stages.evaluate.scoring import score_missing, scored
from genai_tui.store.datasets import find_dataset_version, page_examples
from genai_tui.store.following import follow
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import beat, find_run, keep_result, let_go, page_runs, recorded, wish_of
from genai_tui.store.scores import save_scores
from genai_tui.store.turns import many_writes

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project
    from genai_tui.records.prompts import FewShot

LOOK_S = 0.25  # how often the row is looked at for a wish, and progress is told
BEAT_S = 5.0
GRACE_S = 2.0  # what is in flight when a run is stopped may still come: it is paid for
PAGE = 200
RECENT = 20  # runs of the candidate among which those are looked for whose program was killed


class Working:
    """Asks what has no answer yet. Made in a thread: it starts functions that score. `fault`: why none can come."""

    def __init__(
        self,
        project: "Project",
        asking: "Asking",
        run: Run,
        candidate: Candidate,
        report: Report | None,
        stop: Stop,
    ) -> None:
        self.run = run
        self.fault: GenaiError | None = None
        self._project = project
        self._asking = asking
        self._candidate = candidate
        self._report = report
        self._stop = stop
        self._subject = subject_of(project, candidate)
        self._scorers = [find_scorer(name, self._subject.prompt) for name in run.scorers]
        self._later = [scorer for scorer in self._scorers if not scorer.immediate]
        self._count = Count()
        self._pace = Pace(self._count.began)
        self._wished = False
        self._cancelled = 0

    async def work(self) -> Run:
        """Ask, score and sum up; gives the run as it then is. Cancelled, it ends within seconds and keeps what came."""
        reader, writer = self._project.reader, self._project.writer
        state: RunState | None = "failed"
        reason, result = "It ended by a defect.", None
        many = Many(
            self._subject,
            asking=self._asking,
            reader=reader,
            run=self.run.id,
            stream=bool(self.run.options.get("stream")),
            cache=bool(self.run.options.get("cache")),
            retries=self.run.limits["retries"],
            judge=self._immediate,
            numbered=bool(self._later),
        )
        try:
            try:
                await self._remembered(many)
                with many_writes():
                    state, reason = await self._asked(many)
            except GenaiError as fault:
                self.fault = fault
                state = "stopped" if isinstance(fault, BudgetFault) else "failed"
                reason = f"{fault.what} {fault.why}".strip()
            except asyncio.CancelledError:  # before anything was asked
                state, reason = "stopped", "It was stopped."
                raise
            if state == "done" and (self._later or self._count.before):
                await score_missing(self._project, self.run.id, self._scorers, self._asking)
            run = replace(self.run, worked_s=self._worked())
            result = await asyncio.to_thread(result_of, reader, run)
        finally:
            kept = () if result is None else (keep_result(self.run.id, result),)
            let = let_go(self.run.id, state, reason, self._worked())
            await writer.put(*many.reusable(), let, *kept)
        ended = find_run(reader, self.run.id)
        self._tell()
        if ended.state in ("paused", "stopped") and self._stop.notice is not None:
            self._stop.notice(f"Run {ended.id} keeps what came. Go on with it: genai-tui eval resume {ended.id}")
        if self._cancelled:
            raise asyncio.CancelledError
        return ended

    async def _remembered(self, many: Many) -> None:
        """Keep what runs of the candidate were answered last before their program was killed, to be used again."""
        runs = page_runs(self._project.reader, candidate=self._candidate.id, limit=RECENT)
        cut = [run.id for run in runs if run.state == "interrupted"]
        await remember_forgotten(self._project.reader, self._project.writer, (*cut, self.run.id), many, self._picked)

    def _worked(self) -> float:
        return self.run.worked_s + time.monotonic() - self._count.began

    async def _asked(self, many: Many) -> tuple[RunState | None, str]:
        """Ask everything that is left; the state the run then has (None: the one that was wished), and why."""
        left = self._left()
        workers = {asyncio.create_task(self._worker(many, left)) for _ in range(min(self._most(), self.run.n))}
        fault: BaseException | None = None
        try:
            fault = await self._watched(workers, many)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await many.drain()
            self._told(many)
        if fault is not None:
            raise fault
        if self._count.before + self._count.done >= self.run.n:
            return "done", ""
        if self._wished:
            return None, ""
        return ("paused", "") if self._stop.asked == "pause" else ("stopped", "It was stopped.")

    def _most(self) -> int:
        """How many are in flight at most: a server of our own answers no more at once than it has slots."""
        most: int = self.run.limits["in_flight"]
        if not self._subject.endpoint.embedded:
            return most
        from genai_tui.inference.embedded.weights import served_model

        return min(most, served_model(self._subject.model_id).slots)

    async def _watched(self, workers: set[asyncio.Task[None]], many: Many) -> BaseException | None:
        """Wait for the workers, looking up now and then; gives what ended one of them."""
        beaten = self._count.began
        deadline = math.inf
        pending = set(workers)
        while pending:
            try:
                done, pending = await asyncio.wait(pending, timeout=LOOK_S, return_when=asyncio.FIRST_EXCEPTION)
            except asyncio.CancelledError:
                self._cancelled += 1
                self._stop.asked = "stop"
                done = set()
                if self._cancelled > 1:
                    return None
            faults = [task.exception() for task in done if not task.cancelled() and task.exception() is not None]
            if faults:
                return faults[0]
            now = time.monotonic()
            self._look()
            self._tell()
            if now - beaten > BEAT_S:
                beaten = now
                await self._project.writer.put(beat(self.run.id, self._worked()), *many.reusable())
            if self._stop.asked == "stop":
                deadline = min(deadline, now + GRACE_S)
            if now > deadline:
                return None
        return None

    def _look(self) -> None:
        """Hear what another process asked for, by the row's state; who pauses may be stopped."""
        state, _ = wish_of(self._project.reader, self.run.id)
        if (state == "paused" and not self._stop.asked) or (state == "stopped" and self._stop.asked != "stop"):
            self._wished = True
            self._stop.asked = "pause" if state == "paused" else "stop"

    def _left(self) -> Iterator[tuple[Example, int]]:
        """Examples and repeats without an answer, page by page."""
        run, reader = self.run, self._project.reader
        known = recorded(reader, run.id)
        if known:
            self._count.go_on(len(known), follow(reader, run.id, run.scorers[0]))
        return self._pages(known)

    def _pages(self, known: set[tuple[int, int]]) -> Iterator[tuple[Example, int]]:
        run, reader = self.run, self._project.reader
        dataset = find_dataset_version(reader, run.dataset_version)
        most, after = run.n // run.repeats, 0
        seen: Counter[int] = Counter()  # a row that stands in the split twice is asked twice: as further repeats of it
        while after < most:
            page = page_examples(reader, dataset, run.split, after, min(PAGE, most - after))
            if not page:
                return
            after = page[-1][0]
            for _, example in page:
                first = seen[example.id] * run.repeats
                seen[example.id] += 1
                for repeat in range(first, first + run.repeats):
                    if (example.id, repeat) not in known:
                        yield example, repeat

    async def _worker(self, many: Many, left: Iterator[tuple[Example, int]]) -> None:
        ahead = await self._next(many, left)
        while ahead is not None and not self._stop.asked:
            example = ahead.example
            recording = await many.answer(ahead)
            ahead = await self._next(many, left)
            generation = await recording.done()
            self._count.add(generation)
            if self._later and generation.error is None:
                found = [await scored(scorer, generation, example, self._asking) for scorer in self._later]
                await self._project.writer.put(save_scores(found))
                self._counted(found)

    async def _next(self, many: Many, left: Iterator[tuple[Example, int]]) -> Prepared | None:
        """The next question; made while the last answer is on its way to the disk, so that it is sent at once."""
        for example, repeat in left:
            return many.prepare(example, repeat, await self._examples(example))
        return None

    async def _immediate(self, generation: Generation, example: Example) -> Sequence[Score]:
        """The scores that are stored with an answer."""
        now = [scorer for scorer in self._scorers if scorer.immediate]
        found = [await scored(scorer, generation, example, self._asking) for scorer in now]
        self._counted(found)
        return found

    def _counted(self, found: Sequence[Score]) -> None:
        for score in found:
            if score.scorer == self.run.scorers[0]:
                self._count.score(score.value or 0.0)

    async def _examples(self, example: Example) -> "Sequence[FewShot] | None":
        if self._subject.prompt.examples.pick == "fixed":
            return None
        return await asyncio.to_thread(self._picked, example.inputs)

    def _picked(self, inputs: Mapping[str, Any]) -> "Sequence[FewShot] | None":
        """The examples that the prompt picks for these inputs; None where they are its own."""
        prompt = self._subject.prompt
        return None if prompt.examples.pick == "fixed" else self._project.examples_for(prompt, inputs)

    def _told(self, many: Many) -> None:
        """Remember how the endpoint answered last."""
        if self._count.done:
            error = many.last_error
            known = None if error is None else NoAnswer(error.what, error.why, error.do)
            if error is None or error.exit == NoAnswer.exit_code:
                self._asking.told(self._subject.endpoint, known)

    def _tell(self) -> None:
        if self._report is None:
            return
        count = self._count
        now = time.monotonic()
        rate = self._pace.rate(now, count.done)
        if not count.cached and now > count.began:  # all of it tells more than its later half
            rate = count.done / (now - count.began)
        done = count.before + count.done
        left = (self.run.n - done) / rate if rate else None
        value = count.value(self._scorers[0].kind)
        name = self._candidate.name
        self._report(Progress(self.run.id, name, done, self.run.n, count.failed, value, rate, left, count.spent_usd))


def subject_of(project: "Project", candidate: Candidate) -> Subject:
    """Who answers for a candidate. Raises UsageFault where its endpoint is gone, or the files of its model changed."""
    if candidate.endpoint in LOGS and candidate.endpoint not in project.settings.endpoints:
        raise UsageFault(
            f"{candidate.name} came with an imported run: {candidate.model} answered elsewhere.",
            "It can be compared, and not be asked here.",
            "Make a candidate of a model that answers here: genai-tui candidate make --model M --prompt V",
        )
    endpoint, model_id = project.settings.model(candidate.model)
    if endpoint.embedded:
        from genai_tui.inference.embedded.weights import served_model

        if served_model(model_id).content != candidate.model_content:
            raise UsageFault(
                f"The files of {candidate.model} are not those that {candidate.name} was made of.",
                "What is measured now would not be that candidate.",
                f"Make a new one: genai-tui candidate make --model {candidate.model} --prompt {candidate.prompt}",
            )
    return Subject(endpoint, model_id, find_prompt(project.reader, str(candidate.prompt)), candidate.id)
