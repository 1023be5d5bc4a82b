"""The tab Memory: what inference with a model needs of an accelerator."""

from typing import Any, ClassVar

from genai_tui.estimation.weights import precision_of
from genai_tui.stages.select.memory_of import memory_of_inference
from genai_tui.stages.select.pages.estimate_answers import Answer, Asked, barred, lead, together
from genai_tui.stages.select.pages.estimate_fields import BATCH, GPU, GPUS, MODEL, PRECISION, SEQ, Field
from genai_tui.stages.select.pages.estimator import Estimator
from genai_tui.widgets.text_view import Part as Line

KV = Field(
    "kv_precision", "KV", 5, "precision of the cache of keys and values", "--kv-precision", "word", "bf16", "bf16",
    ("fp32", "bf16", "fp16", "fp8", "int8", "int4"), check=precision_of,
)  # fmt: skip


class Memory(Estimator):
    """Memory of inference on the fullest accelerator, whether it fits, and the largest batch and context that do."""

    ID = NAME = "memory"
    FIELDS: ClassVar[tuple[Field, ...]] = (MODEL, GPU, GPUS, PRECISION, KV, BATCH, SEQ)
    ALSO: ClassVar[dict[str, Any]] = {"tensor": None, "pipeline": None}

    def work_out(self, asked: Asked) -> Answer:
        """Weights, cache, activations and the rest on a track as long as the memory."""
        told = memory_of_inference(asked.card, asked.hardware, asked.given)
        estimate, room = told.estimate, float(told.more["usable_bytes"])
        parts = (*estimate.parts, together(estimate.parts, estimate.total, room))
        track = max(room, estimate.total)
        precision = told.title.removeprefix("inference in ").split(",")[0]
        return Answer(
            asked,
            told,
            parts,
            barred(parts, track),
            tuple(Line(one, "text", lead("memory" if place == 0 else "")) for place, one in enumerate(told.sentences)),
            mark=room / track,
            shown={"precision": precision},
        )
