"""Training in two processes on a processor, for real: the losses of one that accumulates; ended, killed, gone on with.

On GPUs the same goes over NCCL instead of gloo, and is not tested here.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from genai_tui.errors import GenaiError
from genai_tui.jobs.contract import Stop
from genai_tui.project import Project
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.settings import Settings
from genai_tui.store.jobs import find_job
from tests.stages.finetune.test_checking import folder, imported
from tests.stages.finetune.test_commands import DEV, TRAIN
from tests.stages.finetune.test_methods import uneven
from tests.stages.finetune.test_training import SETTINGS, Told, tokenizer
from tests.support.commands import genai
from tests.support.training import needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "folder", "tiny", "tokenizer", "unpacked"]
pytestmark = needs_training

CURVES = ("loss/train", "loss/dev", "gradient", "rate")
WITHIN_S = 300.0  # starting three processes that import torch, on a busy machine


def one(tiny: Path, tokenizer: Any, report: Told, settings: Settings) -> Any:
    from genai_tui.stages.finetune.training import train

    return train(tiny, uneven(tokenizer, 19), uneven(tokenizer, 55, 50), settings, report, Stop())


def two(tiny: Path, tokenizer: Any, report: Told, settings: Settings, stop: Stop | None = None) -> Any:
    from genai_tui.stages.finetune.several import train_together

    settings = replace(settings, devices=2, accumulate=1, threads=1)
    return train_together(tiny, uneven(tokenizer, 19), uneven(tokenizer, 55, 50), settings, report, stop or Stop())


def curves(report: Told) -> dict[tuple[str, int], float | None]:
    return {at: value for at, value in report.points.items() if at[0] in CURVES}


def weights_of(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    [file] = folder.glob("*.safetensors")
    return {name: each.numpy() for name, each in load_file(file).items()}


@pytest.mark.parametrize(
    ("settings", "moment"),
    [(replace(SETTINGS, dropout=0.0), 0), (replace(SETTINGS, dropout=0.0, method="full", rate=1e-3, shard=True), 5)],
    ids=["a copy each", "a part each, interrupted"],
)
def test_two_learn_what_one_does_that_accumulates(
    tiny: Path, tokenizer: Any, tmp_path: Path, settings: Settings, moment: int
) -> None:
    """19 rows by 4 x 2: the last update of each epoch is of 3 rows, and one of the two has none of them."""
    told, parts = Told(tmp_path / "one"), Told(tmp_path / "two")
    alone = one(tiny, tokenizer, told, replace(settings, shard=None))
    (tmp_path / "two").mkdir()
    before: dict[Any, Any] = {}
    if moment:
        stop = Stop()
        first = Told(tmp_path / "two", stop, moment)
        assert two(tiny, tokenizer, first, settings, stop) is None
        before = curves(first)
        assert max(step for name, step in before if name == "loss/train") < 8
        assert list((tmp_path / "two").glob("checkpoints/*/pytorch_model_fsdp.bin"))  # it was sharded
    found = two(tiny, tokenizer, parts, settings)
    assert ((parts.take().back_to or 0) > 0) is bool(moment)  # it went on, and did not begin anew
    assert before | curves(parts) == pytest.approx(curves(told), rel=2e-5)
    assert (found.steps, found.best_step, found.trainable) == (alone.steps, alone.best_step, alone.trainable)
    mine, theirs = weights_of(found.folder), weights_of(alone.folder)
    assert mine.keys() == theirs.keys()
    for name, each in theirs.items():
        assert mine[name] == pytest.approx(each, abs=1e-4), name
    assert not list((tmp_path / "two").glob("ranks-*"))


# as a job


def waited(folder: Path, number: int, until: Callable[[Job], Any]) -> Job:
    end = time.monotonic() + WITHIN_S
    while True:
        with Project.open(folder, environ=os.environ) as project:
            job = find_job(project.reader, number)
        if until(job):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.25)


def ranks_of(job: Job) -> list[psutil.Process]:
    assert job.process is not None
    started = psutil.Process(job.process.pid).children()
    return [each for each in started if "genai_tui.stages.finetune.rank" in each.cmdline()]


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=WITHIN_S)
    return not alive


@pytest.fixture
def no_orphans(folder: Path) -> Iterator[None]:
    """Whatever fails, no job goes on when the test is over."""
    yield
    with Project.open(folder, environ=os.environ) as project:
        process = find_job(project.reader, 1).process
    if process is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def at_step(job: Job) -> int:
    return round((job.progress or 0) * 4000)


@pytest.mark.usefixtures("no_orphans")
def test_all_end_when_one_is_killed_or_the_job_is_cancelled_or_killed(folder: Path, tiny: Path) -> None:
    imported(folder, "tickets", train=TRAIN, dev=DEV)
    values = {"devices": 2, "batch": 4, "steps": 4000, "warmup_steps": 1, "rank": 2, "evaluations": 1, "threads": 1}
    words = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    number = genai("finetune", "start", "--model", tiny, "--json", *words, cwd=folder).json["job"]
    # cancelled: both keep one checkpoint, and are gone
    ranks = ranks_of(waited(folder, number, lambda job: at_step(job) > 2))
    assert len(ranks) == 2
    assert genai("job", "cancel", str(number), cwd=folder).code == 0
    kept = waited(folder, number, lambda job: job.state == "cancelled")
    assert gone(ranks)
    assert kept.checkpoint.startswith("checkpoints/checkpoint-")
    last = int(kept.checkpoint.rpartition("-")[2])
    # gone on with, and one of them killed: the job fails at once, and says why
    assert genai("job", "resume", str(number), cwd=folder).code == 0
    job = waited(folder, number, lambda job: at_step(job) > last + 2)
    ranks = ranks_of(job)
    ranks[1].send_signal(signal.SIGKILL)
    failed = waited(folder, number, lambda job: job.state not in ("running", "queued"))
    assert failed.state == "failed"
    assert "Process 2 of 2 was killed by SIGKILL; the training was ended." in failed.reason
    assert gone(ranks)
    with Project.open(folder, environ=os.environ) as project:
        found = project.reader.rows("SELECT step FROM job_metric WHERE job = ? AND name = 'loss/train'", (number,))
        steps = sorted(step for (step,) in found)
    assert steps == list(range(1, len(steps) + 1))
    # gone on with, and the job's own process killed: none of them is left behind
    assert genai("job", "resume", str(number), cwd=folder).code == 0
    job = waited(folder, number, lambda job: job.state == "running" and job.process and len(ranks_of(job)) == 2)
    ranks = ranks_of(job)
    assert job.process is not None
    os.kill(job.process.pid, signal.SIGKILL)
    assert gone(ranks)
    assert waited(folder, number, lambda job: job.state != "running").state == "interrupted"


def test_more_than_the_machine_has_are_refused(tmp_path: Path) -> None:
    from genai_tui.stages.finetune.several import check_devices

    check_devices(1)
    with pytest.raises(GenaiError, match="devices is 5000; this machine has"):
        check_devices(5000)
