"""Peak memory of training on the fullest accelerator: what is always there, and what the worst moment adds."""

from dataclasses import dataclass, replace

from genai_tui.errors import UsageFault
from genai_tui.estimation.activations import CHECKPOINTS, KEPT, LOGITS, layer_bytes, logit_bytes
from genai_tui.estimation.adapters import LORA, lora_parameters
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.memory import CONTEXT, CONTEXT_BYTES
from genai_tui.estimation.recipes import OPTIMIZERS, PRECISIONS, QUANTISED, Recipe
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

ZERO = "Rajbhandari et al. 2020 (ZeRO, arXiv 1910.02054) sections 3 and 5"
MIXED = "Micikevicius et al. 2018 (mixed precision, arXiv 1710.03740) section 3"
QLORA = "Dettmers et al. 2023 (QLoRA, arXiv 2305.14314) section 3"
ADAM_8 = "Dettmers et al. 2022 (8-bit optimizers, arXiv 2110.02861)"
FROZEN_UNITS = "PyTorch FullyShardedDataParallel: units that mix frozen and trained weights are not freed as others are"
LIBRARIES = f"{CONTEXT}; on a processor, torch, transformers, peft and trl hold 0.50 GB as measured"
PROMPT = "Lester et al. 2021 (prompt tuning, arXiv 2104.08691): 20 virtual tokens"
RULE = (
    "course rule: 4 bytes a parameter for fp32 weights, and 20 to train: 8 Adam, 4 gradients, 8 activations and other"
)
RANGE = (0.75, 1.35)
"""Truth over estimate in nine of ten published peaks of fine-tuning (LitGPT, PEFT, torchtune, LLaMA-Factory)."""
ADAPTER = PRECISIONS["fp32"]
"""Adapters are trained in fp32: 4 bytes, 4 of gradient and two states of 4, beside weights of any precision."""


@dataclass(frozen=True)
class _Held:
    """What one accelerator has of the model before sharding: parameters, those trained, those of linear layers."""

    architecture: Architecture
    held: float
    trained: float
    linear: float

    @property
    def rest(self) -> float:
        """Embedding and head, which are not quantised."""
        return self.held - self.linear


def trainable_parameters(architecture: Architecture, recipe: Recipe, *, visited: bool = False) -> int:
    """Parameters that are trained: all of them, or those of the adapters, counted where they are not given.

    `visited` leaves out adapters of experts that a token does not visit. Exact for LoRA; 20 virtual tokens for prompts
    and, in each layer, for adapters. Raises UsageFault.
    """
    if recipe.trainable is not None:
        return recipe.trainable
    if recipe.method == "full":
        return architecture.parameters
    if recipe.method in ("adapter", "adapter-v2", "prompt"):
        return 20 * architecture.width * (1 if recipe.method == "prompt" else architecture.layers)
    return lora_parameters(architecture, recipe.rank, recipe.targets, visited=visited)


def computing_adapters(card: ModelCard, recipe: Recipe) -> int | None:
    """Parameters of the adapters that one token is multiplied with; None where all weights are trained.

    0 for the learned vectors of a prompt, and where the shape of the model is not known. Raises UsageFault.
    """
    if recipe.method == "full":
        return None
    if card.architecture is None or recipe.method == "prompt":
        return 0
    return trainable_parameters(card.architecture, recipe, visited=True)


