"""Mixtures of experts: a token visits a few of the feed-forward layers there are.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py. Buffers
(the correction bias of DeepSeek-V3's router and its like) and multi-token-prediction layers are not counted.
"""

from collections.abc import Callable, Sequence

from genai_tui.estimation.architectures import windows
from genai_tui.estimation.architectures.building import Building, Windows
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.layouts import (
    Layout,
    after_dense,
    begun,
    every_step,
    finished,
    grouped,
    heads_of,
    latent,
    latent_heads,
    routed,
    shared_experts,
    shared_width,
)
from genai_tui.records.cards import Architecture

_local = routed(("num_local_experts",), ("intermediate_size",))
_deepseek = routed(
    ("n_routed_experts",),
    ("moe_intermediate_size",),
    where=after_dense,
    shared=shared_experts("n_shared_experts"),
)
_deepseek_v2 = routed(
    ("n_routed_experts",),
    ("moe_intermediate_size",),
    where=after_dense,
    shared=shared_experts("n_shared_experts"),
    dense_bias="mlp_bias",
    shared_bias="mlp_bias",
)
_deepseek_v3 = Layout(latent(), _deepseek, divided=latent_heads)


def _indexer(building: Building, fields: Fields) -> None:
    """DeepSeek Sparse Attention (V3.2): the lightning indexer that chooses what each token attends to."""
    heads, wide = fields.number("index_n_heads"), fields.number("index_head_dim")
    building.add("indexer.attn_q_b", fields.number("q_lora_rank"), heads * wide, layers=building.layers)
    building.add("indexer.attn_k", building.width, wide, layers=building.layers)
    building.norms(2, width=wide)
    building.add("indexer.proj", building.width, heads, layers=building.layers)


def _sinks(building: Building, fields: Fields) -> None:
    building.add("norm", heads_of(fields).heads, layers=building.layers)


def _gate_and_correction(building: Building, fields: Fields) -> None:
    heads = heads_of(fields)
    building.add("attn_gate", building.width, heads.heads * heads.head_dim, layers=building.layers)
    _correction(building, fields)


def _correction(building: Building, fields: Fields) -> None:
    """Ernie and AFMoE keep the router's correction bias as a parameter, not as a buffer."""
    experts = fields.number("moe_num_experts", "num_experts")
    layers = (
        _ernie_layers(fields, len(building.layers))
        if fields.raw("moe_k")
        else after_dense(fields, len(building.layers))
    )
    building.add("bias", experts, layers=layers)


def _ernie_layers(fields: Fields, layers: int) -> Sequence[int]:
    first, last = fields.count("moe_layer_start_index"), fields.raw("moe_layer_end_index")
    end = last if isinstance(last, int) and last >= 0 else layers - 1
    every = fields.number("moe_layer_interval", default=1)
    return [layer for layer in range(layers) if first <= layer <= end and (layer + 1) % every == 0]


def _all_but_first(fields: Fields, layers: int) -> Sequence[int]:
    return after_dense(fields, layers, 1)


def _llama4_layers(fields: Fields, layers: int) -> Sequence[int]:
    said = fields.raw("moe_layers")
    if isinstance(said, list):
        return [layer for layer in range(layers) if layer in said]
    step = fields.number("interleave_moe_layer_step", default=1)
    return range(step - 1, layers, step)


def _chunks(fields: Fields, layers: int) -> Windows:
    """Llama 4: layers with rotary positions attend within chunks; every fourth has none and sees everything."""
    interval = fields.number("no_rope_layer_interval", default=4)
    turned = fields.listed("no_rope_layers")
    narrow = [bool(turned[n]) if len(turned) >= layers else (n + 1) % interval != 0 for n in range(layers)]
    return windows.of_types(fields, layers, narrow, key="attention_chunk_size")


def dbrx(fields: Fields) -> Architecture:
    """DBRX: its config is in two parts."""
    building, attention, experts = begun(fields), fields.inner("attn_config"), fields.inner("ffn_config")
    heads = heads_of(fields)
    kv_heads = attention.number("kv_n_heads", default=1)
    building.embedding()
    building.attention(heads.heads, kv_heads, heads.head_dim, fused=True)
    building.norms(2)
    building.experts(
        experts.number("moe_num_experts", default=4),
        experts.number("moe_top_k", default=1),
        experts.number("ffn_hidden_size", default=3584),
    )
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return building.done(
        "dbrx", heads=heads.heads, kv_heads=kv_heads, head_dim=heads.head_dim, context=fields.maybe("max_seq_len")
    )


def longcat(fields: Fields) -> Architecture:
    """LongCat-Flash: two latent attentions and two dense layers beside the experts of each layer."""
    building = begun(fields)
    building.embedding()
    latent(each=2)(building, fields)
    building.norms(4)
    for _ in range(2):
        building.feed_forward(fields.number("ffn_hidden_size"))
    experts, nothing = fields.number("n_routed_experts"), fields.count("zero_expert_num")
    building.experts(experts, fields.number("moe_topk"), fields.number("expert_ffn_hidden_size"))
    building.add("ffn_gate_inp", building.width, nothing, layers=building.layers)
    building.final_norm()
    building.head(fields.flag("tie_word_embeddings"))
    return finished(building, fields, latent_heads(fields))


