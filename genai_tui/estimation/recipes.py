"""How a model is trained: the settings that decide memory, each checked, under the names of this program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import count
from genai_tui.estimation.weights import BLOCKS

METHODS = ("full", "lora", "qlora", "dora", "adapter", "adapter-v2", "prompt")
SHARDS = ("none", "zero1", "zero2", "fsdp", "fsdp1")
"""fsdp is ZeRO 3, a layer gathered at a time; fsdp1 keeps what it gathered of units with frozen weights."""


class Precision(NamedTuple):
    """Bytes of a weight, its gradient, each state of the optimizer, an activation, a number of the residual stream,
    and of the 16-bit copy of a weight that is computed with.
    """

    weight: float
    gradient: float
    state: float
    activation: float
    residual: float
    copy: float = 0


PRECISIONS: Mapping[str, Precision] = {
    "bf16-true": Precision(2, 2, 2, 2, 2),
    "bf16-mixed": Precision(4, 4, 4, 2, 4, 2),
    "fp16-mixed": Precision(4, 4, 4, 2, 4, 2),
    "fp32": Precision(4, 4, 4, 4, 4),
}
"""bf16-true: weights, gradients and states in bf16. Mixed: all three in fp32, computing on 16-bit copies."""


class Optimizer(NamedTuple):
    """States a parameter: how many in the precision's bytes, and bytes of 8-bit ones; `paged` ones live on the host.

    Adafactor keeps means of rows and columns, less than a thousandth of the weights: none are counted.
    """

    states: float
    eight_bit: float = 0.0
    paged: bool = False


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adamw": Optimizer(2),
    "adamw-8bit": Optimizer(0, 2 + 2 * 4 / 256),
    "paged-adamw": Optimizer(2, paged=True),
    "paged-adamw-8bit": Optimizer(0, 2 + 2 * 4 / 256, paged=True),
    "adafactor": Optimizer(0),
    "sgd": Optimizer(0),
    "sgd-momentum": Optimizer(1),
}

QUANTISED: Mapping[str, float] = {**{name: bits / 8 for name, bits in BLOCKS.items()}, "int8": 1.0}
"""Bytes a weight of a quantised linear layer: 4 bits and a constant for 64 weights (fp32, or itself quantised)."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. `batch` is one micro-batch on one accelerator; `gpus` all accelerators together."""

    method: str = "lora"
    optimizer: str = "adamw"
    precision: str = "bf16-true"
    batch: int = 1
    seq: int = 2048
    rank: int = 16
    targets: tuple[str, ...] = ("q", "v")
    trainable: int | None = None
    """Parameters that are trained, where they are known; else counted from rank and targets."""
    base: str | None = None
    """How the frozen weights are quantised: nf4 (the default of qlora), nf4-dq, int8."""
    checkpointing: bool = False
    flash: bool = True
    chunked_loss: bool = False
    compiled: bool = False
    """Element-wise operations fused, so that their inputs are made again and not kept."""
    accumulated: bool = False
    """Several micro-batches make a step: the gradients of earlier ones are there at the loss of the next."""
    step_in_backward: bool = False
    """The optimizer's step is taken within the backward pass: gradients are not kept."""
    offload: tuple[str, ...] = ()
    """What is kept on the host: optimizer, activations."""
    shard: str = "none"
    gpus: int = 1
    tensor: int = 1
    pipeline: int = 1

    def checked(self) -> "Recipe":
        """The recipe as it is, if its words are known and its numbers within sense. Raises UsageFault."""
        for what, value, known in (
            ("method of training", self.method, METHODS),
            ("optimizer", self.optimizer, OPTIMIZERS),
            ("precision of training", self.precision, PRECISIONS),
            ("sharding", self.shard, SHARDS),
            ("quantisation of the base", self.base or "nf4", QUANTISED),
        ):
            if value not in known:
                raise UsageFault(
                    f"There is no {what} called {value!r}", f"Known are {', '.join(known)}.", "Choose one."
                )
        count("batch", self.batch, high=1e6)
        count("sequence length", self.seq, high=1e8)
        if self.trainable is not None:
            count("number of trainable parameters", self.trainable, zero=True)
        count("number of accelerators", self.gpus, high=1e7)
        count("tensor parallel size", self.tensor, high=1e5)
        count("pipeline parallel size", self.pipeline, high=1e5)
        if self.gpus % (self.tensor * self.pipeline):
            raise UsageFault(
                f"{self.gpus:,} accelerators cannot be split {self.tensor} x {self.pipeline}",
                "Tensor and pipeline parallel sizes must divide the number of accelerators.",
                "Choose sizes that do.",
            )
        return self

    @property
    def quantised(self) -> str | None:
        """How the frozen base is quantised, if it is."""
        return self.base or ("nf4" if self.method == "qlora" else None)

    @property
    def tokens(self) -> int:
        """Tokens of one micro-batch."""
        return self.batch * self.seq

    @property
    def copies(self) -> int:
        """How many accelerators, or groups of them, hold the same part of the model."""
        return self.gpus // (self.tensor * self.pipeline)
