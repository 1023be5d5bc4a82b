"""The commands of stage 4: `finetune plan` and `start`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.errors import GenaiError, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from genai_tui.project import Project
    from genai_tui.records.jobs import Job
    from genai_tui.stages.finetune.planning import Plan

    F = TypeVar("F", bound=Callable[..., Any])

LOOK_S = 0.25


@click.group(cls=Group)
def finetune() -> None:
    """Make a better model by training one on the rows of train."""


def _what(command: "F") -> "F":
    """The options that say what is trained, and how."""
    options = (
        click.option("--model", metavar="M", help="embedded/NAME or a Hugging Face folder (embedded/smollm2-135m)."),
        click.option("--dataset", metavar="D", help="Whose train and dev (default: the dataset in use)."),
        click.option("--prompt", metavar="V", help="What it is trained for (default: the latest without examples)."),
        click.option("--method", type=click.Choice(["full", "lora", "qlora", "prompt"]), help="Default: lora."),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings as TOML or YAML."),
        click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, over the file's."),
        click.option("--name", metavar="N", help="What the model will be called (default: lora-1 …)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@finetune.command(cls=Command)
@_what
@pass_frame
def plan(frame: Frame, /, **what: Any) -> None:
    """Say what a training will be: rows, settings, what it should take. Nothing is started."""
    with frame.project() as project:
        found = _planned(project, what)
    if frame.say.json:
        frame.say.document({**found.as_args(), "rows": found.dataset.splits})
        return
    frame.say.text(f"model     {found.parent.ref} → embedded/{found.name}")
    rows = ", ".join(f"{count:,} {split}" for split, count in found.dataset.splits.items())
    frame.say.text(f"data      {found.dataset.name} v{found.dataset.version}: {rows}")
    frame.say.text(f"prompt    v{found.prompt.number}, without examples")
    frame.say.lines(f"{name:<14} {value}" for name, value in found.settings.as_json().items() if value is not None)


@finetune.command(cls=Command)
@_what
@click.option("--wait", is_flag=True, help="Wait until it has ended; the job goes on if this is interrupted.")
@pass_frame
def start(frame: Frame, /, wait: bool, **what: Any) -> int:
    """Start a training as a job; its model is what `candidate make --model` takes."""
    from genai_tui.stages.finetune.starting import start_training

    with frame.project() as project:
        found = _planned(project, what)
        job = run(lambda: start_training(project, found))
        frame.say.note(f"Job {job.id} trains embedded/{found.name}; genai-tui job show {job.id} tells how it stands.")
        if wait:
            job = run(lambda: _ended(frame, project, job.id))
    if frame.say.json:
        frame.say.document(
            {
                "job": job.id,
                "model": job.result.get("model", f"embedded/{found.name}"),
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


def _planned(project: "Project", what: dict[str, Any]) -> "Plan":
    from genai_tui.stages.finetune.planning import plan_training
    from genai_tui.stages.finetune.settings import parsed

    pairs = [text.partition("=") for text in what.pop("assignments")]
    if odd := [key for key, equals, _ in pairs if not equals]:
        raise UsageFault(f"--set takes KEY=VALUE, not {odd[0]}.")
    return plan_training(
        project, file=what.pop("config"), values=parsed({key.strip(): value for key, _, value in pairs}), **what
    )


async def _ended(frame: Frame, project: "Project", number: int) -> "Job":
    import asyncio

    from genai_tui.jobs.telling import figure_said
    from genai_tui.store.jobs import find_job

    try:
        while (job := find_job(project.reader, number)).state in ("queued", "running"):
            if job.progress is not None:
                left = figure_said("left_s", job.metrics.get("left_s"))
                loss = job.metrics.get("loss/train")
                said = "" if loss is None else f", loss {loss:.3f}"
                frame.say.progress(f"training: {job.progress * 100:.0f} %{said}, {left}")
            await asyncio.sleep(LOOK_S)
    finally:
        frame.say.progress_done()
    return job
