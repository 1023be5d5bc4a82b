"""The commands of stage 4: `finetune plan`, `start`, `merge`, `export`, `take`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.commands.question import answered_yes
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.take_commands import take
from genai_tui.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from genai_tui.project import Project
    from genai_tui.records.jobs import Job
    from genai_tui.stages.finetune.planning import Plan
    from genai_tui.stages.finetune.starting import Prepared

    F = TypeVar("F", bound=Callable[..., Any])

LOOK_S = 0.25


@click.group(cls=Group)
def finetune() -> None:
    """Make a better model by training one on the rows of train."""


def _what(command: "F") -> "F":
    """The options that say what is trained, and how."""
    options = (
        click.option(
            "--model",
            metavar="M",
            help="embedded/NAME (smollm2-135m), a Hugging Face folder, or ENDPOINT/ID: a service trains it.",
        ),
        click.option("--dataset", metavar="D", help="Whose train and dev (default: the dataset in use)."),
        click.option("--prompt", metavar="V", help="What it is trained for (default: the latest without examples)."),
        click.option("--method", type=click.Choice(["full", "lora", "qlora", "prompt"]), help="Default: lora."),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings as TOML or YAML."),
        click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, over the file's."),
        click.option("--name", metavar="N", help="What the model will be called (default: lora-1 …)."),
        click.option(
            "--where",
            type=click.Choice(["local", "slurm"]),
            help="On this machine, or given to Slurm (default: local).",
        ),
        click.option(
            "--ask",
            "asks",
            multiple=True,
            metavar="KEY=VALUE",
            help="Of Slurm: partition, gpus, accelerator, cpus, memory_gb, minutes, account, qos, constraint.",
        ),
        click.option("--allow-leaks", is_flag=True, help="Train on rows that are measured too; scores will say so."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@finetune.command(cls=Command)
@_what
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the settings there as TOML.")
@pass_frame
def plan(frame: Frame, /, output: Path | None, **what: Any) -> int:
    """Say what a training will be: its rows, its settings, what it should take. Nothing is started."""
    from genai_tui.stages.finetune.remote_commands import tell_plan
    from genai_tui.stages.finetune.remote_planning import is_remote
    from genai_tui.stages.finetune.starting import prepared
    from genai_tui.stages.finetune.telling import plan_lines

    with frame.project() as project:
        if is_remote(project.settings, what["model"]):
            _no_slurm(what)
            if output is not None:
                raise UsageFault("A service's settings are few: they are not written to a file.", "", "Leave --output.")
            return tell_plan(frame, project, _progress(frame), what)
        found = prepared(project, _planned(project, what), _progress(frame))
    frame.say.progress_done()
    if output is not None:
        _write_settings(found, output)
        frame.say.note(f"The settings are in {output}: genai-tui finetune start --config {output}")
    if frame.say.json:
        frame.say.document(found.as_json())
    else:
        frame.say.lines(plan_lines(found))
    return 1 if found.looked.refused(allow_leaks=found.plan.allow_leaks) else 0


@finetune.command(cls=Command)
@_what
@click.option("--wait", is_flag=True, help="Wait until it has ended; the job goes on if this is interrupted.")
@pass_frame
def start(frame: Frame, /, wait: bool, **what: Any) -> int:
    """Start a training as a job; its model is what `candidate make --model` takes."""
    from genai_tui.stages.finetune.remote_commands import start_there
    from genai_tui.stages.finetune.remote_planning import is_remote

    with frame.project() as project:
        if is_remote(project.settings, what["model"]):
            _no_slurm(what)
            there = start_there(frame, project, _progress(frame), what)
            if there is None:
                return 0
            job, model = there, None  # the service names it once it is made
        else:
            job, model = _start_here(frame, project, what)
        if wait:
            job = run(lambda: _ended(frame, project, job.id))
    if frame.say.json:
        frame.say.document(
            {
                "job": job.id,
                "model": job.result.get("model", model),
                "state": job.state,
                "metrics": {
                    "train_cpu_s": job.measured.get("cpu_s"),
                    "train_wall_s": job.measured.get("wall_s"),
                    "peak_memory_bytes": job.measured.get("peak_memory_bytes"),
                    **job.result.get("metrics", {}),
                },
            }
        )
    if not wait or job.state == "done":
        return 0
    frame.say.error(GenaiError(f"Job {job.id} is {job.state}.", job.reason, f"genai-tui job log {job.id}"))
    return 1


@finetune.command(cls=Command)
@click.argument("ref", metavar="J|MODEL")
@click.option("--name", metavar="N", help="What the model will be called (default: its own name, -merged).")
@click.option("--half", is_flag=True, help="Matrices as float16: half the size.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="The GGUF file (default: in .genai).")
@pass_frame
def merge(frame: Frame, ref: str, name: str | None, half: bool, output: Path | None) -> None:
    """Merge what a job trained into its parent's weights: a model of its own, as GGUF."""
    from genai_tui.stages.finetune import merging

    with frame.project() as project:
        made = run(lambda: merging.merge(project, ref, frame.say.note, name=name, half=half, output=output))
    if frame.say.json:
        more = {"path": str(made.path), "bytes": made.size, "agreement": made.agreement._asdict()}
        frame.say.document({"model": made.model, **more})
    else:
        frame.say.text(f"{made.model}   {made.path}   {made.size / 1e6:,.0f} MB")
        frame.say.note(made.agreement.sentence)


