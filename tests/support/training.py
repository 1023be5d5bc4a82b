"""A model that is trained in seconds: two layers of a llama, random but always the same, with the real tokenizer."""

import importlib.util
import json
from pathlib import Path

import pytest

from genai_tui.inference.embedded import pins

EXTRA = ("torch", "transformers", "peft", "trl", "datasets", "safetensors", "tokenizers")
MISSING = [name for name in EXTRA if importlib.util.find_spec(name) is None]
needs_training = pytest.mark.skipif(bool(MISSING), reason=f"the extra train is not installed: {', '.join(MISSING)}")
TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 8}  # fmt: skip


@pytest.fixture(scope="session")
def unpacked(fetched_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model as a transformers folder."""
    from genai_tui.stages.finetune.weights.unpacking import unpack

    return unpack(fetched_weights / pins.SOURCE_FILE, tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(scope="session")
def tiny(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random model as a transformers folder."""
    from genai_tui.stages.finetune.training import be_quiet

    be_quiet()
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    config = json.loads((unpacked / "config.json").read_text()) | TINY
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**config)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((unpacked / name).read_bytes())
    return folder
