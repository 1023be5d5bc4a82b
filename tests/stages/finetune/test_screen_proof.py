"""Whether a model that was made is better than its parent: measured as a job, compared, told on the screen."""

from genai_tui.project import Project
from genai_tui.stages.finetune.proving import candidate_of_job
from genai_tui.store.candidates import page_candidates
from genai_tui.store.jobs import beat_job, begin_job, end_job, find_job, queue_job, take_job
from genai_tui.store.processes import this_process
from genai_tui.store.runs import page_runs
from tests.screens.conftest import endpoint
from tests.stages.finetune.test_screen import training
from tests.support.evaluated import with_run
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened

__all__ = ["endpoint"]


def made_of_fakes(project: Project, prompt: int) -> int:
    """A training that made `fake/large` of `fake/small`."""
    number = training(project, "large", model="fake/small", prompt=prompt)
    project.writer.put_now(end_job(number, "done", "", result={"model": "fake/large"}, measured={}))
    return number


async def test_the_paired_comparison_stands_with_the_job(sample: Project, endpoint: FakeEndpoint) -> None:
    run = with_run(sample, "small", lambda place, row: "billing")
    with_run(sample, "large", lambda place, row: str(row.expected))
    prompt = next(one.prompt for one in page_candidates(sample.reader) if one.id == run.candidate)
    made_of_fakes(sample, prompt)
    async with opened(sample, (120, 36)) as panes:
        await panes.press("4", "b")
        await panes.until(lambda: "better than its parent" in panes.part("#about"))
        said = " ".join(panes.part("#about").split())
        assert "exact 0.20 to 1.00 (+0.80, 95 % +0." in said
        assert "better 48 · same 12 · worse 0" in said
        assert "McNemar" in said


async def test_a_measuring_that_goes_on_is_told_with_the_job(sample: Project, endpoint: FakeEndpoint) -> None:
    made_of_fakes(sample, 1)
    job = find_job(sample.reader, 1)
    pair = [candidate_of_job(sample, job, model).id for model in (job.args["model"], None)]
    args = {"groups": [{"candidates": pair, "plan": {}}]}
    [number] = sample.writer.put_now(queue_job("eval", "genai_tui.nothing:at_all", args, estimate={}))
    sample.writer.put_now(take_job(number, this_process()))
    sample.writer.put_now(begin_job(number, this_process()))
    sample.writer.put_now(beat_job(number, 0.4, {}, [], 1.0))
    async with opened(sample, (80, 24)) as panes:
        await panes.press("4", "b")
        await panes.until(lambda: panes.shows("Job 2 measures it against its parent on dev, 40 %."))


async def test_both_become_candidates_and_are_measured_as_a_job(sample: Project, endpoint: FakeEndpoint) -> None:
    made_of_fakes(sample, 1)
    async with opened(sample, (80, 24)) as panes:
        await panes.press("4", "b")
        await panes.until(lambda: "e measures it against its parent" in panes.part("#about"))
        assert not page_candidates(sample.reader)  # to look makes none
        await panes.press("e")
        await panes.until(lambda: "measures both on dev" in panes.last_line, 20_000)
        await panes.until(lambda: find_job(sample.reader, 2).state == "done", 20_000)
        await panes.until(lambda: "difference" in panes.part("#about") or "than its parent" in panes.part("#about"))
        models = {run.candidate for run in page_runs(sample.reader)}
        assert len(models) == 2
        assert {one.model for one in page_candidates(sample.reader) if one.id in models} == {"fake/small", "fake/large"}
        assert {one.prompt for one in page_candidates(sample.reader) if one.id in models} == {1}
