"""What the settings of a training come to for a model and its rows: a recipe, seconds, bytes of disk.

Pure over a card, settings and counts of tokens; what this machine has shown of itself corrects it in `estimating`.
"""

import math
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault
from genai_tui.estimation.adapters import known_target
from genai_tui.estimation.compute import active_parameters, flops_per_token, training_compute
from genai_tui.estimation.recipes import Recipe
from genai_tui.estimation.training_memory import computing_adapters, trainable_parameters
from genai_tui.records.estimates import Estimate, Part
from genai_tui.stages.finetune.checkpoints import KEPT
from genai_tui.stages.finetune.placing import Place
from genai_tui.stages.finetune.scored import LOSS
from genai_tui.stages.finetune.settings import Settings

if TYPE_CHECKING:
    from genai_tui.records.cards import ModelCard
    from genai_tui.stages.finetune.checking import Tokens

WITH_STATES, ALONE = 12, 4  # bytes of each trained parameter in a checkpoint, and as weights
TOKENIZER_BYTES = 4_000_000  # beside every one of them
CHECKPOINTS = "measured: LoRA r 16 of SmolLM2-135M 62.6 and 23.1 MB, all of it 1,618 and 542 MB"
CPU_USED, CPU_USED_RANGE = 0.5, (0.1, 0.8)
CPU_SHOWN = "a LoRA step of SmolLM2-135M took 6.75 CPU seconds for 368 tokens: 0.74 alone, far less on a busy machine"
AROUND_S = 40.0  # starting, reading the weights, packing, comparing with the server
AROUND = "SmolLM2-135M: reading 5 s and packing 4 s as measured; imports and comparing with the server are a guess"
ROOM = "what free disk is counted against: one checkpoint more than are kept, twice the best, the result"


def packs_of(settings: Settings, train: "Tokens") -> int:
    """What an epoch goes through: rows, or packs of them, counted as if each were full."""
    return math.ceil(train.total / settings.max_tokens) if settings.packing else train.rows


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


def training_time(
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


def _size(card: "ModelCard") -> float:
    return active_parameters(card)[0]
