"""A run that goes on, on the screen: before its first answer, while it is paused, and gone on with."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.screens.frame import Head
from genai_tui.stages.evaluate.pages.answer_rows import AnswerTable
from genai_tui.stages.evaluate.running import plan_run
from genai_tui.store.going import measuring
from genai_tui.store.processes import this_process
from genai_tui.store.runs import begin_run, find_run, page_runs
from tests.stages.evaluate.test_bell import Waiting
from tests.support.evaluate_screen import ROWS, at_six, made, measured, project
from tests.support.fake_endpoint import FakeEndpoint, Received, serve_in_thread
from tests.support.panes import Panes, opened
from tests.support.playground import project_with

__all__ = ["project"]


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with serve_in_thread(Waiting(delay_s=0.6)) as endpoint:  # longer than until a wish is looked at
        yield endpoint


async def begun(panes: Panes, fake: FakeEndpoint) -> None:
    """Begin a run of 12 answers, of which none comes yet."""
    await at_six(panes)
    await panes.press("a")
    await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
    await panes.press("r")
    await panes.until(lambda: "the first answer is waited for" in panes.part("#run") and len(fake.requests) == 8)


async def test_what_is_in_flight_while_a_run_pauses_can_be_given_up(project: Project, fake: FakeEndpoint) -> None:
    made(project, "label-billing")
    async with opened(project) as panes:
        await begun(panes, fake)
        await panes.press("p")
        await panes.until(lambda: "pausing" in panes.part("#runs").split("\n")[1])
        assert "x gives it up" in panes.last_line
        await panes.press("x")
        await panes.until(lambda: find_run(project.reader, 1).process is None)
        assert find_run(project.reader, 1).state == "stopped"
        assert len(fake.requests) == 8
        fake.go_on.set()


async def test_whoever_was_not_begun_when_a_run_is_stopped_is_named(project: Project, fake: FakeEndpoint) -> None:
    for model in ("label-billing", "label-technical"):
        made(project, model)
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "down", "space")
        await panes.until(lambda: panes.shows("24: 2 × 12 rows"))
        await panes.press("r")
        await panes.until(lambda: "the first answer is waited for" in panes.part("#run") and len(fake.requests) == 8)
        await panes.press("x")
        await panes.until(lambda: "Not begun, and to be measured by itself: c1." in panes.last_line)
        assert [run.state for run in page_runs(project.reader, None, 9)] == ["stopped"]
        fake.go_on.set()


async def test_before_the_first_answer_it_says_what_is_waited_for_and_pauses_and_goes_on(
    project: Project, fake: FakeEndpoint
) -> None:
    made(project, "label-billing")
    async with opened(project) as panes:
        await begun(panes, fake)
        await panes.until(lambda: "No answer came yet" in panes.part("#failures"))
        await panes.press("p")
        await panes.until(lambda: "pausing" in panes.part("#runs").split("\n")[1])
        assert "pausing: what is in flight is waited for" in panes.part("#run")
        await panes.until(lambda: "once it has answers" in panes.part("#against"))
        fake.go_on.set()
        await panes.until(lambda: "paused" in panes.part("#runs").split("\n")[1])
        assert len(fake.requests) == 8
        await panes.until(lambda: "It was paused. o goes on with it." in panes.part("#run"))
        assert "paused: It was paused." not in panes.part("#run")  # what the reason names is not said twice
        await panes.press("o")
        await panes.until(lambda: find_run(project.reader, 1).state == "done")
        await panes.until(lambda: "12 of 12 answered" in panes.part("#run"))
        assert len(fake.requests) == 12
        await panes.press("p")
        assert "Run 1 is done: there is nothing to pause." in panes.last_line


async def test_while_nothing_but_failures_come_it_is_not_said_that_none_is_wrong(
    project: Project, fake: FakeEndpoint
) -> None:
    made(project, "fault-400")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "r")
        await panes.until(lambda: "No answer came yet" in panes.part("#failures"))
        fake.go_on.set()
        await panes.until(lambda: "8 failed" in panes.part("#run"))
        said = panes.part("#failures")
        assert "8 failed so far" in said or said.count("!") > 1  # listed, where it was time to
        await panes.until(lambda: panes.shows("12 failed and count as wrong"))
        await panes.until(lambda: panes.part("#failures").count("!") > 1)


@pytest.mark.parametrize("width", [120, 80, 60, 40])
async def test_that_an_evaluation_goes_on_stands_in_the_top_line_of_every_stage(
    project: Project, fake: FakeEndpoint, width: int
) -> None:
    made(project, "label-billing")
    async with opened(project, (width, 24)) as panes:
        await begun(panes, fake)
        await panes.press("1")
        await panes.until(lambda: "dev 0/12" in panes.text.split("\n")[0])
        await panes.press("h")
        assert "evaluating dev 0/12" in panes.text.split("\n")[0]
        await panes.press("1")
        head, board = panes.app.screen.query_one(Head), panes.app.board
        assert head.repaint() == 0  # nothing is written where nothing changed, and of a count only what did
        assert board is not None
        head.board = board._replace(measuring=(board.measuring[0]._replace(done=1),))
        assert head.repaint() == 1
        fake.go_on.set()
        await panes.until(lambda: find_run(project.reader, 1).state == "done")
        await panes.until(lambda: "dev" not in panes.text.split("\n")[0])


async def test_an_evaluation_of_a_process_that_is_gone_leaves_the_top_line_though_nobody_writes(
    project: Project,
) -> None:
    with subprocess.Popen(["sleep", "1000"]) as process:
        started = (Path("/proc") / str(process.pid) / "stat").read_text().rpartition(")")[2].split()[19]
        mine = this_process()._replace(pid=process.pid, started=int(started))
        [number] = project.writer.put_now(begin_run(replace(plan_run(project), candidate=made(project, "echo").id)))
        project.writer.put_now(lambda connection: connection.execute(
            "UPDATE run SET pid = ?, started = ? WHERE id = ?", (mine.pid, mine.started, number)) and None)  # fmt: skip
        async with opened(project) as panes:
            assert "evaluating dev 0/12" in panes.text.split("\n")[0]
            process.kill()
            process.wait()
            await panes.until(lambda: "no jobs" in panes.text.split("\n")[0])


class Released(FakeEndpoint):
    """The fake endpoint, which answers as many as were let go."""

    async def _answer(self, request: Received, out: Any) -> bool:
        await asyncio.to_thread(LET_GO.acquire, timeout=30)
        return await super()._answer(request, out)


LET_GO = threading.Semaphore(0)


@pytest.fixture
def slow() -> Iterator[FakeEndpoint]:
    with serve_in_thread(Released()) as endpoint:
        yield endpoint
        LET_GO.release(100)


async def test_the_answers_of_a_run_are_listed_as_they_come_and_the_cursor_stays_on_its_own(
    tmp_path: Path, slow: FakeEndpoint
) -> None:
    with project_with(tmp_path / "work", slow, rows=ROWS) as project:
        made(project, "label-billing")
        async with opened(project) as panes:
            await begun(panes, slow)
            LET_GO.release(8)
            await panes.until(lambda: "8 of 12" in panes.part("#run"))
            await panes.until(lambda: panes.part("#failures").count("✘") == 3)  # each third row is technical
            await panes.press("enter")
            await panes.until(lambda: panes.part("#examples").split("\n")[0].endswith(" 8 ─"))
            await panes.press("end")
            chosen = panes.app.screen.query_one("#examples", AnswerTable).row
            LET_GO.release(4)
            await panes.until(lambda: find_run(project.reader, 1).state == "done")
            await panes.until(lambda: panes.part("#examples").split("\n")[0].endswith(" 12 ─"))
            await panes.until(lambda: "Run 1 is done" in panes.last_line)
            now = panes.app.screen.query_one("#examples", AnswerTable).row
            assert chosen is not None
            assert now is not None
            assert (now.id, "▸ ✔ billing" in panes.part("#examples")) == (chosen.id, True)
            await panes.press("escape", "escape")  # the message that it is done, and a step back
            await panes.until(lambda: "▸ #1" in panes.part("#runs"))


async def test_what_was_counted_of_a_run_that_goes_on_is_not_counted_again(
    project: Project, fake: FakeEndpoint
) -> None:
    fake.go_on.set()
    await measured(project, "label-billing")
    again = "UPDATE run SET state = 'running', pid = ?, started = ?, host = ?, boot = ?"
    project.writer.put_now(lambda connection: connection.execute(again, this_process()) and None)
    [now] = measuring(project.reader)
    assert (now.split, now.done, now.n) == ("dev", 12, 12)
    assert measuring(project.reader, [now]) == (now,)
    assert measuring(project.reader, [now._replace(done=5)])[0].done == 5  # only what came since is counted
    project.writer.put_now(lambda connection: connection.execute("UPDATE run SET pid = 2000000000") and None)
    assert measuring(project.reader, [now]) == ()
