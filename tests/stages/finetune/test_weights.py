"""Weights between training and serving: what goes there and back is the same, and a mistake on the way is noticed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from genai_tui.errors import CheckNotMet, FileFault
from genai_tui.inference.embedded import checked, pins
from genai_tui.inference.embedded.weights import served_model
from genai_tui.stages.finetune.rows import Row
from genai_tui.stages.finetune.weights.names import in_gguf, in_transformers, permuted, unpermuted
from tests.support.training import needs_training, unpacked
from tests.support.weights import _warm_runtime, fetched_weights, warm_server, weights

__all__ = ["_warm_runtime", "fetched_weights", "unpacked", "warm_server", "weights"]

SYSTEM = {"role": "system", "content": "Sort the ticket."}
ROWS = [
    Row("train:1", (SYSTEM, {"role": "user", "content": text}), "billing")
    for text in ("My card was charged twice", "The app crashes at 10:15", "Where is my parcel? ☃")
]


def test_rows_of_heads_lie_as_each_wants_them() -> None:
    rows = numpy.arange(48).reshape(16, 3)
    there = permuted(rows, 2)
    assert there[:, 0].tolist()[:4] == [0, 12, 3, 15]
    assert unpermuted(there, 2).tolist() == rows.tolist()


def test_every_tensor_has_its_name_in_both() -> None:
    names = ["model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"]
    names += [f"model.layers.7.{name}.weight" for name in ("self_attn.q_proj", "mlp.down_proj", "input_layernorm")]
    for name in names:
        ours = in_gguf(name)
        assert ours is not None
        assert in_transformers(ours) == name
    assert in_transformers("rope_freqs.weight") is None
    assert in_gguf("model.layers.7.self_attn.rotary.weight") is None


@needs_training
def test_unpacked_and_packed_again_the_weights_are_the_same(unpacked: Path, weights: Path, tmp_path: Path) -> None:
    from gguf import GGUFReader
    from safetensors.numpy import load_file

    from genai_tui.stages.finetune.weights.packing import pack_merged

    merged = pack_merged(load_file(unpacked / "model.safetensors"), weights / pins.SOURCE_FILE, tmp_path / "m.gguf")
    ours, wide = GGUFReader(merged), GGUFReader(weights / pins.WIDE_FILE)
    theirs = {tensor.name: tensor for tensor in wide.tensors}
    assert {tensor.name for tensor in ours.tensors} == set(theirs)
    for tensor in ours.tensors:
        assert numpy.array_equal(tensor.data, theirs[tensor.name].data), tensor.name
    for key in ("tokenizer.chat_template", "tokenizer.ggml.tokens", "llama.rope.freq_base"):
        assert ours.fields[key].contents() == wide.fields[key].contents()


@pytest.fixture(scope="module")
def adapter(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA of every linear module whose matrices are random."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(unpacked),
        LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules="all-linear"),
    )
    for name, each in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(each, std=0.02)
    folder = tmp_path_factory.mktemp("adapter")
    model.save_pretrained(folder)
    return folder


def changed(adapter: Path, folder: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """The adapter with something wrong in it."""
    from safetensors.numpy import load_file, save_file

    folder.mkdir()
    tensors, config = (
        load_file(adapter / "adapter_model.safetensors"), json.loads((adapter / "adapter_config.json").read_text())
    )  # fmt: skip
    change(tensors, config)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def other_alpha(tensors: dict[str, Any], config: dict[str, Any]) -> None:
    config["lora_alpha"] = 8


def layer_missing(tensors: dict[str, Any], config: dict[str, Any]) -> None:
    for name in [name for name in tensors if ".layers.11." in name]:
        del tensors[name]


def rows_exchanged(tensors: dict[str, Any], config: dict[str, Any]) -> None:
    for name, values in tensors.items():
        if "q_proj.lora_B" in name:
            tensors[name] = numpy.ascontiguousarray(unpermuted(values, 9))


@needs_training
@pytest.mark.parametrize(
    "wrong", [None, other_alpha, layer_missing, rows_exchanged], ids=lambda w: w.__name__ if w else "right"
)
async def test_what_is_served_is_what_was_trained_or_it_is_noticed(
    unpacked: Path, weights: Path, adapter: Path, tmp_path: Path, wrong: Any
) -> None:
    from genai_tui.stages.finetune.agreement import Expectations, agreement, check_agreement
    from genai_tui.stages.finetune.weights.packing import pack_adapter

    packed = adapter if wrong is None else changed(adapter, tmp_path / "wrong", wrong)
    gguf = pack_adapter(packed, weights / pins.SOURCE_FILE, tmp_path / "adapter.gguf")
    served = replace(served_model(), name="tuned", adapters=((str(gguf), checked.sha256_of(gguf, tmp_path)),))
    found = await agreement(Expectations.of(unpacked, adapter, ROWS), served, lambda _: None)
    if wrong is None:
        check_agreement(found)
        assert found.mean < 0.001
        assert found.effect > 0.02
    else:
        with pytest.raises(CheckNotMet, match="is not what was trained"):
            check_agreement(found)


async def test_answers_that_end_by_themselves_are_told_from_those_that_run_on(
    warm_server: Path, tmp_path: Path
) -> None:
    from genai_tui.records.endpoints import Endpoint
    from genai_tui.stages.finetune.stopping import ends

    asked = [
        Row("train:1", ({"role": "user", "content": text},), "yes")
        for text in ("Answer with one word: is water wet?", "Count from 1 to 500, separated by commas.")
    ]
    here = Endpoint("embedded", "", builtin=True)
    found = [await ends(here, served_model(), rows, lambda _: None) for rows in (asked[:1], asked[1:])]
    assert found == [(1, 1), (0, 1)]
    told: list[str] = []
    gone = replace(served_model(), name="gone", adapters=((str(tmp_path / "gone.gguf"), "0" * 64),))
    assert await ends(here, gone, asked, told.append) == (0, 0)
    assert len(told) >= len(asked)
    assert [each.sentence.split(":")[0] for each in found] == [
        "1 of 1 answers end by themselves.", "None of 1 answers ended by itself",
    ]  # fmt: skip


TURNS = (
    ({"role": "user", "content": "Where is my parcel? ☃  2 spaces"},),
    (SYSTEM, {"role": "user", "content": "It costs 1234.50 é\n\nthanks"}),
    (
        SYSTEM, {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "?"},
    ),
)  # fmt: skip


@needs_training
@pytest.mark.parametrize("messages", TURNS, ids=["no system", "system", "several turns"])
async def test_tokens_are_those_of_the_server(unpacked: Path, warm_server: Path, messages: Any) -> None:
    import aiohttp
    from transformers import AutoTokenizer

    from genai_tui.inference.embedded.lease import lease
    from genai_tui.stages.finetune.rows import encode

    [row], _ = encode([Row("train:1", messages, "billing")], AutoTokenizer.from_pretrained(unpacked), 500)
    prompt = row.input_ids[: -row.answer_tokens]
    async with lease(served_model(), notice=lambda _: None) as held:
        reach = await held.access()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {reach.key}"}) as session:

            async def said(path: str, body: Any) -> Any:
                async with session.post(f"{reach.url.removesuffix('/v1')}/{path}", json=body) as answer:
                    return await answer.json()

            text = (await said("apply-template", {"messages": messages}))["prompt"]
            tokens = (await said("tokenize", {"content": text, "parse_special": True}))["tokens"]
            answer = (await said("tokenize", {"content": "billing<|im_end|>\n", "parse_special": True}))["tokens"]
    assert tokens == list(prompt)
    assert answer == list(row.input_ids[-row.answer_tokens :])


@needs_training
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda tensors, config: config.update(use_dora=True), "It has DoRA"),
        (lambda tensors, config: config.update(modules_to_save=["lm_head"]), "whole modules"),
        (lambda tensors, config: config.update(peft_type="IA3"), "It is IA3"),
        (lambda tensors, config: tensors.pop(next(iter(tensors))), "one matrix of two"),
        (lambda tensors, config: tensors.clear(), "It holds nothing"),
        (lambda tensors, config: tensors.update(odd=numpy.zeros(3)), "odd is none of its matrices"),
    ],
)
def test_an_adapter_that_cannot_be_served_beside_its_model_is_refused(
    weights: Path, adapter: Path, tmp_path: Path, change: Any, says: str
) -> None:
    from genai_tui.stages.finetune.weights.packing import pack_adapter

    folder = changed(adapter, tmp_path / "odd", change)
    with pytest.raises(FileFault) as caught:
        pack_adapter(folder, weights / pins.SOURCE_FILE, tmp_path / "adapter.gguf")
    assert says in str(caught.value)
    assert not (tmp_path / "adapter.gguf").exists()


@needs_training
def test_a_file_that_is_no_llama_is_refused(tmp_path: Path) -> None:
    from gguf import GGUFWriter

    from genai_tui.stages.finetune.weights.unpacking import unpack

    writer = GGUFWriter(tmp_path / "other.gguf", "gemma3")
    writer.add_tensor("x", numpy.zeros((2, 2), numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(FileFault, match="gemma3"):
        unpack(tmp_path / "other.gguf", tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
