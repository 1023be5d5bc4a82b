"""Jobs that wait for a device, that are told to end, that two processes want: by command, with real processes."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from genai_tui.board import gather
from genai_tui.project import Project
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.background import FUNCTION
from genai_tui.stages.evaluate.limits import Limits
from genai_tui.store.candidates import find_candidate
from genai_tui.store.datasets import find_dataset
from genai_tui.store.jobs import queue_job
from tests.jobs.test_jobs import ROWS, WITHIN_S, asked_twice, many, process_of, project, shown, started, waited
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint

__all__ = ["many", "project"]


def queued(folder: Path, device: str = "train") -> int:
    """An evaluation that has a device to itself, without a process yet."""
    with Project.open(folder) as opened:
        version = find_dataset(opened.reader, "many")
        plan = Run(0, version.id, "dev", ROWS, ("exact",))
        kept = {name: getattr(plan, name) for name in ("dataset_version", "split", "n", "scorers", "repeats", "rows")}
        limits = {"options": {"cache": False}, "limits": Limits(in_flight=4)._asdict()}
        args = {"candidates": [find_candidate(opened.reader, "slow").id], "plan": {**kept, **limits}}
        return int(opened.writer.put_now(queue_job("eval", FUNCTION, args, estimate={}, device=device))[0])


def process(folder: Path, job: int, **more: Any) -> "subprocess.Popen[bytes]":
    """What a job's own process is."""
    words = [sys.executable, "-m", "genai_tui", "job", "run", str(job)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words, cwd=folder, **{"start_new_session": True, **quiet, **more})


def under_way(folder: Path, job: int) -> None:
    """Wait until a job has answers."""
    told = waited(folder, job, lambda told: (told["progress"] or 0) > 0 or told["state"] == "failed")
    assert told["state"] == "running", told


def gone(process: int) -> bool:
    """Whether a process ends within a second."""
    for _ in range(20):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def has_process(folder: Path, job: int) -> bool:
    with Project.open(folder) as opened:
        return bool(opened.reader.rows("SELECT pid FROM job WHERE id = ? AND pid IS NOT NULL", (job,)))


def changed(folder: Path, job: int, **values: str) -> None:
    """Change a job's row, as another clock would have written it."""
    with Project.open(folder) as opened:
        for name, value in values.items():
            opened.writer.put_now(
                lambda connection, name=name, value=value: connection.execute(
                    f"UPDATE job SET {name} = ? WHERE id = ?", (value, job)
                )
            )


@pytest.mark.parametrize("end", ["ends", "is killed"])
def test_one_job_has_a_device_and_the_next_waits_until_it_ends(many: Path, fake: FakeEndpoint, end: str) -> None:
    fake.delay_s = 0.02 if end == "ends" else 0.2
    first, second = queued(many), queued(many)
    one = process(many, first)
    under_way(many, first)
    other = process(many, second)
    waited(many, second, lambda _: has_process(many, second))
    assert shown(many, second)["state"] == "queued"
    assert shown(many, second)["started"] is None
    assert genai("status", "--json", cwd=many).json["jobs"] == {"running": 1}
    with Project.open(many) as opened:
        board = gather(opened)
    assert board.jobs_running == 1
    assert board.job_progress is not None
    assert 0 < board.job_progress < 1
    if end == "is killed":
        one.kill()
    one.wait(WITHIN_S)
    told = waited(many, second, lambda told: told["state"] != "queued")
    assert told["state"] in ("running", "done")
    assert shown(many, first)["state"] == ("done" if end == "ends" else "interrupted")
    other.terminate()
    other.wait(WITHIN_S)


