"""What the forward pass keeps for the backward pass, counted from the architecture."""

from genai_tui.estimation.recipes import PRECISIONS, Recipe
from genai_tui.records.cards import Architecture

KEPT = (
    "count of the tensors that PyTorch keeps for backward, after Korthikanti et al. 2022 (arXiv 2205.05198) section 4"
)
CHECKPOINTS = "Chen et al. 2016 (arXiv 1604.06174): the input of each layer, and one layer made again"
LOGITS = "logits, their fp32 copy, log-probabilities and gradient: 2 + 4 + 4 + 2 bytes"
LOGIT_BYTES = 12.0
CHUNKS = 8


def layer_bytes(architecture: Architecture, recipe: Recipe) -> float:
    """Bytes that one layer keeps of each token for backward.

    q, k, v and attention's output (and its scores, without flash attention); what norms and the feed-forward's
    element-wise operations need; the inputs of those matrices whose gradient, or whose adapter's, needs them.
    Source: Korthikanti et al. 2022 section 4, for the operations of a gated and a plain layer.
    """
    width, inner = architecture.width, architecture.feed_forward
    heads, keys = architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim
    inputs_kept = recipe.method == "full" or recipe.quantised is not None
    number = PRECISIONS[recipe.precision].activation
    wide = 2.0 if recipe.precision.endswith("mixed") else 1.0
    norm = 4.0 if architecture.gated and not recipe.compiled else 1.0
    norms = 2 * width * norm * wide
    attention = 2.0 * heads + 2.0 * keys
    if not recipe.flash:
        attention += 2.0 * architecture.heads * recipe.seq
    elements = (3.0 if architecture.gated else 1.0) * inner
    if recipe.compiled and architecture.gated:
        elements -= inner
    inputs = 0.0
    adapts = recipe.method in ("lora", "qlora", "dora")
    if inputs_kept:
        inputs += 2 * width + inner
    elif adapts:
        inputs += width
    if adapts:
        inputs += 1.5 * width
    if recipe.method == "dora":
        inputs += 2 * (heads + keys)
    return number * (norms + attention + elements + inputs)


def logits_bytes(architecture: Architecture, recipe: Recipe) -> float:
    """Bytes at the moment of the loss: 12 for each token and word of the vocabulary, or 2 and an eighth of it chunked."""
    each = 2.0 + LOGIT_BYTES / CHUNKS if recipe.chunked_loss else LOGIT_BYTES
    return each * recipe.tokens * architecture.vocabulary
