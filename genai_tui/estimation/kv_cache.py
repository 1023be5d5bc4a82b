"""What a model keeps of each token it has read: keys and values, or the latent vectors they are made of."""

from collections.abc import Sequence

from genai_tui.records.cards import Architecture, CachedLayers


def kv_bytes(architecture: Architecture, tokens: int, batch: int = 1, bytes_per_number: float = 2.0) -> int:
    """Bytes of cache for `batch` sequences of `tokens` tokens each.

    Formula: sum over layers of numbers x min(tokens, window) x batch x bytes. Numbers of a layer are
    2 x kv_heads x head_dim (vLLM, arXiv 2309.06180, section 3), for multi-head latent attention kv_lora_rank +
    qk_rope_head_dim (DeepSeek-V2, arXiv 2405.04434, table 1). A layer with a sliding window keeps the window.
    """
    return cached_bytes(architecture.cached, tokens, batch, bytes_per_number)


def cached_bytes(cached: Sequence[CachedLayers], tokens: int, batch: int = 1, bytes_per_number: float = 2.0) -> int:
    """The same of layers alone, without the rest of an architecture."""
    numbers = sum(
        kept.layers * kept.numbers * (tokens if kept.window is None else min(tokens, kept.window)) for kept in cached
    )
    return round(numbers * batch * bytes_per_number)


def kv_formula(architecture: Architecture, tokens: int, batch: int, bytes_per_number: float) -> str:
    """The formula of `kv_bytes` with its numbers in it."""
    terms = [
        f"{cached.layers} layers x {cached.numbers} numbers x "
        + (f"{tokens}" if cached.window is None else f"min({tokens}, {cached.window})")
        for cached in architecture.cached
    ]
    inside = " + ".join(terms) or "0"
    return f"({inside}) tokens x {batch} x {bytes_per_number:g} bytes"
