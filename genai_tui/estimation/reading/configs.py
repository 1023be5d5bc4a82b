"""A model card from a Hugging Face configuration."""

from collections.abc import Mapping
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.architectures.families import architecture_of
from genai_tui.records.cards import ModelCard

_SOURCE = "counted from its config.json, by the layout of its family in huggingface/transformers 5.24.0"
_LARGEST = 10**16


def card_of_config(config: Mapping[str, Any], name: str) -> ModelCard:
    """The card that a config.json describes, with its architecture counted exactly.

    Raises UsageFault for a family that is not known, and for fields that are missing or cannot be right.
    """
    architecture, notes = architecture_of(config, name)
    if architecture.parameters > _LARGEST:
        raise UsageFault(
            f"The configuration of {name} describes {architecture.parameters:.0e} parameters.",
            "No model is as large as that.",
            "Take the config.json that is published with the model.",
        )
    return ModelCard(
        name=name,
        source=_SOURCE,
        architecture=architecture,
        parameters=architecture.parameters,
        active=architecture.active,
        context_tokens=architecture.context,
        precision=_precision(config),
        notes=notes,
    )


def _precision(config: Mapping[str, Any]) -> str | None:
    """The precision that the weights are published in, in our names, or the method of quantisation."""
    quantised = config.get("quantization_config")
    if isinstance(quantised, Mapping) and isinstance(quantised.get("quant_method"), str):
        return str(quantised["quant_method"])[:40]
    said = config.get("dtype") or config.get("torch_dtype")
    if said is None and isinstance(config.get("text_config"), Mapping):
        said = config["text_config"].get("dtype") or config["text_config"].get("torch_dtype")
    return {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float8_e4m3fn": "fp8"}.get(str(said))
