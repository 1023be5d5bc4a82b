"""GGUF: bits of every type, which tensors a preset gives which type, and the size of the file that follows.

The rules are those of ggml-org/llama.cpp src/llama-quant.cpp @007dbbf (MIT); block sizes are of ggml's type traits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from genai_tui.records.cards import Architecture


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
        "Q1_0": Type(128, 18),
    }
)


@dataclass(frozen=True)
class Preset:
    """What llama-quantize calls a type of file: the type of most tensors."""

    default: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        name: Preset(default)
        for name, default in {
            "F32": "F32",
            "F16": "F16",
            "BF16": "BF16",
            "Q8_0": "Q8_0",
            "Q6_K": "Q6_K",
            "Q5_K_M": "Q5_K",
            "Q5_K_S": "Q5_K",
            "Q5_1": "Q5_1",
            "Q5_0": "Q5_0",
            "Q4_K_M": "Q4_K",
            "Q4_K_S": "Q4_K",
            "Q4_1": "Q4_1",
            "Q4_0": "Q4_0",
        }.items()
    }
)


def gguf_bytes(architecture: Architecture, preset: str) -> int:
    """Bytes of the tensors of a GGUF file of `preset`."""
    bits = TYPES[PRESETS[preset].default].bits
    return round(sum(tensor.numbers * (bits if tensor.rows > 1 else 32) for tensor in architecture.tensors) / 8)
