"""Jobs on a real Slurm of two nodes: given, waiting, watched, cancelled, started again, killed, gone on with."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.jobs.starting import start_job
from genai_tui.project import Project
from genai_tui.records.asked import Asked
from tests.support import slurm as support
from tests.support.commands import genai
from tests.support.slurm import Slurm, slurm

__all__ = ["slurm"]

pytest.importorskip("submitit", reason="the extra slurm is not installed")
if why := support.missing():
    pytest.skip(why, allow_module_level=True)

WITHIN_S = 180.0
SITE = "import genai_tui.stages\ngenai_tui.stages.__path__.append({!r})\n"
ENDED = ("interrupted", "cancelled", "failed", "done")


@pytest.fixture
def folder(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project beside a Slurm with nothing to do; its jobs may count."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE.format(str(Path(support.__file__).parent)))
    monkeypatch.setenv("PYTHONPATH", str(site))
    for name, value in slurm.environ.items():
        monkeypatch.setenv(name, value)
    slurm.empty()
    place = tmp_path / "project"
    Project.create(place).close()
    return place


def given(folder: Path, steps: int = 60, *, asked: Asked = Asked(10, 1, 1), **args: Any) -> int:
    """A job that counts, given to Slurm; its number."""

    async def start() -> int:
        with Project.open(folder) as project:
            words = {"steps": steps, "pause_s": 0.1, **args}
            name = "genai_tui.stages.counting.work:count"
            return (await start_job(project, "count", name, words, estimate={}, asked=asked)).id

    return asyncio.run(start())


def shown(folder: Path, job: int) -> Any:
    return genai("job", "show", str(job), "--json", cwd=folder).json


def waited(folder: Path, job: int, until: Callable[[Any], bool]) -> Any:
    """How a job stands once something is so of it."""
    end = time.monotonic() + WITHIN_S
    while not until(told := shown(folder, job)):
        assert time.monotonic() < end, (told, genai("job", "log", str(job), cwd=folder).out)
        time.sleep(0.1)
    return told


def under_way(folder: Path, job: int, share: float = 0.2) -> Any:
    told = waited(
        folder,
        job,
        lambda told: told["state"] in ENDED or (told["state"] == "running" and (told["progress"] or 0) >= share),
    )
    assert told["state"] == "running", told
    return told


def process_of(folder: Path, job: int) -> int:
    from genai_tui.store.jobs import find_job

    with Project.open(folder) as project:
        process = find_job(project.reader, job).process
    assert process is not None
    return process.pid


def curve(folder: Path, job: int) -> list[int]:
    with Project.open(folder) as project:
        rows = project.reader.rows("SELECT step FROM job_metric WHERE job = ? AND name = 'loss' ORDER BY step", (job,))
    return [step for (step,) in rows]


def done_steps(folder: Path, job: int) -> list[int]:
    return [int(line) for line in (folder / ".genai" / "jobs" / str(job) / "done").read_text().splitlines()]


def each_once(folder: Path, job: int, steps: int) -> None:
    """No step was done twice, and the curve has no hole."""
    assert done_steps(folder, job) == list(range(1, steps + 1))
    assert curve(folder, job) == list(range(1, steps + 1))


def test_a_job_is_run_by_slurm_and_writes_nothing_into_the_database_itself(folder: Path, slurm: Slurm) -> None:
    job = given(folder, steps=20, asked=Asked(10, 1, 1, partition="urgent"))
    told = waited(folder, job, lambda told: told["state"] in ENDED)
    assert (told["state"], told["progress"], told["device"]) == ("done", 1.0, "slurm"), told
    assert told["result"]["counted"] == 20
    assert told["slurm"]["asked"]["partition"] == "urgent"
    assert {"wall_s", "cpu_s", "peak_memory_bytes"} <= set(told["measured"])
    each_once(folder, job, 20)
    log = genai("job", "log", str(job), cwd=folder).out
    assert "It counts from 0 on n1." in log
    assert "Starting with JobEnvironment" in log  # what Slurm's side says stands behind it
    ended = genai("job", "run", str(job), "--json", cwd=folder)
    assert (ended.code, ended.error["what"]) == (2, f"Job {job} was given to Slurm.")


def test_with_both_nodes_busy_the_third_waits_and_says_why(folder: Path, slurm: Slurm) -> None:
    first, second, third = (given(folder, steps=600) for _ in range(3))
    for job in (first, second):
        under_way(folder, job, 0.005)
    told = waited(folder, third, lambda told: "Resources" in told["reason"])
    assert (told["state"], told["started"]) == ("queued", None)
    assert "PENDING (Resources)" in told["reason"]
    rows = {row["job"]: row for row in genai("job", "list", "--json", cwd=folder).json["jobs"]}
    assert rows[third]["reason"].startswith("Slurm ")
    assert {rows[first]["reason"][-6:], rows[second]["reason"][-6:]} == {"on n1.", "on n2."}
    assert genai("status", "--json", cwd=folder).json["jobs"] == {"running": 2}
    number = told["slurm"]["job"]
    assert genai("job", "cancel", str(third), "--json", cwd=folder).json["state"] == "cancelled"
    assert slurm.state(number) == "CANCELLED"
    assert shown(folder, third)["state"] == "cancelled"
    assert shown(folder, first)["state"] == "running"


def test_a_cancelled_one_ends_within_seconds_keeps_what_it_had_and_goes_on(folder: Path) -> None:
    job = given(folder, steps=100)
    under_way(folder, job)
    began = time.monotonic()
    told = genai("job", "cancel", str(job), "--json", cwd=folder).json
    assert (told["state"], told["reason"]) == ("cancelled", "It was cancelled.")
    assert time.monotonic() - began < 20
    assert told["checkpoint"] == "at.json"
    assert shown(folder, job)["state"] == "cancelled"
    assert genai("job", "resume", str(job), cwd=folder).code == 0
    assert waited(folder, job, lambda told: told["state"] in ENDED)["state"] == "done"
    each_once(folder, job, 100)


@pytest.mark.parametrize("how", ["requeued", "its time is nearly over", "preempted, with a time of grace"])
def test_what_slurm_starts_again_goes_on_from_its_checkpoint(folder: Path, slurm: Slurm, how: str) -> None:
    job = given(folder, steps=80)
    number = under_way(folder, job)["slurm"]["job"]
    if how == "requeued":
        slurm.said("scontrol", "requeue", number)
    elif how == "its time is nearly over":
        slurm.said("scancel", "--signal=USR2", number)  # as Slurm does ahead of the end
    else:
        for _ in range(2):
            slurm.said("sbatch", "--partition=urgent", "--output=/dev/null", "--wrap", "sleep 3")
    waited(folder, job, lambda told: told["state"] == "queued" and "PENDING" in told["reason"])
    told = waited(folder, job, lambda told: told["state"] in ("done", "failed", "cancelled"))
    assert (told["state"], told["slurm"]["job"]) == ("done", number)
    each_once(folder, job, 80)
    assert told["measured"]["wall_s"] > 80 * 0.1


def test_one_whose_processes_are_killed_is_interrupted_and_goes_on(folder: Path, slurm: Slurm) -> None:
    job = given(folder, steps=80, every=1)
    number = under_way(folder, job)["slurm"]["job"]
    slurm.said("scancel", "--signal=KILL", number)
    told = waited(folder, job, lambda told: told["state"] != "running")
    assert told["state"] == "interrupted", told
    again = genai("job", "resume", str(job), "--json", cwd=folder)
    if again.code:  # Slurm has not seen yet that it is gone, and says so
        assert "Slurm still has it" in again.error["what"]
        waited(folder, job, lambda _: genai("job", "resume", str(job), cwd=folder).code == 0)
    told = waited(folder, job, lambda told: told["state"] in ENDED)
    assert told["state"] == "done"
    assert told["slurm"]["job"] != number
    assert curve(folder, job) == list(range(1, 81))


def test_one_that_is_stopped_is_not_resumed_while_slurm_has_it(folder: Path) -> None:
    job = given(folder, steps=600)
    under_way(folder, job, 0.005)
    os.kill(process_of(folder, job), signal.SIGTERM)  # it ends, and submitit's process after it
    waited(folder, job, lambda told: told["state"] == "interrupted")
    waited(folder, job, lambda _: genai("job", "resume", str(job), "--json", cwd=folder).code == 0)
    under_way(folder, job, 0.01)
    ended = genai("job", "resume", str(job), "--json", cwd=folder)
    assert (ended.code, ended.error["why"]) == (2, "It is running.")


def test_work_that_would_write_into_the_project_is_refused_on_a_node(folder: Path) -> None:
    job = given(folder, steps=1, write=True)
    told = waited(folder, job, lambda told: told["state"] in ENDED)
    assert told["state"] == "failed"
    assert "This work writes into the project itself." in told["reason"]


def test_what_slurm_refuses_is_said_and_is_a_failed_job(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault, match="Slurm did not take the job") as refused:
        given(folder, asked=Asked(10, 1, 1, partition="nowhere"))
    assert "Invalid partition name" in refused.value.why
    assert capfd.readouterr().err == ""
    told = shown(folder, 1)
    assert (told["state"], "Invalid partition name" in told["reason"]) == ("failed", True)


def test_of_a_node_that_sees_no_python_of_ours_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        job = given(folder)
    told = waited(folder, job, lambda told: told["state"] in ENDED)
    assert told["state"] == "interrupted"
    assert "FAILED. Its node wrote nothing" in told["reason"]
    assert "/nowhere/python: No such file" in genai("job", "log", str(job), cwd=folder).out
    assert not list((folder / ".genai" / "jobs").rglob("given.db"))


def test_keys_are_not_sent_to_the_node(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("endpoint", "add", "there", "--url", "http://localhost:1/v1", "--key-env", "COUNTING_KEY")
    assert genai(*words, cwd=folder).code == 0
    monkeypatch.setenv("COUNTING_KEY", "a-secret-value")
    job = given(folder, steps=1)
    told = waited(folder, job, lambda told: told["state"] in ENDED)
    assert (told["state"], told["result"]["key"]) == ("done", "")
    found = subprocess.run(("grep", "-r", "a-secret-value", str(folder)), capture_output=True, check=False)
    assert found.stdout == b""
