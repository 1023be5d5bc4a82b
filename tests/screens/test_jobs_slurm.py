"""Jobs that Slurm has, on the screen: their place in its queue, what their nodes write, their log, how they end."""

import os
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.jobs import OnSlurm, Point, ProcessId
from genai_tui.store.beside import EVENTS, BesideWriter
from genai_tui.store.jobs import beat_job, end_job, queue_job
from genai_tui.store.jobs_at_slurm import begin_given, given_to_slurm
from tests.support import slurm as support
from tests.support.panes import Panes, opened
from tests.support.slurm import Slurm, slurm

__all__ = ["slurm"]

NODE = ProcessId(4711, 1, "node-3", "a boot of its own")
SLURM_LOG = "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=17.0.\n"


def given(project: Project, number: str = "17") -> BesideWriter:
    """A job that Slurm has; what its process on a node writes with."""
    slurm = OnSlurm({"minutes": 10})
    project.writer.put_now(queue_job("finetune", "genai_tui.stages.finetune:nothing", {}, estimate={}, slurm=slurm))
    project.writer.put_now(given_to_slurm(1, number))
    folder = project.folder / ".genai" / "jobs" / "1"
    (folder / "slurm").mkdir(parents=True)
    (folder / "slurm" / f"{number}_0_log.out").write_text(SLURM_LOG)
    (folder / "log").write_text("It trains.\n")
    return BesideWriter(folder / EVENTS, number)


async def attached(panes: Panes) -> None:
    await panes.press("J")
    await panes.until(lambda: panes.shows("finetune"))
    await panes.press("enter")
    await panes.until(lambda: panes.where == "JobPage" and panes.shows("Log"))


async def test_what_a_node_writes_is_seen_as_it_comes(sample: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # Slurm itself cannot be asked: what is written is taken in all the same
    beside = given(sample)
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        assert panes.shows("queued")
        beside.put_now(begin_given(1, NODE), beat_job(1, 0.25, {}, [Point("loss/train", 1, 2.0)], 1.0))
        await panes.until(lambda: panes.shows("running") and panes.shows("25 %"))
        log = panes.part("#log")
        assert log.index("Detected 1 oom-kill") < log.index("It trains.")
        beside.put_now(end_job(1, "failed", "The loss was not a number.", result={}, measured={}))
        await panes.until(lambda: panes.shows("failed") and panes.shows("The loss was not a number."))


async def test_that_slurm_cannot_be_asked_is_said_where_it_must_be(
    sample: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(sample).put_now(begin_given(1, NODE))
    monkeypatch.setenv("PATH", "/nowhere")
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        await panes.until(lambda: panes.shows("x cancel"))
        await panes.press("x")
        await panes.until(lambda: panes.shows("scancel is not on this machine"))


@pytest.mark.skipif(bool(support.missing()), reason=support.missing())
async def test_its_place_in_the_queue_stands_in_the_list_and_at_its_head(
    sample: Project, slurm: Slurm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in slurm.environ.items():
        monkeypatch.setitem(os.environ, name, value)
    slurm.empty()
    said = slurm.said("sbatch", "--hold", "--output=/dev/null", "--wrap", "true")
    given(sample, said.split()[-1])
    async with opened(sample, (80, 24)) as panes:
        await panes.press("J")
        await panes.until(lambda: panes.shows(": PENDING (Job"))
        await panes.press("enter")
        await panes.until(lambda: panes.where == "JobPage" and panes.shows("PENDING (JobHeldUser)"))
        await panes.press("x")
        await panes.until(lambda: panes.shows("cancelled"))
    assert slurm.state(said.split()[-1]) == "CANCELLED"
