"""The work of a fine-tuning job: rows, training, the adapter as it is served, and whether that is what was trained."""

import asyncio
import sys
import time
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.jobs.contract import in_thread
from genai_tui.jobs.running import peak_bytes
from genai_tui.records.hashing import content_hash
from genai_tui.stages.finetune.agreement import Expectations, agreement, check_agreement
from genai_tui.stages.finetune.checkpoints import (
    BEST,
    begin_empty,
    keep_identity,
    keep_trained,
    last_checkpoint,
    trained_before,
)
from genai_tui.stages.finetune.estimating import measured_of
from genai_tui.stages.finetune.parents import content_of, ready_folder
from genai_tui.stages.finetune.planning import Plan, plan_of
from genai_tui.stages.finetune.rows import Encoded, Row, encode, refuse, rows_of
from genai_tui.stages.finetune.several import train_together
from genai_tui.stages.finetune.stopping import ends
from genai_tui.stages.finetune.training import be_quiet, train
from genai_tui.stages.finetune.watching import Trained
from genai_tui.stages.finetune.weights.packing import pack_adapter
from genai_tui.stages.finetune.weights.unpacking import needs_extra
from genai_tui.store.artifacts import save_artifact, save_model
from genai_tui.store.datasets import page_examples

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report, Stop
    from genai_tui.project import Project
    from genai_tui.records.datasets import Example, Split

FUNCTION = f"{__name__}:finetune"
PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers")
PROMPTS = 8  # that training and serving are compared on
ANSWERS = 3  # that are looked at for their ends


async def finetune(project: "Project", args: dict[str, Any], report: "Report", stop: "Stop") -> dict[str, Any]:
    """Train what `plan_training` planned, and register what came of it as a model with its lineage.

    Gives `model`, the reference of it, and what was measured; nothing of these where it was asked to stop before.
    Raises GenaiError with what stood in the way.
    """
    began = time.monotonic()
    result = await _work(project, plan_of(project, args), report, stop)
    if result and not result["metrics"]["ended_early"]:
        took = {"wall_s": report.job.worked_s + time.monotonic() - began, "peak_memory_bytes": peak_bytes()}
        await project.writer.put(*measured_of(report.job, took))
    leaks = args.get("kept", {}).get("leaks")
    return {**result, "leaks": leaks} if result and leaks else result


async def _work(project: "Project", plan: Plan, report: "Report", stop: "Stop") -> dict[str, Any]:
    be_quiet()
    if not report.job.worked_s:
        begin_empty(report.folder)
    folder = await asyncio.to_thread(ready_folder, plan.parent)
    rows = {split: await asyncio.to_thread(_rows, project, plan, split) for split in ("train", "dev")}
    encoded = {split: await asyncio.to_thread(_encoded, found, plan, folder) for split, found in rows.items()}
    identity = _identity(plan, encoded)
    keep_identity(report.folder, identity)
    trained = _trained_before(report)
    if trained is None:
        way = train_together if (plan.settings.devices or 1) > 1 else train
        examples = [example for _, example in await asyncio.to_thread(_examples, project, plan, "dev")]
        trained = await in_thread(way, folder, encoded["train"], encoded["dev"], plan.settings, report, stop, examples)
        if trained is None:
            return {}
        keep_trained(report.folder, {**asdict(trained), "folder": BEST})
    metrics = _metrics(trained, encoded["train"])
    report.note(f"Trained: {metrics}")
    if plan.settings.method not in ("lora", "qlora") or plan.parent.gguf is None:
        return await _kept(project, plan, trained, metrics, identity, report)
    return await _served(project, plan, trained, rows["train"], folder, metrics, identity, report)


async def _kept(
    project: "Project", plan: Plan, trained: Trained, metrics: dict[str, Any], identity: dict[str, Any],
    report: "Report",
) -> dict[str, Any]:  # fmt: skip
    """Register what is not served here, and is copied out for a server that takes it, with where it comes from."""
    from genai_tui.inference.embedded import checked

    root = project.database.parent
    files = sorted(trained.folder.glob("*.safetensors"))
    sums = [await asyncio.to_thread(checked.sha256_of, path, root) for path in files]
    folder = str(trained.folder.relative_to(root))
    await project.writer.put(
        save_artifact(
            "weights" if plan.settings.method == "full" else "adapter",
            folder,
            sha256=sums[0] if len(sums) == 1 else content_hash(sums),
            size=sum(path.stat().st_size for path in files),
            job=report.job.id,
            lineage=_lineage(plan, metrics, identity, report),
        )
    )
    return {"folder": folder, "metrics": metrics}


