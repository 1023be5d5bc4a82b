"""The layout that most decoders share: embedding, layers of norms, attention and feed-forward, a norm, a head.

A family is a `Layout`: the piece that attends, the piece that feeds forward, and how many norms of what kind. A bias
or another yes or no is given as such, or as the name of the config's field that decides it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genai_tui.estimation.architectures.building import Building, Windows
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.records.cards import Architecture

Piece = Callable[[Building, Fields], None]
Decided = bool | str | Callable[[Fields], bool]
WindowRule = Callable[[Fields, int], Windows]
Where = Callable[[Fields, int], Sequence[int]]


@dataclass(frozen=True)
class Heads:
    """How attention is divided."""

    heads: int
    kv_heads: int
    head_dim: int


def decided(fields: Fields, what: Decided) -> bool:
    """A yes or no, or what the config says of the field of that name, or what is asked of the fields."""
    if callable(what):
        return what(fields)
    return fields.flag(what) if isinstance(what, str) else what


def heads_of(fields: Fields) -> Heads:
    """Heads from the usual names; keys and values as queries, and the width shared evenly, where nothing is said."""
    heads = fields.number("num_attention_heads", "n_head", "num_heads", "n_heads")
    kv_heads = fields.number("num_key_value_heads", "num_kv_heads", "n_head_kv", default=heads)
    head_dim = fields.maybe("head_dim", "attention_head_dim")
    return Heads(heads, kv_heads, head_dim or max(width_of(fields) // heads, 1))


def latent_heads(fields: Fields) -> Heads:
    """Heads of latent attention, as wide as a query."""
    heads = fields.number("num_attention_heads")
    return Heads(heads, heads, fields.number("qk_nope_head_dim") + fields.number("qk_rope_head_dim"))


def width_of(fields: Fields) -> int:
    """The width of the model."""
    return fields.number("hidden_size", "n_embd", "d_model", "n_embed")


def begun(fields: Fields, layers: int | None = None) -> Building:
    """A building with the usual names for layers, width and vocabulary."""
    if layers is None:
        layers = fields.layers("num_hidden_layers", "n_layer", "n_layers", "num_layers")
    return Building(layers, width_of(fields), fields.number("vocab_size", "padded_vocab_size"))


def finished(building: Building, fields: Fields, heads: Heads | None = None) -> Architecture:
    """The architecture, with its context from the usual names."""
    context = fields.maybe("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length")
    divided = heads or heads_of(fields)
    return building.done(
        fields.text("model_type"),
        heads=divided.heads,
        kv_heads=divided.kv_heads,
        head_dim=divided.head_dim,
        context=context,
    )


def grouped(
    *,
    bias: Decided = False,
    out_bias: Decided | None = None,
    fused: bool = False,
    qk_norm: str = "",
    qk_vectors: int = 1,
    qk_if: Decided = True,
    windows: WindowRule | None = None,
    extra: Piece | None = None,
    divided: Callable[[Fields], Heads] = heads_of,
) -> Piece:
    """Attention with any number of heads for keys and values.

    `qk_norm` is "head" (one norm of a head's width for queries and one for keys), "all" (over all heads together) or
    "" for none, each of `qk_vectors` vectors, where `qk_if` is decided.
    """

    def attend(building: Building, fields: Fields) -> None:
        heads = divided(fields)
        qkv = decided(fields, bias)
        building.attention(
            heads.heads,
            heads.kv_heads,
            heads.head_dim,
            bias=qkv,
            out_bias=qkv if out_bias is None else decided(fields, out_bias),
            fused=fused,
            windows=windows(fields, len(building.layers)) if windows else (),
        )
        if qk_norm and decided(fields, qk_if):
            over = 2 if qk_norm == "head" else heads.heads + heads.kv_heads
            building.norms(qk_vectors, width=over * heads.head_dim)
        if extra:
            extra(building, fields)

    return attend


def latent(*, bias: Decided = "attention_bias", extra: Piece | None = None, each: int = 1) -> Piece:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values from a short vector, which is kept.

    `each`: how many such attentions a layer has.
    """

    def attend(building: Building, fields: Fields) -> None:
        heads = fields.number("num_attention_heads")
        short, turned = fields.number("kv_lora_rank"), fields.number("qk_rope_head_dim")
        still = fields.number("qk_nope_head_dim")
        value = fields.number("v_head_dim", default=max(building.width // heads, 1))
        queries = fields.maybe("q_lora_rank")
        for _ in range(each):
            _latent_tensors(building, heads, short, turned, still, value, queries)
            if decided(fields, bias):
                building.add("bias", (queries or 0) + short + turned + building.width, layers=building.layers)
        if extra:
            extra(building, fields)

    return attend


def _latent_tensors(
    building: Building,
    heads: int,
    short: int,
    turned: int,
    still: int,
    value: int,
    queries: int | None,
) -> None:
    """The tensors of one latent attention a layer, and what it keeps of every token."""
    where, width = building.layers, building.width
    if queries:
        building.add("attn_q_a", width, queries, layers=where)
        building.norms(1, width=queries, layers=where)
        building.add("attn_q_b", queries, heads * (still + turned), layers=where)
    else:
        building.add("attn_q", width, heads * (still + turned), layers=where)
    building.add("attn_kv_a_mqa", width, short + turned, layers=where)
    building.norms(1, width=short, layers=where)
    building.add("attn_kv_b", short, heads * (still + value), layers=where)
    building.add("attn_output", heads * value, width, layers=where)
    building.cache(short + turned, where)


def dense(
    *keys: str, gated: bool = True, bias: Decided = False, times: int | None = None, extra: Piece | None = None
) -> Piece:
    """A dense feed-forward layer; without the field, its width is `times` the model's."""
    names = keys or ("intermediate_size",)

    def feed(building: Building, fields: Fields) -> None:
        width = fields.number(*names, default=None if times is None else times * building.width)
        building.feed_forward(width, gated=gated, bias=decided(fields, bias))
        if extra:
            extra(building, fields)

    return feed


def everywhere(fields: Fields, layers: int) -> Sequence[int]:
    """Experts in every layer."""
    return range(layers)


def after_dense(fields: Fields, layers: int, first: int = 0) -> Sequence[int]:
    """Experts after the first `first_k_dense_replace` layers, in every `moe_layer_freq`th, or as `mlp_layer_types`.

    `first`: how many layers are dense where nothing is said.
    """
    types = fields.listed("mlp_layer_types")
    if len(types) >= layers:
        return [layer for layer in range(layers) if types[layer] != "dense"]
    first = fields.count("first_k_dense_replace", "num_dense_layers", default=first)
    every = fields.raw("moe_layer_freq")
    each = fields.checked(every, "moe_layer_freq") if isinstance(every, int) else 1
    return [layer for layer in range(layers) if layer >= first and layer % each == 0]


def every_step(fields: Fields, layers: int) -> Sequence[int]:
    """Experts in every `decoder_sparse_step`th layer but those of `mlp_only_layers` (the Qwen families)."""
    step = fields.count("decoder_sparse_step", default=1)
    never = {value for value in fields.listed("mlp_only_layers") if isinstance(value, int)}
    return [layer for layer in range(layers) if step and layer not in never and (layer + 1) % step == 0]


def routed(
    count: Sequence[str],
    width: Sequence[str],
    *,
    visited: Sequence[str] = ("num_experts_per_tok",),
    where: Where = everywhere,
    shared: Callable[[Fields, int], int] | None = None,
    shared_gate: bool = False,
    gated: bool = True,
    bias: bool = False,
    router_bias: bool = False,
    dense_width: Sequence[str] = ("intermediate_size",),
    dense_bias: Decided = False,
    shared_bias: Decided = False,
) -> Piece:
    """Routed experts in the layers of `where`, a dense layer in the others. `shared`: width that all tokens visit."""

    def feed(building: Building, fields: Fields) -> None:
        layers = where(fields, len(building.layers))
        inside = set(layers)
        rest = [layer for layer in building.layers if layer not in inside]
        if rest:
            building.feed_forward(
                fields.number(*dense_width), gated=gated, layers=rest, bias=decided(fields, dense_bias)
            )
        if not layers:
            return
        expert = fields.number(*width)
        building.experts(
            fields.number(*count, most=100_000),
            fields.number(*visited),
            expert,
            gated=gated,
            bias=bias,
            router_bias=router_bias,
            shared=shared(fields, expert) if shared else 0,
            shared_gate=shared_gate,
            shared_bias=decided(fields, shared_bias),
            layers=layers,
        )

    return feed


def shared_experts(*keys: str) -> Callable[[Fields, int], int]:
    """As many shared experts as the field says, each as wide as a routed one."""
    return lambda fields, expert: fields.count(*keys) * expert


def shared_width(*keys: str) -> Callable[[Fields, int], int]:
    """Shared experts of the width that the field says."""
    return lambda fields, expert: fields.count(*keys)


@dataclass(frozen=True)
class Layout:
    """A family of decoders: call it with the fields of a config for its architecture.

    `norms` a layer, each of `norm` vectors: RMSNorm 1, LayerNorm 2, a norm without weights 0.
    """

    attend: Piece
    feed: Piece
    norms: int = 2
    norm: int = 1
    positions: str = ""
    more_positions: int = 0
    embedding_norm: int = 0
    head_bias: Decided = False
    tied: bool = False
    """Whether the embeddings are tied where neither the config nor its family's defaults say so."""
    divided: Callable[[Fields], Heads] = heads_of

    def __call__(self, fields: Fields) -> Architecture:
        """The architecture that `fields` describe. Raises UsageFault where they cannot be right."""
        building = begun(fields)
        positions = fields.number(self.positions) + self.more_positions if self.positions else 0
        building.embedding(positions=positions, norm=self.embedding_norm)
        self.attend(building, fields)
        building.norms(self.norms * self.norm)
        self.feed(building, fields)
        building.final_norm(self.norm)
        building.head(fields.flag("tie_word_embeddings", default=self.tied), bias=decided(fields, self.head_bias))
        return finished(building, fields, self.divided(fields))
