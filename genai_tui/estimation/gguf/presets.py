"""Presets of GGUF files: which type each gives to which tensor of a model.

The rules are those of ggml-org/llama.cpp src/llama-quant.cpp @007dbbf (MIT).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from genai_tui.estimation.gguf.types import TYPES
from genai_tui.records.cards import Architecture, Tensors

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


@dataclass(frozen=True)
class Mix:
    """A preset, and what the rules ask of the model that it is used for."""

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


def mix_of(architecture: Architecture, preset: str, weighed: bool) -> Mix:
    """What the rules ask, of a model and one of PRESETS; `weighed`: quantised with an importance matrix."""
    return Mix(
        WIDER.get(preset, preset),
        falcon=architecture.family in ("falcon", "RefinedWeb", "RefinedWebModel"),
        grouped=architecture.heads // max(architecture.kv_heads, 1) >= 4,
        experts=architecture.experts,
        seventy=architecture.layers == 80 and architecture.heads != architecture.kv_heads,
        weighed=weighed,
        layers=architecture.layers,
        wider=preset in WIDER,
    )


def types_of(mix: Mix, tensor: Tensors, tied: bool) -> Iterator[str]:
    """The type in each layer that has the tensor, or the one type where it is outside of the layers."""
    if tensor.rows == 1 or tensor.kind in _KEPT:
        yield from ["F32"] * len(tensor.layers or (0,))
    elif tensor.layers is None:
        named = "output" if tied and tensor.kind == "token_embd" else tensor.kind
        yield _dividing(_outside(mix, named, tensor.row), tensor.row)
    else:
        kind = tensor.kind.removesuffix("_exps").removesuffix("_shexp")
        for layer in tensor.layers:
            yield _dividing(_inside(mix, kind, layer), tensor.row)


def _dividing(kind: str, row: int) -> str:
    """The type, or the one that stands in for it where a row does not divide into its blocks."""
    if row % TYPES[kind].block:
        kind = _FALLBACK.get(kind, "IQ4_NL" if kind.startswith("IQ") else "F16")
    return "F16" if row % TYPES[kind].block else kind


def _outside(mix: Mix, kind: str, row: int) -> str:
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


def _inside(mix: Mix, kind: str, layer: int) -> str:
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


def _tiny(mix: Mix, kind: str, layer: int) -> str | None:
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


def _values(mix: Mix, layer: int) -> str | None:
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


def _written(mix: Mix) -> str | None:
    """What the output of attention is given."""
    if mix.falcon:
        return "Q4_K" if mix.preset == "Q3_K_L" else None
    if mix.experts == 8:
        return "Q5_K" if mix.preset in _WITH_EIGHT else None
    return {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K"}.get(mix.preset)


def _down(mix: Mix, layer: int) -> str | None:
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
