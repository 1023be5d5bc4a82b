"""Every family that can be counted, by the `model_type` of its config; the defaults of each; what stands for others."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from genai_tui.errors import UsageFault
from genai_tui.estimation.architectures.decoders import DECODERS
from genai_tui.estimation.architectures.early import EARLY
from genai_tui.estimation.architectures.encoders import ENCODERS
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.hybrids import HYBRIDS
from genai_tui.estimation.architectures.mixtures import MIXTURES
from genai_tui.records.cards import Architecture

Family = Callable[[Fields], Architecture]
FAMILIES: dict[str, Family] = {**DECODERS, **EARLY, **MIXTURES, **HYBRIDS, **ENCODERS}

_INSIDE = ("text_config", "llm_config", "language_config", "text_model_config", "thinker_config")
_LLAMA = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
_SIZES = (
    ("hidden_size", "n_embd", "d_model"),
    ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
)
"""Under which names a config.json says how large the model is; without them it is its family's own size."""
_OTHERWISE = re.compile(r"expert|moe|mamba|ssm|rwkv|recurrent|lora_rank|linear_(attn|num|key|conv)|(en|de)coder_layers")
"""Fields of layers that a Llama has not: experts, state spaces, compressed or linear attention, an encoder."""
_FLAT = {
    "qwen2_vl": "qwen2",
    "qwen2_5_vl": "qwen2",
    "gemma3": "gemma3_text",
    "llama4": "llama4_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
}


@cache
def _defaults() -> Mapping[str, Mapping[str, Any]]:
    text = files("genai_tui").joinpath("facts", "architectures.json").read_text("utf-8")
    return cast("Mapping[str, Mapping[str, Any]]", json.loads(text)["defaults"])


def architecture_of(config: Mapping[str, Any], name: str) -> tuple[Architecture, tuple[str, ...]]:
    """The architecture that a config.json describes, and what had to be assumed, in sentences.

    A missing field has its family's default (huggingface/transformers 5.24.0, facts/architectures.json). Raises
    UsageFault for a family that is not known, and for fields that are missing or cannot be right.
    """
    notes: list[str] = []
    config, kind = _text_part(config, notes)
    if kind not in FAMILIES:
        other = next((key for key, value in config.items() if value and _OTHERWISE.search(key.lower())), None)
        if other or not all(isinstance(config.get(key), int) for key in _LLAMA):
            why = f"It has {other[:60]}." if other else "It has not all the fields of one."
            raise UsageFault(
                f"The architecture of {name} is not known: its model_type is {kind[:60] or 'not given'}.",
                f"It cannot be counted as a decoder laid out like Llama. {why}",
                "Give the number of parameters instead, as --params.",
            )
        notes.append(f"{kind[:60] or 'Its model_type'} is not known: counted as a decoder laid out like Llama.")
        family = FAMILIES["llama"]
    else:
        family = FAMILIES[kind]
        if unsaid := [names[0] for names in _SIZES if not any(name in config for name in names)]:
            notes.append(f"Its configuration does not say {', '.join(unsaid)}: counted with the defaults of {kind}.")
    return family(Fields({**config, "model_type": kind}, _defaults().get(kind, {}), name)), tuple(notes)


def _text_part(config: Mapping[str, Any], notes: list[str]) -> tuple[Mapping[str, Any], str]:
    """The language model's own configuration, and its family."""
    kind = config.get("model_type")
    kind = kind if isinstance(kind, str) else ""
    for depth in range(2):
        found = next((config[key] for key in _INSIDE if isinstance(config.get(key), Mapping)), None)
        if found is None:
            break
        inside = found.get("model_type")
        outer, config = config, dict(found)
        kind = inside if isinstance(inside, str) else f"{kind}_text" if f"{kind}_text" in FAMILIES else kind
        if "tie_word_embeddings" not in config and "tie_word_embeddings" in outer:
            config["tie_word_embeddings"] = outer["tie_word_embeddings"]
        if not depth:
            notes.append("The text model only: what sees pictures or hears is not counted.")
    if "vision_config" in config and not notes:
        notes.append("The text model only: what sees pictures or hears is not counted.")
    return config, _FLAT.get(kind, kind)
