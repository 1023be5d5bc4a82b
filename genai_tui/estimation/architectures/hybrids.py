"""Models whose layers do not all attend: some of them, or all, keep a fixed state instead of every token.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py.
"""

from collections.abc import Callable, Sequence

from genai_tui.estimation.architectures.building import Building
from genai_tui.estimation.architectures.fields import MOST_LAYERS, Fields
from genai_tui.estimation.architectures.fixed_state import (
    gated_delta_net,
    lightning_attention,
    mamba,
    mamba2,
    mamba2_beside_attention,
    short_convolution,
    step_rank,
)
from genai_tui.estimation.architectures.layouts import (
    Heads,
    Layout,
    begun,
    dense,
    every_step,
    finished,
    heads_of,
    routed,
    shared_width,
)
from genai_tui.records.cards import Architecture

_KINDS = {"linear_attention": "M", "mamba": "M", "full_attention": "*", "attention": "*", "mlp": "-", "moe": "E"}


def _layers_of(fields: Fields, building: Building, attends: Sequence[bool]) -> tuple[list[int], list[int]]:
    """The layers that attend and the others, by `layer_types` or else `attends`."""
    types = fields.listed("layer_types", "layers_block_type")
    if len(types) >= len(building.layers):
        attends = [kind in ("full_attention", "attention", "sliding_attention", "hybrid") for kind in types]
    full = [layer for layer in building.layers if attends[layer]]
    return full, [layer for layer in building.layers if not attends[layer]]


def _attention(
    building: Building, fields: Fields, layers: Sequence[int], *, bias: bool = False, query_parts: int = 1
) -> Heads:
    heads = heads_of(fields)
    building.attention(heads.heads, heads.kv_heads, heads.head_dim, bias=bias, query_parts=query_parts, layers=layers)
    return heads


def _qwen_next(building: Building, fields: Fields) -> None:
    """Gated DeltaNet; every `full_attention_interval`th layer attends, with a gate."""
    interval = fields.number("full_attention_interval", default=4)
    full, linear = _layers_of(fields, building, [(layer + 1) % interval == 0 for layer in building.layers])
    heads = _attention(building, fields, full, bias=fields.flag("attention_bias"), query_parts=2)
    building.norms(2, width=heads.head_dim, layers=full)
    gated_delta_net(building, fields, linear)


def _mamba(building: Building, fields: Fields) -> None:
    mamba(
        building,
        building.layers,
        inner=fields.number("expand") * building.width,
        state=fields.number("state_size"),
        kernel=fields.number("conv_kernel"),
        rank=step_rank(building, fields, "time_step_rank"),
        conv_bias=fields.flag("use_conv_bias", default=True),
        bias=fields.flag("use_bias"),
    )


