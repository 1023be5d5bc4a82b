"""A GGUF file as a transformers folder: float32 weights, config, tokenizer and chat template.

transformers reads GGUF itself, but what it has read it cannot save again; and tokens must be those of the server.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import FileFault, MissingPiece
from genai_tui.stages.finetune.weights.names import heads_of, in_transformers, unpermuted

if TYPE_CHECKING:
    from gguf import GGUFReader

INSTALL = "pip install torch==2.13.0 'genai-tui[train]'"
SPECIAL = 3  # of tokenizer.ggml.token_type: a control token
DIGITS_APART = ("smollm",)  # pre-tokenizers whose texts are split at every digit, then as GPT-2 does


def unpack(source: Path, folder: Path) -> Path:
    """Write the llama model of the GGUF file `source` as a transformers folder; gives `folder`.

    Weights are dequantised to float32. It is there whole or not at all: `config.json` is written last. Reads and
    writes all weights: call it in a thread. Raises FileFault for another architecture or tokenizer, MissingPiece where
    the extra `train` is not installed, OSError where it cannot be written.
    """
    try:
        from gguf import GGUFReader
        from safetensors.numpy import save_file
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing

    reader = GGUFReader(source)
    config = config_of(reader, source)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(_weights(reader, config)), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(reader, source, folder)
    building = folder / "config.json.new"
    building.write_text(json.dumps(config, indent=1), encoding="utf-8")
    os.replace(building, folder / "config.json")
    return folder


def needs_extra() -> MissingPiece:
    """What is said where training's packages are not installed."""
    return MissingPiece("Training needs packages that are not installed.", "They are the extra `train`.", INSTALL)


def value_of(reader: "GGUFReader", key: str) -> Any:
    """A value of the head, None where it is not there."""
    field = reader.fields.get(key)
    return None if field is None else field.contents()


def config_of(reader: "GGUFReader", source: Path) -> dict[str, Any]:
    """The `config.json` of a llama model, as its head says. Raises FileFault for another architecture."""
    architecture = value_of(reader, "general.architecture")
    if architecture != "llama":
        raise FileFault(
            f"{source.name} cannot be trained here.",
            f"Its architecture is {architecture}; GGUF files of llama are turned back into weights to train.",
            "Train from the model's Hugging Face folder instead.",
        )

    def said(name: str) -> Any:
        return value_of(reader, f"llama.{name}")

    heads = said("attention.head_count")
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": said("embedding_length"),
        "num_hidden_layers": said("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": said("attention.head_count_kv") or heads,
        "head_dim": said("rope.dimension_count") or said("embedding_length") // heads,
        "intermediate_size": said("feed_forward_length"),
        "max_position_embeddings": said("context_length"),
        "rms_norm_eps": said("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": said("rope.freq_base") or 10000.0},
        "vocab_size": len(value_of(reader, "tokenizer.ggml.tokens")),
        "tie_word_embeddings": tied,
        "hidden_act": "silu",
        "bos_token_id": value_of(reader, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": value_of(reader, "tokenizer.ggml.eos_token_id"),
        "pad_token_id": 0,
        "dtype": "float32",
    }


def _weights(reader: "GGUFReader", config: dict[str, Any]) -> Any:
    import numpy
    from gguf.quants import dequantize

    for tensor in reader.tensors:
        name = in_transformers(tensor.name)
        if name is None:
            continue
        values = numpy.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=numpy.float32)
        heads = heads_of(tensor.name, config["num_attention_heads"], config["num_key_value_heads"])
        yield name, numpy.ascontiguousarray(values if heads is None else unpermuted(values, heads))


def _tokenizer(reader: "GGUFReader", source: Path, folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    kind, pre = value_of(reader, "tokenizer.ggml.model"), value_of(reader, "tokenizer.ggml.pre")
    if kind != "gpt2" or pre not in DIGITS_APART:
        raise FileFault(
            f"The tokenizer of {source.name} cannot be rebuilt.",
            f"It is {kind} with the pre-tokenizer {pre}; what is trained must be split as the server splits it.",
            "Train from the model's Hugging Face folder instead.",
        )
    tokens: list[str] = value_of(reader, "tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ", 1)) for merge in value_of(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    types = value_of(reader, "tokenizer.ggml.token_type")
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == SPECIAL]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    end = tokens[value_of(reader, "tokenizer.ggml.eos_token_id")]
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[value_of(reader, "tokenizer.ggml.bos_token_id")],
        "eos_token": end,
        "pad_token": tokens[0],  # not the end token: collators that mask padding would mask the end of every answer
        "chat_template": value_of(reader, "tokenizer.chat_template"),
        "clean_up_tokenization_spaces": False,
        "model_max_length": value_of(reader, "llama.context_length"),
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
