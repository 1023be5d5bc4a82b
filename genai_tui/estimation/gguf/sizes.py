"""The size of a GGUF file, from the tensors of a model and the types that a preset gives to them."""

from dataclasses import replace
from functools import lru_cache

from genai_tui.estimation.gguf.presets import mix_of, types_of
from genai_tui.estimation.gguf.types import TYPES
from genai_tui.records.cards import Architecture, Tensors

# Bytes of metadata and vocabulary for each row of the vocabulary: the token with its length and type, and its merge.
# From the exact sizes of Llama-3.2-1B Q8_0, SmolLM2-1.7B Q8_0 and Qwen2.5-3B Q5_K_M less their tensors.
_BYTES_A_TOKEN = 40


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
    mix = mix_of(architecture, preset, weighed)
    return sum(
        tensor.row // TYPES[kind].block * TYPES[kind].size * tensor.rows * tensor.each
        for tensor in architecture.tensors
        for kind in types_of(mix, tensor, architecture.tied)
    )
