"""GGUF: bits of every type, which type a preset gives to which tensor, and the size of the file that follows.

The rules are those of ggml-org/llama.cpp src/llama-quant.cpp @007dbbf (MIT), block sizes those of ggml's types.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from genai_tui.records.cards import Architecture, Tensors


@dataclass(frozen=True)
class Type:
    """A type of tensors: `block` weights take `size` bytes."""

    block: int
    size: int

    @property
    def bits(self) -> float:
        """Bits of one weight."""
        return self.size * 8 / self.block


TYPES: Mapping[str, Type] = MappingProxyType(
    {
        "F32": Type(1, 4),
        "F16": Type(1, 2),
        "BF16": Type(1, 2),
        "F64": Type(1, 8),
        "I8": Type(1, 1),
        "I16": Type(1, 2),
        "I32": Type(1, 4),
        "I64": Type(1, 8),
        "Q1_0": Type(128, 18),
        "Q4_0": Type(32, 18),
        "Q4_1": Type(32, 20),
        "Q5_0": Type(32, 22),
        "Q5_1": Type(32, 24),
        "Q8_0": Type(32, 34),
        "Q8_1": Type(32, 40),
        "Q2_K": Type(256, 84),
        "Q3_K": Type(256, 110),
        "Q4_K": Type(256, 144),
        "Q5_K": Type(256, 176),
        "Q6_K": Type(256, 210),
        "Q8_K": Type(256, 292),
        "IQ1_S": Type(256, 50),
        "IQ1_M": Type(256, 56),
        "IQ2_XXS": Type(256, 66),
        "IQ2_XS": Type(256, 74),
        "IQ2_S": Type(256, 82),
        "IQ3_XXS": Type(256, 98),
        "IQ3_S": Type(256, 110),
        "IQ4_NL": Type(32, 18),
        "IQ4_XS": Type(256, 136),
        "TQ1_0": Type(256, 54),
        "TQ2_0": Type(256, 66),
        "MXFP4": Type(32, 17),
        "NVFP4": Type(64, 36),
    }
)

NUMBERS: Mapping[int, str] = MappingProxyType(
    dict(enumerate("F32 F16 Q4_0 Q4_1 - - Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K".split()))
    | dict(
        enumerate("IQ2_XXS IQ2_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16".split(), 16)
    )
    | {34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0"}
)
"""The types by ggml's numbers."""

WIDER: Mapping[str, str] = MappingProxyType(
    {"Q6_K_L": "Q6_K", "Q5_K_L": "Q5_K_M", "Q4_K_L": "Q4_K_M", "Q3_K_XL": "Q3_K_L", "Q2_K_L": "Q2_K"}
)
"""Presets that publishers add (bartowski): that of llama-quantize, with embedding and head in Q8_0."""

PRESETS: Mapping[str, str] = MappingProxyType(
    {name: name for name in "F32 F16 BF16 Q8_0 Q6_K Q5_1 Q5_0 Q4_1 Q4_0".split()}
    | {"Q5_K_M": "Q5_K", "Q5_K_S": "Q5_K", "Q4_K_M": "Q4_K", "Q4_K_S": "Q4_K"}
    | {"Q3_K_L": "Q3_K", "Q3_K_M": "Q3_K", "Q3_K_S": "Q3_K", "Q2_K": "Q2_K", "Q2_K_S": "Q2_K"}
    | {"IQ4_NL": "IQ4_NL", "IQ4_XS": "IQ4_XS", "IQ3_M": "IQ3_S", "IQ3_S": "IQ3_S", "IQ3_XS": "IQ3_S"}
    | {"IQ3_XXS": "IQ3_XXS", "IQ2_M": "IQ2_S", "IQ2_S": "IQ2_XS", "IQ2_XS": "IQ2_XS", "IQ2_XXS": "IQ2_XXS"}
    | {"IQ1_M": "IQ1_M", "IQ1_S": "IQ1_S", "TQ1_0": "TQ1_0", "TQ2_0": "TQ2_0", "MXFP4": "MXFP4"}
    | {"Q6_K_L": "Q6_K", "Q5_K_L": "Q5_K", "Q4_K_L": "Q4_K", "Q3_K_XL": "Q3_K", "Q2_K_L": "Q2_K"}
)
"""What llama-quantize calls types of files, and what is WIDER, with the type of most of their tensors."""

_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0", "Q2_K": "Q4_0", "Q3_K": "Q4_0", "TQ1_0": "Q4_0"} | {
    "TQ2_0": "Q4_0"
}
_TINY = ("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M")
_KEPT = ("norm", "bias", "position_embd", "token_types", "ffn_gate_inp", "ffn_gate_inp_shexp", "ssm_conv1d", "ssm_a")
_VALUES = ("attn_v", "attn_qkv", "attn_kv_b")
_WITH_EIGHT = (
    "Q2_K",
    "IQ3_XS",
    "IQ3_XXS",
    "Q3_K_S",
    "Q3_K_M",
    "IQ4_NL",
    "Q4_K_S",
    "Q4_K_M",
    "IQ3_S",
    "IQ3_M",
    "IQ4_XS",
)