def test_a_queued_one_is_cancelled_and_never_begins(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0.2
    first, second = queued(many), queued(many)
    one = process(many, first)
    under_way(many, first)
    other = process(many, second)
    waited(many, second, lambda _: has_process(many, second))
    told = genai("job", "cancel", str(second), "--json", cwd=many).json
    assert (told["state"], told["reason"], told["started"]) == (
        "cancelled", "It was cancelled while it waited.", None,
    )  # fmt: skip
    other.wait(WITHIN_S)
    assert shown(many, first)["state"] == "running"
    one.kill()
    one.wait(WITHIN_S)
    assert [row["state"] for row in genai("job", "list", "--json", cwd=many).json["jobs"]] == [
        "cancelled", "interrupted",
    ]  # fmt: skip


def test_one_whose_process_never_came_keeps_no_device(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0
    first, second = queued(many), queued(many)
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    changed(many, first, heartbeat=long_ago)
    assert shown(many, first)["state"] == "interrupted"
    assert process(many, second).wait(WITHIN_S) == 0
    assert shown(many, second)["state"] == "done"


def test_a_clock_that_jumps_changes_neither_state_nor_what_was_measured(many: Path, fake: FakeEndpoint) -> None:
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0.05)
    for days in (-30, 30):
        jumped = (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")
        changed(many, job, started=jumped, heartbeat=jumped)
        assert shown(many, job)["state"] in ("running", "done")
    told = waited(many, job, lambda told: told["state"] not in ("queued", "running"))
    assert told["state"] == "done"
    assert 0 < told["measured"]["wall_s"] < WITHIN_S


def test_of_two_that_resume_a_job_one_gets_it(many: Path, fake: FakeEndpoint) -> None:
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0.1)
    os.kill(process_of(many, job), signal.SIGKILL)
    waited(many, job, lambda told: told["state"] == "interrupted")
    words = [sys.executable, "-m", "genai_tui", "job", "resume", str(job), "--json"]
    both = [subprocess.Popen(words, cwd=many, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate(timeout=WITHIN_S) for one in both]
    assert sorted(one.returncode for one in both) == [0, 2], said
    assert any(b"cannot be resumed" in err for _, err in said)
    told = waited(many, job, lambda told: told["state"] not in ("queued", "running"))
    assert told["state"] == "done"
    assert asked_twice(fake) <= 4


def test_one_that_hears_no_wish_is_ended_by_signals(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0.2
    job = started(many)
    under_way(many, job)
    number = process_of(many, job)
    os.kill(number, signal.SIGSTOP)  # it neither looks at its row nor hears SIGTERM
    told = genai("job", "cancel", str(job), "--json", cwd=many).json
    assert (told["state"], told["reason"]) == ("cancelled", "It was cancelled.")
    assert gone(number)


def test_a_service_that_hangs_does_not_keep_a_cancelled_job(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 3600
    job = started(many)
    waited(many, job, lambda _: fake.asked("say-a") > 0)
    assert genai("job", "cancel", str(job), "--json", cwd=many).json["state"] == "cancelled"


def test_a_log_that_cannot_be_made_is_said_and_one_that_cannot_be_written_ends_no_work(
    many: Path, fake: FakeEndpoint
) -> None:
    fake.delay_s = 0
    jobs = many / ".genai" / "jobs"
    jobs.rmdir()
    jobs.write_text("in the way")
    words = ("eval", "run", "slow", "--dataset", "many", "--background", "--json")
    told = genai(*words, cwd=many)
    assert told.code != 0
    assert told.error["what"] == "The log of job 1 cannot be written."
    assert told.error["do"]
    assert shown(many, 1)["state"] == "failed"
    jobs.unlink()
    job = queued(many, "")
    with Path("/dev/full").open("wb") as full:  # every write to it: no space left on device
        process(many, job, stdout=full, stderr=full).wait(WITHIN_S)
    assert shown(many, job)["state"] == "done"


def test_the_list_says_of_each_how_it_stands(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0
    job = started(many)
    waited(many, job, lambda told: told["state"] == "done")
    [row] = genai("job", "list", "--json", cwd=many).json["jobs"]
    whole = shown(many, job)
    named = ("job", "kind", "state", "progress", "created", "started", "ended", "device", "reason")
    assert row == {name: whole[name] for name in named}
    assert row["created"] <= row["started"] <= row["ended"]
