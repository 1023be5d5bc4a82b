"""Runs that end before their end: killed, interrupted, paused and stopped from elsewhere; and gone on with."""

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate.progress import Progress
from genai_tui.stages.evaluate.running import Limits, plan_run, resume_run
from genai_tui.stages.evaluate.unbegun import OF_COMMAND
from genai_tui.store.jobs import queue_job
from genai_tui.store.runs import FIRST, begin_run, find_run, let_go, runs_with
from tests.support.commands import genai, import_csv, tickets
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import candidate, project

__all__ = ["project"]

ROWS = 300
IN_FLIGHT = 8
WITHIN_S = 60.0


@pytest.fixture
def many(project: Path, fake: FakeEndpoint) -> str:
    """A candidate, and as many rows as take a second or two."""
    import_csv(project, tickets(ROWS, "ab"))
    fake.delay_s = 0.02
    return candidate(project, "label-a")


def begun(project: Path, *names: str, cache: bool = False) -> subprocess.Popen[str]:
    """`eval run` in a process of its own."""
    words = ["eval", "run", *names, "--json", "--max-in-flight", str(IN_FLIGHT), *([] if cache else ["--no-cache"])]
    return subprocess.Popen(
        [sys.executable, "-m", "genai_tui", *words],
        cwd=project,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def stored(project: Path, sql: str) -> Any:
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        return database.execute(sql).fetchall()


def shown(project: Path) -> Any:
    return genai("eval", "show", "1", "--json", cwd=project).json


def resumed(project: Path) -> Any:
    return genai("eval", "resume", "1", "--json", cwd=project).json


def check_whole(told: Any, project: Path, fake: FakeEndpoint, twice: int) -> None:
    """As if it had never been interrupted, and at most `twice` requests more than examples."""
    assert (told["n"], told["answered"], told["failed"], told["state"]) == (ROWS, ROWS, 0, "done")
    exact = told["scores"]["exact"]
    assert (exact["n"], exact["value"]) == (ROWS, 0.5)
    assert told["usage"] == {"input_tokens": usage_of(fake, 0), "output_tokens": ROWS}
    assert stored(project, "SELECT count(*), count(DISTINCT example) FROM generation WHERE error_what IS NULL") == [
        (ROWS, ROWS)
    ]
    assert ROWS <= fake.asked("label-a") <= ROWS + twice


def usage_of(fake: FakeEndpoint, _: int) -> int:
    """Tokens in as the fake counts them: each different message once."""
    texts = {request.json["messages"][-1]["content"] for request in fake.requests}
    return sum(len(text.split()) + 4 for text in texts)


def test_killed_again_and_again_and_gone_on_with(project: Path, fake: FakeEndpoint, many: str) -> None:
    process = begun(project, many)
    for share in (0.2, 0.5, 0.8):
        wanted = int(ROWS * share)
        until(lambda wanted=wanted: len(fake.requests) > wanted)  # type: ignore[misc]
        process.kill()
        process.communicate()
        known = shown(project)
        assert known["state"] == "interrupted"
        assert 0 < known["n"] < ROWS
        [listed] = genai("eval", "list", "--json", cwd=project).json["runs"]
        assert listed["n"] == known["n"]
        words = ["eval", "resume", "1", "--json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "genai_tui", *words], cwd=project, text=True, stdout=subprocess.PIPE
        )
    out, _ = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    check_whole(json.loads(out), project, fake, 3 * IN_FLIGHT)


def test_killed_while_it_pauses_it_is_scored_anew(project: Path, fake: FakeEndpoint, many: str) -> None:
    process = begun(project, many)
    until(lambda: len(fake.requests) > ROWS // 4)
    process.send_signal(signal.SIGSTOP)
    assert genai("eval", "pause", "1", cwd=project).code == 0
    assert genai("eval", "rescore", "1", "--scorer", "length", cwd=project).code == 2  # it goes on
    process.kill()
    process.communicate()
    told = genai("eval", "rescore", "1", "--scorer", "length", "--json", cwd=project).json
    assert told["state"] == "paused"
    assert told["scores"]["length"]["n"] == told["answered"] > 0


def test_one_run_without_its_scorer_hides_no_other(project: Path, many: str) -> None:
    genai("eval", "run", many, "--limit", "2", "--json", cwd=project)
    with Project.open(project) as opened:
        run = find_run(opened.reader, 1)
        opened.writer.put_now(begin_run(replace(run, scorers=(f"{project}/gone.py:f",))))
        listed = genai("eval", "list", "--json", cwd=project).json["runs"]
    assert [(row["run"], row["state"]) for row in listed] == [(2, "running"), (1, "done")]


def test_the_runs_of_one_command_or_job_are_known_by_each_of_them(project: Path, many: str) -> None:
    genai("eval", "run", many, "--limit", "2", "--json", cwd=project)
    with Project.open(project) as opened:
        [job] = opened.writer.put_now(queue_job("evaluate", "evaluate.run", {}, estimate={}))
        run = find_run(opened.reader, 1)

        def begin(**with_: Any) -> int:
            [number] = opened.writer.put_now(begin_run(replace(run, **with_)))
            return int(number)

        alone = begin()
        first = begin()
        second = begin(options=run.options | {FIRST: first})
        earlier = begin(job=job)
        later = begin(job=job)
        after = begin(job=job, options=run.options | {FIRST: later})  # the job was interrupted, and began anew
        for each, known in (
            (alone, [alone]), (first, [first, second]), (second, [first, second]), (earlier, [earlier, later, after]),
            (after, [earlier, later, after]),
        ):  # fmt: skip
            assert runs_with(opened.reader, find_run(opened.reader, each)) == known


def test_interrupted_it_says_how_to_go_on(project: Path, fake: FakeEndpoint, many: str) -> None:
    process = begun(project, many)
    until(lambda: len(fake.requests) > 50)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 130
    assert "genai-tui eval resume 1" in err
    assert shown(project)["state"] == "stopped"
    check_whole(resumed(project), project, fake, 0)  # what was in flight was waited for


def not_begun(err: str) -> tuple[str, list[str]]:
    """Who was not begun, and the words of the command that goes on with them."""
    [line] = [line for line in err.splitlines() if line.startswith("Not begun")]
    who, _, command = line.removeprefix("Not begun, and to be measured by itself: ").partition(". ")
    assert command.startswith("genai-tui ")
    return who, shlex.split(command)[1:]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_what_its_command_had_not_begun_is_named_with_the_command_for_it(
    project: Path, fake: FakeEndpoint, many: str, end: signal.Signals
) -> None:
    others = [candidate(project, model) for model in ("label-b", "label-c")]
    process = begun(project, many, *others)
    until(lambda: len(fake.requests) > 50)
    process.send_signal(end)
    _, err = process.communicate(timeout=WITHIN_S)
    gone_on = genai("eval", "resume", "1", cwd=project)
    assert gone_on.code == 0
    who, words = not_begun(gone_on.err)
    assert who == "c2, c3"
    if end is signal.SIGINT:
        assert not_begun(err) == (who, words)
    assert words == "eval run c2 c3 --dataset tickets --split dev --scorer exact --no-cache".split()
    fake.delay_s = 0
    rest = genai(*words, "--json", cwd=project)
    assert [json.loads(line)["n"] for line in rest.out.splitlines()] == [ROWS, ROWS]
    assert fake.asked("label-b") == fake.asked("label-c") == ROWS


def test_the_command_for_the_rest_has_all_that_was_asked_and_what_is_left_of_its_limits(
    project: Path, fake: FakeEndpoint
) -> None:
    prompt = "---\nparameters: {max_tokens: 5}\n---\nTicket: {{ ticket }}"
    assert genai("prompt", "save", "-", cwd=project, stdin=prompt).code == 0
    for model in ("label-a", "label-b"):
        genai("candidate", "make", "--model", f"openai/{model}", "--prompt", "2", cwd=project)
    with Project.open(project) as opened:
        plan = plan_run(
            opened, scorers=("contains:which=all", "exact"), rows=3, repeats=2, stream=True,
            limits=Limits(2, 0, None, 500),
        )  # fmt: skip
        run = replace(plan, candidate=1, options=plan.options | {OF_COMMAND: ["c1", "c2"]})
        [number] = opened.writer.put_now(begin_run(run))
        opened.writer.put_now(let_go(number, "paused", "", 0.0))
    gone_on = genai("eval", "resume", "1", "--json", cwd=project)
    assert gone_on.code == 0, gone_on.err
    usage = gone_on.json["usage"]
    assert gone_on.json["not_begun"] == ["c2"]
    assert not_begun(gone_on.err)[1] == (
        "eval run c2 --dataset tickets --split dev --scorer contains:which=all --scorer exact --limit 3 --repeats 2 "
        f"--stream --max-in-flight 2 --retries 0 --max-tokens {500 - sum(usage.values())}"
    ).split()  # fmt: skip


@pytest.mark.parametrize(("end", "twice"), [(signal.SIGINT, 0), (signal.SIGKILL, IN_FLIGHT)])
def test_a_command_that_is_repeated_asks_only_what_has_no_answer(
    project: Path, fake: FakeEndpoint, many: str, end: signal.Signals, twice: int
) -> None:
    names = (many, candidate(project, "label-b"))
    process = begun(project, *names, cache=True)
    until(lambda: len(fake.requests) > 100)
    process.send_signal(end)
    process.communicate(timeout=WITHIN_S)
    fake.delay_s = 0
    again = genai("eval", "run", *names, "--json", cwd=project)
    assert again.code == 0, again.err
    assert ROWS <= fake.asked("label-a") <= ROWS + twice  # what was in flight when it was killed
    assert fake.asked("label-b") == ROWS
    assert "Not begun" not in again.err


@pytest.mark.parametrize(("word", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_ended_from_another_terminal(project: Path, fake: FakeEndpoint, many: str, word: str, state: str) -> None:
    process = begun(project, many)
    until(lambda: len(fake.requests) > 50)
    assert shown(project)["state"] == "running"
    refused = genai("eval", "resume", "1", "--json", cwd=project)
    assert (refused.code, "goes on already" in refused.error["what"]) == (2, True)
    rescored = genai("eval", "rescore", "1", "--scorer", "contains", "--json", cwd=project)
    assert (rescored.code, "still to come" in rescored.error["what"]) == (2, True)
    assert genai("eval", word, "1", "--json", cwd=project).json == {"run": 1, "state": state, "working": True}
    out, _ = process.communicate(timeout=WITHIN_S)
    told = json.loads(out)
    assert (process.returncode, told["state"]) == (0, state)
    assert 0 < told["n"] < ROWS
    check_whole(resumed(project), project, fake, 0)
    again = genai("eval", word, "1", "--json", cwd=project)
    assert (again.code, "is over" in again.error["what"]) == (2, True)


def test_a_run_that_is_whole_asks_nothing_more(project: Path, fake: FakeEndpoint, many: str) -> None:
    fake.delay_s = 0
    first = genai("eval", "run", many, "--json", "--limit", "20", cwd=project).json
    again = resumed(project)
    assert again["requests"] == first["requests"] == fake.asked("label-a") == 20
    assert again["scores"] == first["scores"]
    said = genai("eval", "resume", "1", cwd=project).err
    assert "Run 1 is complete: 20 of 20 answers were asked, and none is asked again. genai-tui eval show 1" in said


def test_scores_that_a_kill_left_out_are_made_up_for(project: Path, fake: FakeEndpoint, many: str) -> None:
    fake.delay_s = 0
    genai("eval", "run", many, "--json", "--limit", "20", cwd=project)
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        database.execute("DELETE FROM score WHERE generation <= 10")
        database.execute(
            "UPDATE run SET state = 'running', pid = 999999, started = 1, host = ?", (os.uname().nodename,)
        )
    assert resumed(project)["scores"]["exact"]["value"] == 0.5


async def test_gone_on_with_it_tells_of_all_answers_from_its_first_word_on(
    project: Path, fake: FakeEndpoint, many: str
) -> None:
    process = begun(project, many)
    until(lambda: len(fake.requests) > 100)
    genai("eval", "stop", "1", cwd=project)
    process.communicate(timeout=WITHIN_S)
    before = shown(project)["n"]
    told: list[Progress] = []
    with Project.open(project) as opened:
        await resume_run(opened, 1, Limits(), report=told.append)
    assert told[0].value is not None
    assert told[0].value.n == told[0].done >= before
    assert all(each.value is not None and abs(each.value.value - 0.5) < 0.1 for each in told)