async def _served(
    project: "Project", plan: Plan, trained: Trained, rows: list[Row], folder: Path, metrics: dict[str, Any],
    identity: dict[str, Any], report: "Report",
) -> dict[str, Any]:  # fmt: skip
    """Pack the adapter, see that it answers as it was trained, and give it its name."""
    from genai_tui.inference.embedded import checked
    from genai_tui.inference.embedded.made import keep_made
    from genai_tui.inference.embedded.weights import served_model

    root = project.database.parent
    assert plan.parent.gguf is not None
    artifacts = root / "artifacts"
    artifacts.mkdir(exist_ok=True)
    adapter = artifacts / f"{plan.name}.gguf"
    await asyncio.to_thread(pack_adapter, trained.folder, plan.parent.gguf, adapter)
    sha256 = await asyncio.to_thread(checked.sha256_of, adapter, root)
    expected = await asyncio.to_thread(Expectations.of, folder, trained.folder, rows[:PROMPTS])
    served = replace(served_model(plan.parent.name), name=plan.name, adapters=((str(adapter), sha256),))
    found = await agreement(expected, served, report.note)
    check_agreement(found)
    report.note(found.sentence)
    endpoint, _ = project.settings.model(plan.parent.ref)
    ending = await ends(endpoint, served, rows[:ANSWERS], report.note)
    report.note(ending.sentence)
    lineage = _lineage(plan, metrics, identity, report)
    lineage |= {"agreement": found._asdict(), "ends": ending._asdict()}
    keep_made(root, plan.name, plan.parent.name, adapter)
    ref = f"embedded/{plan.name}"
    await project.writer.put(
        save_artifact(
            "adapter",
            str(adapter.relative_to(root)),
            sha256=sha256,
            size=adapter.stat().st_size,
            job=report.job.id,
            lineage=lineage,
        ),
        save_model(ref, {"name": plan.name, "method": plan.settings.method}, lineage),
    )
    return {"model": ref, "metrics": metrics}


def _lineage(plan: Plan, metrics: dict[str, Any], identity: dict[str, Any], report: "Report") -> dict[str, Any]:
    return {
        "parent": plan.parent.ref,
        "dataset": f"{plan.dataset.name} v{plan.dataset.version}",
        "prompt": plan.prompt.number,
        "job": report.job.id,
        "metrics": metrics,
        "identity": identity,
        **report.job.args.get("kept", {}),
    }


def _trained_before(report: "Report") -> Trained | None:
    """What the training itself gave, where it was over when the job broke off."""
    found = trained_before(report.folder)
    if found is None:
        if report.job.checkpoint and last_checkpoint(report.folder) is None:
            report.note(f"{report.job.checkpoint} is gone, or the best weights so far are: it begins anew.")
        return None
    report.note(f"It was trained already, {found['steps']} steps; what came after that is done again.")
    report.progress(found["steps"], found["steps"])
    return Trained(**{**found, "folder": report.folder / BEST})


def _rows(project: "Project", plan: Plan, split: "Split") -> list[Row]:
    return rows_of(plan.prompt, _examples(project, plan, split), split)


def _examples(project: "Project", plan: Plan, split: "Split") -> "list[tuple[int, Example]]":
    count = plan.dataset.splits.get(split, 0)
    return page_examples(project.reader, plan.dataset, split, 0, count) if count else []


def _encoded(rows: list[Row], plan: Plan, folder: Path) -> list[Encoded]:
    try:
        from transformers import AutoTokenizer
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing

    encoded, faults = encode(rows, AutoTokenizer.from_pretrained(folder), plan.settings.max_tokens)
    refuse(faults)
    return encoded


def _identity(plan: Plan, encoded: dict[str, list[Encoded]]) -> dict[str, Any]:
    """What decides the training: gone on with anything else it would be another."""
    from torch import get_num_threads

    packages = (*PACKAGES, "bitsandbytes") if plan.settings.method == "qlora" else PACKAGES
    return {
        "rows": {split: content_hash([[e.input_ids, e.labels] for e in found]) for split, found in encoded.items()},
        "settings": plan.settings.as_json(),
        "weights": content_of(plan.parent),
        "threads": plan.settings.threads or get_num_threads(),
        "versions": {name: version(name) for name in packages} | {"python": sys.version.split()[0]},
    }


def _metrics(trained: Trained, rows: list[Encoded]) -> dict[str, Any]:
    return {
        "steps": trained.steps,
        "best_step": trained.best_step,
        "train_loss": trained.train_loss,
        "dev_loss": trained.dev_loss,
        "dev_score": trained.dev_score,
        "parent_dev_loss": trained.first_dev_loss,
        "trainable_parameters": trained.trainable,
        "rows": len(rows),
        "ended_early": trained.ended_early,
    }
