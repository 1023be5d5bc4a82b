"""Rows and adapters as files for other programs; adapters merged into a model of its own that answers the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.sample import make_sample
from genai_tui.stages.finetune.planning import plan_training
from genai_tui.stages.finetune.watching import BEST
from genai_tui.store.artifacts import lineage_of, save_model
from genai_tui.store.jobs import end_job, queue_job
from tests.stages.finetune.test_checking import folder, imported
from tests.support.commands import genai
from tests.support.training import needs_training, unpacked
from tests.support.weights import fetched_weights, weights

__all__ = ["fetched_weights", "folder", "unpacked", "weights"]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_rows_are_written_as_openai_and_trl_take_them(folder: Path) -> None:
    imported(folder, "tickets", train=[("Wo ist es? ☃", "a"), ("x\ny", "b")], dev=[("z", "c")], test=[("never", "d")])
    for name in ("openai-chat", "trl"):
        told = genai("finetune", "export", "--format", name, "--output", name, "--json", cwd=folder).json
        assert [(Path(each["path"]).name, each["rows"]) for each in told["files"]] == [
            ("train.jsonl", 2), ("dev.jsonl", 1),
        ]  # fmt: skip
    asked = {"role": "user", "content": "Sort it: Wo ist es? ☃"}
    answer = {"role": "assistant", "content": "a"}
    assert lines(folder / "openai-chat" / "train.jsonl")[0] == {"messages": [asked, answer]}
    assert lines(folder / "trl" / "train.jsonl")[0] == {"prompt": [asked], "completion": [answer]}
    assert lines(folder / "trl" / "dev.jsonl")[0]["completion"][0]["content"] == "c"
    assert not list(folder.rglob("test.jsonl"))
    for name in ("openai-chat", "trl"):  # each is read as it was written
        path = folder / name / "train.jsonl"
        assert genai("data", "import", path, "--split", "train", "--name", name, cwd=folder).code == 0
        row = genai("data", "show", "train:1", "--dataset", name, "--json", cwd=folder).json
        assert (row["inputs"], row["expected"]) == ({"messages": [asked]}, "a")


def test_a_row_without_an_answer_is_named_and_nothing_is_written(folder: Path) -> None:
    imported(folder, "tickets", train=[("x", "a"), ("y", None)])
    ended = genai("finetune", "export", "--output", "out", cwd=folder)
    assert ended.code == 2
    assert "train:2" in ended.err
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize("ref", ["embedded/nothing", "7"])
def test_what_was_not_trained_here_is_neither_exported_nor_merged(folder: Path, ref: str) -> None:
    for words in (("export", ref, "--output", "out"), ("merge", ref)):
        assert genai("finetune", *words, cwd=folder).code == 2


@pytest.fixture
def trained(tmp_path: Path, weights: Path, unpacked: Path) -> Path:
    """The sample project with a job that is done: an adapter of the embedded model, random and not small."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = AutoModelForCausalLM.from_pretrained(unpacked, dtype=torch.float32)
    torch.manual_seed(0)
    model = get_peft_model(base, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, each in model.named_parameters():
            if "lora_B" in name:
                each.normal_(0, 0.02)
    made = tmp_path / "sample"
    with make_sample(made, environ={}) as project:
        plan = plan_training(project, name="mine", method="qlora")
        args = {**plan.as_args(), "kept": {"leaks": {"near-train": 2}, "dataset_version": plan.dataset.id}}
        [job] = project.writer.put_now(queue_job("finetune", "", args, estimate={}))
        project.writer.put_now(end_job(job, "done", "", result={"metrics": {"dev_loss": 1.0}}, measured={}))
        project.writer.put_now(save_model("embedded/mine", {}, {"job": job, **args["kept"]}))
    best = made / ".genai" / "jobs" / str(job) / BEST
    model.save_pretrained(best)
    AutoTokenizer.from_pretrained(unpacked).save_pretrained(best)
    return made


@needs_training
def test_an_adapter_is_copied_out_with_its_lineage(trained: Path) -> None:
    told = genai("finetune", "export", "embedded/mine", "--output", "out", "--json", cwd=trained).json
    names = {Path(each["path"]).name for each in told["files"]}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "lineage.json"} <= names
    best = trained / ".genai" / "jobs" / "1" / BEST / "adapter_model.safetensors"
    assert (trained / "out" / "adapter_model.safetensors").read_bytes() == best.read_bytes()
    assert json.loads((trained / "out" / "lineage.json").read_text())["job"] == 1
    again = genai("finetune", "export", "embedded/mine", "--output", "out", cwd=trained)
    assert again.code == 2


