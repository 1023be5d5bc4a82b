"""Weights with an adapter merged into them, or trained whole, as a model of their own that is served as GGUF."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.endpoints import ServedModel
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.agreement import Expectations, Merged, merged_agreement
from genai_tui.stages.finetune.checking import training_rows
from genai_tui.stages.finetune.exporting import trained_folder
from genai_tui.stages.finetune.parents import Parent, ready_folder
from genai_tui.stages.finetune.planning import Plan, plan_of
from genai_tui.stages.finetune.training import be_quiet
from genai_tui.stages.finetune.weights.packing import pack_merged
from genai_tui.stages.finetune.weights.unpacking import needs_extra
from genai_tui.store.artifacts import lineage_of, save_artifact, save_model
from genai_tui.store.jobs import find_job

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.finetune.rows import Row

PROMPTS = 4  # that training and serving are compared on, at several places of each
CONTEXT = 2048
Notice = Callable[[str], None]


class Made(NamedTuple):
    """A model of its own weights: its reference, its file, how far it lies from what was trained."""

    model: str
    path: Path
    size: int
    agreement: Merged


async def merge(
    project: "Project", ref: str, notice: Notice, *, name: str | None = None, half: bool = False,
    output: Path | None = None,
) -> Made:  # fmt: skip
    """Merge what `ref` (a model, or a job's number) was trained to into its parent, in float32, and serve it as GGUF.

    Matrices are float32, or float16 where `half`. It is a model once the server says of some prompts what training
    says. Seconds to minutes, and twice the weights of memory. Raises UsageFault for prompt tuning and for parents that
    are no GGUF, MissingPiece without the extra `train`, CheckNotMet where the server says otherwise.
    """
    from genai_tui.inference.embedded import checked
    from genai_tui.inference.embedded.weights import add_model, served_models

    job, plan = await asyncio.to_thread(_trained, project, ref)
    gguf = plan.parent.gguf
    _check(plan)
    assert gguf is not None
    wanted = name or f"{plan.name}-merged"
    if wanted in served_models():
        raise UsageFault(f"The name {wanted} is taken.", "", "Give another: --name N")
    source = trained_folder(project, ref)
    root = project.database.parent
    target = (output or root / "artifacts" / f"{wanted}.gguf").expanduser().absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise UsageFault(f"{target} is there already.", "", "Name another file: --output FILE")
    rows = await asyncio.to_thread(training_rows, project.reader, plan.dataset, plan.prompt, "train")
    notice("Merging in float32.")
    if plan.settings.method == "qlora":
        notice("It was trained over 4-bit weights, which the parent's own are not: evaluate what is merged again.")
    expected = await asyncio.to_thread(_packed, plan.parent, source, rows[:PROMPTS], target, half)
    try:
        sha256 = await asyncio.to_thread(checked.sha256_of, target, root)
        # keys and values in float32: what is compared are the weights
        served = ServedModel(wanted, str(target), sha256, context=CONTEXT, slots=1, kv_type="f32")
        notice("Asking the server for the same.")
        found = await merged_agreement(expected, served, notice)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    await asyncio.to_thread(add_model, target, wanted)
    size = target.stat().st_size
    lineage = _lineage(project, plan, job, ref) | {"half": half, "agreement": found._asdict()}
    model = f"embedded/{wanted}"
    writes: list[Any] = [save_model(model, {"name": wanted, "method": f"{plan.settings.method}, merged"}, lineage)]
    if target.is_relative_to(root):
        path = str(target.relative_to(root))
        writes.append(save_artifact("merged", path, sha256=sha256, size=size, job=job.id, lineage=lineage))
    await project.writer.put(*writes)
    return Made(model, target, size, found)


def _trained(project: "Project", ref: str) -> tuple[Job, Plan]:
    number = int(ref) if ref.isdigit() else (lineage_of(project.reader, ref) or {}).get("job")
    if number is None:
        raise UsageFault(
            f"{ref} was not trained here.", "", "Name a job's number, or a model that `finetune start` made."
        )
    job = find_job(project.reader, number)
    if job.kind != "finetune" or job.state != "done":
        raise UsageFault(f"Job {job.id} is no training that is done.", f"It is {job.kind}, {job.state}.")
    return job, plan_of(project, job.args)


def _check(plan: Plan) -> None:
    if plan.settings.method == "prompt":
        raise UsageFault(
            "Virtual tokens cannot be merged into weights.", "They stand before each prompt.", "Train lora instead."
        )
    if plan.parent.gguf is None:
        raise UsageFault(
            f"{plan.parent.ref} is no GGUF, so that nothing says how its merged weights are to be written as one.",
            "Tokenizer and template of the result are the parent's own.",
            "Copy the adapter out (genai-tui finetune export) and serve it with the folder.",
        )


def _packed(parent: Parent, source: Path, rows: "list[Row]", target: Path, half: bool) -> Expectations:
    """Write the merged weights, and say what they answer before they are written. Loads them: call it in a thread."""
    be_quiet()
    try:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing

    folder = ready_folder(parent)
    adapter = (source / "adapter_config.json").is_file()
    model: Any = AutoModelForCausalLM.from_pretrained(folder if adapter else source, dtype=torch.float32)
    if adapter:
        model = PeftModel.from_pretrained(model, source)
    model = model.eval()
    expected = Expectations.of_model(model, AutoTokenizer.from_pretrained(folder), rows)
    if adapter:
        model = model.merge_and_unload()
    weights: Mapping[str, Any] = {name: each.detach().cpu().numpy() for name, each in model.state_dict().items()}
    assert parent.gguf is not None
    pack_merged(weights, parent.gguf, target, half=half)
    return expected


def _lineage(project: "Project", plan: Plan, job: Job, ref: str) -> dict[str, Any]:
    known = lineage_of(project.reader, ref) if not ref.isdigit() else None
    known = known or lineage_of(project.reader, f"embedded/{plan.name}") or {}
    return {
        "parent": plan.parent.ref,
        "dataset": f"{plan.dataset.name} v{plan.dataset.version}",
        "prompt": plan.prompt.number,
        "job": job.id,
        "metrics": job.result.get("metrics", {}),
        **job.args.get("kept", {}),
        **known,
        "merged_from": f"embedded/{plan.name}" if known else f"job {job.id}",
    }
