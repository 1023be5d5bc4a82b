"""Trainings that are broken off, by command and for real: a clear end, its reason, what was kept, and going on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.planning import plan_training
from genai_tui.stages.finetune.work import FUNCTION
from genai_tui.store.jobs import find_job, queue_job
from tests.jobs.test_ends import small_memory
from tests.jobs.test_jobs import process_of, shown
from tests.jobs.test_queue import changed
from tests.stages.finetune.test_checking import folder, imported
from tests.stages.finetune.test_commands import DEV, TRAIN
from tests.support.commands import genai
from tests.support.training import MISSING, needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "folder", "small_memory", "tiny", "unpacked"]
STEPS = 12
SLOW = {
    "steps": STEPS, "warmup_steps": 1, "rank": 2, "batch": 4, "accumulate": 8, "evaluations": 3, "patience": 0,
    "threads": 1,
}  # fmt: skip
WITHIN_S = 240.0
PARTS = ("loss/train", "loss/dev", "rate", "gradient")


@pytest.fixture
def ready(folder: Path) -> Path:
    """A project with rows to train on."""
    imported(folder, "tickets", train=TRAIN, dev=DEV)
    return folder


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    """The small model, where it can be taken away."""
    return shutil.copytree(tiny, tmp_path / "model")


def begun(folder: Path, model: Path, **values: Any) -> int:
    """The number of a training's job, which has a process of its own."""
    words = [word for name, value in (SLOW | values).items() for word in ("--set", f"{name}={value}")]
    ended = genai("finetune", "start", "--model", model, "--json", *words, cwd=folder)
    assert ended.code == 0, ended.err
    return int(ended.json["job"])


def waited(folder: Path, job: int, until: Callable[[Job], bool]) -> Any:
    """How a job stands once something is so of it, or it has ended."""
    end = time.monotonic() + WITHIN_S
    with Project.open(folder) as project:
        while not until(told := find_job(project.reader, job)) and told.state in ("queued", "running"):
            assert time.monotonic() < end, told
            time.sleep(0.1)
    return shown(folder, job)


def over(job: Job) -> bool:
    return job.state not in ("queued", "running")


def tell(folder: Path, job: int, sign: signal.Signals, step: int) -> Any:
    """Tell a job something once it has come to a step; how it then ended."""
    told = waited(folder, job, lambda found: (found.progress or 0) * STEPS >= step)
    assert told["state"] == "running", told
    os.kill(process_of(folder, job), sign)
    return waited(folder, job, over)


def resumed(folder: Path, job: int) -> None:
    ended = genai("job", "resume", str(job), "--json", cwd=folder)
    assert ended.code == 0, ended.err


def points(folder: Path, job: int) -> dict[str, dict[int, float]]:
    """The curves of a job."""
    found: dict[str, dict[int, float]] = {}
    with Project.open(folder) as project:
        for name, step, value in project.reader.rows("SELECT name, step, value FROM job_metric WHERE job = ?", (job,)):
            found.setdefault(name, {})[step] = value
    return found


def checkpoints(folder: Path, job: int) -> list[str]:
    return sorted(path.name for path in (folder / ".genai" / "jobs" / str(job) / "checkpoints").glob("checkpoint-*"))


def whole_curve(folder: Path, job: int) -> None:
    assert sorted(points(folder, job)["loss/train"]) == list(range(1, STEPS + 1))
    assert sorted(points(folder, job)["loss/dev"]) == [0, 4, 8, 12]


def queued(folder: Path, model: Path, **values: Any) -> int:
    """A training that waits for a process; nothing was looked at before."""
    with Project.open(folder) as project:
        plan = plan_training(project, model=str(model), values=SLOW | values)
        return int(project.writer.put_now(queue_job("finetune", FUNCTION, plan.as_args(), estimate={}))[0])


def ran(folder: Path, job: int) -> Any:
    """How a job stands once it was worked on here."""
    genai("job", "run", str(job), cwd=folder)
    return shown(folder, job)