def training_memory(card: ModelCard, recipe: Recipe) -> Estimate:
    """Peak bytes of training `card` by `recipe` on the fullest accelerator, part by part.

    Always there: weights, adapters, optimizer, what sharding gathers. Then the worse of two moments of full training:
    the loss (all activations and logits, no gradients yet) or the end of backward (all gradients). Accumulated
    gradients, and those of adapters, which are small, are there at the loss too. Raises UsageFault for nonsense, and
    for a card whose shape is not known.
    """
    recipe = recipe.checked()
    if card.architecture is None:
        raise UsageFault(
            f"The shape of {card.name} is not known",
            "Layers and width decide what training keeps in memory.",
            "Give its config.json, or choose a model of about the same size.",
        )
    model = _held(card.architecture, recipe)
    gradients, loss = _gradients(model, recipe), _loss(model, recipe)
    if recipe.method == "full" and not recipe.accumulated:
        if sum(part.value for part in loss) >= gradients.value:
            gradients = replace(gradients, value=0.0, formula="none yet at the loss, when most is kept")
        else:
            loss = [replace(part, value=0.0, formula="used up when all gradients are there") for part in loss]
    context = Part("context", CONTEXT_BYTES, "bytes", "0.5 GiB", LIBRARIES)
    parts = (*_weights(model, recipe), gradients, *_optimizer(model, recipe), *loss, *_gathered(model, recipe), context)
    total = sum(part.value for part in parts)
    return Estimate(total, "bytes", parts, total * RANGE[0], total * RANGE[1], _assumptions(recipe))


def largest_batch(card: ModelCard, recipe: Recipe, memory_bytes: float) -> int:
    """The largest micro-batch whose peak fits in `memory_bytes`; 0 where not even one does. Raises UsageFault."""
    low, high = 0, 2**17
    while high - low > 1:
        middle = (low + high) // 2
        fits = training_memory(card, replace(recipe, batch=middle)).total <= memory_bytes
        low, high = (middle, high) if fits else (low, middle)
    return low


def rule_of_thumb(parameters: float) -> Estimate:
    """The lecture's rule in bytes: 4 a parameter for fp32 weights, and 20 more to train. Raises UsageFault."""
    amount("number of parameters", parameters)
    parts = tuple(
        Part(name, each * parameters, "bytes", f"{parameters:.4g} x {each} bytes", RULE)
        for name, each in (("weights", 4), ("optimizer", 8), ("gradients", 4), ("activations", 8))
    )
    return Estimate(24 * parameters, "bytes", parts)


def _held(architecture: Architecture, recipe: Recipe) -> _Held:
    split = recipe.tensor * recipe.pipeline
    outside = architecture.embedding * (1 if architecture.tied else 2)
    return _Held(
        architecture,
        architecture.parameters / split,
        trainable_parameters(architecture, recipe) / split,
        max(0.0, architecture.parameters - outside) / split,
    )


def _spread(recipe: Recipe, *shards: str) -> tuple[int, str]:
    """Over how many accelerators something is sharded under these kinds, and how a formula says so."""
    over = recipe.copies if recipe.shard in shards else 1
    return over, f" / {over:,} accelerators" if over > 1 else ""


def _weights(model: _Held, recipe: Recipe) -> list[Part]:
    sizes = PRECISIONS[recipe.precision]
    over, said = _spread(recipe, "fsdp", "fsdp1")
    if recipe.quantised:
        each, beside = QUANTISED[recipe.quantised], sizes.copy or sizes.weight
        formula = f"({model.linear:.4g} x {each:.4g} + {model.rest:.4g} x {beside:g} bytes){said}"
        parts = [Part("weights", (model.linear * each + model.rest * beside) / over, "bytes", formula, QLORA)]
    else:
        formula = f"{model.held:.4g} x {sizes.weight:g} bytes{said}"
        parts = [Part("weights", model.held * sizes.weight / over, "bytes", formula, MIXED)]
        if sizes.copy:
            formula = f"{model.linear:.4g} x {sizes.copy:g} bytes{said}"
            parts.append(Part("16-bit copies", model.linear * sizes.copy / over, "bytes", formula, MIXED))
    if recipe.method != "full":
        formula = f"{model.trained:.4g} x {ADAPTER.weight:g} bytes"
        source = PROMPT if recipe.method == "prompt" else LORA
        parts.append(Part("adapters", model.trained * ADAPTER.weight, "bytes", formula, source))
    return parts


def _gradients(model: _Held, recipe: Recipe) -> Part:
    if recipe.step_in_backward:
        return Part("gradients", 0.0, "bytes", "used up within backward, layer by layer", "optimizer step in backward")
    each = (PRECISIONS[recipe.precision] if recipe.method == "full" else ADAPTER).gradient
    over, said = _spread(recipe, "zero2", "fsdp", "fsdp1")
    return Part("gradients", model.trained * each / over, "bytes", f"{model.trained:.4g} x {each:g} bytes{said}", ZERO)