# Bytes of metadata and vocabulary for each row of the vocabulary: the token with its length and type, and its merge.
# From the exact sizes of Llama-3.2-1B Q8_0, SmolLM2-1.7B Q8_0 and Qwen2.5-3B Q5_K_M less their tensors.
_BYTES_A_TOKEN = 40


@dataclass(frozen=True)
class _Mix:
    """What the rules ask of a model."""

    preset: str
    falcon: bool
    grouped: bool
    """Four or more queries for a key."""
    experts: int
    seventy: bool
    """Of llama.cpp's model type 70B: 80 layers, fewer keys than queries."""
    weighed: bool
    """Quantised with an importance matrix."""
    layers: int
    wider: bool
    """Embedding and head in Q8_0."""

    def more_bits(self, layer: int) -> bool:
        """llama.cpp's use_more_bits: the first and last eighth, and every third between."""
        eighth = self.layers // 8
        return layer < eighth or layer >= 7 * self.layers // 8 or (layer - eighth) % 3 == 2

    def first(self, layer: int, part: int) -> bool:
        """Whether the layer is in the first 1/`part` of all."""
        return layer < self.layers // part


def gguf_bytes(architecture: Architecture, preset: str, importance_matrix: bool | None = None) -> int:
    """Bytes of all tensors of a GGUF file of `preset`, one of PRESETS; llama.cpp calls that the model's size.

    Whether it was made with an importance matrix matters for some presets; None: it was for those of less than four
    bits that need one, and was not for others. Rules: llama.cpp src/llama-quant.cpp @007dbbf.
    """
    weighed = preset.startswith(("IQ1", "IQ2", "IQ3")) if importance_matrix is None else importance_matrix
    return _bytes(architecture, preset, weighed)


def gguf_file_bytes(architecture: Architecture, preset: str, importance_matrix: bool | None = None) -> int:
    """Bytes of the whole file: the tensors, and about 40 bytes for each row of the vocabulary."""
    return gguf_bytes(architecture, preset, importance_matrix) + _BYTES_A_TOKEN * architecture.vocabulary


def untied(architecture: Architecture) -> Architecture:
    """The same model in a file that stores its tied embedding twice, as some publishers' files do."""
    if not architecture.tied:
        return architecture
    head = Tensors("output", architecture.width, architecture.vocabulary)
    return replace(
        architecture,
        tied=False,
        parameters=architecture.parameters + head.numbers,
        active=architecture.active + head.numbers,
        tensors=(*architecture.tensors, head),
    )


@lru_cache(maxsize=512)
def _bytes(architecture: Architecture, preset: str, weighed: bool) -> int:
    mix = _Mix(
        WIDER.get(preset, preset),
        falcon=architecture.family in ("falcon", "RefinedWeb", "RefinedWebModel"),
        grouped=architecture.heads // max(architecture.kv_heads, 1) >= 4,
        experts=architecture.experts,
        seventy=architecture.layers == 80 and architecture.heads != architecture.kv_heads,
        weighed=weighed,
        layers=architecture.layers,
        wider=preset in WIDER,
    )
    return sum(_tensor_bytes(mix, tensor, architecture.tied) for tensor in architecture.tensors)


def _tensor_bytes(mix: _Mix, tensor: Tensors, tied: bool) -> int:
    if tensor.rows == 1 or tensor.kind in _KEPT:
        return tensor.numbers * 4
    if tensor.layers is None:
        named = "output" if tied and tensor.kind == "token_embd" else tensor.kind
        return _stored(tensor, [_outside(mix, named, tensor.row)])
    kind = tensor.kind.removesuffix("_exps").removesuffix("_shexp")
    return _stored(tensor, (_inside(mix, kind, layer) for layer in tensor.layers))


def _stored(tensor: Tensors, kinds: Iterable[str]) -> int:
    """Bytes of the tensors, each of its type or of the one that stands in where a row does not divide into blocks."""
    total = 0
    for kind in kinds:
        if tensor.row % TYPES[kind].block:
            kind = _FALLBACK.get(kind, "IQ4_NL" if kind.startswith("IQ") else "F16")
        if tensor.row % TYPES[kind].block:
            kind = "F16"
        total += tensor.row // TYPES[kind].block * TYPES[kind].size * tensor.rows * tensor.each
    return total


def _outside(mix: _Mix, kind: str, row: int) -> str:
    """The type of a tensor outside of the layers."""
    preset, default = mix.preset, PRESETS[mix.preset]
    if default in ("F32", "F16", "BF16"):
        return default
    if mix.wider and kind in ("output", "token_embd"):
        return "Q8_0"
    if kind == "output":
        if mix.falcon or row % 256 or default in ("Q8_0", "MXFP4"):
            return "Q8_0"
        return "Q5_K" if preset in _TINY or preset == "IQ3_XXS" else "Q6_K"
    if kind == "token_embd":
        if preset in ("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS"):
            return "Q2_K"
        if preset in ("IQ2_S", "IQ2_M", "IQ3_XXS"):
            return "IQ3_S"
        if preset in ("TQ1_0", "TQ2_0"):
            return "Q4_K"
    return "Q8_0" if preset == "MXFP4" else default


