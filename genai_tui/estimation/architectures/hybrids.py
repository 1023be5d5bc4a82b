"""Models whose layers do not all attend: linear attention and state spaces keep a fixed state instead of every token.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py. The fixed
state of such layers is not part of the cache that is counted.
"""

from collections.abc import Callable, Sequence

from genai_tui.estimation.architectures.building import Building
from genai_tui.estimation.architectures.fields import MOST_LAYERS, Fields
from genai_tui.estimation.architectures.layouts import (
    Heads,
    Piece,
    begun,
    decided,
    dense,
    every_step,
    finished,
    heads_of,
    routed,
    shared_width,
)
from genai_tui.records.cards import Architecture

_NOTHING = Heads(1, 1, 1)
_KINDS = {"linear_attention": "M", "mamba": "M", "full_attention": "*", "attention": "*", "mlp": "-", "moe": "E"}


def _layers_of(fields: Fields, building: Building, attends: Sequence[bool]) -> tuple[list[int], list[int]]:
    """The layers that attend and the others, by `layer_types` or else `attends`."""
    types = fields.listed("layer_types", "layers_block_type")
    if len(types) >= len(building.layers):
        attends = [kind in ("full_attention", "attention", "sliding_attention", "hybrid") for kind in types]
    full = [layer for layer in building.layers if attends[layer]]
    return full, [layer for layer in building.layers if not attends[layer]]


def gated_delta(feed: Piece) -> Callable[[Fields], Architecture]:
    """Qwen3-Next and Qwen3.5: gated DeltaNet, every `full_attention_interval`th layer attends, with a gate."""

    def family(fields: Fields) -> Architecture:
        building, heads = begun(fields), heads_of(fields)
        interval = fields.number("full_attention_interval", default=4)
        full, linear = _layers_of(fields, building, [(layer + 1) % interval == 0 for layer in building.layers])
        building.embedding()
        bias = fields.flag("attention_bias")
        building.attention(heads.heads, heads.kv_heads, heads.head_dim, bias=bias, query_parts=2, layers=full)
        building.norms(2, width=heads.head_dim, layers=full)
        key_heads, value_heads = fields.number("linear_num_key_heads"), fields.number("linear_num_value_heads")
        keys = key_heads * fields.number("linear_key_head_dim")
        value_dim = fields.number("linear_value_head_dim")
        values = value_heads * value_dim
        building.add("ssm_in", building.width, 2 * keys + 2 * values, layers=linear)
        building.add("ssm_beta_alpha", building.width, 2 * value_heads, layers=linear)
        building.add("ssm_out", values, building.width, layers=linear)
        building.add("ssm_conv1d", fields.number("linear_conv_kernel_dim"), 2 * keys + values, layers=linear)
        building.add("norm", value_heads, layers=linear, each=2)
        building.norms(1, width=value_dim, layers=linear)
        building.norms(2)
        feed(building, fields)
        building.final_norm()
        building.head(fields.flag("tie_word_embeddings"))
        return finished(building, fields, heads)

    return family


def state_space(
    building: Building,
    layers: Sequence[int],
    *,
    inner: int,
    state: int,
    kernel: int,
    rank: int,
    conv_bias: bool,
    bias: bool,
) -> None:
    """Mamba (arXiv 2312.00752): one selective state space a channel."""
    building.add("ssm_in", building.width, 2 * inner, layers=layers)
    building.add("ssm_conv1d", kernel, inner, layers=layers)
    building.add("ssm_x", inner, rank + 2 * state, layers=layers)
    building.add("ssm_dt", rank, inner, layers=layers)
    building.add("ssm_a", state, inner, layers=layers)
    building.add("norm", inner, layers=layers, each=2 + conv_bias)
    building.add("ssm_out", inner, building.width, layers=layers)
    if bias:
        building.add("bias", 2 * inner + building.width, layers=layers)


def state_space_duality(
    building: Building,
    layers: Sequence[int],
    *,
    inner: int,
    heads: int,
    groups: int,
    state: int,
    kernel: int,
    conv_bias: bool,
    bias: bool,
    out_bias: bool | None = None,
    normed: bool = True,
) -> None:
    """Mamba 2 (arXiv 2405.21060): heads that share a decay."""
    mixed = inner + 2 * groups * state
    building.add("ssm_in", building.width, inner + mixed + heads, layers=layers)
    building.add("ssm_conv1d", kernel, mixed, layers=layers)
    building.add("norm", heads, layers=layers, each=3)
    if conv_bias:
        building.add("bias", mixed, layers=layers)
    if normed:
        building.add("norm", inner, layers=layers)
    building.add("ssm_out", inner, building.width, layers=layers)
    if bias:
        building.add("bias", inner + mixed + heads, layers=layers)
    if bias if out_bias is None else out_bias:
        building.add("bias", building.width, layers=layers)


