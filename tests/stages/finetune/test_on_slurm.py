"""A training that is given to Slurm: what is asked for it, and that it goes on from its checkpoint on a real one."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.stages.finetune.test_checking import folder
from tests.stages.finetune.test_commands import FEW, finetune, ready
from tests.support import slurm as support
from tests.support.commands import genai
from tests.support.slurm import Slurm, slurm
from tests.support.training import needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "folder", "ready", "slurm", "tiny", "unpacked"]
pytestmark = needs_training
WITHIN_S = 420.0
SLURM = (
    "--where",
    "slurm",
    "--ask",
    "partition=main",
    "--ask",
    "cpus=1",
    "--ask",
    "memory_gb=1",
    "--ask",
    "minutes=20",
)


def test_a_plan_says_what_slurm_will_be_asked(ready: Path, tiny: Path) -> None:
    words = ("--model", tiny, *FEW, "--where", "slurm", "--ask", "partition=gpu")
    told = finetune(ready, "plan", "--json", *words).json["slurm"]
    assert (told["partition"], told["minutes"], told["memory_gb"], told["gpus"]) == ("gpu", 15, 2, 0)
    out = " ".join(finetune(ready, "plan", *words).out.split())
    assert "Slurm is asked for 4 CPUs, 2 GB, 15 min of partition gpu: twice the" in out
    assert finetune(ready, "plan", "--json", "--model", tiny, *FEW).json["slurm"] is None


def test_who_names_an_accelerator_asks_for_one(ready: Path, tiny: Path) -> None:
    words = ("--model", tiny, *FEW, "--ask", "accelerator=h100")
    told = finetune(ready, "plan", "--json", *words).json["slurm"]
    assert (told["accelerator"], told["gpus"]) == ("h100", 1)


def test_without_a_slurm_it_is_refused_before_there_is_a_job(
    ready: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ended = finetune(ready, "start", "--json", "--model", tiny, *FEW, "--where", "slurm")
    assert (ended.code, ended.error["what"]) == (2, "There is no Slurm here: sbatch is not on the path.")
    assert genai("job", "list", "--json", cwd=ready).json["jobs"] == []


@pytest.mark.skipif(bool(support.missing()), reason=support.missing())
def test_a_training_that_slurm_starts_again_does_no_step_twice(
    ready: Path, tiny: Path, slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("submitit", reason="the extra slurm is not installed")
    for name, value in slurm.environ.items():
        monkeypatch.setenv(name, value)
    words = ("--set", "steps=400", "--set", "warmup_steps=1", "--set", "rank=2", "--set", "batch=2")
    told = finetune(ready, "start", "--json", "--model", tiny, *words, "--set", "evaluations=2", *SLURM).json
    job = told["job"]

    def shown() -> Any:
        return genai("job", "show", str(job), "--json", cwd=ready).json

    def waited(until: Any) -> Any:
        end = time.monotonic() + WITHIN_S
        while not until(now := shown()):
            assert time.monotonic() < end, (now, genai("job", "log", str(job), cwd=ready).out)
            time.sleep(0.2)
        return now

    started = waited(lambda now: (now["progress"] or 0) > 0.1 or now["state"] in ("failed", "done"))
    assert started["state"] == "running", started
    slurm.said("scontrol", "requeue", started["slurm"]["job"])
    assert waited(lambda now: now["state"] == "queued")["checkpoint"].startswith("checkpoints/")
    ended = waited(lambda now: now["state"] in ("done", "failed"))
    assert ended["state"] == "done", ended
    log = genai("job", "log", str(job), cwd=ready).out
    assert "It goes on from step" in log
    from genai_tui.project import Project

    with Project.open(ready) as project:
        rows = project.reader.rows("SELECT step FROM job_metric WHERE job = ? AND name = 'loss/train'", (job,))
    assert sorted(step for (step,) in rows) == list(range(1, 401))
    assert ended["measured"]["peak_memory_bytes"] > 0
    assert (ready / ".genai" / ended["result"]["folder"]).is_dir()
