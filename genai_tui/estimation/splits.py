"""How a model is divided over accelerators, and what the fullest of them holds of it."""

from dataclasses import dataclass
from math import ceil

from genai_tui.errors import UsageFault
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.records.cards import Architecture

WAYS = ("none", "tensor", "pipeline")
TENSOR = "Shoeybi et al. 2019 (Megatron-LM, arXiv 1909.08053) section 3: matrices shared by heads and columns"
PIPELINE = "Huang et al. 2019 (GPipe, arXiv 1811.06965) section 2: each accelerator has some of the layers"
MOST = 100_000


@dataclass(frozen=True)
class Split:
    """A model on `gpus` accelerators: "tensor" shares every matrix, "pipeline" gives each some of the layers."""

    way: str = "none"
    gpus: int = 1

    def checked(self) -> "Split":
        """Itself. Raises UsageFault for a way that is not known and for no or too many accelerators."""
        if self.way not in WAYS:
            raise UsageFault(f"The split {self.way[:40]} is not known.", "", f"Take one of {', '.join(WAYS)}.")
        if isinstance(self.gpus, bool) or not isinstance(self.gpus, int) or not 1 <= self.gpus <= MOST:
            raise UsageFault(
                f"A model cannot be split over {str(self.gpus)[:40]} accelerators.",
                f"It must be a whole number from 1 to {MOST:,}.",
                "Give the number with --gpus.",
            )
        return self if self.gpus > 1 else Split()

    def source(self) -> str:
        """Whose way it is."""
        return {"tensor": TENSOR, "pipeline": PIPELINE}.get(self.way, "")


def weights_held(architecture: Architecture | None, whole: float, split: Split) -> tuple[float, str]:
    """Bytes of the weights, `whole` together, on the fullest accelerator, with the formula.

    Under a tensor split the embedding and the head stay whole on each, as LitGPT has them (engines that share those
    too hold less); under a pipeline the first accelerator has the embedding, the last the head.
    """
    if split.gpus == 1:
        return whole, f"{whole:.4g} bytes"
    if architecture is None:
        return whole / split.gpus, f"{whole:.4g} bytes / {split.gpus}"
    outside = whole * min(1.0, architecture.embedding / architecture.parameters)
    both = outside if architecture.tied else min(2 * outside, whole)
    inside = whole - both
    if split.way == "tensor":
        return inside / split.gpus + both, f"{inside:.4g} bytes / {split.gpus} + {both:.4g} bytes of embeddings"
    share = ceil(architecture.layers / split.gpus) / architecture.layers
    layers = f"{ceil(architecture.layers / split.gpus)} of {architecture.layers} layers"
    return inside * share + outside, f"{inside:.4g} bytes x {layers} + {outside:.4g} bytes of an embedding"


def cache_held(architecture: Architecture, tokens: int, batch: int, each: float, split: Split) -> tuple[float, str]:
    """Bytes of cache on the fullest accelerator, with how much of the whole that is.

    A tensor split shares the heads of keys and values and can share no further; a latent vector is whole on each.
    """
    whole = kv_bytes(architecture, tokens, batch, each)
    if split.gpus == 1:
        return whole, ""
    if split.way == "pipeline":
        share = ceil(architecture.layers / split.gpus) / architecture.layers
        return whole * share, f" x {ceil(architecture.layers / split.gpus)} of {architecture.layers} layers"
    latent = any(tensor.kind == "attn_kv_b" for tensor in architecture.tensors)
    over = 1 if latent else min(split.gpus, architecture.kv_heads)
    return whole / over, f" / {over}" if over > 1 else ", whole on each"
