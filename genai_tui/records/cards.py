"""Model cards: what is known of a model, and the architecture that decides its memory, compute and speed."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CachedLayers:
    """Layers that keep something of every token: `numbers` a token and layer, of the last `window` tokens (None: all).

    For attention with `kv_heads` heads of `head_dim` these are 2 x kv_heads x head_dim numbers; for MLA
    kv_lora_rank + qk_rope_head_dim.
    """

    layers: int
    numbers: int
    window: int | None = None


@dataclass(frozen=True)
class Tensors:
    """Alike tensors of `rows` rows of `row` numbers: `each` in every one of `layers` (None: outside of the layers).

    `kind` is llama.cpp's name (`attn_v`, `ffn_down_exps`; `norm` and `bias` for every vector). Of `each` experts a
    token visits `visited`.
    """

    kind: str
    row: int
    rows: int = 1
    layers: tuple[int, ...] | None = None
    each: int = 1
    visited: int = 1

    @property
    def numbers(self) -> int:
        """How many weights they hold together."""
        return self.row * self.rows * self.each * (1 if self.layers is None else len(self.layers))

    @property
    def active(self) -> int:
        """How many of those one token visits."""
        return self.numbers // self.each * self.visited


@dataclass(frozen=True)
class Architecture:
    """A model as its config describes it. Counts are plain numbers; `active` is what one token visits."""

    family: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    """Width of the feed-forward layer that one token visits: of the visited experts together, where there are any."""
    vocabulary: int
    parameters: int
    active: int
    embedding: int
    """Parameters of the input embedding, which is looked up and not multiplied."""
    tied: bool
    cached: tuple[CachedLayers, ...]
    context: int | None = None
    gated: bool = True
    """Whether the feed-forward layer has a gate: three matrices instead of two."""
    tensors: tuple[Tensors, ...] = field(default=(), repr=False)
    experts: int = 0
    """Routed experts of a layer; 0 where the model is dense."""


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model; None and empty are unknown. `source` says where the card comes from.

    `published` is the month in which it first was, as 2024-09.
    """

    name: str
    source: str
    architecture: Architecture | None = None
    parameters: int | None = None
    active: int | None = None
    context_tokens: int | None = None
    file_bytes: int | None = None
    bits_per_weight: float | None = None
    precision: str | None = None
    licence: str | None = None
    publisher: str | None = None
    trained_on: str | None = None
    purpose: str | None = None
    published: str | None = None
    input_usd_per_million: float | None = None
    output_usd_per_million: float | None = None
    sources: tuple[str, ...] = ()
    one_source_only: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)
