"""What a training will take: time, memory, disk; computed, then corrected by what this machine has shown."""

import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.adapters import known_target
from genai_tui.estimation.compute import active_parameters, flops_per_token, training_compute
from genai_tui.estimation.corrected import corrected
from genai_tui.estimation.recipes import Recipe
from genai_tui.estimation.training_memory import computing_adapters, trainable_parameters, training_memory
from genai_tui.records.estimates import Estimate, Measurement, Part
from genai_tui.stages.finetune.checkpoints import KEPT
from genai_tui.stages.finetune.placing import Place, check_place, place_of, placed
from genai_tui.stages.finetune.scored import LOSS
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
WITH_STATES, ALONE = 12, 4  # bytes of each trained parameter in a checkpoint, and as weights
TOKENIZER_BYTES = 4_000_000  # beside every one of them
CHECKPOINTS = "measured: LoRA r 16 of SmolLM2-135M 62.6 and 23.1 MB, all of it 1,618 and 542 MB"
CPU_USED, CPU_USED_RANGE = 0.5, (0.1, 0.8)
CPU_SHOWN = "a LoRA step of SmolLM2-135M took 6.75 CPU seconds for 368 tokens: 0.74 alone, far less on a busy machine"
AROUND_S = 40.0  # starting, reading the weights, packing, comparing with the server
AROUND = "SmolLM2-135M: reading 5 s and packing 4 s as measured; imports and comparing with the server are a guess"
ROOM = "what free disk is counted against: one checkpoint more than are kept, twice the best, the result"


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
    time, memory = _time(card, recipe, settings, steps, train, dev, place), held(settings)
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


def packs_of(settings: Settings, train: "Tokens") -> int:
    """What an epoch goes through: rows, or packs of them, counted as if each were full."""
    return math.ceil(train.total / settings.max_tokens) if settings.packing else train.rows


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


def recipe_of(settings: Settings, seq: int, card: "ModelCard") -> Recipe:
    """The settings as estimation knows them; `seq` are the tokens of the longest row.

    Prompt tuning trains so many vectors; targets that estimation does not know count as all linear ones.
    """
    known = settings.targets if all(known_target(target) for target in settings.targets) else ("all-linear",)
    width = card.architecture.width if card.architecture else 0
    return Recipe(
        method=settings.method,
        precision="bf16-mixed" if settings.precision == "bf16" else "fp32",
        batch=settings.batch,
        seq=settings.max_tokens if settings.packing else min(seq, settings.max_tokens),
        rank=settings.rank,
        targets=known,
        trainable=settings.virtual_tokens * width if settings.method == "prompt" else None,
        checkpointing=settings.checkpointing,
        accumulated=settings.accumulate > 1,
        shard="fsdp" if settings.shard else "none",
        gpus=settings.devices or 1,
    )


def disk_bytes(card: "ModelCard", recipe: Recipe, *, served: bool, unpacked: bool) -> Estimate:
    """Disk that a training takes at its fullest: checkpoints, the best of it, the result as it is `served`.

    `unpacked`: the parent's weights lie there already as they are trained. Raises UsageFault for an unknown shape.
    """
    if card.architecture is None:
        raise UsageFault(f"The shape of {card.name} is not known.", "What it takes cannot be said.")
    trained, whole = trainable_parameters(card.architecture, recipe), card.architecture.parameters
    kept = KEPT + 1
    parts = [
        Part(
            "checkpoints",
            kept * (WITH_STATES * trained + TOKENIZER_BYTES),
            "bytes",
            f"{kept} x ({trained:.4g} x {WITH_STATES} bytes + 4 MB)",
            CHECKPOINTS,
        ),
        Part(
            "best",
            2 * (ALONE * trained + TOKENIZER_BYTES),
            "bytes",
            f"2 x ({trained:.4g} x {ALONE} bytes + 4 MB)",
            CHECKPOINTS,
        ),
    ]
    if served:
        parts.append(Part("result", ALONE * trained, "bytes", f"{trained:.4g} x {ALONE} bytes as GGUF", ROOM))
        if not unpacked:
            parts.append(
                Part("weights", ALONE * whole, "bytes", f"{whole:.4g} x {ALONE} bytes to train on, once", ROOM)
            )
    total = sum(part.value for part in parts)
    return Estimate(total, "bytes", tuple(parts), total * 0.9, total * 1.1)


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


def _time(
    card: "ModelCard", recipe: Recipe, settings: Settings, steps: int, train: "Tokens", dev: "Tokens | None",
    place: Place,
) -> Estimate:  # fmt: skip
    """Seconds: operations of all steps and of dev between them, at what the device achieves, and what lies around.

    GPUs share the work; processes of one processor share its cores, and take as long as one.
    """
    longest = min(train.most, settings.max_tokens)
    alike = min(longest, train.mean + (train.p95 - train.mean) / 2)
    each = train.total / packs_of(settings, train) if settings.packing else alike
    tokens = steps * settings.together * each
    on_cpu, apart = place.shared, 1 if place.shared else settings.devices or 1
    learning = training_compute(
        card,
        tokens,
        place.accelerator,
        precision="fp32" if on_cpu else settings.precision,
        seq=round(each),
        utilisation=CPU_USED if on_cpu else None,
        steady=True,
        adapters=computing_adapters(card, recipe),
    )
    used, peak = learning.parts[3], learning.total / apart
    low, high = (
        (peak * CPU_USED / CPU_USED_RANGE[1], peak * CPU_USED / CPU_USED_RANGE[0])
        if on_cpu
        else ((learning.low or learning.total) / apart, (learning.high or learning.total) / apart)
    )
    rate = learning.parts[1].value / (peak * 3600)
    said = f"{learning.parts[1].value:.3g} operations / {rate:.3g} a second"
    parts = [
        Part(
            "training",
            peak * 3600,
            "seconds",
            f"{steps:,} steps x {settings.together} rows x {each:.0f} tokens: {said}",
            CPU_SHOWN if on_cpu else used.source,
        )
    ]
    if dev is not None:
        times = settings.evaluations + 2  # the parent before, what was kept after
        times *= 1 if settings.best_by == LOSS else 2  # answering them takes about as long again
        forward = flops_per_token(card.architecture, round(dev.mean)) if card.architecture else 2 * _size(card)
        seconds = times * dev.rows * dev.mean * forward / rate
        parts.append(
            Part("measuring dev", seconds, "seconds", f"{times} x {dev.rows:,} rows x {dev.mean:.0f} tokens", CPU_SHOWN)
        )
    parts.append(Part("around it", AROUND_S, "seconds", f"{AROUND_S:g} s", AROUND))
    total = sum(part.value for part in parts)
    rest = total - peak * 3600
    assumed = ("rows of a batch are as long as the longest of them",) if not settings.packing else ()
    return Estimate(total, "seconds", tuple(parts), low * 3600 + rest * 0.5, high * 3600 + rest * 2, assumed)


def _corrected(reader: "Reader", found: Estimate, what: str, key: str) -> Estimate:
    shown = measurements(reader, what, place=this_place(), key=key)
    return corrected(found, [one.value for one in shown if one.unit == "ratio"], f"{what} of {key}")


def _unpacked(plan: "Plan") -> bool:
    return (plan.parent.folder / "config.json").is_file()


def _size(card: "ModelCard") -> float:
    return active_parameters(card)[0]
