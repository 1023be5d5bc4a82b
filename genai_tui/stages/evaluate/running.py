"""Runs: every example of a split is asked of a candidate, recorded the moment it is answered, and scored.

One failure never ends a run. What was answered stays, however a run ends: paused, stopped, killed; going on asks only
what has no answer yet.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from genai_tui.answering.answer import Answering, Subject
from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example, Split
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Run, Value
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.store.datasets import find_dataset, find_dataset_version, page_examples
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import beat, begin_run, find_run, keep_result, let_go, recorded
from genai_tui.store.scores import save_scores

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.scorers.contract import Scorer

IN_FLIGHT = 8
LOOK_S = 0.25  # how often the row is looked at for a wish, and progress is told
BEAT_S = 5.0


@dataclass(frozen=True)
class Progress:
    """How far a run is. `value` is what its first scorer says so far, `rate` answers a second, money US dollars."""

    run: int
    candidate: str
    done: int
    total: int
    failed: int = 0
    value: Value | None = None
    rate: float = 0.0
    left_s: float | None = None
    usd: float | None = 0.0


@dataclass
class Stop:
    """Ends runs from within this process: what is in flight is waited for (pause), or not (stop)."""

    asked: Literal["", "pause", "stop"] = ""


Report = Callable[[Progress], None]


async def run_candidates(
    project: "Project",
    candidates: Sequence[Candidate],
    *,
    split: Split = "dev",
    scorers: Sequence[str] = ("exact",),
    dataset: str | None = None,
    rows: int | None = None,
    repeats: int = 1,
    in_flight: int = IN_FLIGHT,
    stream: bool = False,
    report: Report | None = None,
    stop: Stop | None = None,
) -> AsyncIterator[Run]:
    """Measures each candidate over the split and gives its run as it ends, with its result.

    `rows` are the first ones only. Raises UsageFault before anything is asked. Cancelled, it keeps what came.
    """
    found = find_dataset(project.reader, dataset)
    count = found.splits.get(split, 0)
    if not count:
        raise UsageFault(f"{found.name} has no {split} split.", "", "genai-tui data list shows what there is.")
    n = min(count, rows or count) * repeats
    plan = Run(0, found.id, split, n, tuple(scorers), repeats, rows, {"stream": stream}, {"in_flight": in_flight})
    async with project.asking(transport="aiohttp") as asking:
        for candidate in candidates:
            run = replace(plan, candidate=candidate.id)
            [number] = await project.writer.put(begin_run(run))
            working = _Working(project, asking, replace(run, id=number), candidate, report, stop or Stop())
            yield await working.work()


class _Working:
    """One run while it is worked on."""

    def __init__(
        self,
        project: "Project",
        asking: "Asking",
        run: Run,
        candidate: Candidate,
        report: Report | None,
        stop: Stop,
    ) -> None:
        self.project = project
        self.asking = asking
        self.run = run
        self.candidate = candidate
        self.report = report
        self.stop = stop
        endpoint, model_id = project.settings.model(candidate.model)
        prompt = find_prompt(project.reader, str(candidate.prompt))
        self.subject = Subject(endpoint, model_id, prompt, candidate.id)
        self.scorers: list[Scorer] = [find_scorer(name) for name in run.scorers]
        self.done = self.failed = 0
        self.right = 0.0
        self.began = time.monotonic()

    async def work(self) -> Run:
        """Ask what has no answer yet."""
        state: Any = "failed"
        reason = ""
        watching = asyncio.create_task(self._watch())
        try:
            left = self._left()
            async with asyncio.TaskGroup() as group:
                for _ in range(self.run.limits["in_flight"]):
                    group.create_task(self._worker(left))
            state = {"": "done", "pause": "paused", "stop": "stopped"}[self.stop.asked]
        except asyncio.CancelledError:
            state, reason = "stopped", "It was stopped from outside."
            raise
        finally:
            watching.cancel()
            worked = self.run.worked_s + time.monotonic() - self.began
            await asyncio.shield(self.project.writer.put(let_go(self.run.id, state, reason, worked)))
        return await self._ended()

    async def _ended(self) -> Run:
        run = find_run(self.project.reader, self.run.id)
        result = await asyncio.to_thread(result_of, self.project.reader, run)
        await self.project.writer.put(keep_result(run.id, result))
        self._tell()
        return replace(run, result=result)

    def _left(self) -> Iterator[tuple[Example, int]]:
        known = recorded(self.project.reader, self.run.id)
        dataset = find_dataset_version(self.project.reader, self.run.dataset_version)
        most = self.run.rows or dataset.splits[self.run.split]
        after = 0
        while after < most:
            page = page_examples(self.project.reader, dataset, self.run.split, after, min(200, most - after))
            if not page:
                return
            for position, example in page:
                after = position
                for repeat in range(self.run.repeats):
                    if (example.id, repeat) not in known:
                        yield example, repeat

    async def _worker(self, left: Iterator[tuple[Example, int]]) -> None:
        for example, repeat in left:
            if self.stop.asked:
                return
            await self._answer(example, repeat)

    async def _answer(self, example: Example, repeat: int) -> None:
        examples = await asyncio.to_thread(self.project.examples_for, self.subject.prompt, example.inputs)
        answering = Answering(
            self.subject,
            example.inputs,
            asking=self.asking,
            purpose="run",
            example=example.id,
            run=self.run.id,
            repeat=repeat,
            stream=False,
            examples=examples,
        )
        generation: Generation | None = None
        async for item in answering:
            if isinstance(item, Generation):
                generation = item
        assert generation is not None
        self.done += 1
        if generation.error is not None:
            self.failed += 1
            return
        scores = [await scorer.score(generation.text, example, generation, self.asking) for scorer in self.scorers]
        await self.project.writer.put(save_scores([replace(score, generation=generation.id) for score in scores]))
        self.right += scores[0].value or 0.0

    async def _watch(self) -> None:
        beaten = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            self._tell()
            now = time.monotonic()
            if now - beaten > BEAT_S:
                beaten = now
                await self.project.writer.put(beat(self.run.id, self.run.worked_s + now - self.began))

    def _tell(self) -> None:
        if self.report is not None:
            seconds = time.monotonic() - self.began
            value = Value(self.right / self.done, *wilson(self.right, self.done), self.done) if self.done else None
            self.report(
                Progress(
                    self.run.id, self.candidate.name, self.done, self.run.n, self.failed, value, self.done / seconds
                )
            )
