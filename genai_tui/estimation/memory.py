"""Memory of inference on the fullest accelerator: weights, cache, activations, what the runtime takes; what fits."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import count
from genai_tui.estimation.gguf.presets import PRESETS
from genai_tui.estimation.gguf.types import TYPES
from genai_tui.estimation.kv_cache import kv_formula
from genai_tui.estimation.splits import ONE, Split, cache_held, split_over, weights_held
from genai_tui.estimation.weights import BLOCKS, PLAIN, parameters_of, precision_of, weight_bytes
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

VLLM = "Kwon et al. 2023 (PagedAttention, arXiv 2309.06180) section 3"
STORED = "parameters x bits / 8"
QLORA = "Dettmers et al. 2023 (QLoRA, arXiv 2305.14314) section 3"
GGUF = "tensor by tensor, by the rules of llama.cpp src/llama-quant.cpp @007dbbf"
CONTEXT_BYTES = 0.5 * 2**30
CONTEXT = "driver and libraries, assumed for NVIDIA GPUs"
AT_ONCE = 8192
"""Tokens of a prompt that are read at once: longer ones in pieces, as vLLM does (max_num_batched_tokens)."""
USABLE = 0.95
"""How much of an accelerator's memory is counted on; the rest goes to the display, fragments and other processes."""
USABLE_SHARED = 0.75
"""The same where processor and GPU share it: macOS lets the GPU have 70 to 78 %."""
RANGE = (0.95, 1.25)
"""Truth over estimate in the published peaks of inference (LitGPT, October 2023): 0.97 to 1.06, and room for others."""
MOST_TOKENS, MOST_BATCH = 10**9, 10**7


@dataclass(frozen=True)
class Serving:
    """How a model is held for inference: one request has `seq` tokens of prompt and answer together."""

    precision: str = "bf16"
    batch: int = 1
    seq: int = 4096
    kv_precision: str = "fp16"
    split: Split = ONE

    def checked(self, card: ModelCard) -> "Serving":
        """The same with names as they are known. Raises UsageFault for nonsense, and for what `card` cannot do."""
        return Serving(
            precision_of(self.precision),
            count("batch", self.batch, high=MOST_BATCH),
            count("number of tokens", self.seq, high=MOST_TOKENS),
            self.kv_precision,
            self.split.checked(card.architecture),
        )


def inference_memory(card: ModelCard, serving: Serving) -> Estimate:
    """Bytes that inference takes on the fullest accelerator, part by part. Raises UsageFault for nonsense.

    Weights (by precision), cache (keys and values of all tokens of all requests), activations (of the tokens that are
    read at once, one layer at a time, as nothing is kept for a backward pass), and what the runtime takes.
    """
    serving = serving.checked(card)
    architecture = card.architecture
    whole = float(weight_bytes(card, serving.precision))
    held, how = weights_held(architecture, whole, serving.split)
    parts = [Part("weights", held, "bytes", _weights_formula(card, serving.precision, how), _whose(serving.precision))]
    assumptions = []
    if architecture is None:
        assumptions.append("The shape of the model is not known: its cache and activations are not counted.")
    else:
        parts += [_cache(architecture, serving), *_activations(architecture, serving)]
        if card.context_tokens and serving.seq > card.context_tokens:
            assumptions.append(f"{serving.seq:,} tokens are more than its context of {card.context_tokens:,}.")
        if architecture.heads % serving.split.tensor:
            heads = f"{architecture.heads} heads do not divide by {serving.split.tensor}"
            assumptions.append(f"{heads}: most engines refuse to share matrices so.")
    parts.append(Part("context", CONTEXT_BYTES, "bytes", "0.5 GiB", CONTEXT))
    if serving.split.gpus > 1:
        assumptions.append(f"The fullest of {serving.split.gpus} accelerators, split {serving.split}.")
    total = sum(part.value for part in parts)
    return Estimate(total, "bytes", tuple(parts), total * RANGE[0], total * RANGE[1], tuple(assumptions))


def kv_number_bytes(precision: str) -> float:
    """Bytes of one cached number at a precision or GGUF type. Raises UsageFault for one that is not known."""
    asked = precision.strip()
    if asked.lower() in PLAIN:
        return PLAIN[asked.lower()] / 8
    if asked.upper() in TYPES:
        return TYPES[asked.upper()].bits / 8
    raise UsageFault(
        f"The precision {precision[:40]} of the cache is not known.", "", f"Take one of {', '.join((*PLAIN, *TYPES))}."
    )