def _mamba2_of(
    building: Building,
    fields: Fields,
    layers: Sequence[int],
    *,
    inner: int,
    normed: bool = True,
    out_bias: str = "mamba_proj_bias",
) -> None:
    """Mamba 2 by the field names that Bamba, Falcon-H1 and Granite 4 share."""
    state_space_duality(
        building,
        layers,
        inner=inner,
        heads=fields.number("mamba_n_heads"),
        groups=fields.number("mamba_n_groups"),
        state=fields.number("mamba_d_state"),
        kernel=fields.number("mamba_d_conv"),
        conv_bias=fields.flag("mamba_conv_bias", default=True),
        bias=fields.flag("mamba_proj_bias"),
        out_bias=fields.flag(out_bias),
        normed=normed,
    )


def mamba(fields: Fields) -> Architecture:
    """Mamba and Falcon Mamba: no attention at all."""
    building = begun(fields)
    rank = fields.raw("time_step_rank")
    building.embedding()
    state_space(
        building,
        building.layers,
        inner=fields.number("expand") * building.width,
        state=fields.number("state_size"),
        kernel=fields.number("conv_kernel"),
        rank=-(-building.width // 16) if rank in (None, "auto") else fields.number("time_step_rank"),
        conv_bias=fields.flag("use_conv_bias", default=True),
        bias=fields.flag("use_bias"),
    )
    building.norms(1)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings", default=True))
    return finished(building, fields, _NOTHING)


def mamba2(fields: Fields) -> Architecture:
    """Mamba 2."""
    building = begun(fields)
    building.embedding()
    state_space_duality(
        building,
        building.layers,
        inner=fields.number("expand") * building.width,
        heads=fields.number("num_heads"),
        groups=fields.number("n_groups"),
        state=fields.number("state_size"),
        kernel=fields.number("conv_kernel"),
        conv_bias=fields.flag("use_conv_bias", default=True),
        bias=fields.flag("use_bias"),
    )
    building.norms(1)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, _NOTHING)


def jamba(fields: Fields) -> Architecture:
    """Jamba: one layer in eight attends, every second has experts."""
    building, heads = begun(fields), heads_of(fields)
    period, offset = fields.number("attn_layer_period"), fields.count("attn_layer_offset")
    full, linear = _layers_of(fields, building, [layer % period == offset for layer in building.layers])
    rank = fields.raw("mamba_dt_rank")
    low = -(-building.width // 16) if rank in (None, "auto") else fields.number("mamba_dt_rank")
    state = fields.number("mamba_d_state")
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, layers=full)
    state_space(
        building,
        linear,
        inner=fields.number("mamba_expand") * building.width,
        state=state,
        kernel=fields.number("mamba_d_conv"),
        rank=low,
        conv_bias=fields.flag("mamba_conv_bias", default=True),
        bias=fields.flag("mamba_proj_bias"),
    )
    building.add("norm", low + 2 * state, layers=linear)
    every, first = fields.number("expert_layer_period"), fields.count("expert_layer_offset")
    routed(
        ("num_experts",),
        ("intermediate_size",),
        where=lambda _, n: [layer for layer in range(n) if layer % every == first] if _has_experts(fields) else [],
    )(building, fields)
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def _has_experts(fields: Fields) -> bool:
    return fields.count("num_experts") > 1


def bamba(fields: Fields) -> Architecture:
    """Bamba: Mamba 2, and attention in the layers of `attn_layer_indices`."""
    building, heads = begun(fields), heads_of(fields)
    attending = set(map(str, fields.listed("attn_layer_indices")))
    full, linear = _layers_of(fields, building, [str(layer) in attending for layer in building.layers])
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, bias=fields.flag("attention_bias"), layers=full)
    _mamba2_of(building, fields, linear, inner=fields.number("mamba_expand") * building.width)
    dense(bias="mlp_bias")(building, fields)
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def falcon_h1(fields: Fields) -> Architecture:
    """Falcon-H1: every layer attends and has a Mamba 2 beside it."""
    building, heads = begun(fields), heads_of(fields)
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, bias=fields.flag("attention_bias"))
    inner = fields.number("mamba_d_ssm", default=fields.number("mamba_expand") * building.width)
    _mamba2_of(
        building,
        fields,
        building.layers,
        inner=inner,
        normed=fields.flag("mamba_rms_norm"),
        out_bias="projectors_bias",
    )
    dense(bias="mlp_bias")(building, fields)
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def granite_hybrid(fields: Fields) -> Architecture:
    """Granite 4: Mamba 2 and attention, with a shared expert, and routed ones where there are any."""
    building, heads = begun(fields), heads_of(fields)
    full, linear = _layers_of(fields, building, [False] * len(building.layers))
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, bias=fields.flag("attention_bias"), layers=full)
    _mamba2_of(building, fields, linear, inner=fields.number("mamba_expand") * building.width)
    shared = fields.number("shared_intermediate_size")
    if fields.count("num_local_experts"):
        routed(("num_local_experts",), ("intermediate_size",), shared=shared_width("shared_intermediate_size"))(
            building, fields
        )
    else:
        building.feed_forward(shared)
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def lfm2(fields: Fields) -> Architecture:
    """LFM2: short convolutions and attention."""
    building, heads = begun(fields), heads_of(fields)
    attending = set(map(str, fields.listed("full_attn_idxs")))
    otherwise = [not attending or str(layer) in attending for layer in building.layers]
    full, short = _layers_of(fields, building, otherwise)
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, layers=full)
    building.norms(2, width=heads.head_dim, layers=full)
    bias = decided(fields, "conv_bias")
    building.add("shortconv_in", building.width, 3 * building.width, layers=short)
    building.add("shortconv_out", building.width, building.width, layers=short)
    building.add("shortconv_conv", fields.number("conv_L_cache"), building.width, layers=short)
    if bias:
        building.add("bias", 5 * building.width, layers=short)
    if fields.text("model_type") == "lfm2_moe":
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=lambda _, n: range(min(fields.count("num_dense_layers"), n), n),
        )(building, fields)
    else:
        building.feed_forward(_lfm2_width(fields))
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings", default=True))
    return finished(building, fields, heads)