def of_stage(folder: Path) -> tuple[str, str]:
    """State and summary of Fine-tune on the board."""
    stage = genai("status", "--json", cwd=folder).json["stages"][3]
    return stage["state"], stage["summary"]


@needs_training
def test_killed_again_and_again_it_comes_to_the_same_as_if_it_had_not_been(ready: Path, model: Path) -> None:
    job = begun(ready, model)
    told = tell(ready, job, signal.SIGTERM, 2)
    assert (told["state"], told["reason"]) == ("interrupted", "It was ended from outside.")
    [kept] = checkpoints(ready, job)
    assert told["kept"] == f"jobs/1/checkpoints/{kept} in the project's .genai"
    resumed(ready, job)
    told = tell(ready, job, signal.SIGKILL, int(kept.rpartition("-")[2]) + 2)
    assert (told["state"], told["reason"]) == ("interrupted", "Its process was killed.")
    assert told["do"] == "genai-tui job resume 1 goes on from there."
    assert of_stage(ready) == ("attention", "lora-1 interrupted")
    told = ran(ready, job)
    assert (told["state"], told["progress"]) == ("done", 1.0), told
    whole_curve(ready, job)
    again = queued(ready, model)
    assert ran(ready, again)["state"] == "done"
    for name in PARTS:
        assert points(ready, job)[name] == points(ready, again)[name]
    best = [ready / ".genai" / "jobs" / str(one) / "best" / "adapter_model.safetensors" for one in (job, again)]
    assert best[0].read_bytes() == best[1].read_bytes()
    changed(ready, again, state="interrupted")  # as if it had been killed after its last step
    began = time.monotonic()
    assert ran(ready, again)["state"] == "done"
    assert time.monotonic() - began < 60
    assert points(ready, job)["loss/train"] == points(ready, again)["loss/train"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@needs_training
def test_a_full_disk_leaves_the_checkpoint_before_and_says_what_to_do(
    ready: Path, model: Path, small_disk: Path
) -> None:
    there = shutil.copytree(ready, small_disk / "work")
    job = begun(there, model)
    tell(there, job, signal.SIGTERM, 2)
    [kept] = checkpoints(there, job)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.truncate(0)
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - 3_000_000)
    told = ran(there, job)
    assert told["state"] == "failed"
    assert told["reason"].startswith("A checkpoint could not be written. The disk is full.")
    assert "resume the job: it goes on from the checkpoint before" in told["reason"]
    assert told["kept"] == f"jobs/1/checkpoints/{kept} in the project's .genai"
    assert checkpoints(there, job) == [kept]
    assert not (there / ".genai" / "jobs" / "1" / "best.new").exists()
    assert of_stage(there) == ("attention", "lora-1 failed")
    filler.unlink()
    told = ran(there, job)
    assert (told["state"], told["reason"]) == ("done", "")
    whole_curve(there, job)