def usable_bytes(accelerator: Accelerator) -> float:
    """Bytes of an accelerator's memory that are counted on."""
    return accelerator.memory_bytes * (USABLE_SHARED if accelerator.vendor == "Apple" else USABLE)


def largest_batch(card: ModelCard, serving: Serving, memory_bytes: float) -> int:
    """The most requests of `serving.seq` tokens at once that fit in `memory_bytes` of each accelerator; 0 for none."""
    checked = serving.checked(card)
    return _largest(lambda batch: _fits(card, checked, memory_bytes, batch, checked.seq), MOST_BATCH)


def largest_context(card: ModelCard, serving: Serving, memory_bytes: float) -> int:
    """The most tokens a request, `serving.batch` at once, that fit; at most the model's context; 0 for none."""
    checked = serving.checked(card)
    most = card.context_tokens or MOST_TOKENS
    return _largest(lambda seq: _fits(card, checked, memory_bytes, checked.batch, seq), min(most, MOST_TOKENS))


def fewest_accelerators(card: ModelCard, serving: Serving, memory_bytes: float) -> Split | None:
    """The split over the smallest power of two of accelerators that fits; None where 1,024 do not suffice."""
    for gpus in (1 << power for power in range(11)):
        try:
            split = split_over(gpus, card.architecture)
        except UsageFault:  # its matrices cannot be split so far
            return None
        if inference_memory(card, replace(serving, split=split)).total <= memory_bytes:
            return split
    return None


def _fits(card: ModelCard, serving: Serving, memory_bytes: float, batch: int, seq: int) -> bool:
    return inference_memory(card, replace(serving, batch=batch, seq=seq)).total <= memory_bytes


def _largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that fits, where all smaller ones do too."""
    if fits(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _cache(architecture: Architecture, serving: Serving) -> Part:
    each = kv_number_bytes(serving.kv_precision)
    held, share = cache_held(architecture, serving.seq, serving.batch, each, serving.split)
    formula = kv_formula(architecture, serving.seq, serving.batch, each) + share
    return Part("KV cache", held, "bytes", formula, VLLM)


def _activations(architecture: Architecture, serving: Serving) -> list[Part]:
    """What one layer makes of the tokens that are read at once, the logits, and a matrix that was widened."""
    tokens = min(serving.batch * serving.seq, AT_ONCE)
    over = serving.split.tensor
    attention = (2 * architecture.heads + 2 * architecture.kv_heads) * architecture.head_dim
    feed = architecture.feed_forward * (3 if architecture.gated else 2)
    wide = max(attention, feed)
    each = 2 * architecture.width + wide / over
    formula = f"{tokens:,} tokens x (2 x {architecture.width} + {wide} / {over}) numbers x 2 bytes"
    logits = serving.batch * architecture.vocabulary * 4
    said = f"{serving.batch:,} x {architecture.vocabulary} x 4 bytes"
    parts = [
        Part("activations", tokens * each * 2, "bytes", formula, "sizes of the tensors of one layer, 16 bits"),
        Part("logits", logits, "bytes", said, "scores of the last token of each request in fp32"),
    ]
    if serving.precision in BLOCKS:
        matrices = (tensor.row * tensor.rows for tensor in architecture.tensors if tensor.rows > 1)
        largest = max(matrices, default=architecture.width * architecture.feed_forward)
        widened = f"{largest:,} x 2 bytes"
        parts.append(
            Part("largest matrix", largest * 2, "bytes", widened, f"in 16 bits while it is quantised; {QLORA}")
        )
    return parts


def _weights_formula(card: ModelCard, precision: str, how: str) -> str:
    parameters = parameters_of(card)
    if precision in PLAIN:
        bits = f"{PLAIN[precision]:g} bits / 8"
    elif precision in BLOCKS:
        bits = f"{BLOCKS[precision]:.4g} bits / 8 and 2 bytes for embedding and head"
    else:
        bits = f"by the mix of {precision}"
    return f"{parameters:,} parameters, {bits}: {how}"


def _whose(precision: str) -> str:
    return GGUF if precision in PRESETS else QLORA if precision in BLOCKS else STORED
