"""Jobs on the screen: the list, and one that is attached to."""

import math
import subprocess
from pathlib import Path

from genai_tui.project import Project
from genai_tui.records.jobs import Point
from genai_tui.store.jobs import beat_job, begin_job, drop_points, end_job, queue_job, take_job
from genai_tui.store.processes import this_process
from tests.support.panes import Panes, a_terminal, opened

STEPS = 60


def job_with_curves(project: Project, steps: int = STEPS) -> int:
    """A job that this process works on, with a loss that falls."""
    [number] = project.writer.put_now(
        queue_job("finetune", "genai_tui.stages.finetune:nothing", {}, estimate={"wall_s": 200.0})
    )
    project.writer.put_now(take_job(number, this_process()))
    project.writer.put_now(begin_job(number, this_process()))
    more_steps(project, number, 1, steps)
    return int(number)


def more_steps(project: Project, number: int, first: int, last: int) -> None:
    points = [Point("loss/train", step, 4.0 * math.exp(-step / 12) + 0.02) for step in range(first, last + 1)]
    points += [Point("loss/dev", step, 4.2 * math.exp(-step / 14) + 0.05) for step in range(first, last + 1, 10)]
    points += [Point("rate", step, 0.002 * step / STEPS) for step in range(first, last + 1)]
    metrics = {"tokens_per_s": 118.0}
    project.writer.put_now(beat_job(number, last / (STEPS + 30), metrics, points, worked_s=12.0))


async def attached(panes: Panes) -> None:
    await panes.press("J")
    await panes.until(lambda: panes.shows("finetune"))
    await panes.press("enter")
    await panes.until(lambda: panes.where == "JobPage" and panes.shows("running"))


async def test_a_job_is_attached_to_and_seen_as_it_goes_on(sample: Project) -> None:
    number = job_with_curves(sample)
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        await panes.until(lambda: panes.shows("─ train"))
        assert panes.shows("67 %")
        assert "1 job ▸ 67 %" in panes.text.split("\n")[0]
        assert panes.shows("118 tokens/s")
        assert panes.shows("x cancel")
        assert "● dev" in panes.part("#curves")
        assert "60" in panes.part("#curves").splitlines()[-1]
        more_steps(sample, number, STEPS + 1, STEPS + 20)
        await panes.until(lambda: panes.shows("89 %"))
        reason = "The loss was not a number. The rate of 0.5 is too high, or a row teaches nothing. Start a new one."
        sample.writer.put_now(end_job(number, "failed", reason, result={}, measured={}))
        await panes.until(lambda: panes.shows("kept no checkpoint yet") and panes.shows("r resume"))
        assert panes.shows("✘ failed")
        assert panes.shows("why The loss was not a number.")
        assert panes.shows("Start a new one.")


async def test_curves_are_walked_turned_and_read_at_a_step(sample: Project) -> None:
    job_with_curves(sample)
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        await panes.until(lambda: panes.shows("─ train"))
        assert "linear" in panes.part("#curves")
        await panes.press("l")
        assert "log" in panes.part("#curves").splitlines()[0]
        await panes.press("left", "left")
        assert "at step 59" in panes.part("#curves").splitlines()[0]
        await panes.press("v")
        assert "rate" in panes.part("#curves").splitlines()[0]
        await panes.press("v")
        assert "loss" in panes.part("#curves").splitlines()[0]


async def test_a_job_without_a_process_is_interrupted_and_can_be_resumed(sample: Project) -> None:
    number = job_with_curves(sample)
    sample.writer.put_now(lambda connection: connection.execute("UPDATE job SET pid = 2000000000") and None)
    async with opened(sample, (80, 24)) as panes:
        await panes.press("J")
        await panes.until(lambda: panes.shows("interrupted"))
        assert "no jobs" in panes.text.split("\n")[0]
        await panes.press("enter")
        await panes.until(lambda: panes.shows("r resume"))
        await panes.press("y")
        assert panes.shows(f"genai-tui job show {number}")


async def test_a_job_whose_process_goes_is_seen_though_nobody_writes(sample: Project) -> None:
    with subprocess.Popen(["sleep", "1000"]) as process:
        number = job_with_curves(sample)
        started = (Path("/proc") / str(process.pid) / "stat").read_text().rpartition(")")[2].split()[19]
        pid = (process.pid, int(started), number)
        sample.writer.put_now(
            lambda connection: (
                connection.execute("UPDATE job SET pid = ?, started_ticks = ? WHERE id = ?", pid) and None
            )
        )
        async with opened(sample, (80, 24)) as panes:
            await attached(panes)
            process.kill()
            process.wait()
            await panes.until(lambda: panes.shows("interrupted") and panes.shows("r resume"))
            assert "no jobs" in panes.text.split("\n")[0]


async def test_what_a_job_takes_back_is_gone_from_its_curves(sample: Project) -> None:
    number = job_with_curves(sample)
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        await panes.until(lambda: panes.shows("─ train 0.04695"))
        sample.writer.put_now(drop_points(number, 30))
        more_steps(sample, number, 31, 40)
        await panes.until(lambda: panes.shows("─ train 0.1627"))
        await panes.press("right")
        assert "at step 40" in panes.part("#curves").splitlines()[0]


async def test_figures_of_the_machine_stand_at_the_top(sample: Project) -> None:
    number = job_with_curves(sample)
    metrics = {"rate": 1e-4, "tokens a second": 5012.0, "memory (GB)/gpu": 11.5, "left_s": 12.0}
    points = [Point("memory (GB)/gpu", 61, 11.5), Point("memory (GB)/cpu", 61, 3.2)]
    sample.writer.put_now(beat_job(number, 0.7, metrics, points, worked_s=13.0))
    async with opened(sample, (80, 24)) as panes:
        await attached(panes)
        await panes.until(lambda: panes.shows("≈ 12 s left · rate 0.0001 · 5,012 tokens/s · gpu memory 11.5 GB"))
        assert panes.shows("gpu use unknown")
        await panes.press("v", "v")
        assert "memory" in panes.part("#curves").splitlines()[0]
        assert "gpu 11.5" in panes.part("#curves")


async def test_in_ascii_and_plain_lines_the_curves_are_still_told(sample: Project) -> None:
    job_with_curves(sample)
    for environ in ({"LANG": "C"}, {"ACCESSIBLE": "1"}):
        async with opened(sample, (80, 24), a_terminal(**environ)) as panes:
            await attached(panes)
            await panes.until(lambda panes=panes: panes.shows("dev") and panes.shows("train"))
            assert "LANG" not in environ or panes.text.isascii()
            await panes.press("v")
            await panes.until(lambda panes=panes: panes.shows("rate"))
