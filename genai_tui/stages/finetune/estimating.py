"""What a training will take here: time, memory, disk as computed, corrected by what this machine has shown."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.corrected import corrected
from genai_tui.estimation.training_memory import training_memory
from genai_tui.records.estimates import Estimate, Measurement
from genai_tui.stages.finetune.checkpoints import KEPT
from genai_tui.stages.finetune.computing import disk_bytes, packs_of, recipe_of, training_time
from genai_tui.stages.finetune.placing import Place, check_place, place_of, placed
from genai_tui.stages.finetune.settings import Settings
from genai_tui.stages.finetune.training import steps_of
from genai_tui.store.measurements import TRAINING_MEMORY, measurements, save_measurement, this_place

if TYPE_CHECKING:
    from genai_tui.estimation.machine import Machine
    from genai_tui.project import Project
    from genai_tui.records.cards import ModelCard
    from genai_tui.records.jobs import Job
    from genai_tui.stages.finetune.checking import Tokens
    from genai_tui.stages.finetune.planning import Plan
    from genai_tui.store.reader import Reader
    from genai_tui.store.writer import Write

GB = 1e9
TOOK = "fine-tuning time"  # as a ratio to what was computed, of the whole job


@dataclass(frozen=True)
class Takes:
    """What a training should take; `alone` is the computed (seconds, bytes) before measurements corrected it.

    `settings` are the plan's with `devices` and `shard` decided; memory is that of each device. `key` is what
    measurements of the same kind are kept under: one model and method on the same devices. `free_disk_bytes` is what
    there was when it was asked; money is 0, as it runs here.
    """

    steps: int
    time: Estimate
    memory: Estimate
    disk: Estimate
    alone: tuple[float, float]
    settings: Settings
    place: Place
    key: str
    free_disk_bytes: int

    @property
    def device(self) -> str:
        """What it trains on, in words."""
        return where_said(self.settings, self.place.device)

    @property
    def free_memory_bytes(self) -> int:
        """What there is for each device, when it was asked."""
        return self.place.free_bytes // ((self.settings.devices or 1) if self.place.shared else 1)

    def as_job(self) -> dict[str, Any]:
        """As a job keeps it: figures under the names that `measured` has them under."""
        return {
            "wall_s": self.time.total,
            "wall_low_s": self.time.low,
            "wall_high_s": self.time.high,
            "peak_memory_bytes": self.memory.total,
            "disk_bytes": self.disk.total,
            "cost_usd": 0.0,
            "alone": {"wall_s": self.alone[0], "peak_memory_bytes": self.alone[1]},
            "device": self.device,
            "key": self.key,
            "corrected_by": [each.measured.sentence for each in (self.time, self.memory) if each.measured],
        }

    @property
    def warnings(self) -> list[str]:
        """What may go wrong, in sentences."""
        if self.memory.total <= self.free_memory_bytes:
            return []
        each = " for each process" if (self.settings.devices or 1) > 1 else ""
        return [
            f"It may run out of memory: ≈ {self.memory.total / GB:.1f} GB at its peak, "
            f"{self.free_memory_bytes / GB:.1f} GB are free{each}. "
            "A smaller batch with more accumulate, or checkpointing = true, takes less."
        ]


def takes(project: "Project", plan: "Plan", tokens: Mapping[str, "Tokens"], machine: "Machine | None" = None) -> Takes:
    """What the training of a plan should take here, with rows of so many tokens (by split, as `checking` counts them).

    Looks at the machine and at the head of the weights: call it in a thread. Raises UsageFault for a model whose shape
    is not known, FileFault for weights that cannot be read.
    """
    from genai_tui.estimation.machine import this_machine

    place, reader, card = place_of(machine or this_machine()), project.reader, card_of(plan)
    train, dev = tokens["train"], tokens.get("dev")

    def held(settings: Settings) -> Estimate:
        return training_memory(card, recipe_of(settings, train.most, card))

    settings = placed(plan.settings, place, lambda asked: held(asked).total)
    recipe = recipe_of(settings, train.most, card)
    steps = steps_of(settings, packs_of(settings, train))
    time, memory = training_time(card, recipe, settings, steps, train, dev, place), held(settings)
    key = f"{plan.parent.name} by {settings.method} on {where_said(settings, place.device)}"
    disk = disk_bytes(card, recipe, served=plan.parent.gguf is not None, unpacked=_unpacked(plan))
    return Takes(
        steps,
        _corrected(reader, time, TOOK, key),
        _corrected(reader, memory, TRAINING_MEMORY, key),
        disk,
        (time.total, memory.total),
        settings,
        place,
        key,
        shutil.disk_usage(project.database.parent).free,
    )


def where_said(settings: Settings, device: str) -> str:
    """What it trains on, in words: `cpu`, `4 x h100, a part of the weights each`."""
    if (settings.devices or 1) == 1:
        return device
    return f"{settings.devices} x {device}, {'a part' if settings.shard else 'a copy'} of the weights each"


def check_room(found: Takes) -> None:
    """Raises UsageFault where it has not the devices, or its checkpoints and result would not fit on the disk."""
    check_place(found.settings, found.place)
    if found.disk.total > found.free_disk_bytes:
        raise UsageFault(
            f"The disk has no room for it: {found.disk.total / GB:.2f} GB are needed, "
            f"{found.free_disk_bytes / GB:.2f} GB are free.",
            f"{KEPT + 1} checkpoints, what is kept of the best, and the result.",
            "Make room, or train fewer parameters: a smaller rank, or lora instead of full.",
        )


def card_of(plan: "Plan") -> "ModelCard":
    """The card of a plan's model, from the head of its weights. Raises FileFault, UsageFault."""
    from genai_tui.estimation.reading.files import card_of_file

    return card_of_file(plan.parent.gguf or plan.parent.folder)


def measured_of(job: "Job", measured: Mapping[str, Any]) -> "list[Write[int]]":
    """What a job that is done has shown of this machine, as ratios to what was computed; nothing where it was resumed.

    Later estimates are corrected by them.
    """
    alone = job.estimate.get("alone", {})
    key = str(job.estimate.get("key", ""))
    found: list[Write[int]] = []
    for what, name in ((TOOK, "wall_s"), (TRAINING_MEMORY, "peak_memory_bytes")):
        took, thought = measured.get(name), alone.get(name)
        if took and thought:
            source = f"job {job.id}"
            one = Measurement(what, this_place(), key, took / thought, "ratio", source, job.id)
            found.append(save_measurement(one))
    return found


def _corrected(reader: "Reader", found: Estimate, what: str, key: str) -> Estimate:
    shown = measurements(reader, what, place=this_place(), key=key)
    return corrected(found, [one.value for one in shown if one.unit == "ratio"], f"{what} of {key}")


def _unpacked(plan: "Plan") -> bool:
    return (plan.parent.folder / "config.json").is_file()