@finetune.command(cls=Command)
@click.argument("ref", metavar="[J|MODEL]", required=False)
@click.option(
    "--format", "format_", type=click.Choice(["openai-chat", "trl"]), default="openai-chat", show_default=True
)
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "dev"]), help="Default: both.")
@click.option("--dataset", metavar="D", help="Whose rows (default: the dataset in use).")
@click.option("--prompt", metavar="V", help="As they are asked by it (default: the latest without examples).")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="A folder to write into.")
@pass_frame
def export(frame: Frame, ref: str | None, format_: Any, splits: Any, dataset: str | None, prompt: str | None,
           output: Path) -> None:  # fmt: skip
    """Write train and dev as files to train on elsewhere; with J or MODEL copy out what was trained."""
    from genai_tui.stages.finetune.exporting import export_adapter, export_rows, served_by_vllm
    from genai_tui.stages.finetune.planning import chosen_prompt
    from genai_tui.store.datasets import find_dataset

    with frame.project() as project:
        if ref is not None:
            files = [(path, 0) for path in export_adapter(project, ref, output)]
            if told := served_by_vllm(project, ref, output):
                frame.say.note(told)
        else:
            found, asked = find_dataset(project.reader, dataset), chosen_prompt(project, prompt)
            written = export_rows(project, found, asked, splits or ("train", "dev"), format_, output)
            files = list(written.values())
    if frame.say.json:
        rows = [{"path": str(path)} | ({"rows": count} if count else {}) for path, count in files]
        frame.say.document({"files": rows})
    else:
        frame.say.lines(f"{path}{f'   {count:,} rows' if count else ''}" for path, count in files)


finetune.add_command(take)


def _start_here(frame: Frame, project: "Project", what: dict[str, Any]) -> "tuple[Job, str]":
    """Start a training, here or by Slurm: its job, and the model it will make."""
    from genai_tui.jobs.telling import seconds_said
    from genai_tui.stages.finetune.starting import prepared, refuse, start_training

    _choose_where(frame, project, what)
    found = prepared(project, _planned(project, what), _progress(frame))
    frame.say.progress_done()
    refuse(found)
    job = run(lambda: start_training(project, found.plan, found))
    for one in found.looked.findings:
        if one.severity != "ok":
            frame.say.note(f"{one.reason} {one.do}".strip())
    if found.takes is not None:
        took = f"≈ {seconds_said(found.takes.time.total)}, {found.takes.memory.total / 1e9:.1f} GB of memory"
        frame.say.note(f"It should take {took}, {found.takes.disk.total / 1e9:.2f} GB of disk.")
        for warning in found.takes.warnings if found.asked is None else ():
            frame.say.note(warning)
    if found.asked is not None:
        frame.say.note(f"Slurm was asked for {found.asked}.")
    frame.say.note(f"Job {job.id} trains embedded/{found.plan.name}; genai-tui job show {job.id} tells of it.")
    return job, f"embedded/{found.plan.name}"


def _planned(project: "Project", what: dict[str, Any]) -> "Plan":
    from genai_tui.jobs.asking import assigned as asked
    from genai_tui.stages.finetune.planning import plan_training
    from genai_tui.stages.finetune.settings import assigned

    ask, values = asked(what.pop("asks")), assigned(what.pop("assignments"))
    return plan_training(project, file=what.pop("config"), values=values, ask=ask, **what)


def _choose_where(frame: Frame, project: "Project", what: dict[str, Any]) -> None:
    """Ask whether Slurm is to have it, where there is one, nothing says so, and somebody can answer."""
    from genai_tui.jobs.slurm import is_here

    said = what["where"] or what["asks"] or "where" in project.settings.slurm
    if said or not sys.stdin.isatty() or frame.say.json or not is_here(project.environ):
        return
    if answered_yes("There is a Slurm here. Give the training to it?", default=False):
        what["where"] = "slurm"


def _no_slurm(what: dict[str, Any]) -> None:
    """Take away what can be said of Slurm only; a service trains where it likes. Raises UsageFault."""
    where, asks = what.pop("where"), what.pop("asks")
    if where == "slurm" or asks:
        raise UsageFault("A service trains it, so nothing is asked of Slurm.", "", "Leave --where and --ask.")


def _progress(frame: Frame) -> "Callable[[int, int], None]":
    return lambda done, total: frame.say.progress(f"looking at rows: {done:,} of {total:,}")


def _write_settings(found: "Prepared", output: Path) -> None:
    from genai_tui.datasets.exporting import write_file
    from genai_tui.stages.finetune.settings import written_settings

    plan, kept = found.plan, found.kept
    words = f"--config {output} --model {plan.parent.ref} --dataset {plan.dataset.name} --prompt {plan.prompt.number}"
    notes = {
        "again": f"genai-tui finetune start {words}",
        "dataset": f"{plan.dataset.name} v{plan.dataset.version}",
        **{f"rows of {split}": digest for split, digest in kept["rows"].items()},
        "prompt": f"v{plan.prompt.number} {kept['prompt_hash']}",
        **{f"version of {name}": number for name, number in kept["versions"].items()},
        **({"git commit": kept["git"]} if kept["git"] else {}),
    }
    write_file(output, [written_settings(plan.settings, {name: one_line(note) for name, note in notes.items()})])


async def _ended(frame: Frame, project: "Project", number: int) -> "Job":
    import asyncio

    from genai_tui.jobs.attending import Attending
    from genai_tui.jobs.telling import figure_said
    from genai_tui.store.jobs import find_job

    attending = Attending(project)
    try:
        while (job := find_job(project.reader, number)).unfinished:
            await asyncio.to_thread(attending.look)
            if job.progress is not None:
                left = figure_said("left_s", job.metrics.get("left_s"))
                loss = job.metrics.get("loss/train")
                said = "" if loss is None else f", loss {loss:.3f}"
                frame.say.progress(f"training: {job.progress * 100:.0f} %{said}, {left}")
            await asyncio.sleep(LOOK_S)
    finally:
        frame.say.progress_done()
    return job
