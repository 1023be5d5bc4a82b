"""Published peaks of memory, of fine-tuning and of inference, against the estimate."""

from genai_tui.estimation.adapters import known_target
from genai_tui.estimation.checking.rows import Found, Row, checked
from genai_tui.estimation.checking.shapes import Lookup, card_of_row
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.memory import Serving, inference_memory
from genai_tui.estimation.recipes import Recipe
from genai_tui.estimation.splits import Split
from genai_tui.estimation.training_memory import training_memory
from genai_tui.records.estimates import Estimate

GIB = 2**30
LONGEST_EXAMPLE = 1300
"""Tokens of the longest example of Alpaca, as rows of LitGPT print it: a higher limit of length is never reached."""
SHORT_ANSWER = 256
"""Tokens of prompt and answer where a row of inference does not say: what LitGPT generates if not asked otherwise."""
_METHODS = {
    "full": "full",
    "qlora": "qlora",
    "dora": "dora",
    "adapter": "adapter",
    "adapter_v2": "adapter-v2",
    "prefix_tuning": "adapter",
    "prompt_tuning": "prompt",
    "p_tuning": "prompt",
}
"""What a file calls a method; all others (loha, oft, vera …) are adapters beside matrices, as LoRA is."""


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """One table, in GiB: the largest on one accelerator."""
    return [Table(file, "memory_peaks", tuple(_peak(row, cards) for row in judged(rows)))]


def _peak(row: Row, cards: Lookup) -> Checked:
    way = _serving if row.get("method") == "inference" else _training
    return checked(row, "measured_gib", lambda: way(row, cards))


def _training(row: Row, cards: Lookup) -> Found:
    card, note = card_of_row(row, cards)
    return _in_gib(row, training_memory(card, recipe_of(row)), note)


def _serving(row: Row, cards: Lookup) -> Found:
    card, note = card_of_row(row, cards)
    gpus, sharding = int(row.get("accelerators_count", 1)), str(row.get("sharding", "none"))
    split = Split(tensor=gpus) if "tensor" in sharding else Split(pipeline=gpus)
    precision = _base(str(row.get("quantization", ""))) or _stored(str(row.get("precision", "")))
    batch, seq = int(row.get("micro_batch", 1)), int(row.get("seq_len", SHORT_ANSWER))
    return _in_gib(row, inference_memory(card, Serving(precision, batch, seq, split=split)), note)


def _in_gib(row: Row, estimate: Estimate, note: str) -> Found:
    context = sum(part.value for part in estimate.parts if part.name == "context")
    outside = context if _without_context(row) else 0.0
    low, high = estimate.low or estimate.total, estimate.high or estimate.total
    return Found((estimate.total - outside) / GIB, note, (low - outside) / GIB, (high - outside) / GIB)


def _without_context(row: Row) -> bool:
    """Whether torch's own allocations were measured, which the driver's context is not among."""
    return any(word in str(row.get("measured_is", "")) for word in ("allocated", "active", "reserved"))


def recipe_of(row: Row) -> Recipe:
    """How the row's model was trained; what the row does not say is as its framework does it."""
    source, note, optimizer = (str(row.get(key, "")).lower() for key in ("source", "note", "optimizer"))
    torchtune, litgpt = "torchtune" in source, "litgpt" in source
    said = str(row["method"])
    method = _METHODS.get(said, "lora")
    seq = int(row["seq_len"])
    if row.get("seq_len_is") == "limit":
        seq = min(seq, LONGEST_EXAMPLE)
    sharding = str(row.get("sharding", "none"))
    return Recipe(
        method=method,
        optimizer=_optimizer(optimizer),
        precision=_precision(str(row.get("precision", ""))),
        batch=int(row["micro_batch"]),
        seq=seq,
        rank=int(row.get("lora_rank") or 8),
        targets=tuple(name for name in row.get("lora_targets") or () if known_target(str(name))) or ("q", "v"),
        trainable=row.get("trainable_params") if method != "full" else None,
        base=_base(str(row.get("quantization", ""))),
        checkpointing=bool(row.get("gradient_checkpointing")),
        flash=bool(row.get("flash_attention", True)),
        chunked_loss=bool(row.get("chunked_loss", torchtune)),
        compiled=bool(row.get("compile")),
        step_in_backward="in backward" in optimizer or "optimizer in backward" in note,
        offload=("activations",) if "activation" in note and "offload" in note else (),
        shard=("fsdp1" if litgpt else "fsdp") if sharding == "fsdp" else "none",
        gpus=int(row.get("accelerators_count", 1)),
    )


def _optimizer(text: str) -> str:
    if "adafactor" in text:
        return "adafactor"
    if "sgd" in text:
        return "sgd-momentum" if "momentum" in text else "sgd"
    return ("paged-" if "paged" in text or "offload" in text else "") + "adamw" + ("-8bit" if "8" in text else "")


def _precision(text: str) -> str:
    if "mixed" in text:
        return "fp16-mixed" if "16-mixed" in text and "bf16" not in text else "bf16-mixed"
    return "fp32" if _stored(text) == "fp32" else "bf16-true"


def _stored(text: str) -> str:
    return "fp32" if text.startswith(("fp32", "float32", "32")) else "bf16"


def _base(text: str) -> str | None:
    if "dq" in text or "double" in text:
        return "nf4-dq"
    return "nf4" if "4" in text else "int8" if "8" in text else None