MIXTURES: dict[str, Callable[[Fields], Architecture]] = {
    "mixtral": Layout(grouped(windows=windows.every), _local),
    "minimax_m2": Layout(grouped(qk_norm="all"), _local),
    "granitemoe": Layout(grouped(bias="attention_bias"), _local),
    "granitemoeshared": Layout(
        grouped(bias="attention_bias"),
        routed(("num_local_experts",), ("intermediate_size",), shared=shared_width("shared_intermediate_size")),
    ),
    "phimoe": Layout(grouped(bias="attention_bias", windows=windows.every), _local, norm=2, head_bias="lm_head_bias"),
    "olmoe": Layout(grouped(bias="attention_bias", qk_norm="all"), routed(("num_experts",), ("intermediate_size",))),
    "flex_olmo": Layout(
        grouped(bias="attention_bias", qk_norm="all"), routed(("num_experts",), ("intermediate_size",))
    ),
    "qwen2_moe": Layout(
        grouped(bias="qkv_bias", out_bias=False, windows=windows.after),
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=every_step,
            shared=shared_width("shared_expert_intermediate_size"),
            shared_gate=True,
        ),
    ),
    "qwen3_moe": Layout(
        grouped(bias="attention_bias", qk_norm="head", windows=windows.every_if_said),
        routed(("num_experts", "num_local_experts"), ("moe_intermediate_size",), where=every_step),
    ),
    "gpt_oss": Layout(
        grouped(bias="attention_bias", windows=lambda fields, n: windows.patterned(fields, n, 2), extra=_sinks),
        routed(("num_local_experts",), ("intermediate_size",), bias=True, router_bias=True),
    ),
    "llama4_text": Layout(
        grouped(bias="attention_bias", windows=_chunks),
        routed(
            ("num_local_experts",),
            ("intermediate_size",),
            where=_llama4_layers,
            shared=lambda fields, expert: expert,
            dense_width=("intermediate_size_mlp",),
        ),
    ),
    "dbrx": dbrx,
    "deepseek": Layout(grouped(bias="attention_bias"), _deepseek),
    "deepseek_v2": Layout(latent(), _deepseek_v2, divided=latent_heads),
    "deepseek_v3": _deepseek_v3,
    "kimi_k2": _deepseek_v3,
    "deepseek_v32": Layout(latent(extra=_indexer), _deepseek, divided=latent_heads),
    "glm_moe_dsa": Layout(latent(extra=_indexer), _deepseek, divided=latent_heads),
    "glm4_moe_lite": Layout(
        latent(),
        routed(
            ("n_routed_experts",),
            ("moe_intermediate_size",),
            where=_all_but_first,
            shared=shared_experts("n_shared_experts"),
        ),
        divided=latent_heads,
    ),
    "longcat_flash": longcat,
    "glm4_moe": Layout(grouped(bias="attention_bias", out_bias=False, qk_norm="head", qk_if="use_qk_norm"), _deepseek),
    "solar_open": Layout(grouped(bias="attention_bias", out_bias=False), _deepseek),
    "dots1": Layout(grouped(bias="attention_bias", qk_norm="head", windows=windows.by_types), _deepseek),
    "exaone_moe": Layout(
        grouped(qk_norm="head", windows=lambda fields, n: windows.patterned(fields, n, 4)),
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=after_dense,
            shared=shared_experts("num_shared_experts"),
        ),
    ),
    "hy_v3": Layout(
        grouped(bias="attention_bias", qk_norm="head"),
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=_all_but_first,
            shared=shared_experts("num_shared_experts"),
            dense_bias="mlp_bias",
            shared_bias="mlp_bias",
        ),
    ),
    "hunyuan_v1_moe": Layout(
        grouped(bias="attention_bias", qk_norm="head"),
        routed(
            ("num_experts",),
            ("intermediate_size",),
            visited=("moe_topk",),
            shared=lambda fields, expert: expert,
        ),
    ),
    "ernie4_5_moe": Layout(
        grouped(bias="use_bias", extra=_correction),
        routed(
            ("moe_num_experts",),
            ("moe_intermediate_size",),
            visited=("moe_k",),
            where=_ernie_layers,
            shared=shared_experts("moe_num_shared_experts"),
            dense_bias="use_bias",
            shared_bias="use_bias",
        ),
        head_bias="use_bias",
    ),
    "afmoe": Layout(
        grouped(
            bias="attention_bias",
            qk_norm="head",
            windows=lambda fields, n: windows.patterned(fields, n, 4),
            extra=_gate_and_correction,
        ),
        routed(
            ("num_experts",),
            ("moe_intermediate_size",),
            where=after_dense,
            shared=shared_experts("num_shared_experts"),
        ),
        norms=4,
    ),
}
