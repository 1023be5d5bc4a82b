"""What the forward pass keeps for the backward pass, counted from the architecture.

The counts are of the tensors that PyTorch's operations keep; none is fitted to measurements.
"""

from genai_tui.estimation.adapters import targets
from genai_tui.estimation.recipes import PRECISIONS, Recipe
from genai_tui.records.cards import Architecture

KEPT = "count of the tensors kept for backward, after Korthikanti et al. 2022 (arXiv 2205.05198) section 4"
CHECKPOINTS = "Chen et al. 2016 (arXiv 1604.06174): the input of each layer, and one layer made again"
LOGITS = "for each: 2 bytes, an fp32 copy 4, log-probabilities 4, gradient 2; chunked: 2, and fp32 of an eighth"
LOGIT_BYTES, CHUNKED_LOGIT_BYTES = 12.0, 2.5
RMS_NUMBERS = 4.0
"""An RMSNorm computes in fp32 and keeps its input and the normalised input so: 8 bytes, four 16-bit numbers."""
DROPPED = 1.5
"""An adapter keeps its input dropped out, a 16-bit number, and the mask, a byte."""


def layer_bytes(architecture: Architecture, recipe: Recipe) -> float:
    """Bytes that one layer keeps of each token: norms, attention, element-wise operations, inputs of matrices.

    Attention keeps q, k, v and its output (without flash attention also scores and probabilities); a gated
    feed-forward keeps gate, its activation and up, a plain one its activation's input; compiled, what can be made again
    is. Source: Korthikanti et al. 2022 section 4, the tensors listed anew for gated layers.
    """
    heads, keys = architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim
    sizes = PRECISIONS[recipe.precision]
    fused = recipe.compiled or not architecture.gated
    norms = 2 * architecture.width * (1.0 if fused else RMS_NUMBERS) * sizes.residual / sizes.activation
    attention = 2.0 * heads + 2.0 * keys
    if not recipe.flash:
        attention += 2.0 * architecture.heads * recipe.seq
    elements = 1.0 if not architecture.gated else 2.0 if recipe.compiled else 3.0
    numbers = norms + attention + elements * architecture.feed_forward + _inputs(architecture, recipe)
    return sizes.activation * numbers


def logit_bytes(recipe: Recipe) -> float:
    """Bytes of each token and word of the vocabulary at the loss."""
    return CHUNKED_LOGIT_BYTES if recipe.chunked_loss else LOGIT_BYTES


def _inputs(architecture: Architecture, recipe: Recipe) -> float:
    """Numbers kept as inputs of the layer's matrices: where the matrix learns, is quantised, or has an adapter.

    Attention's output is counted there already. DoRA keeps the outputs of its matrices twice to scale them, an adapter
    with a scale on every matrix each output once.
    """
    width, inner = architecture.width, architecture.feed_forward
    heads, keys = architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim
    all_kept = recipe.method == "full" or recipe.quantised is not None
    adapted = set(targets(recipe.targets, architecture)) if recipe.method in ("lora", "qlora", "dora") else set()
    kept = 0.0
    for size, matrices, counted in (
        (width, {"q", "k", "v", "qkv"}, False),
        (heads, {"o"}, True),
        (width, {"gate", "up", "gate_up"}, False),
        (inner, {"down"}, False),
    ):
        if not counted and (all_kept or adapted & matrices):
            kept += size
        if adapted & matrices:
            kept += DROPPED * size
    if recipe.method == "dora":
        kept += 2 * (heads + keys)
    if recipe.method == "adapter-v2":
        kept += heads + 2 * keys + 2 * width + (2 if architecture.gated else 1) * inner
    return kept
