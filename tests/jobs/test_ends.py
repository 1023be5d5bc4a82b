"""How jobs end that cannot say so themselves, and what is said of it: why, what was kept, what goes on with it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from genai_tui.store.processes import memory_kills
from tests.jobs.test_jobs import ROWS, WITHIN_S, asked_twice, many, process_of, project, shown, started, waited
from tests.jobs.test_queue import changed, process, queued, under_way
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint

__all__ = ["many", "project"]


@pytest.fixture
def killed(many: Path, fake: FakeEndpoint) -> Path:
    """A project whose job 1 was killed half-way."""
    job = started(many)
    waited(many, job, lambda told: (told["progress"] or 0) > 0.1)
    os.kill(process_of(many, job), signal.SIGKILL)
    waited(many, job, lambda told: told["state"] == "interrupted")
    return many


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat().replace("+00:00", "Z")


def goes_on(folder: Path, fake: FakeEndpoint) -> None:
    """Job 1 goes on to its end, and asks hardly anything twice."""
    assert genai("job", "resume", "1", cwd=folder).code == 0
    told = waited(folder, 1, lambda told: told["state"] not in ("queued", "running"))
    assert (told["state"], told["reason"], told["kept"], told["do"]) == ("done", "", "", "")
    assert asked_twice(fake) <= 4


def test_killed_it_says_so_everywhere_and_goes_on(killed: Path, fake: FakeEndpoint) -> None:
    told = shown(killed, 1)
    assert (told["reason"], told["kept"]) == ("Its process was killed.", "the answers that were recorded")
    assert told["do"] == "genai-tui job resume 1 goes on from there."
    said = genai("job", "show", "1", cwd=killed).out
    for text in (told["reason"], told["kept"], told["do"]):
        assert text in said
    [row] = genai("job", "list", "--json", cwd=killed).json["jobs"]
    assert (row["state"], row["reason"]) == ("interrupted", "Its process was killed.")
    goes_on(killed, fake)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"boot": "another/1"}, "The machine was started anew."),
        ({"host": "elsewhere", "heartbeat": 30}, "Nothing has been heard of it on elsewhere for 30 min."),
        ({"measured": json.dumps({"memory_kills": -1})}, "Its process was killed; the system has killed for want of "
         "memory meanwhile, so most likely by that."),
    ],
    ids=["started anew", "elsewhere", "out of memory"],
)  # fmt: skip
def test_what_took_its_process_is_told_apart(killed: Path, values: dict[str, Any], reason: str) -> None:
    if "measured" in values and memory_kills() is None:
        pytest.skip("this system does not count what it kills for want of memory")
    if "heartbeat" in values:
        values = {**values, "heartbeat": ago(minutes=values["heartbeat"])}
    changed(killed, 1, **values)
    told = shown(killed, 1)
    assert (told["state"], told["reason"]) == ("interrupted", reason)
    assert "memory_kills" not in told["measured"]


@pytest.fixture
def small_memory(request: pytest.FixtureRequest) -> Any:
    """The file to enter a control group by that takes 32 MB, or as is asked: the system kills what takes more."""
    folder = Path(f"/sys/fs/cgroup/memory/genai-tui-test-{os.getpid()}")
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(getattr(request, "param", 32 << 20)))
    except OSError as error:
        pytest.skip(f"no control group of a memory limit can be made here: {error}")
    yield folder / "cgroup.procs"
    folder.rmdir()


def test_what_the_system_kills_for_want_of_memory_is_counted(small_memory: Path) -> None:
    before = memory_kills()
    script = f"open({str(small_memory)!r}, 'w').write('0'); x = [b'1' * 1_000_000 for _ in range(200)]"
    ended = subprocess.run([sys.executable, "-c", script], check=False)
    if ended.returncode != -signal.SIGKILL:
        pytest.skip("the limit of the control group is not kept here")
    assert before is not None
    after = memory_kills()
    assert after is not None
    assert after > before


def test_a_process_that_comes_late_takes_its_job_all_the_same(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0
    job = queued(many, "")
    changed(many, job, heartbeat=ago(hours=1))
    told = shown(many, job)
    assert (told["state"], told["reason"]) == ("interrupted", "No process came for it.")
    assert process(many, job).wait(WITHIN_S) == 0
    assert shown(many, job)["state"] == "done"


def test_one_that_is_interrupted_is_cancelled_with_a_reason(killed: Path) -> None:
    told = genai("job", "cancel", "1", "--json", cwd=killed).json
    assert (told["state"], told["reason"]) == ("cancelled", "It was cancelled.")


def test_all_processes_of_the_program_are_killed_at_once(many: Path, fake: FakeEndpoint) -> None:
    job = started(many)
    following = subprocess.Popen(
        [sys.executable, "-m", "genai_tui", "job", "log", "1", "--follow"], cwd=many, stdout=subprocess.DEVNULL
    )
    waited(many, job, lambda told: (told["progress"] or 0) > 0.1)
    for number in (process_of(many, job), following.pid):
        os.kill(number, signal.SIGKILL)
    following.wait(WITHIN_S)
    assert waited(many, job, lambda told: told["state"] != "running")["state"] == "interrupted"
    goes_on(many, fake)


def test_the_end_is_stored_though_another_program_held_the_database(many: Path, fake: FakeEndpoint) -> None:
    fake.delay_s = 0
    job = queued(many, "")
    other = sqlite3.connect(many / ".genai" / "project.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    working = process(many, job)
    with pytest.raises(subprocess.TimeoutExpired):
        working.wait(7)  # longer than the writer waits for the lock
    other.execute("ROLLBACK")
    other.close()
    assert working.wait(WITHIN_S) == 0
    assert shown(many, job)["state"] == "done"
    assert asked_twice(fake) == 0


def test_a_project_that_is_moved_while_it_works_is_interrupted_and_goes_on_there(
    many: Path, fake: FakeEndpoint
) -> None:
    fake.delay_s = 0.05
    job = queued(many, "")
    working = process(many, job)
    under_way(many, job)
    there = many.with_name("there")
    many.rename(there)
    assert working.wait(WITHIN_S) != 0
    assert not many.exists()
    told = shown(there, job)
    assert told["state"] in ("failed", "interrupted")
    assert told["reason"]
    goes_on(there, fake)
    shutil.rmtree(there)
    assert ROWS == 400
