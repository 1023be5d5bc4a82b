"""Answers by the thousand: what was paid for is recorded, whenever the one that asks is cancelled."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.answering.many import Many
from genai_tui.inference.budget import Amount
from genai_tui.inference.ceiling import Ceiling
from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.running import plan_run
from genai_tui.stages.evaluate.working import subject_of
from genai_tui.store.candidates import find_candidate
from genai_tui.store.datasets import find_dataset, page_examples
from genai_tui.store.runs import begin_run, recorded
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import project

__all__ = ["project"]


class Settling(Ceiling):
    """A limit that does something as soon as an answer is settled: its last byte is there, nothing is recorded yet."""

    then: Callable[[], object]

    def _settled(self, worst: Amount, used: Amount) -> None:
        super()._settled(worst, used)
        self.then()


@pytest.mark.parametrize("moment", ["settled", "judged"])
async def test_an_answer_that_is_whole_is_recorded_though_its_worker_is_cancelled(
    project: Path, fake: FakeEndpoint, moment: str
) -> None:
    text = "---\nparameters: {max_tokens: 50}\n---\nTicket: {{ ticket }}"
    await asyncio.to_thread(genai, "prompt", "save", "-", cwd=project, stdin=text)
    words = ("candidate", "make", "--model", "openai/count-5", "--prompt", "2", "--name", "counts")
    await asyncio.to_thread(genai, *words, cwd=project)
    with Project.open(project) as opened:
        found = find_candidate(opened.reader, "counts")
        plan = plan_run(opened, split="dev", scorers=("exact",))
        [run] = await opened.writer.put(begin_run(replace(plan, candidate=found.id)))
        [(_, example)] = page_examples(opened.reader, find_dataset(opened.reader), "dev", 0, 1)
        judged: list[str] = []

        async def judge(generation: Generation, _: Example) -> Sequence[Score]:
            judged.append(generation.text)
            if moment == "judged" and len(judged) == 1:
                worker.cancel()
                await asyncio.sleep(0)
            return ()

        async with opened.asking(transport="aiohttp") as asking:
            budget = asking.budget = Settling(opened.writer, None, None, 10_000)
            budget.then = lambda: worker.cancel() if moment != "judged" else None
            many = Many(
                subject_of(opened, found), asking=asking, reader=opened.reader, run=run, stream=False, cache=False,
                retries=0, judge=judge,
            )  # fmt: skip
            worker: asyncio.Task[Any] = asyncio.create_task(many.answer(many.prepare(example, 0, None)))
            with pytest.raises(asyncio.CancelledError):
                await worker
            await many.drain()
        assert recorded(opened.reader, run) == {(example.id, 0)}
        assert judged
        assert fake.asked("count-5") == 1