def _inside(mix: _Mix, kind: str, layer: int) -> str:
    """The type of a tensor of a layer."""
    preset, default = mix.preset, PRESETS[mix.preset]
    if preset == "MXFP4":
        return default if mix.experts and kind.startswith("ffn_") else "Q8_0"
    if preset in _TINY:
        return _tiny(mix, kind, layer) or default
    if kind in _VALUES:
        chosen = _values(mix, layer) or default
        if mix.seventy and chosen in ("Q3_K", "Q4_K"):
            chosen = "Q5_K"
        return "Q8_0" if mix.experts == 8 and not default.startswith(("F", "BF")) else chosen
    if kind == "attn_k" and mix.experts == 8 and not default.startswith(("F", "BF")):
        return "Q8_0"
    if kind in ("attn_k", "attn_q"):
        return {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}.get(preset, default)
    if kind == "attn_output":
        return _written(mix) or default
    if kind == "ffn_down":
        return _down(mix, layer) or default
    if kind in ("ffn_gate", "ffn_up") and preset == "IQ3_XS":
        eighth = mix.layers // 8
        return "IQ3_XXS" if eighth <= layer < 7 * mix.layers // 8 else default
    return default


def _tiny(mix: _Mix, kind: str, layer: int) -> str | None:
    """Presets of less than three bits."""
    larger = mix.preset in ("IQ2_S", "IQ2_M")
    if kind in _VALUES:
        return "Q4_K" if mix.grouped or mix.experts >= 4 else "IQ3_S" if larger else "Q2_K"
    if kind == "attn_k" and mix.experts == 8:
        return "Q4_K"
    if kind == "ffn_down" and mix.first(layer, 8):
        return "IQ3_S" if larger else "Q2_K"
    if kind == "attn_output":
        if mix.experts == 8:
            return "Q5_K"
        return "IQ3_S" if larger else "IQ2_XXS" if mix.preset in ("IQ1_S", "IQ1_M") else None
    return None


def _values(mix: _Mix, layer: int) -> str | None:
    """What the values, or queries, keys and values in one, are given."""
    preset = mix.preset
    if preset == "Q2_K":
        return "Q4_K" if mix.grouped else "Q3_K"
    if preset in ("Q2_K_S", "IQ3_XS", "IQ3_S") and mix.grouped:
        return "Q4_K"
    if preset == "IQ3_XXS":
        return "Q4_K" if mix.grouped else None if mix.weighed else "IQ3_S"
    if preset == "Q3_K_M":
        return "Q5_K" if layer < 2 else "Q4_K"
    if preset in ("IQ4_NL", "IQ4_XS") and mix.grouped:
        return "Q5_K"
    if preset in ("Q4_K_M", "Q5_K_M") and mix.more_bits(layer):
        return "Q6_K"
    if preset == "Q4_K_S" and layer < 4:
        return "Q5_K"
    return {"IQ3_M": "Q4_K", "Q3_K_L": "Q5_K"}.get(preset)


def _written(mix: _Mix) -> str | None:
    """What the output of attention is given."""
    if mix.falcon:
        return "Q4_K" if mix.preset == "Q3_K_L" else None
    if mix.experts == 8:
        return "Q5_K" if mix.preset in _WITH_EIGHT else None
    return {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K"}.get(mix.preset)


def _down(mix: _Mix, layer: int) -> str | None:
    """What the second matrix of the feed-forward layer is given."""
    preset, early, more = mix.preset, mix.first(layer, 8), mix.more_bits(layer)
    if preset == "Q3_K_M":
        if mix.first(layer, 16):
            return "Q5_K"
        return "Q4_K" if not mix.falcon or more else None
    if preset == "Q4_K_M" and mix.falcon:
        return "Q6_K" if mix.first(layer, 16) else "Q5_K" if more else None
    if preset in ("Q4_K_M", "Q5_K_M"):
        return "Q6_K" if more else None
    if preset == "IQ3_XXS":
        return None if mix.weighed else "Q4_K" if early else "Q3_K"
    if preset == "IQ3_M":
        return "Q4_K" if early or (mix.experts == 8 and more) else None
    if preset == "Q3_K_L":
        return "Q4_K" if mix.falcon else "Q5_K"
    if not early:
        return "Q3_K" if preset == "Q2_K" else None
    if preset in ("IQ4_NL", "IQ4_XS"):
        return None if mix.weighed else "Q5_K"
    if preset in ("Q4_0", "Q5_0"):
        return preset[:-1] + "1" if mix.weighed else None
    if preset == "Q4_K_S":
        return None if mix.falcon else "Q5_K"
    return {"Q2_K": "Q3_K", "Q2_K_S": "Q4_K"}.get(preset)
