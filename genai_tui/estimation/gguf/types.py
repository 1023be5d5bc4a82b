"""The types of tensors in GGUF files: bits, blocks and numbers, as ggml has them (ggml-org/llama.cpp, MIT)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


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