def _mamba2(building: Building, fields: Fields) -> None:
    mamba2(
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


def _jamba(building: Building, fields: Fields) -> None:
    """One layer in `attn_layer_period` attends, the others are Mamba with a norm of what decides its steps."""
    period, offset = fields.number("attn_layer_period"), fields.count("attn_layer_offset")
    full, linear = _layers_of(fields, building, [layer % period == offset for layer in building.layers])
    rank, state = step_rank(building, fields, "mamba_dt_rank"), fields.number("mamba_d_state")
    _attention(building, fields, full)
    mamba(
        building,
        linear,
        inner=fields.number("mamba_expand") * building.width,
        state=state,
        kernel=fields.number("mamba_d_conv"),
        rank=rank,
        conv_bias=fields.flag("mamba_conv_bias", default=True),
        bias=fields.flag("mamba_proj_bias"),
    )
    building.add("norm", rank + 2 * state, layers=linear)


def _jamba_experts(fields: Fields, layers: int) -> Sequence[int]:
    every, first = fields.number("expert_layer_period"), fields.count("expert_layer_offset")
    return [layer for layer in range(layers) if layer % every == first] if fields.count("num_experts") > 1 else []


def _bamba(building: Building, fields: Fields) -> None:
    """Mamba 2, and attention in the layers of `attn_layer_indices`."""
    attending = set(map(str, fields.listed("attn_layer_indices")))
    full, linear = _layers_of(fields, building, [str(layer) in attending for layer in building.layers])
    _attention(building, fields, full, bias=fields.flag("attention_bias"))
    mamba2_beside_attention(building, fields, linear)


def _falcon_h1(building: Building, fields: Fields) -> None:
    """Every layer attends and has a Mamba 2 beside it."""
    _attention(building, fields, building.layers, bias=fields.flag("attention_bias"))
    mamba2_beside_attention(
        building,
        fields,
        building.layers,
        inner=fields.number("mamba_d_ssm", default=fields.number("mamba_expand") * building.width),
        normed=fields.flag("mamba_rms_norm"),
        out_bias="projectors_bias",
    )


def _granite(building: Building, fields: Fields) -> None:
    """Mamba 2, and attention in the layers that `layer_types` names."""
    full, linear = _layers_of(fields, building, [False] * len(building.layers))
    _attention(building, fields, full, bias=fields.flag("attention_bias"))
    mamba2_beside_attention(building, fields, linear)


def _granite_feed(building: Building, fields: Fields) -> None:
    """A shared expert, and routed ones beside it where there are any."""
    shared = fields.number("shared_intermediate_size")
    if fields.count("num_local_experts"):
        routed(("num_local_experts",), ("intermediate_size",), shared=lambda fields, expert: shared)(building, fields)
    else:
        building.feed_forward(shared)


def _lfm2(building: Building, fields: Fields) -> None:
    """Short convolutions, and attention in the layers of `full_attn_idxs`."""
    attending = set(map(str, fields.listed("full_attn_idxs")))
    otherwise = [not attending or str(layer) in attending for layer in building.layers]
    full, short = _layers_of(fields, building, otherwise)
    heads = _attention(building, fields, full)
    building.norms(2, width=heads.head_dim, layers=full)
    short_convolution(building, fields, short)


def _lfm2_feed(building: Building, fields: Fields) -> None:
    width = fields.number("block_ff_dim", "intermediate_size")
    if fields.flag("block_auto_adjust_ff_dim", default=True):
        width = 2 * width // 3
        multiplier, multiple = fields.raw("block_ffn_dim_multiplier"), fields.number("block_multiple_of", default=256)
        if isinstance(multiplier, int | float) and 0 < multiplier < 100:
            width = int(multiplier * width)
        width = multiple * -(-width // multiple)
    building.feed_forward(width)


def _minimax(building: Building, fields: Fields) -> None:
    """MiniMax-Text-01: lightning attention and, by `layer_types` or every second layer, attention."""
    full, linear = _layers_of(fields, building, [layer % 2 == 0 for layer in building.layers])
    _attention(building, fields, full)
    lightning_attention(building, fields, linear)


def _no_attention(fields: Fields) -> Heads:
    return Heads(1, 1, 1)


def _no_feed(building: Building, fields: Fields) -> None:
    """No feed-forward layer."""


def nemotron_h(fields: Fields) -> Architecture:
    """Nemotron-H, Nemotron Nano 2: each layer is one of Mamba 2 (M), attention (*), feed-forward (-), experts (E)."""
    pattern = fields.text("hybrid_override_pattern")
    kinds = list(pattern) if pattern else [_KINDS.get(str(kind), "?") for kind in fields.listed("layers_block_type")]
    building = begun(fields, fields.checked(len(kinds), "layers_block_type", most=MOST_LAYERS))
    where = {kind: [layer for layer in building.layers if kinds[layer] == kind] for kind in "M*-E"}
    building.embedding()
    building.norms(1)
    heads = _attention(building, fields, where["*"])
    ssm_heads = fields.number("mamba_num_heads")
    mamba2(
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


_all_mamba = Layout(_mamba, _no_feed, norms=1, tied=True, divided=_no_attention)
_qwen_experts = routed(
    ("num_experts",),
    ("moe_intermediate_size",),
    where=every_step,
    shared=shared_width("shared_expert_intermediate_size"),
    shared_gate=True,
)

HYBRIDS: dict[str, Callable[[Fields], Architecture]] = {
    "qwen3_next": Layout(_qwen_next, _qwen_experts),
    "qwen3_5_text": Layout(_qwen_next, dense()),
    "qwen3_5_moe_text": Layout(_qwen_next, _qwen_experts),
    "mamba": _all_mamba,
    "falcon_mamba": _all_mamba,
    "mamba2": Layout(_mamba2, _no_feed, norms=1, divided=_no_attention),
    "jamba": Layout(_jamba, routed(("num_experts",), ("intermediate_size",), where=_jamba_experts)),
    "bamba": Layout(_bamba, dense(bias="mlp_bias")),
    "falcon_h1": Layout(_falcon_h1, dense(bias="mlp_bias")),
    "granitemoehybrid": Layout(_granite, _granite_feed),
    "minimax": Layout(_minimax, routed(("num_local_experts",), ("intermediate_size",))),
    "nemotron_h": nemotron_h,
    "lfm2": Layout(_lfm2, _lfm2_feed, tied=True),
    "lfm2_moe": Layout(
        _lfm2,
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=lambda fields, n: range(min(fields.count("num_dense_layers"), n), n),
        ),
        tied=True,
    ),
}