@needs_training
def test_what_is_merged_is_a_model_that_answers_as_it_was_trained(trained: Path) -> None:
    told = genai("finetune", "merge", "embedded/mine", "--half", "--json", cwd=trained)
    assert told.code == 0, told.err
    assert told.json["model"] == "embedded/mine-merged"
    assert "trained over 4-bit weights" in told.err
    assert told.json["agreement"]["mean"] < 0.006
    assert told.json["bytes"] == Path(told.json["path"]).stat().st_size < 280e6
    with Project.open(trained) as project:
        lineage = lineage_of(project.reader, "embedded/mine-merged") or {}
        [[kind, path]] = project.reader.rows("SELECT kind, path FROM artifact")
    assert (lineage["merged_from"], lineage["job"], lineage["leaks"]) == ("embedded/mine", 1, {"near-train": 2})
    assert (kind, path) == ("merged", "artifacts/mine-merged.gguf")
    models = genai("model", "list", "--endpoint", "embedded", "--json", cwd=trained).json["models"]
    assert "embedded/mine-merged" in [each["model"] for each in models]
    assert genai("finetune", "merge", "embedded/mine", cwd=trained).code == 2  # the name is taken


@needs_training
def test_weights_that_were_changed_on_the_way_are_no_model(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from genai_tui.stages.finetune.weights import packing

    monkeypatch.setattr(packing, "permuted", lambda rows, heads: rows)
    ended = genai("finetune", "merge", "1", "--half", cwd=trained)
    assert ended.code == 1
    assert "not what was trained" in ended.err
    assert not list((trained / ".genai").rglob("*.gguf"))


@pytest.mark.parametrize(("parent", "rank", "most"), [("models/llama", 16, 16), ("models/llama", 12, 16), ("m", 4, 8)])
def test_an_exported_adapter_says_how_vllm_serves_it(tmp_path: Path, parent: str, rank: int, most: int) -> None:
    with Project.create(tmp_path / "work") as project:
        project.writer.put_now(save_model("embedded/mine", {}, {"job": 1, "parent": parent}))
    best = tmp_path / "work" / ".genai" / "jobs" / "1" / BEST
    best.mkdir(parents=True)
    (best / "adapter_config.json").write_text(json.dumps({"r": rank}))
    told = genai("finetune", "export", "embedded/mine", "--output", "out", cwd=tmp_path / "work")
    assert told.code == 0, told.err
    folder = tmp_path / "work" / "out"
    assert f"vllm serve {parent} --enable-lora --lora-modules mine={folder} --max-lora-rank {most}" in told.err
    assert "compare both by an evaluation" in told.err


def test_an_adapter_of_the_embedded_model_is_not_sent_to_vllm(tmp_path: Path) -> None:
    with Project.create(tmp_path / "work") as project:
        project.writer.put_now(save_model("embedded/mine", {}, {"job": 1, "parent": "embedded/smollm2-135m"}))
    best = tmp_path / "work" / ".genai" / "jobs" / "1" / BEST
    best.mkdir(parents=True)
    (best / "adapter_config.json").write_text(json.dumps({"r": 16}))
    told = genai("finetune", "export", "embedded/mine", "--output", "out", cwd=tmp_path / "work")
    assert (told.code, "vllm" in told.err) == (0, False)
