"""How a model is divided over accelerators, and what the fullest of them holds of it."""

from dataclasses import dataclass
from math import ceil, gcd

from genai_tui.errors import UsageFault
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.records.cards import Architecture

MOST = 100_000
NODE = 8
"""Accelerators whose links are fast enough to share every matrix: those of one machine, mostly eight."""


@dataclass(frozen=True)
class Split:
    """`tensor` accelerators share every matrix; `pipeline` groups of such have some of the layers each.

    Sources: Shoeybi et al. 2019 (Megatron-LM, arXiv 1909.08053) section 3: matrices are shared by heads and columns;
    Huang et al. 2019 (GPipe, arXiv 1811.06965) section 2.
    """

    tensor: int = 1
    pipeline: int = 1

    @property
    def gpus(self) -> int:
        """Accelerators together."""
        return self.tensor * self.pipeline

    def checked(self, architecture: Architecture | None) -> "Split":
        """Itself. Raises UsageFault for no or too many accelerators, and for more groups than layers."""
        for ways, value in (("tensor", self.tensor), ("pipeline", self.pipeline)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
                raise UsageFault(
                    f"A model cannot be split over {str(value)[:40]} accelerators ({ways} parallel).",
                    f"It must be a whole number from 1 to {MOST:,}.",
                    "Give the number with --gpus.",
                )
        if architecture is not None and self.pipeline > architecture.layers:
            raise UsageFault(
                f"{architecture.layers} layers cannot be split into {self.pipeline:,} parts.",
                "Each part of a pipeline has at least one layer.",
                "Take fewer accelerators, or serve the model several times.",
            )
        return self

    def __str__(self) -> str:
        """As `8 x 64`: how many share a matrix, and how many groups of layers there are."""
        return f"{self.tensor} (tensor) x {self.pipeline} (pipeline)"


ONE = Split()


def split_over(gpus: int, architecture: Architecture | None) -> Split:
    """The usual way to split over `gpus`: matrices within a machine, layers between machines.

    Matrices are shared by as many as divide the heads, at most eight. Raises UsageFault where that leaves more groups
    than the model has layers.
    """
    if architecture is None or isinstance(gpus, bool) or not isinstance(gpus, int) or gpus < 1:
        return Split(tensor=gpus).checked(architecture)
    tensor = max(way for way in range(1, NODE + 1) if gcd(gpus, architecture.heads) % way == 0)
    return Split(tensor, gpus // tensor).checked(architecture)


def weights_held(architecture: Architecture | None, whole: float, split: Split) -> tuple[float, str]:
    """Bytes of the weights, `whole` together, on the fullest accelerator, with the formula.

    Embedding and head stay whole on each that shares matrices, as LitGPT has them (engines that share those too hold
    less); in a pipeline the first group has the embedding, the last the head.
    """
    if split.gpus == 1:
        return whole, f"{whole:.4g} bytes"
    if architecture is None:
        return whole / split.gpus, f"{whole:.4g} bytes / {split.gpus}"
    outside = whole * min(1.0, architecture.embedding / architecture.parameters)
    both = outside if architecture.tied else min(2 * outside, whole)
    here = both if split.pipeline == 1 else outside
    share, layers = _layers(architecture, split)
    formula = f"{whole - both:.4g} bytes{layers} / {split.tensor} + {here:.4g} bytes of embeddings"
    return (whole - both) * share / split.tensor + here, formula


def cache_held(architecture: Architecture, tokens: int, batch: int, each: float, split: Split) -> tuple[float, str]:
    """Bytes of cache on the fullest accelerator, with how much of the whole that is.

    Those that share matrices share the heads of keys and values, and no further; a latent vector is whole on each.
    """
    share, layers = _layers(architecture, split)
    latent = any(tensor.kind == "attn_kv_b" for tensor in architecture.tensors)
    over = 1 if latent else min(split.tensor, architecture.kv_heads)
    whole = kv_bytes(architecture, tokens, batch, each)
    return whole * share / over, layers + (f" / {over}" if over > 1 else "")


def _layers(architecture: Architecture, split: Split) -> tuple[float, str]:
    """The share of the layers that the fullest group has, and how a formula says so."""
    if split.pipeline == 1:
        return 1.0, ""
    most = ceil(architecture.layers / split.pipeline)
    return most / architecture.layers, f" x {most} of {architecture.layers} layers"