def _optimizer(model: _Held, recipe: Recipe) -> list[Part]:
    optimizer = OPTIMIZERS[recipe.optimizer]
    if optimizer.paged or "optimizer" in recipe.offload:
        return [Part("optimizer", 0.0, "bytes", "its states are on the host", QLORA)]
    state = (PRECISIONS[recipe.precision] if recipe.method == "full" else ADAPTER).state
    each = optimizer.states * state + optimizer.eight_bit
    over, said = _spread(recipe, "zero1", "zero2", "fsdp", "fsdp1")
    source = ADAM_8 if optimizer.eight_bit else ZERO
    return [
        Part("optimizer", model.trained * each / over, "bytes", f"{model.trained:.4g} x {each:.4g} bytes{said}", source)
    ]


def _gathered(model: _Held, recipe: Recipe) -> list[Part]:
    """Whole weights that stand beside the shards, or what a quantised matrix is unpacked to."""
    architecture, sizes = model.architecture, PRECISIONS[recipe.precision]
    each = sizes.copy or sizes.weight
    if recipe.shard in ("fsdp", "fsdp1") and recipe.copies > 1:
        if recipe.shard == "fsdp1" and recipe.method != "full":
            return [Part("gathered", model.held * each, "bytes", f"{model.held:.4g} x {each:g} bytes", FROZEN_UNITS)]
        layers, twice = 2 * model.linear * recipe.pipeline / architecture.layers, 2 if recipe.method == "full" else 1
        packed = QUANTISED[recipe.quantised] if recipe.quantised else each
        value = (layers * packed + model.rest * each) * twice
        formula = (
            f"two layers, embedding and head: ({layers:.4g} x {packed:.4g} + {model.rest:.4g} x {each:g}) x {twice}"
        )
        gathered = [Part("gathered", value, "bytes", f"{formula} bytes", ZERO)]
    else:
        gathered = []
    if recipe.quantised:
        value = each * architecture.width * architecture.feed_forward / recipe.tensor
        formula = f"{architecture.width:,} x {architecture.feed_forward:,} x {each:g} bytes"
        gathered.append(Part("unpacked", value, "bytes", formula, QLORA))
    return gathered


def _loss(model: _Held, recipe: Recipe) -> list[Part]:
    """Activations and logits at the loss. Stages of a pipeline hold as many micro-batches as layers are fewer."""
    architecture, tokens = model.architecture, recipe.tokens
    each, layers = layer_bytes(architecture, recipe), architecture.layers
    said = f" / {recipe.tensor} accelerators" if recipe.tensor > 1 else ""
    if recipe.checkpointing:
        number = PRECISIONS[recipe.precision].residual
        inputs = 0.0 if "activations" in recipe.offload else number * architecture.width * layers
        value = tokens * (inputs + each)
        formula, source = f"{tokens:,} tokens x ({inputs:,.0f} + {each:,.0f} bytes){said}", CHECKPOINTS
    else:
        value = tokens * layers * each
        formula, source = f"{tokens:,} tokens x {layers} layers x {each:,.0f} bytes{said}", KEPT
    word = logit_bytes(recipe)
    logits = word * tokens * architecture.vocabulary
    return [
        Part("activations", value / recipe.tensor, "bytes", formula, source),
        Part(
            "logits",
            logits / recipe.tensor,
            "bytes",
            f"{tokens:,} tokens x {architecture.vocabulary:,} words x {word:g} bytes{said}",
            LOGITS,
        ),
    ]


def _assumptions(recipe: Recipe) -> tuple[str, ...]:
    said = [f"micro-batch of {recipe.batch:,} x {recipe.seq:,} tokens, as if every one were that long"]
    if recipe.pipeline > 1:
        said.append("the first stage of the pipeline, with as many micro-batches in flight as there are stages")
    if recipe.tensor > 1:
        said.append("activations are split over tensor parallel accelerators (sequence parallel)")
    return tuple(said)
