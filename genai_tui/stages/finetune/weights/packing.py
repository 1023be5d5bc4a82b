"""What was trained as GGUF: a LoRA adapter beside its model, or a model with the adapter merged into it."""

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import FileFault
from genai_tui.stages.finetune.weights.names import heads_of, in_gguf, permuted
from genai_tui.stages.finetune.weights.unpacking import needs_extra, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gguf import GGUFReader
    from numpy.typing import NDArray

_LORA = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
REFUSED = {
    "use_dora": "DoRA", "modules_to_save": "whole modules", "rank_pattern": "ranks that differ",
    "alpha_pattern": "alphas that differ",
}  # fmt: skip


def pack_adapter(adapter: Path, parent: Path, target: Path) -> Path:
    """Write the PEFT LoRA adapter in the folder `adapter`, of the llama model `parent` (GGUF), as GGUF; gives `target`.

    llama.cpp scales by alpha / rank itself, so alpha is stored as it is; for rsLoRA as alpha * sqrt(rank). Raises
    FileFault for an adapter that is more than two matrices a module (merge that one), or whose parts are not whole.
    """
    try:
        from gguf import GGUFReader, GGUFWriter
        from safetensors.numpy import load_file
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing

    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    _check(config, adapter)
    reader = GGUFReader(parent)
    heads, kv_heads = _heads(reader)
    known = {tensor.name for tensor in reader.tensors}
    pairs = _pairs(load_file(adapter / "adapter_model.safetensors"), adapter)
    rank = float(config["r"])
    alpha = float(config["lora_alpha"]) * (rank**0.5 if config.get("use_rslora") else 1.0)
    building = target.with_name(f"{target.name}.new")
    writer = GGUFWriter(building, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for module, (down, up) in sorted(pairs.items()):
        name = in_gguf(f"{module}.weight")
        if name is None or name not in known:
            raise FileFault(f"The adapter in {adapter.name} is not of {parent.name}.", f"That has no {module}.")
        count = heads_of(name, heads, kv_heads)
        writer.add_tensor(f"{name}.lora_a", _float32(down))
        writer.add_tensor(f"{name}.lora_b", _float32(up if count is None else permuted(up, count)))
    _written(writer)
    os.replace(building, target)
    return target


def pack_merged(weights: "Mapping[str, NDArray[Any]]", parent: Path, target: Path, *, half: bool = False) -> Path:
    """Write weights by their names in transformers as a model like the GGUF file `parent`; gives `target`.

    Everything but the weights is `parent`'s, byte for byte: tokenizer, template, numbers. Matrices are float32, or
    float16 where `half`; vectors are float32. Raises FileFault where a tensor of the parent is missing.
    """
    import numpy
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    reader = GGUFReader(parent)
    heads, kv_heads = _heads(reader)
    ours = {in_gguf(name): values for name, values in weights.items()}
    building = target.with_name(f"{target.name}.new")
    writer = GGUFWriter(building, "llama")
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, sub_type=inner)
    writer.add_uint32("general.file_type", 1 if half else 0)
    for tensor in reader.tensors:
        values = ours.get(tensor.name)
        if values is None:
            raise FileFault("The merged weights are not whole.", f"{tensor.name} is missing.")
        count = heads_of(tensor.name, heads, kv_heads)
        rows = values if count is None else permuted(values, count)
        width = "<f2" if half and rows.ndim > 1 else "<f4"
        writer.add_tensor(tensor.name, numpy.ascontiguousarray(rows, dtype=width))
    _written(writer)
    os.replace(building, target)
    return target


def _written(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _heads(reader: "GGUFReader") -> tuple[int, int]:
    heads = int(value_of(reader, "llama.attention.head_count"))
    return heads, int(value_of(reader, "llama.attention.head_count_kv") or heads)


def _check(config: dict[str, Any], adapter: Path) -> None:
    odd = [said for key, said in REFUSED.items() if config.get(key)]
    odd += ["biases"] if config.get("bias", "none") != "none" else []
    if config.get("peft_type") != "LORA" or odd:
        what = f"It has {', '.join(odd)}." if odd else f"It is {config.get('peft_type')}."
        raise FileFault(
            f"The adapter in {adapter.name} cannot be served beside its model.",
            what,
            "Merge it: genai-tui finetune merge",
        )


def _pairs(tensors: "Mapping[str, NDArray[Any]]", adapter: Path) -> "dict[str, tuple[NDArray[Any], NDArray[Any]]]":
    found: dict[str, dict[str, Any]] = {}
    for name, values in tensors.items():
        match = _LORA.fullmatch(name)
        if match is None:
            raise FileFault(f"The adapter in {adapter.name} holds what is no LoRA.", f"{name} is none of its matrices.")
        found.setdefault(match[1], {})[match[2]] = values
    halves = [module for module, both in found.items() if len(both) != 2]
    if halves or not found:
        what = f"{halves[0]} has one matrix of two." if halves else "It holds nothing."
        raise FileFault(f"The adapter in {adapter.name} is not whole.", what)
    return {module: (both["A"], both["B"]) for module, both in found.items()}


def _float32(values: "NDArray[Any]") -> "NDArray[Any]":
    import numpy

    return numpy.ascontiguousarray(values, dtype=numpy.float32)
