"""Peak memory of training on one accelerator: what is kept all the time, and what the worst moment adds."""

from dataclasses import dataclass, replace

from genai_tui.errors import UsageFault
from genai_tui.estimation.activations import (
    CHECKPOINTS,
    KEPT,
    LOGITS,
    layer_bytes,
    logits_bytes,
)
from genai_tui.estimation.adapters import LORA, lora_parameters
from genai_tui.estimation.amounts import count
from genai_tui.estimation.recipes import OPTIMIZERS, PRECISIONS, QUANTISED, Recipe
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

ZERO = "Rajbhandari et al. 2020 (ZeRO, arXiv 1910.02054) section 5"
MIXED = "Micikevicius et al. 2018 (mixed precision, arXiv 1710.03740) section 3"
QLORA = "Dettmers et al. 2023 (QLoRA, arXiv 2305.14314) section 3"
RULE = "course rule: 4 bytes a parameter for fp32 weights; 8 Adam, 4 gradients, 8 activations and temporary memory"
CONTEXT = 0.5 * 2**30
"""Bytes that the driver's context and libraries take beside what is allocated."""


@dataclass(frozen=True)
class _Model:
    """One accelerator's part of the model: parameters held, those that are trained, those that can be quantised."""

    architecture: Architecture
    held: float
    trained: float
    linear: float
    split: int


def trainable_parameters(architecture: Architecture, recipe: Recipe) -> int:
    """Parameters that are trained: all, those of the adapters, or those of `recipe.trainable`. Raises UsageFault.

    Adapters in front of each layer and prompts: 20 virtual tokens of `width` numbers (Lester et al. 2021).
    """
    if recipe.trainable is not None:
        return recipe.trainable
    if recipe.method == "full":
        return architecture.parameters
    if recipe.method in ("adapter", "prompt"):
        return 20 * architecture.width * (architecture.layers if recipe.method == "adapter" else 1)
    return lora_parameters(architecture, recipe.rank, recipe.targets)


def training_memory(card: ModelCard, recipe: Recipe, accelerator: Accelerator | None = None) -> Estimate:
    """Peak bytes of training `card` by `recipe` on the fullest accelerator, part by part.

    What is always there, and the worse of two moments: the loss, with all activations and logits, or the end of
    backward, with all gradients. Raises UsageFault for nonsense, or a card whose shape is not known.
    """
    recipe = recipe.checked()
    if card.architecture is None:
        raise UsageFault(
            f"The shape of {card.name} is not known",
            "Layers and width decide what training keeps in memory.",
            "Give its config.json, or a model of about the same size.",
        )
    model = _model(card.architecture, recipe)
    always = [*_weights(model, recipe), *_optimizer(model, recipe), *_gathered(model, recipe)]
    gradients = _gradients(model, recipe)
    moment = _activations(model, recipe)
    kept_before = recipe.method != "full"
    if kept_before or sum(part.value for part in moment) >= gradients.value:
        worst = (
            [*moment, gradients]
            if kept_before
            else [*moment, replace(gradients, value=0.0, formula="none yet at the loss, when most is kept")]
        )
    else:
        worst = [gradients]
    parts = [
        *always,
        *worst,
        Part("context", CONTEXT, "bytes", "0.5 GiB", "driver and libraries: measured on NVIDIA GPUs"),
    ]
    total = sum(part.value for part in parts)
    return Estimate(total, "bytes", tuple(parts), total * 0.75, total * 1.35)


def rule_of_thumb(parameters: float) -> Estimate:
    """The lecture's rule: 4 bytes a parameter for fp32 weights, 20 more to train. Raises UsageFault."""
    count("number of parameters", int(parameters))
    parts = tuple(
        Part(name, each * parameters, "bytes", f"{parameters:.4g} x {each} bytes", RULE)
        for name, each in (("weights", 4), ("Adam", 8), ("gradients", 4), ("activations", 8))
    )
    return Estimate(24 * parameters, "bytes", parts)


def _model(architecture: Architecture, recipe: Recipe) -> _Model:
    split = recipe.tensor * recipe.pipeline
    outside = architecture.embedding * (1 if architecture.tied else 2)
    return _Model(
        architecture,
        architecture.parameters / split,
        trainable_parameters(architecture, recipe) / split,
        max(0.0, architecture.parameters - outside) / split,
        split,
    )


