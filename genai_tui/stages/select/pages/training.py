"""The tab Training: what training a model needs, and how long it takes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from genai_tui.errors import UsageFault, sentence
from genai_tui.estimation.recipes import METHODS, OPTIMIZERS
from genai_tui.records.estimates import Part
from genai_tui.stages.select.estimate_text import amount_text, total_line
from genai_tui.stages.select.memory_of import hours_of_training, memory_of_training
from genai_tui.stages.select.pages.estimate_answers import Answer, Asked, barred, lead, together
from genai_tui.stages.select.pages.estimate_fields import BATCH, GPU, GPUS, HOUR, MODEL, SEQ, Field, one_of
from genai_tui.stages.select.pages.estimator import Estimator
from genai_tui.widgets.text_view import Part as Line

METHOD = Field(
    "method", "how", 10, "full, LoRA and its kin, prompt tuning", "--method", usual="lora", known=METHODS, own=True,
    check=one_of("method", METHODS),
)  # fmt: skip
RANK = Field(
    "lora_rank", "rank", 4, "rank of the adapters of LoRA, QLoRA and DoRA", "--lora-rank", "count", usual="16",
    known=("1", "2", "4", "8", "16", "32", "64", "128", "256"),
)  # fmt: skip
TARGETS = Field(
    "targets", "beside", 9, "matrices that LoRA is laid beside", "--targets", usual="q,v",
    known=("q,v", "q,k,v,o", "q,k,v,o,gate,up,down"),
)  # fmt: skip
OPTIMIZER = Field(
    "optimizer", "optimizer", 10, "what is kept of every trained weight", "--optimizer", usual="adamw",
    known=tuple(OPTIMIZERS), check=one_of("optimizer", OPTIMIZERS),
)  # fmt: skip
STORED = ("bf16", "bf16-true", "bf16-mixed", "fp16-mixed", "fp32")
STORED_IN = Field(
    "precision", "precision", 10, "what is computed and kept in · empty: bf16, mixed for full training", "--precision",
    known=STORED, own=True, check=one_of("precision of training", (*STORED, "fp16", "tf32")),
)  # fmt: skip
RECOMPUTED = Field(
    "checkpointing", "recompute", 3, "activations recomputed in the backward pass: less memory, a third more work",
    "--checkpointing", "switch", usual="no", known=("no", "yes"), check=one_of("answer", ("yes", "no")),
)  # fmt: skip
SHARDS = ("none", "zero1", "zero2", "zero3", "fsdp")
SHARD = Field(
    "shard", "shard", 5, "what several accelerators share · empty: all of it (fsdp) on more than one", "--shard",
    known=SHARDS, check=one_of("sharding", (*SHARDS, "ddp", "fsdp1")),
)  # fmt: skip
TOKENS = Field(
    "tokens", "tokens", 7, "tokens trained on: rows × tokens of a row × epochs", "--tokens", "raw", usual="10M",
    known=("100k", "1M", "10M", "100M", "1B", "10B", "100B", "1T", "10T"), own=True,
)  # fmt: skip
HOURS = frozenset(("hours", "time", "utilisation", "energy", "CO2e", "money"))
"""Parts of the hours of training that are shown; operations are in the formulas."""


class Training(Estimator):
    """Parts of the memory, the rule of thumb beside it, then hours, energy and money."""

    ID = NAME = "training"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        MODEL, GPU, GPUS, METHOD, RANK, TARGETS, OPTIMIZER, STORED_IN, BATCH, SEQ, RECOMPUTED, SHARD, TOKENS, HOUR,
    )  # fmt: skip
    ALSO: ClassVar[dict[str, Any]] = {"tensor": None, "pipeline": None, "no_flash": False, "mfu": None}

    def work_out(self, asked: Asked) -> Answer:
        """Both estimates; of the hours only the sentences where the shape of the model is not known."""
        method, given = asked.given["method"], asked.given
        held = memory_of_training(asked.card, method, asked.hardware, given, self.project)
        estimate, room = held.estimate, float(held.more["usable_bytes"])
        parts = (*estimate.parts, together(estimate.parts, estimate.total, room))
        track = max(room, estimate.total)
        said = [("memory", held.sentences[0]), ("rule", held.sentences[1].removeprefix("Rule of thumb: "))]
        assumed = estimate.assumptions
        try:
            hours = hours_of_training(asked.card, method, asked.hardware, given, self.project)
        except UsageFault as fault:
            said.append(("time", f"not known: {fault}"))
            more = tuple[Part, ...]()
        else:
            more = tuple(part for part in hours.estimate.parts if part.name in HOURS)
            money = "".join(f", {amount_text(part.value, part.unit)}" for part in more if part.name == "money")
            said.insert(0, ("time", f"{total_line(hours.estimate)}{money} for {given['tokens']} tokens"))
            if hours.estimate.measured is not None:
                said.insert(1, ("measured", sentence(hours.estimate.measured.sentence)))
            assumed += hours.estimate.assumptions
        lines = tuple(Line(text, "strong" if word == "time" else "text", lead(word)) for word, text in said)
        told = replace(held, estimate=replace(estimate, assumptions=tuple(dict.fromkeys(assumed))))
        shown = {
            "precision": "bf16-mixed" if method == "full" else "bf16-true",
            "shard": "fsdp" if asked.hardware.gpus > 1 else "none",
        }  # fmt: skip
        return Answer(
            asked, told, (*parts, *more), barred((*parts, *more), track), lines, mark=room / track, shown=shown
        )

    @property
    def of_memory(self) -> bool:
        """Whether the chosen part is one of the memory."""
        parts = self.answer.parts if self.answer is not None else ()
        return self.part is None or any(part.name == "together" for part in parts[self.bars.chosen :])

    @property
    def command_name(self) -> str:
        """Memory and hours are told by two commands."""
        return "memory" if self.of_memory else "training"

    def fields_of_command(self) -> Iterator[Field]:
        """The command of memory knows no tokens and no price."""
        return (each for each in self.FIELDS if not self.of_memory or each not in (TOKENS, HOUR))
