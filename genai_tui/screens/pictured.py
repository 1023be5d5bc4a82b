"""Trainings as the pictures show them: rows of jobs, made through the store, for a real one differs by machine.

Figures follow formulas. Nothing here is an answer of a model, nor a score.
"""

import math
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.project import DEFAULT_MODEL
from genai_tui.records.jobs import Point, ProcessId
from genai_tui.stages.finetune.settings import default_settings
from genai_tui.stages.finetune.work import FUNCTION
from genai_tui.store.artifacts import save_model
from genai_tui.store.datasets import find_dataset
from genai_tui.store.jobs import beat_job, begin_job, end_job, keep_checkpoint, queue_job, take_job
from genai_tui.store.processes import this_process

if TYPE_CHECKING:
    from genai_tui.project import Project

STEPS, EVERY = 90, 9  # of a whole training, and from one measurement of dev to the next
ESTIMATE = {"wall_s": 400.0, "wall_low_s": 260.0, "wall_high_s": 900.0, "peak_memory_bytes": 4.4e9, "cost_usd": 0.0}
GONE = ProcessId(1, 1, os.uname().nodename, "an earlier start of this machine")
PARENT_LOSS = 3.9
NOON = "2024-02-03T12:00:00.000Z"


def with_trainings(project: "Project") -> None:
    """One that made a model, one that was interrupted half-way, one that runs."""
    done = _training(project, "lora-1", STEPS, this_process(), rate=2e-3)
    metrics = {"steps": STEPS, "best_step": 81, "parent_dev_loss": PARENT_LOSS, "dev_loss": _dev(81, 2e-3)}
    took = {"wall_s": 412.0, "cpu_s": 806.0, "peak_memory_bytes": 4.31e9}
    result = {"model": "embedded/lora-1", "metrics": metrics}
    project.writer.put_now(end_job(done, "done", "", result=result, measured=took))
    project.writer.put_now(save_model("embedded/lora-1", {"name": "lora-1", "method": "lora"}, {"job": done}))
    _training(project, "lora-2", 38, GONE, rate=5e-3, checkpoint="checkpoints/checkpoint-36")
    _training(project, "lora-3", 52, this_process(), rate=5e-4)
    project.writer.put_now(_at_noon)


def _training(project: "Project", name: str, steps: int, by: ProcessId, *, rate: float, checkpoint: str = "") -> int:
    """The number of a job that has done so many steps."""
    dataset = find_dataset(project.reader)
    settings = replace(default_settings("lora", dataset.splits["train"]), rate=rate)
    what = {"model": DEFAULT_MODEL, "dataset_version": dataset.id, "prompt": 1, "name": name}
    args = {**what, "settings": settings.as_json()}
    number: int = project.writer.put_now(queue_job("finetune", FUNCTION, args, estimate=ESTIMATE))[0]
    project.writer.put_now(take_job(number, by), begin_job(number, by))
    left = {"left_s": (STEPS - steps) * 4.4} if steps < STEPS else {}
    points = list(_points(steps, rate))
    last: dict[str, Any] = {point.name: point.value for point in points}
    project.writer.put_now(beat_job(number, steps / STEPS, {**last, **left}, points, worked_s=steps * 4.4))
    if checkpoint:
        project.writer.put_now(keep_checkpoint(number, checkpoint))
    return number


def _points(steps: int, rate: float) -> Iterator[Point]:
    yield Point("loss/dev", 0, PARENT_LOSS)
    for step in range(1, steps + 1):
        wave = math.sin(step * 2.4) * math.cos(step * 0.7)
        yield Point("loss/train", step, _loss(step, rate) * (1 + 0.25 * wave))
        yield Point("rate", step, rate * min(1.0, step / 5) * (1 - step / (STEPS + 1)))
        yield Point("gradient", step, (0.4 + 6 * _loss(step, rate) / PARENT_LOSS) * (1 - 0.3 * wave))
        yield Point("tokens a second", step, 118 + 9 * wave)
        yield Point("memory (GB)/cpu", step, 4.31 - 1.2 * math.exp(-step / 6))
        if step % EVERY == 0:
            yield Point("loss/dev", step, _dev(step, rate))


def _loss(step: int, rate: float) -> float:
    return (PARENT_LOSS - 0.02) * math.exp(-step * rate * 60 / (1 + rate * 400)) + 0.02


def _dev(step: int, rate: float) -> float:
    return _loss(step, rate) * 1.15 + 0.04 + 0.0004 * step


def _at_noon(connection: sqlite3.Connection) -> None:
    """All of it on one noon, so that the pictures are alike on every day."""
    connection.execute(
        "UPDATE job SET created = ?1, started = ?1, ended = CASE WHEN ended IS NULL THEN NULL ELSE ?1 END", (NOON,)
    )