@needs_training
def test_a_model_that_vanished_and_a_checkpoint_that_is_half(ready: Path, model: Path) -> None:
    job = begun(ready, model)
    tell(ready, job, signal.SIGTERM, 2)
    [kept] = checkpoints(ready, job)
    away = model.rename(model.with_name("away"))
    told = ran(ready, job)
    assert told["state"] == "failed"
    assert str(model) in told["reason"]
    assert "Bring it back, and resume the job" in told["reason"]
    assert told["kept"] == f"jobs/1/checkpoints/{kept} in the project's .genai"
    away.rename(model)
    states = ready / ".genai" / "jobs" / "1" / "checkpoints" / kept / "optimizer.pt"
    os.truncate(states, states.stat().st_size // 2)
    assert ran(ready, job)["state"] == "done"
    assert (states.parent.with_name(f"half-{kept}") / "optimizer.pt").is_file()
    whole_curve(ready, job)


@needs_training
def test_weights_that_are_no_numbers(ready: Path, model: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(model / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    told = ran(ready, queued(ready, model))
    assert told["state"] == "failed"
    assert "is no number at step 1" in told["reason"]
    assert "Start a new one with a lower rate" in told["reason"]
    assert told["kept"] == "no checkpoint yet"
    assert sorted(points(ready, 1)["loss/dev"]) == [0]


def limited(folder: Path, job: int, limit: Callable[[], object]) -> int:
    """The exit code of a job's process under a limit."""
    words = [sys.executable, "-m", "genai_tui", "job", "run", str(job)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run(words, cwd=folder, preexec_fn=limit, check=False, **quiet).returncode


@needs_training
def test_memory_that_is_refused(ready: Path, model: Path) -> None:
    import resource

    job = queued(ready, model, rank=900_000_000)
    most = 64 << 30
    assert limited(ready, job, lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))) != 0
    told = shown(ready, job)
    assert told["state"] == "failed"
    assert told["reason"].startswith("Memory ran out in training.")
    assert "a smaller batch" in told["reason"]


@needs_training
@pytest.mark.parametrize("small_memory", [250 << 20], indirect=True)
def test_memory_for_want_of_which_the_system_kills(ready: Path, model: Path, small_memory: Path) -> None:
    job = queued(ready, model)
    code = limited(ready, job, lambda: small_memory.write_text("0"))
    if code != -signal.SIGKILL:
        pytest.skip("the limit of the control group is not kept here")
    told = shown(ready, job)
    assert told["state"] == "interrupted"
    assert "for want of memory" in told["reason"]


@pytest.mark.skipif(not MISSING, reason="the extra train is installed")
def test_packages_that_are_missing(ready: Path) -> None:
    job = queued(ready, ready / "model")
    ended = genai("job", "run", str(job), "--json", cwd=ready)
    assert ended.code == 5
    told = shown(ready, job)
    assert told["state"] == "failed"
    assert "genai-tui[train]" in told["reason"]
    assert told["do"]


@needs_training
def test_a_step_that_takes_long_does_not_keep_a_cancelled_job(ready: Path, model: Path) -> None:
    job = begun(ready, model, accumulate=100_000)
    waited(ready, job, lambda found: "loss/dev" in found.metrics)
    process = process_of(ready, job)
    told = genai("job", "cancel", str(job), "--json", cwd=ready).json
    assert told["state"] == "cancelled"
    for _ in range(100):
        if not Path(f"/proc/{process}").exists():
            return
        time.sleep(0.1)
    raise AssertionError("its process is still there")


@needs_training
def test_what_another_training_left_in_the_folder_is_set_aside(ready: Path, model: Path) -> None:
    left = ready / ".genai" / "jobs" / "1"
    (left / "checkpoints" / "checkpoint-5").mkdir(parents=True)
    (left / "identity.json").write_text(json.dumps({"rows": "others"}))
    told = ran(ready, queued(ready, model, steps=2, accumulate=1))
    assert told["state"] == "done", told
    assert sorted(path.name for path in left.glob("before-*/*")) == ["checkpoints", "identity.json"]
    assert sorted(points(ready, 1)["loss/train"]) == [1, 2]


@needs_training
def test_a_project_that_is_moved_is_not_made_anew_where_it_was(unpacked: Path, tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    from genai_tui.errors import GenaiError
    from tests.stages.finetune.test_training import SETTINGS, Told, trained

    class Moving(Told):
        def progress(self, done: float, total: float, metrics: Any = None, step: int | None = None) -> None:
            super().progress(done, total, metrics, step)
            if step == 3 and self.folder.exists():
                self.folder.rename(tmp_path / "there")

    (tmp_path / "here").mkdir()
    with pytest.raises(GenaiError, match="moved or removed"):
        trained(tiny, AutoTokenizer.from_pretrained(unpacked), Moving(tmp_path / "here"), SETTINGS)
    assert not (tmp_path / "here").exists()
