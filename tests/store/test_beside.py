"""What jobs on nodes write beside the database: taken in once, whoever takes it, whatever is killed meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.project import Project
from genai_tui.records.estimates import Measurement
from genai_tui.records.jobs import Job, OnSlurm, Point, ProcessId
from genai_tui.store.artifacts import save_artifact, save_model
from genai_tui.store.beside import EVENTS, BesideWriter, last_told, take_in
from genai_tui.store.choices import save_choice
from genai_tui.store.jobs import beat_job, drop_points, end_job, find_job, keep_checkpoint, queue_job
from genai_tui.store.jobs_at_slurm import begin_given, given_jobs, given_to_slurm
from genai_tui.store.measurements import save_measurement

ELSEWHERE = ProcessId(7, 70, "node-3", "another boot")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose first job Slurm has, as its job 17."""
    with Project.create(tmp_path / "project") as made:
        slurm = OnSlurm({"minutes": 10})
        made.writer.put_now(queue_job("count", "a:b", {"steps": 9}, estimate={}, slurm=slurm))
        made.writer.put_now(given_to_slurm(1, "17"))
        folder_of(made).mkdir()
        yield made


def folder_of(project: Project) -> Path:
    return project.folder / ".genai" / "jobs" / "1"


def writer_of(project: Project, by: str = "17") -> BesideWriter:
    return BesideWriter(folder_of(project) / EVENTS, by)


def taken(project: Project) -> Job:
    take_in(project.reader, lambda: project.writer, folder_of(project), 1)
    return find_job(project.reader, 1)


def count(project: Project, table: str) -> int:
    [[found]] = project.reader.rows(f"SELECT count(*) FROM {table}")
    return int(found)


def measurement(n: int) -> Any:
    return save_measurement(Measurement("time", "node-3", "model", float(n), "ratio", "job 1", 1))


def test_what_a_job_tells_beside_is_what_it_would_have_told_the_database(project: Project) -> None:
    beside = writer_of(project)
    beside.put_now(begin_given(1, ELSEWHERE), drop_points(1, -1))
    points = [Point("loss", 1, 0.5), Point("loss", 2, float("nan"))]
    beside.put_now(beat_job(1, 0.4, {"loss": 0.5}, points, 12.5), keep_checkpoint(1, "checkpoints/checkpoint-2"))
    job = taken(project)
    assert (job.state, job.process, job.progress, job.worked_s) == ("running", ELSEWHERE, 0.4, 12.5)
    assert (job.metrics, job.checkpoint, job.args) == ({"loss": 0.5}, "checkpoints/checkpoint-2", {"steps": 9})
    curve = project.reader.rows("SELECT name, step, value FROM job_metric ORDER BY step")
    assert curve == [("loss", 1, 0.5), ("loss", 2, None)]
    beside.put_now(
        measurement(2),
        save_artifact("adapter", "artifacts/a.gguf", sha256="00", size=3, job=1, lineage={"parent": "ö"}),
        save_model("embedded/a", {"name": "a"}, {"job": 1}),
        end_job(1, "done", "", result={"model": "embedded/a"}, measured={"wall_s": 13.0}),
    )
    job = taken(project)
    assert (job.state, job.progress, job.result) == ("done", 1.0, {"model": "embedded/a"})
    assert [count(project, table) for table in ("measurement", "artifact", "model")] == [1, 1, 1]


def test_each_line_is_taken_once(project: Project) -> None:
    beside = writer_of(project)
    for n in range(5):
        beside.put_now(measurement(n))
        taken(project)
        taken(project)
    assert count(project, "measurement") == 5
    [[offset]] = project.reader.rows("SELECT events_offset FROM job")
    assert offset == (folder_of(project) / EVENTS).stat().st_size


def test_a_line_without_its_end_waits_and_a_torn_one_is_passed_over(project: Project) -> None:
    beside = writer_of(project)
    beside.put_now(measurement(1))
    beside.close()
    with (folder_of(project) / EVENTS).open("ab") as file:
        file.write(b'{"by":"17","at":"2026-01-01T00:00:00Z","write":"save_measure')
    taken(project)
    assert count(project, "measurement") == 1
    writer_of(project).put_now(measurement(2))  # the next process: what was torn stays alone on its line
    taken(project)
    assert count(project, "measurement") == 2


def test_lines_that_say_nothing_change_nothing(project: Project) -> None:
    writer_of(project).put_now(measurement(1))
    good = json.loads((folder_of(project) / EVENTS).read_text())
    lines: tuple[Any, ...] = (
        [], 7, {}, {"by": "17"}, good | {"write": "of a later program"}, good | {"given": {}}, good | {"given": []},
        good | {"given": {"one": {"what": None}}}, good | {"write": "end_job", "given": {}},
        good | {"write": "end_job", "given": None},
    )  # fmt: skip
    with (folder_of(project) / EVENTS).open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.write("\x00\xff\n")
    writer_of(project).put_now(measurement(2))
    assert taken(project).state == "queued"
    assert count(project, "measurement") == 2


