"""Bytes of a model's weights at every precision."""

from difflib import get_close_matches
from types import MappingProxyType

from genai_tui.errors import UsageFault
from genai_tui.estimation.gguf.presets import PRESETS
from genai_tui.estimation.gguf.sizes import gguf_bytes
from genai_tui.estimation.gguf.types import TYPES
from genai_tui.records.cards import Architecture, ModelCard

PLAIN = MappingProxyType(
    {
        "fp32": 32.0,
        "tf32": 32.0,
        "fp16": 16.0,
        "bf16": 16.0,
        "fp8": 8.0,
        "int8": 8.0,
        "int4": 4.0,
    }
)
"""Bits of a weight. TF32 is a way to compute: the weights are stored as fp32."""

BLOCKS = MappingProxyType({"nf4": 4 + 32 / 64, "fp4": 4 + 32 / 64, "nf4-dq": 4 + 8 / 64 + 32 / (64 * 256)})
"""Bits of a weight of the layers' matrices with its constants; embedding, head, norms and biases have 16 bits.

One fp32 constant for 64 weights; quantised twice, one of 8 bits and one fp32 for 256 of those (QLoRA, arXiv
2305.14314, section 3).
"""

CALLED = MappingProxyType(
    {
        "float32": "fp32", "single": "fp32", "float16": "fp16", "half": "fp16", "bfloat16": "bf16", "float8": "fp8",
        "8bit": "int8", "w8a8": "int8", "4bit": "int4", "awq": "int4", "gptq": "int4",
    }
)  # fmt: skip
"""What others call them, without signs between letters."""

SOME_PRESETS = "Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q3_K_M or IQ2_XS"

PRECISIONS: tuple[str, ...] = (*PLAIN, *BLOCKS, *PRESETS)

_WHOLE = ("token_embd", "output", "position_embd", "norm", "bias")


def weight_bytes(card: ModelCard, precision: str) -> int:
    """Bytes of the weights at `precision`, one of PRECISIONS in any letter case.

    Raises UsageFault for another, and for a card whose parameters are unknown. Formula: parameters x bits / 8; for
    GGUF presets tensor by tensor, as `gguf_bytes` says.
    """
    name = precision_of(precision)
    if name in PLAIN:
        return round(parameters_of(card) * PLAIN[name] / 8)
    architecture = card.architecture
    if name in BLOCKS:
        whole = parameters_of(card)
        kept = _whole(architecture) if architecture else 0
        return round((whole - kept) * BLOCKS[name] / 8 + kept * 2)
    if architecture is not None and architecture.tensors:
        counted = sum(tensor.numbers for tensor in architecture.tensors)  # fewer where a shape stands in for a size
        return round(gguf_bytes(architecture, name) * architecture.parameters / counted)
    return round(parameters_of(card) * TYPES[PRESETS[name]].bits / 8)


def precision_of(text: str) -> str:
    """The precision that `text` means: one of PRECISIONS in any spelling, or as others call it. Raises UsageFault."""
    asked = _bare(text)
    asked = CALLED.get(asked, asked)
    for name in PRECISIONS:
        if _bare(name) == asked:
            return name
    near = get_close_matches(asked, (found := {_bare(name): name for name in PRECISIONS}), 3, 0.6)
    raise UsageFault(
        f"The precision {text[:40]} is not known.",
        f"Near it: {', '.join(found[one] for one in near)}." if near else "",
        f"Take one of {', '.join((*PLAIN, *BLOCKS))}, or a type of GGUF files as {SOME_PRESETS}.",
    )


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def parameters_of(card: ModelCard) -> int:
    """All parameters of a card. Raises UsageFault where they are unknown."""
    if card.architecture is not None:
        return card.architecture.parameters
    if card.parameters is None:
        raise UsageFault(
            f"How many parameters {card.name} has is not known.",
            "Its card has neither a configuration nor a number.",
            "Give its config.json with --config, or the number with --params.",
        )
    return card.parameters


def _whole(architecture: Architecture) -> int:
    """Parameters that are not quantised: embedding, head, norms and biases."""
    return sum(tensor.numbers for tensor in architecture.tensors if tensor.kind in _WHOLE)
