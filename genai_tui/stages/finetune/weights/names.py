"""What the tensors of a llama model are called in GGUF and in transformers, and how the rows of q and k lie.

llama.cpp stores the rows of q and k so that rotary pairs are neighbours; transformers keeps the two halves of a head
apart (`convert_hf_to_gguf.py` of ggml-org/llama.cpp, `LlamaModel.permute`).
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODULES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}  # fmt: skip
WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
_LAYER = re.compile(r"model\.layers\.(\d+)\.([\w.]+)\.weight")
_IN_GGUF = {theirs: ours for ours, theirs in MODULES.items()}


def in_transformers(name: str) -> str | None:
    """The name in transformers of a tensor of a GGUF file; None where it has none (rope_freqs)."""
    if found := _BLOCK.fullmatch(name):
        module = MODULES.get(found[2])
        return module and f"model.layers.{found[1]}.{module}.weight"
    whole = WHOLE.get(name.removesuffix(".weight"))
    return whole and f"{whole}.weight"


def in_gguf(name: str) -> str | None:
    """The name in GGUF of a tensor of transformers; None for one that GGUF does not know."""
    if found := _LAYER.fullmatch(name):
        module = _IN_GGUF.get(found[2])
        return module and f"blk.{found[1]}.{module}.weight"
    return next((f"{ours}.weight" for ours, theirs in WHOLE.items() if f"{theirs}.weight" == name), None)


def heads_of(name: str, heads: int, kv_heads: int) -> int | None:
    """How many heads lie in the rows of a tensor of a GGUF file, if they are permuted there; else None."""
    module = name.split(".")[2] if name.startswith("blk.") else ""
    return {"attn_q": heads, "attn_k": kv_heads}.get(module)


def permuted(rows: "NDArray[Any]", heads: int) -> "NDArray[Any]":
    """Rows as llama.cpp wants them, of those that transformers has. Shape (rows, columns) stays."""
    count, columns = rows.shape
    return rows.reshape(heads, 2, count // heads // 2, columns).swapaxes(1, 2).reshape(count, columns)


def unpermuted(rows: "NDArray[Any]", heads: int) -> "NDArray[Any]":
    """Rows as transformers has them, of those of llama.cpp. Shape (rows, columns) stays."""
    count, columns = rows.shape
    return rows.reshape(heads, count // heads // 2, 2, columns).swapaxes(1, 2).reshape(count, columns)
