"""Dense decoders since Llama: rotary positions, RMSNorm, a gated feed-forward layer, and what each family changes.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py.
"""

from collections.abc import Callable

from genai_tui.estimation.architectures import windows
from genai_tui.estimation.architectures.building import Building
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.layouts import (
    Heads,
    Layout,
    dense,
    grouped,
    heads_of,
    latent,
    latent_heads,
    width_of,
)
from genai_tui.records.cards import Architecture

_llama = Layout(grouped(bias="attention_bias"), dense(bias="mlp_bias"))
_qwen2 = Layout(grouped(bias=True, out_bias=False, windows=windows.after), dense())
_gemma3 = Layout(
    grouped(bias="attention_bias", qk_norm="head", windows=lambda fields, n: windows.patterned(fields, n, 6)),
    dense(),
    norms=4,
    tied=True,
)


def _bitnet_ffn_norm(building: Building, fields: Fields) -> None:
    building.norms(1, width=fields.number("intermediate_size"))


def _bitnet_attn_norm(building: Building, fields: Fields) -> None:
    building.norms(1)


def _two_scalars(building: Building, fields: Fields) -> None:
    building.add("norm", 1, layers=building.layers, each=2)


def _chatglm_heads(fields: Fields) -> Heads:
    heads = fields.number("num_attention_heads")
    groups = fields.number("multi_query_group_num") if fields.flag("multi_query_attention") else heads
    return Heads(heads, groups, fields.number("kv_channels", default=width_of(fields) // heads))


def _stablelm_heads_norm(building: Building, fields: Fields) -> None:
    if fields.flag("qk_layernorm"):
        heads = heads_of(fields)
        building.norms(heads.heads + heads.kv_heads, width=heads.head_dim)
    if not fields.flag("use_parallel_residual"):
        building.norms(2)


DECODERS: dict[str, Callable[[Fields], Architecture]] = {
    "llama": _llama,
    "Yi": _llama,
    "aquila": _llama,
    "xverse": _llama,
    "minicpm": Layout(grouped(bias="attention_bias"), dense(), tied=True),
    "baichuan": Layout(grouped(fused=True), dense()),
    "internlm": Layout(grouped(bias="bias"), dense()),
    "internlm2": Layout(grouped(bias="bias", fused=True), dense()),
    "internlm3": Layout(
        grouped(
            bias=lambda fields: fields.flag("qkv_bias", "attention_bias"),
            out_bias=lambda fields: fields.flag("bias", "attention_bias"),
        ),
        dense(bias=lambda fields: fields.flag("bias", "mlp_bias")),
    ),
    "exaone": Layout(grouped(bias="attention_bias"), dense(bias="mlp_bias")),
    "granite": _llama,
    "helium": Layout(grouped(bias="attention_bias", out_bias=False), dense(bias="mlp_bias")),
    "mistral": Layout(grouped(windows=windows.every), dense()),
    "ministral": Layout(grouped(windows=windows.every), dense()),
    "ministral3": Layout(grouped(windows=windows.every), dense()),
    "qwen": Layout(
        grouped(bias=True, out_bias=False, fused=True),
        lambda building, fields: building.feed_forward(fields.number("intermediate_size", least=2) // 2),
    ),
    "qwen2": _qwen2,
    "qwen3": Layout(grouped(bias="attention_bias", qk_norm="head", windows=windows.after), dense()),
    "gemma": Layout(grouped(bias="attention_bias"), dense(), tied=True),
    "gemma2": Layout(
        grouped(bias="attention_bias", windows=lambda fields, n: windows.patterned(fields, n, 2)),
        dense(),
        norms=4,
        tied=True,
    ),
    "vaultgemma": Layout(
        grouped(bias="attention_bias", windows=lambda fields, n: windows.patterned(fields, n, 2)), dense(), tied=True
    ),
    "gemma3_text": _gemma3,
    "phi3": Layout(grouped(fused=True, windows=windows.every), dense()),
    "olmo": Layout(grouped(bias="attention_bias"), dense(), norm=0),
    "olmo2": Layout(grouped(bias="attention_bias", qk_norm="all"), dense()),
    "olmo3": Layout(
        grouped(bias="attention_bias", qk_norm="all", windows=lambda fields, n: windows.patterned(fields, n, 4)),
        dense(),
    ),
    "stablelm": Layout(
        grouped(bias="use_qkv_bias", out_bias=False, extra=_stablelm_heads_norm), dense(), norms=1, norm=2
    ),
    "starcoder2": Layout(grouped(bias="use_bias", windows=windows.every), dense(gated=False, bias="use_bias"), norm=2),
    "nemotron": Layout(grouped(bias="attention_bias"), dense(gated=False, bias="mlp_bias"), norm=2),
    "orion": Layout(grouped(), dense(), norm=2),
    "arcee": Layout(grouped(bias="attention_bias"), dense(gated=False, bias="mlp_bias")),
    "apertus": Layout(grouped(bias="attention_bias", qk_norm="head"), dense(gated=False, extra=_two_scalars)),
    "seed_oss": Layout(grouped(bias="attention_bias", out_bias="attention_out_bias"), dense(bias="mlp_bias")),
    "smollm3": Layout(grouped(bias="attention_bias", windows=windows.after), dense(bias="mlp_bias")),
    "cohere": Layout(grouped(bias="attention_bias", qk_norm="all", qk_if="use_qk_norm"), dense(), norms=1, tied=True),
    "cohere2": Layout(
        grouped(bias="attention_bias", windows=lambda fields, n: windows.patterned(fields, n, 4)),
        dense(),
        norms=1,
        tied=True,
    ),
    "glm": Layout(grouped(bias="attention_bias", out_bias=False), dense()),
    "glm4": Layout(grouped(bias="attention_bias", out_bias=False), dense(), norms=4),
    "chatglm": Layout(
        grouped(bias="add_qkv_bias", out_bias="add_bias_linear", fused=True, divided=_chatglm_heads),
        dense("ffn_hidden_size", bias="add_bias_linear"),
        divided=_chatglm_heads,
    ),
    "exaone4": Layout(grouped(qk_norm="head", windows=lambda fields, n: windows.patterned(fields, n, 4)), dense()),
    "ernie4_5": Layout(grouped(bias="use_bias"), dense(bias="use_bias")),
    "hunyuan_v1_dense": Layout(grouped(bias="attention_bias", qk_norm="head"), dense()),
    "bitnet": Layout(grouped(bias="attention_bias", extra=_bitnet_attn_norm), dense(extra=_bitnet_ffn_norm)),
    "nanochat": Layout(grouped(bias="attention_bias"), dense(gated=False), norm=0),
    "minicpm3": Layout(latent(), dense(bias="mlp_bias"), divided=latent_heads),
    "youtu": Layout(latent(), dense(bias="mlp_bias"), divided=latent_heads),
}
