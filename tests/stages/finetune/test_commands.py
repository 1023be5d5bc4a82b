"""`finetune plan` and `start` by command, on a model of two layers: what is refused, kept, measured."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.stages.finetune.settings import Settings
from genai_tui.store.jobs import find_job
from genai_tui.store.measurements import TRAINING_MEMORY, measurements
from tests.stages.finetune.test_checking import folder, imported
from tests.support.commands import Ended, genai
from tests.support.training import MISSING, needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "folder", "tiny", "unpacked"]
FEW = ("--set", "steps=4", "--set", "warmup_steps=1", "--set", "rank=2", "--set", "batch=4", "--set", "evaluations=2")
TRAIN = [(f"{word} {other}", "ab"[n % 2]) for n, word in enumerate(("send", "refund", "cancel", "repeat", "drop"))
         for other in ("it", "them", "all of those", "nothing")]  # fmt: skip
DEV = [("Where is my invoice", "a"), ("It will not start", "b"), ("How do I pay", "a")]


@pytest.fixture
def ready(folder: Path) -> Path:
    """A project with rows to train on."""
    imported(folder, "tickets", train=TRAIN, dev=DEV)
    return folder


def finetune(folder: Path, word: str, *words: object) -> Ended:
    return genai("finetune", word, *map(str, words), cwd=folder)


def git(folder: Path, *words: str) -> str:
    said = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", "-C", folder, *said, *words], check=True, capture_output=True, text=True).stdout


@needs_training
def test_a_plan_says_data_settings_and_estimate_in_80_columns(ready: Path, tiny: Path) -> None:
    ended = finetune(ready, "plan", "--model", tiny, *FEW)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert max(len(line) for line in lines if str(tiny) not in line) <= 80
    assert [line for line in lines if line.isupper()] == ["DATA", "SETTINGS", "ESTIMATE"]
    assert "tickets v2: 20 train, 3 dev" in ended.out
    assert "rank 2" in " ".join(ended.out.split())
    assert list((ready / ".genai" / "jobs").iterdir()) == []
    told = finetune(ready, "plan", "--model", tiny, "--json", *FEW).json
    assert (told["steps"], told["data"]["tokens"]["train"]["rows"], told["data"]["leaks"]) == (4, 20, {})
    assert told["estimate"]["wall_s"] > 0
    assert told["estimate"]["cost_usd"] == 0


@needs_training
def test_a_file_of_settings_makes_the_same_plan_again(ready: Path, tiny: Path, tmp_path: Path) -> None:
    git(ready, "init", "-q")
    (ready / "notes").write_text("one")
    git(ready, "add", "--", ".", ":!.genai")
    git(ready, "commit", "-qm", "one")
    head = git(ready, "rev-parse", "HEAD").strip()
    file = tmp_path / "settings.toml"
    first = finetune(ready, "plan", "--model", tiny, "--json", "--output", file, *FEW).json
    text = file.read_text()
    assert tomllib.loads(text)["steps"] == 4
    assert f"# git commit: {head}\n" in text
    assert f"# rows of train: {first['kept']['rows']['train']}" in text
    assert f"# version of torch: {first['kept']['versions']['torch']}" in text
    again = finetune(ready, "plan", "--model", tiny, "--json", "--config", file).json
    assert (again["settings"], again["kept"]) == (first["settings"], first["kept"])
    (ready / "notes").write_text("two")
    assert finetune(ready, "plan", "--model", tiny, "--json").json["kept"]["git"] == f"{head}+changes"
    imported(ready, "tickets", dev=[*DEV, ("One more", "a")])
    after = finetune(ready, "plan", "--model", tiny, "--json").json["kept"]["rows"]
    assert after["train"] == first["kept"]["rows"]["train"]
    assert after["dev"] != first["kept"]["rows"]["dev"]


@needs_training
def test_leaks_are_refused_and_where_they_are_allowed_the_job_says_so(ready: Path, tiny: Path) -> None:
    imported(ready, "tickets", dev=[*DEV, (TRAIN[0][0].upper(), "a")])
    refused = finetune(ready, "start", "--model", tiny, "--json", *FEW)
    assert refused.code == 2
    assert refused.error["findings"][0]["rows"] == ["dev:4"]
    assert finetune(ready, "plan", "--model", tiny, *FEW).code == 1
    assert finetune(ready, "plan", "--model", tiny, "--allow-leaks", *FEW).code == 0
    with Project.open(ready) as project:
        assert project.reader.rows("SELECT * FROM job") == []
    told = finetune(ready, "start", "--model", tiny, "--allow-leaks", "--wait", "--json", *FEW).json
    with Project.open(ready) as project:
        job = find_job(project.reader, told["job"])
    assert job.args["kept"]["leaks"]["normalised-in-train"] == 1
    assert job.result["leaks"] == job.args["kept"]["leaks"]


@needs_training
def test_a_job_keeps_what_it_should_take_and_its_machine_learns_what_it_took(ready: Path, tiny: Path) -> None:
    ended = finetune(ready, "start", "--model", tiny, "--wait", "--json", *FEW)
    assert ended.code == 0, ended.err
    told = genai("job", "show", ended.json["job"], "--json", cwd=ready).json
    assert told["state"] == "done"
    assert told["estimate"]["peak_memory_bytes"] > 0
    with Project.open(ready) as project:
        [memory] = measurements(project.reader, TRAINING_MEMORY)
    ratio = told["measured"]["peak_memory_bytes"] / told["estimate"]["alone"]["peak_memory_bytes"]
    assert memory.value == pytest.approx(ratio, rel=0.05)
    assert memory.job == ended.json["job"]
    shown = genai("job", "show", ended.json["job"], cwd=ready).out
    assert "should take" in shown
    again = finetune(ready, "plan", "--model", tiny, "--json", *FEW).json["estimate"]
    assert again["alone"] == pytest.approx(told["estimate"]["alone"])
    assert again["peak_memory_bytes"] == pytest.approx(memory.value * again["alone"]["peak_memory_bytes"])
    assert len(again["corrected_by"]) == 2
    # what no server here takes is copied out with where it comes from, and how one does
    told = genai("finetune", "export", ended.json["job"], "--output", "out", cwd=ready)
    assert f"vllm serve {tiny} --enable-lora --lora-modules lora-1={ready / 'out'} --max-lora-rank" in told.err
    lineage = json.loads((ready / "out" / "lineage.json").read_text())
    assert (lineage["parent"], lineage["dataset"], lineage["job"]) == (str(tiny), "tickets v2", ended.json["job"])
    assert lineage["metrics"]["dev_loss"] > 0


@needs_training
def test_what_the_steps_do_not_allow_is_refused_before_a_job(ready: Path, tiny: Path) -> None:
    refused = finetune(ready, "start", "--model", tiny, "--set", "steps=6", "--set", "warmup_steps=5")
    assert refused.code == 2
    assert "warm-up" in refused.err
    too_long = finetune(ready, "start", "--model", tiny, "--set", "max_tokens=10", "--json")
    assert too_long.code == 2
    assert too_long.error["findings"][0]["name"] == "too long"
    with Project.open(ready) as project:
        assert project.reader.rows("SELECT * FROM job") == []


@pytest.mark.skipif(not MISSING, reason="the extra train is installed")
def test_without_the_extra_a_plan_shows_the_data_and_how_to_install_it(ready: Path) -> None:
    ended = finetune(ready, "plan", "--model", ready / "model", "--json")
    assert ended.json["estimate"] is None
    assert ended.json["data"]["tokens"] == {}
    assert "genai-tui[train]" in " ".join(finetune(ready, "plan", "--model", ready / "model").out.split())
    assert finetune(ready, "start", "--model", ready / "model").code == 5


def test_settings_of_a_plan_are_all_written(tmp_path: Path) -> None:
    from genai_tui.stages.finetune.settings import read_settings, written_settings

    settings = Settings(rate=1e-3, targets=("q_proj", "v_proj"), threads=2, packing=True)
    file = tmp_path / "s.toml"
    file.write_text(written_settings(settings, {"dataset": json.dumps("a\nb")}))
    assert read_settings(file, Settings()) == settings