def test_a_straggler_of_an_earlier_start_is_not_heard(project: Project) -> None:
    early, now = writer_of(project, "16"), writer_of(project)
    now.put_now(begin_given(1, ELSEWHERE))
    early.put_now(end_job(1, "interrupted", "It was ended from outside.", result={}, measured={}))
    assert taken(project).state == "running"


def test_a_cancelled_one_stays_cancelled_but_for_its_end(project: Project) -> None:
    beside = writer_of(project)
    beside.put_now(begin_given(1, ELSEWHERE))
    taken(project)
    project.writer.put_now(end_job(1, "cancelled", "It was cancelled.", result={}, measured={}))
    beside.put_now(begin_given(1, ELSEWHERE))
    beside.put_now(end_job(1, "interrupted", "It was ended from outside.", result={}, measured={}))
    assert taken(project).state == "cancelled"
    beside.put_now(end_job(1, "done", "", result={"steps": 9}, measured={}))  # it was quicker
    assert taken(project).result == {"steps": 9}


def test_a_heartbeat_is_as_old_as_its_line(project: Project) -> None:
    writer_of(project).put_now(begin_given(1, ELSEWHERE), beat_job(1, 0.1, {}, [], 1.0))
    path = folder_of(project) / EVENTS
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    path.write_text("".join(json.dumps(json.loads(line) | {"at": long_ago}) + "\n" for line in path.open()))
    job = taken(project)
    assert job.state == "interrupted"
    assert "node-3" in job.reason
    assert "60 min" in job.reason
    writer_of(project).put_now(beat_job(1, 0.2, {}, [], 2.0))
    assert taken(project).state == "running"


def test_what_cannot_be_told_is_refused_before_anything_is_written(project: Project) -> None:
    beside = writer_of(project)
    with pytest.raises(GenaiError, match="writes into the project itself"):
        beside.put_now(measurement(1), save_choice("model", "a/b"))
    assert not (folder_of(project) / EVENTS).exists()


def test_of_two_that_take_in_at_once_each_line_is_taken_by_one(project: Project) -> None:
    beside = writer_of(project)
    ready = threading.Barrier(2)
    with Project.open(project.folder) as other:

        def work(mine: Project) -> None:
            ready.wait()
            for _ in range(60):
                taken(mine)

        both = [threading.Thread(target=work, args=(each,)) for each in (project, other)]
        for each in both:
            each.start()
        for n in range(200):
            beside.put_now(measurement(n))
        for each in both:
            each.join()
        taken(other)
    assert count(project, "measurement") == 200


def test_one_that_is_killed_while_it_takes_in_loses_nothing_and_repeats_nothing(project: Project) -> None:
    lines = 60_000
    writer_of(project).put_now(measurement(0))
    path = folder_of(project) / EVENTS
    path.write_bytes(path.read_bytes() * lines)
    script = f"from genai_tui.project import Project; Project.open({str(project.folder)!r})"
    taker = subprocess.Popen([sys.executable, "-c", script])
    end = time.monotonic() + 60
    while count(project, "measurement") == 0:
        assert time.monotonic() < end
    taker.send_signal(signal.SIGKILL)
    taker.wait()
    some = count(project, "measurement")
    assert 0 < some < lines
    taken(project)
    assert count(project, "measurement") == lines


def test_opening_a_project_takes_in_what_was_written_meanwhile(project: Project) -> None:
    writer_of(project).put_now(begin_given(1, ELSEWHERE))
    with Project.open(project.folder) as opened:
        assert [job.state for job in given_jobs(opened.reader)] == ["running"]


def test_a_job_that_slurm_starts_again_knows_what_it_told_last(project: Project) -> None:
    assert last_told(folder_of(project), "17") == ({}, "")
    beside = writer_of(project)
    beside.put_now(begin_given(1, ELSEWHERE))
    beside.put_now(beat_job(1, 0.3, {"loss": 1.0}, [], 30.0))
    beside.put_now(end_job(1, "interrupted", "", result={}, measured={}))
    told, state = last_told(folder_of(project), "17")
    assert (told["worked_s"], told["metrics"], state) == (30.0, {"loss": 1.0}, "interrupted")
    assert last_told(folder_of(project), "18") == ({}, "")


def test_a_full_disk_is_said_and_the_next_line_stands_alone(project: Project) -> None:
    path = folder_of(project) / EVENTS
    path.symlink_to("/dev/full")
    beside = writer_of(project)
    with pytest.raises(StorageFault, match="could not be written"):
        beside.put_now(measurement(1))
    beside.close()
    path.unlink()
    beside.put_now(measurement(2))
    taken(project)
    assert count(project, "measurement") == 1
    assert os.stat(path).st_mode & 0o007 == 0