def minimax(fields: Fields) -> Architecture:
    """MiniMax-Text-01: lightning attention and, by `layer_types` or every second layer, attention; experts in all."""
    building, heads = begun(fields), heads_of(fields)
    full, linear = _layers_of(fields, building, [layer % 2 == 0 for layer in building.layers])
    wide = heads.heads * heads.head_dim
    building.embedding()
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, layers=full)
    building.add("ssm_in", building.width, 4 * wide, layers=linear)
    building.add("ssm_out", wide, building.width, layers=linear)
    building.norms(1, width=wide, layers=linear)
    routed(("num_local_experts",), ("intermediate_size",))(building, fields)
    building.norms(2)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def nemotron_h(fields: Fields) -> Architecture:
    """Nemotron-H, Nemotron Nano 2: each layer is one of Mamba 2 (M), attention (*), feed-forward (-), experts (E)."""
    pattern = fields.text("hybrid_override_pattern")
    kinds = list(pattern) if pattern else [_KINDS.get(str(kind), "?") for kind in fields.listed("layers_block_type")]
    building, heads = begun(fields, fields.checked(len(kinds), "layers_block_type", most=MOST_LAYERS)), heads_of(fields)
    where = {kind: [layer for layer in building.layers if kinds[layer] == kind] for kind in "M*-E"}
    building.embedding()
    building.norms(1)
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, layers=where["*"])
    ssm_heads = fields.number("mamba_num_heads")
    state_space_duality(
        building,
        where["M"],
        inner=ssm_heads * fields.number("mamba_head_dim"),
        heads=ssm_heads,
        groups=fields.number("n_groups"),
        state=fields.number("ssm_state_size"),
        kernel=fields.number("conv_kernel"),
        conv_bias=fields.flag("use_conv_bias", default=True),
        bias=fields.flag("use_bias", "mamba_proj_bias"),
    )
    building.feed_forward(
        fields.number("intermediate_size"), gated=False, bias=fields.flag("mlp_bias"), layers=where["-"]
    )
    if where["E"]:
        building.experts(
            fields.number("n_routed_experts"),
            fields.number("num_experts_per_tok"),
            fields.number("moe_intermediate_size"),
            gated=False,
            shared=fields.count("moe_shared_expert_intermediate_size"),
            layers=where["E"],
        )
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, heads)


def _lfm2_width(fields: Fields) -> int:
    width = fields.number("block_ff_dim", "intermediate_size")
    if not fields.flag("block_auto_adjust_ff_dim", default=True):
        return width
    width = 2 * width // 3
    multiplier, multiple = fields.raw("block_ffn_dim_multiplier"), fields.number("block_multiple_of", default=256)
    if isinstance(multiplier, int | float) and 0 < multiplier < 100:
        width = int(multiplier * width)
    return multiple * -(-width // multiple)


_qwen_experts = routed(
    ("num_experts",),
    ("moe_intermediate_size",),
    where=every_step,
    shared=shared_width("shared_expert_intermediate_size"),
    shared_gate=True,
)

HYBRIDS: dict[str, Callable[[Fields], Architecture]] = {
    "qwen3_next": gated_delta(_qwen_experts),
    "qwen3_5_text": gated_delta(dense()),
    "qwen3_5_moe_text": gated_delta(_qwen_experts),
    "mamba": mamba,
    "falcon_mamba": mamba,
    "mamba2": mamba2,
    "jamba": jamba,
    "bamba": bamba,
    "falcon_h1": falcon_h1,
    "granitemoehybrid": granite_hybrid,
    "minimax": minimax,
    "nemotron_h": nemotron_h,
    "lfm2": lfm2,
    "lfm2_moe": lfm2,
}
