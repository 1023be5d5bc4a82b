"""The model that is trained, as it is read for its method, and what is put beside its weights."""

import os
from pathlib import Path
from typing import Any

from genai_tui.errors import MissingPiece, UsageFault
from genai_tui.stages.finetune.settings import Settings


def load_model(folder: Path, settings: Settings) -> Any:
    """The model of a transformers folder: in float32, for `qlora` its linear layers in 4 bits (NF4).

    Raises MissingPiece where 4 bits are asked for and bitsandbytes is not there.
    """
    import torch
    from transformers import AutoModelForCausalLM

    if settings.method == "qlora":
        return _in_four_bits(folder, settings)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.config.use_cache = False
    return model


def adapter_of(settings: Settings, model: Any) -> Any:
    """What is trained beside frozen weights; None where all of them are. Raises UsageFault for an unknown target."""
    from peft import LoraConfig, PromptTuningConfig, TaskType

    if settings.method == "full":
        return None
    if settings.method == "prompt":
        return PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=settings.virtual_tokens)
    if settings.targets != ("all-linear",):
        modules = {name.rpartition(".")[2] for name, _ in model.named_modules()}
        unknown = [target for target in settings.targets if target not in modules]
        if unknown:
            raise UsageFault(
                f"The model has no module {', '.join(unknown)}.",
                "A target that nothing matches would be left out in silence.",
                f"Its linear modules: {', '.join(sorted(_linear(model)))}.",
            )
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear" if settings.targets == ("all-linear",) else list(settings.targets),
    )


def _in_four_bits(folder: Path, settings: Settings) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    check_four_bits()
    computed = torch.bfloat16 if settings.precision == "bf16" else torch.float32
    device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"
    packed = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=computed)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=computed, quantization_config=packed, device_map={"": device}
        )
    except ImportError as error:
        raise _no_four_bits("bitsandbytes does not run here.", str(error).strip().splitlines()[0][:300]) from error
    model.config.use_cache = False
    if device == "cpu":  # what was not packed lies in the file that was mapped, and keeps all of it in memory
        for each in model.parameters():
            each.data = each.data.clone()
    for each in model.modules():
        # once dev is measured they would stay packed for inference on some processors, and pass no gradient on
        if hasattr(each, "support_avx512bf16_for_cpu"):
            each.support_avx512bf16_for_cpu = False
    return model


def check_four_bits() -> None:
    """Raises MissingPiece where weights cannot be held in 4 bits, as bitsandbytes is not installed."""
    from importlib.util import find_spec

    if find_spec("bitsandbytes") is None:
        raise _no_four_bits("QLoRA needs bitsandbytes, which is not installed.", "It holds frozen weights in 4 bits.")


def _no_four_bits(what: str, why: str) -> MissingPiece:
    return MissingPiece(what, why, "pip install bitsandbytes, or choose --method lora, which needs it not.")


def _linear(model: Any) -> set[str]:
    import torch

    return {name.rpartition(".")[2] for name, each in model.named_modules() if isinstance(each, torch.nn.Linear)}
