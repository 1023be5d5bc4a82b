"""Decoders from GPT-2 to Falcon: LayerNorm with bias, a feed-forward layer without gate, positions learned or not.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py.
"""

from collections.abc import Callable

from genai_tui.estimation.architectures.building import Building, Windows
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.layouts import (
    Heads,
    Layout,
    begun,
    dense,
    finished,
    grouped,
    heads_of,
)
from genai_tui.records.cards import Architecture

_gpt2 = Layout(
    grouped(bias=True, fused=True),
    dense("n_inner", gated=False, bias=True, times=4),
    norm=2,
    positions="n_positions",
    tied=True,
)


def _one_key(fields: Fields) -> Heads:
    """Heads with one for keys and values where the config says `multi_query`."""
    heads = heads_of(fields)
    return Heads(heads.heads, 1, heads.head_dim) if fields.flag("multi_query") else heads


def _local(fields: Fields, layers: int) -> Windows:
    """GPT-Neo: `attention_types` is a list of [kinds, times]; local layers see `window_size` tokens."""
    window = fields.number("window_size", default=256)
    kinds: list[object] = []
    for entry in fields.listed("attention_types"):
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list):
            kinds += entry[0] * min(fields.checked(entry[1], "attention_types"), layers)
    return tuple(window if kinds and kinds[layer % len(kinds)] == "local" else None for layer in range(layers))


def falcon(fields: Fields) -> Architecture:
    """Falcon, old (7B: one key, one norm; RW: as many keys as heads) and new (40B, 180B, 2-11B)."""
    old = fields.text("model_type") == "RefinedWeb"
    new = fields.flag("new_decoder_architecture", default=old)
    all_heads = heads_of(fields)
    kv_heads = all_heads.kv_heads if new else 1 if fields.flag("multi_query") else all_heads.heads
    heads = Heads(all_heads.heads, kv_heads, all_heads.head_dim)
    parallel = fields.flag("parallel_attn", default=True)
    norms = fields.number("num_ln_in_parallel_attn", default=2 if new else 1) if parallel else 2
    layout = Layout(
        grouped(bias="bias", fused=True, divided=lambda _: heads),
        dense("ffn_hidden_size", gated=False, bias="bias", times=4),
        norms=norms,
        norm=2,
        tied=True,
        divided=lambda _: heads,
    )
    return layout(fields)


def opt(fields: Fields) -> Architecture:
    """OPT: two more positions than its context, and in the 350M one embeddings narrower than the model."""
    building, heads = begun(fields), heads_of(fields)
    bias = fields.flag("enable_bias", default=True)
    norm = 2 if fields.flag("layer_norm_elementwise_affine", default=True) else 0
    narrow = fields.number("word_embed_proj_dim", default=building.width)
    building.embedding(width=narrow)
    building.add("position_embd", building.width, fields.number("max_position_embeddings") + 2)
    if narrow != building.width:
        building.add("project", narrow, building.width)
        building.add("project", building.width, narrow)
    building.attention(heads.heads, heads.heads, heads.head_dim, bias=bias)
    building.norms(2 * norm)
    building.feed_forward(fields.number("ffn_dim"), gated=False, bias=bias)
    if fields.flag("do_layer_norm_before", default=True) and not fields.flag("_remove_final_layer_norm"):
        building.final_norm(norm)
    building.head(fields.flag("tie_word_embeddings", default=True), width=narrow)
    return finished(building, fields, heads)


def _rebuilt_norms(building: Building, fields: Fields) -> None:
    """Phi and Persimmon: LayerNorm with bias over each head of queries and keys, where said."""
    if fields.flag("qk_layernorm"):
        building.norms(4, width=heads_of(fields).head_dim)


EARLY: dict[str, Callable[[Fields], Architecture]] = {
    "gpt2": _gpt2,
    "gpt-sw3": _gpt2,
    "gpt_bigcode": Layout(
        grouped(bias=True, fused=True, divided=_one_key),
        dense("n_inner", gated=False, bias=True, times=4),
        norm=2,
        positions="n_positions",
        tied=True,
        divided=_one_key,
    ),
    "gpt_neo": Layout(
        grouped(out_bias=True, windows=_local),
        dense(gated=False, bias=True, times=4),
        norm=2,
        positions="max_position_embeddings",
        tied=True,
    ),
    "gpt_neox": Layout(grouped(bias="attention_bias", fused=True), dense(gated=False, bias=True), norm=2),
    "gptj": Layout(grouped(), dense("n_inner", gated=False, bias=True, times=4), norms=1, norm=2, head_bias=True),
    "codegen": Layout(
        grouped(fused=True), dense("n_inner", gated=False, bias=True, times=4), norms=1, norm=2, head_bias=True
    ),
    "bloom": Layout(
        grouped(bias=True, fused=True),
        lambda building, _: building.feed_forward(4 * building.width, gated=False, bias=True),
        norm=2,
        embedding_norm=2,
        tied=True,
    ),
    "falcon": falcon,
    "RefinedWeb": falcon,
    "RefinedWebModel": falcon,
    "mpt": Layout(
        grouped(fused=True), lambda building, _: building.feed_forward(4 * building.width, gated=False), tied=True
    ),
    "opt": opt,
    "phi": Layout(
        grouped(bias=True, extra=_rebuilt_norms), dense(gated=False, bias=True), norms=1, norm=2, head_bias=True
    ),
    "persimmon": Layout(grouped(bias=True, fused=True, extra=_rebuilt_norms), dense(gated=False, bias=True), norm=2),
}