def _weights(model: _Model, recipe: Recipe) -> list[Part]:
    sizes = PRECISIONS[recipe.precision]
    spread = recipe.copies if recipe.shard in ("fsdp", "fsdp1") else 1
    if recipe.quantised:
        each = QUANTISED[recipe.quantised]
        rest = model.held - model.linear
        value = (model.linear * each + rest * 2) / spread
        parts = [
            Part("weights", value, "bytes", f"({model.linear:.4g} x {each:.4g} + {rest:.4g} x 2) / {spread}", QLORA)
        ]
    else:
        value = model.held * sizes.weight / spread
        parts = [Part("weights", value, "bytes", f"{model.held:.4g} x {sizes.weight:g} bytes / {spread}", MIXED)]
        if sizes.copy:
            copies = model.linear * sizes.copy / spread
            parts.append(Part("16-bit copies", copies, "bytes", f"{model.linear:.4g} x {sizes.copy:g} bytes", MIXED))
    if recipe.method != "full":
        parts.append(Part("adapters", model.trained * 4, "bytes", f"{model.trained:.4g} x 4 bytes", LORA))
    return parts


def _gradients(model: _Model, recipe: Recipe) -> Part:
    each = PRECISIONS[recipe.precision].gradient if recipe.method == "full" else 4.0
    spread = recipe.copies if recipe.shard in ("zero2", "fsdp", "fsdp1") else 1
    if recipe.step_in_backward:
        return Part("gradients", 0.0, "bytes", "used up within backward, layer by layer", ZERO)
    return Part(
        "gradients", model.trained * each / spread, "bytes", f"{model.trained:.4g} x {each:g} bytes / {spread}", ZERO
    )


def _optimizer(model: _Model, recipe: Recipe) -> list[Part]:
    optimizer = OPTIMIZERS[recipe.optimizer]
    if optimizer.paged or "optimizer" in recipe.offload:
        return [Part("optimizer", 0.0, "bytes", "on the host", QLORA)]
    state = PRECISIONS[recipe.precision].state if recipe.method == "full" else 4.0
    each = optimizer.states * state + optimizer.eight_bit
    spread = recipe.copies if recipe.shard != "none" else 1
    value = model.trained * each / spread
    return [Part("optimizer", value, "bytes", f"{model.trained:.4g} x {each:.4g} bytes / {spread}", ZERO)]


def _gathered(model: _Model, recipe: Recipe) -> list[Part]:
    """Whole weights that stand beside the shards: gathered layers, or what quantised matrices are unpacked to."""
    architecture = model.architecture
    layer = model.linear / max(1, architecture.layers / recipe.pipeline)
    if recipe.shard in ("fsdp", "fsdp1") and recipe.copies > 1:
        each = PRECISIONS[recipe.precision].copy or PRECISIONS[recipe.precision].weight
        if recipe.shard == "fsdp1" and recipe.method != "full":
            return [
                Part(
                    "gathered",
                    model.held * each,
                    "bytes",
                    f"{model.held:.4g} x {each:g} bytes: units with frozen weights are not freed",
                    "PyTorch, FullyShardedDataParallel: notes on use_orig_params",
                )
            ]
        twice = 2 if recipe.method == "full" else 1
        units = 2 * layer + (model.held - model.linear)
        return [Part("gathered", units * each * twice, "bytes", f"{units:.4g} x {each * twice:g} bytes", ZERO)]
    if recipe.quantised:
        largest = architecture.width * architecture.feed_forward / recipe.tensor
        return [
            Part(
                "unpacked",
                largest * 2,
                "bytes",
                f"{architecture.width:,} x {architecture.feed_forward:,} x 2 bytes",
                QLORA,
            )
        ]
    return []


def _activations(model: _Model, recipe: Recipe) -> list[Part]:
    architecture = model.architecture
    each, layers = layer_bytes(architecture, recipe), architecture.layers
    logits = logits_bytes(architecture, recipe) / recipe.tensor
    if recipe.checkpointing:
        number = PRECISIONS[recipe.precision].activation * (2 if recipe.precision.endswith("mixed") else 1)
        inputs = 0.0 if "activations" in recipe.offload else number * architecture.width * layers
        value = recipe.tokens * (inputs + each) / recipe.tensor
        kept = Part(
            "activations",
            value,
            "bytes",
            f"{recipe.tokens:,} tokens x ({inputs:,.0f} + {each:,.0f}) bytes",
            CHECKPOINTS,
        )
    else:
        value = recipe.tokens * layers * each / recipe.tensor
        kept = Part(
            "activations", value, "bytes", f"{recipe.tokens:,} tokens x {layers} layers x {each:,.0f} bytes", KEPT
        )
    return [
        kept,
        Part("logits", logits, "bytes", f"{recipe.tokens:,} tokens x {architecture.vocabulary:,} words", LOGITS),
    ]
