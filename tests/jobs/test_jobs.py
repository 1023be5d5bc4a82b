"""Jobs as a user meets them: evaluations in the background, whose processes are watched, killed, cancelled, resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import project

__all__ = ["project"]

ROWS = 400
WITHIN_S = 60.0


@pytest.fixture
def many(project: Path, fake: FakeEndpoint) -> Path:
    """A project with rows enough to be interrupted among."""
    prices = ("--input-usd-per-million", "0", "--output-usd-per-million", "0")
    assert genai("endpoint", "add", "slow", "--url", fake.url, *prices, cwd=project).code == 0
    rows = "ticket,label\n" + "".join(f"ticket {n},{'ab'[n % 3 == 0]}\n" for n in range(ROWS))
    import_csv(project, rows, "--input", "ticket", name="many")
    words = ("candidate", "make", "--model", "slow/say-a", "--prompt", "1", "--name", "slow")
    assert genai(*words, cwd=project).code == 0
    fake.delay_s = 0.01
    return project


def started(folder: Path, *words: str) -> int:
    """An evaluation in the background; its job."""
    words = ("eval", "run", "slow", "--dataset", "many", "--max-in-flight", "4", "--background", "--json", *words)
    return int(genai(*words, cwd=folder).json["job"])


def shown(folder: Path, job: int) -> Any:
    return genai("job", "show", str(job), "--json", cwd=folder).json


def waited(folder: Path, job: int, until: Callable[[Any], bool]) -> Any:
    """How a job stands once something is so of it."""
    end = time.monotonic() + WITHIN_S
    while not until(told := shown(folder, job)):
        assert time.monotonic() < end, told
        time.sleep(0.05)
    return told


def asked_twice(fake: FakeEndpoint) -> int:
    texts = Counter(request.json["messages"][-1]["content"] for request in fake.requests if request.model == "say-a")
    assert len(texts) == ROWS
    return sum(texts.values()) - ROWS


def process_of(folder: Path, job: int) -> int:
    from genai_tui.project import Project
    from genai_tui.store.jobs import find_job

    with Project.open(folder) as project:
        process = find_job(project.reader, job).process
    assert process is not None
    return process.pid


def test_an_evaluation_in_the_background_is_a_job_with_its_run(many: Path, fake: FakeEndpoint) -> None:
    job = started(many)
    told = waited(many, job, lambda told: told["state"] not in ("queued", "running"))
    assert (told["state"], told["progress"], told["kind"]) == ("done", 1.0, "eval"), told
    assert (told["estimate"], told["result"]) == ({"answers": ROWS}, {"runs": [1]})
    assert {"wall_s", "cpu_s", "peak_memory_bytes"} <= set(told["measured"])
    run = genai("eval", "show", "1", "--json", cwd=many).json
    assert (run["n"], run["answered"], asked_twice(fake)) == (ROWS, ROWS, 0)
    assert "Run 1 is done." in genai("job", "log", str(job), cwd=many).out
    lines = [json.loads(line) for line in genai("job", "log", str(job), "--json", cwd=many).out.splitlines()]
    assert {"job": job, "text": "Run 1 is done."} in lines


def test_what_can_be_known_before_is_refused_before_it_is_a_job(many: Path) -> None:
    words = ("eval", "run", "slow", "--dataset", "many", "--background", "--json")
    assert genai(*words, "--max-tokens", "5", cwd=many).code == 4
    assert genai("endpoint", "remove", "slow", cwd=many).code == 0
    gone = genai(*words, cwd=many)
    assert (gone.code, gone.error["what"]) == (2, "There is no endpoint 'slow'.")
    assert genai("job", "list", "--json", cwd=many).json["jobs"] == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_is_killed_is_interrupted_and_goes_on(many: Path, fake: FakeEndpoint, sign: signal.Signals) -> None:
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0.1)
    os.kill(process_of(many, job), sign)
    told = waited(many, job, lambda told: told["state"] != "running")
    assert told["state"] == "interrupted"
    assert genai("status", "--json", cwd=many).json["jobs"] == {"running": 0}
    assert genai("job", "resume", str(job), cwd=many).code == 0
    told = waited(many, job, lambda told: told["state"] not in ("queued", "running"))
    assert (told["state"], told["result"]) == ("done", {"runs": [1]}), told
    run = genai("eval", "show", "1", "--json", cwd=many).json
    assert (run["n"], run["answered"], run["state"]) == (ROWS, ROWS, "done")
    assert asked_twice(fake) <= 4


def test_it_goes_on_when_the_connection_and_whoever_started_it_are_gone(many: Path, fake: FakeEndpoint) -> None:
    words = ("eval", "run", "slow", "--dataset", "many", "--max-in-flight", "4", "--background", "--json")
    shell = subprocess.Popen(
        [sys.executable, "-m", "genai_tui", *words], cwd=many, stdout=subprocess.PIPE, start_new_session=True
    )
    told, _ = shell.communicate(timeout=WITHIN_S)
    assert b'"job": 1' in told
    waited(many, 1, lambda told: (told["progress"] or 0) > 0.1)
    assert os.getsid(process_of(many, 1)) == process_of(many, 1) != shell.pid
    os.kill(process_of(many, 1), signal.SIGHUP)
    assert waited(many, 1, lambda told: told["state"] != "running")["state"] == "done"
    assert asked_twice(fake) == 0


def test_a_cancelled_one_ends_within_seconds_and_keeps_what_it_had(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0.2
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0)
    began = time.monotonic()
    told = genai("job", "cancel", str(job), "--json", cwd=many).json
    assert (told["state"], told["reason"]) == ("cancelled", "It was cancelled.")
    assert time.monotonic() - began < 10
    run = genai("eval", "show", "1", "--json", cwd=many).json
    assert 0 < run["answered"] < ROWS
    assert genai("job", "cancel", str(job), "--json", cwd=many).json["state"] == "cancelled"


@pytest.mark.parametrize(("word", "state"), [("stop", "cancelled"), ("pause", "interrupted")])
def test_one_whose_run_was_ended_is_not_done_and_goes_on(many: Path, fake: FakeEndpoint, word: str, state: str) -> None:
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0.1)
    assert genai("eval", word, "1", cwd=many).code == 0
    told = waited(many, job, lambda told: told["state"] != "running")
    assert (told["state"], told["progress"] < 1) == (state, True)
    assert genai("job", "resume", str(job), cwd=many).code == 0
    assert waited(many, job, lambda told: told["state"] not in ("queued", "running"))["state"] == "done"
    assert asked_twice(fake) == 0


def test_what_is_no_job_or_cannot_go_on_is_said(many: Path, fake: FakeEndpoint) -> None:
    for words in (("show", "7"), ("log", "seven"), ("cancel", "0"), ("resume", "7"), ("run", "7")):
        ended = genai("job", *words, "--json", cwd=many)
        assert (ended.code, ended.error["what"]) == (2, f"There is no job {words[1]}.")
    job = started(many)
    waited(many, job, lambda told: told["state"] == "done")
    for word in ("resume", "run"):
        ended = genai("job", word, str(job), "--json", cwd=many)
        assert ended.code == 2
        assert "done" in ended.error["why"]


def test_a_job_of_no_work_of_ours_is_refused(many: Path) -> None:
    from genai_tui.project import Project
    from genai_tui.store.jobs import queue_job

    for name in ("os:system", "genai_tui.stages.evaluate.background:_heard", "genai_tui.stages.nothing:work"):
        with Project.open(many) as opened:
            [job] = opened.writer.put_now(queue_job("odd", name, {}, estimate={}))
        ended = genai("job", "run", str(job), "--json", cwd=many)
        assert (ended.code, ended.error["what"]) == (2, f"This program has no work called {name}.")
        told = shown(many, job)
        assert (told["state"], told["reason"][:40]) == ("failed", ended.error["what"][:40])
