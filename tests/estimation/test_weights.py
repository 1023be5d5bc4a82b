"""Bytes of weights at every precision, and of GGUF files by the presets' rules."""

import json

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.gguf.presets import PRESETS
from genai_tui.estimation.gguf.sizes import gguf_bytes, gguf_file_bytes, untied
from genai_tui.estimation.gguf.types import NUMBERS, TYPES
from genai_tui.estimation.weights import PRECISIONS, precision_of, weight_bytes
from genai_tui.records.cards import ModelCard
from tests.conftest import outside

LLAMA = find_card("Llama-3.1-8B")
EIGHT = LLAMA.architecture


@pytest.mark.parametrize(("precision", "each"), [("fp32", 4), ("tf32", 4), ("bf16", 2), ("fp8", 1), ("int4", 0.5)])
def test_plain_precisions_are_bits_of_every_parameter(precision, each):
    assert weight_bytes(LLAMA, precision) == 8_030_261_248 * each


def test_nf4_keeps_embedding_and_head_in_16_bits():
    kept = 2 * 128256 * 4096 + 65 * 4096
    assert weight_bytes(LLAMA, "nf4") == round((8_030_261_248 - kept) * 4.5 / 8 + kept * 2)
    assert weight_bytes(LLAMA, "nf4-dq") < weight_bytes(LLAMA, "nf4")


def test_every_precision_gives_bytes_and_fewer_bits_give_fewer():
    sizes = {name: weight_bytes(LLAMA, name) for name in PRECISIONS}
    assert min(sizes, key=sizes.__getitem__) == "IQ1_S"
    assert max(sizes.values()) == sizes["fp32"]
    order = [sizes[name] for name in ("Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16")]
    assert order == sorted(order)


def test_a_card_without_a_shape_has_the_bits_of_the_most_common_type():
    card = ModelCard("m", "given", parameters=1000)
    assert weight_bytes(card, "Q4_K_M") == 562


def test_precisions_are_found_in_any_spelling():
    assert precision_of(" q4_k_m ") == "Q4_K_M"
    assert precision_of("NF4_DQ") == "nf4-dq"
    called = ("float16", "half", "bfloat16", "FP-8", "4bit", "int-8", "q4km", "iq2-xs")
    assert [precision_of(name) for name in called] == [
        "fp16", "fp16", "bf16", "fp8", "int4", "int8", "Q4_K_M", "IQ2_XS"
    ]  # fmt: skip
    assert all(precision_of(name).lower() == name.lower() for name in PRECISIONS)


def test_unknown_precisions_and_sizes_are_sentences():
    with pytest.raises(UsageFault, match="precision fp7 is not known") as refused:
        weight_bytes(LLAMA, "fp7")
    assert "Near it: " in refused.value.why
    assert "Q4_K_M" in refused.value.do
    assert len(refused.value.do) < 160
    with pytest.raises(UsageFault, match="How many parameters m has"):
        weight_bytes(ModelCard("m", "given"), "bf16")


def test_types_have_the_published_bits():
    for row in json.loads((outside("GENAI_TUI_FACTS") / "gguf.json").read_text("utf-8"))["types"]:
        assert TYPES[row["type"]].bits == row["bits_per_weight"]


def test_types_have_ggml_s_numbers():
    assert [NUMBERS[number] for number in (0, 1, 3, 8, 12, 14, 20, 30, 39)] == (
        "F32 F16 Q4_1 Q8_0 Q4_K Q6_K IQ4_NL BF16 MXFP4".split()
    )


def test_presets_give_llama_the_sizes_that_llama_cpp_prints():
    # Bits per weight of the quantize README of ggml-org/llama.cpp @311c2c9, for Llama 3.1 8B.
    published = {"IQ1_S": 2.0042, "IQ2_XXS": 2.3824, "IQ3_XS": 3.4977, "Q2_K": 3.1593, "Q3_K_L": 4.2979}
    published |= {"Q4_K_S": 4.6672, "Q4_K_M": 4.8944, "Q5_K_M": 5.7036, "Q6_K": 6.5633, "Q8_0": 8.5008, "F16": 16.0005}
    for preset, bits in published.items():
        assert gguf_bytes(EIGHT, preset) * 8 / EIGHT.parameters == pytest.approx(bits, abs=1e-4), preset


def test_an_importance_matrix_changes_some_presets():
    assert gguf_bytes(EIGHT, "Q4_0", True) > gguf_bytes(EIGHT, "Q4_0", False)
    assert gguf_bytes(EIGHT, "IQ4_XS", True) < gguf_bytes(EIGHT, "IQ4_XS", False)
    assert gguf_bytes(EIGHT, "Q6_K", True) == gguf_bytes(EIGHT, "Q6_K", False)


def test_rows_that_do_not_divide_into_blocks_fall_back():
    small = find_card("SmolLM2-135M").architecture  # 576 wide
    assert gguf_bytes(small, "Q2_K") == gguf_bytes(small, "Q3_K_S")


def test_eight_experts_have_eight_bits_for_keys_and_values():
    mixtral = find_card("Mixtral-8x7B-v0.1").architecture
    whole = sum(tensor.numbers for tensor in mixtral.tensors if tensor.kind in ("attn_k", "attn_v"))
    without = [tensor for tensor in mixtral.tensors if tensor.kind not in ("attn_k", "attn_v")]
    less = type(mixtral)(**{**mixtral.__dict__, "tensors": tuple(without)})
    assert gguf_bytes(mixtral, "Q4_K_M") - gguf_bytes(less, "Q4_K_M") == whole * 8.5 / 8


def test_a_tied_embedding_that_is_stored_twice():
    small = find_card("Qwen2.5-3B").architecture
    assert gguf_file_bytes(untied(small), "Q5_K_M") == pytest.approx(2_438_740_384, rel=0.005)
    assert untied(EIGHT) is EIGHT


def test_published_files_are_met_within_two_percent():
    near = []
    for row in json.loads((outside("GENAI_TUI_FACTS") / "gguf.json").read_text("utf-8"))["sizes"]:
        architecture = find_card(row["params_model"]).architecture
        count = gguf_bytes if row["kind"] == "tensors" else gguf_file_bytes
        for size in row["sizes"]:
            stored = untied(architecture) if size.get("untied_in_file") else architecture
            near.append(abs(count(stored, size["type"], row.get("importance_matrix")) / size["bytes"] - 1))
    assert sum(error <= 0.02 for error in near) >= len(near) - 1  # one is stored with a head of eight bits
    assert sorted(near)[len(near) // 2] < 0.001


def test_every_preset_has_a_type():
    assert set(PRESETS.values()) <= set(TYPES)


def test_wider_presets_store_embedding_and_head_in_eight_bits():
    outside = EIGHT.width * EIGHT.vocabulary
    more = gguf_bytes(EIGHT, "Q4_K_L") - gguf_bytes(EIGHT, "Q4_K_M")
    assert more == outside * ((8.5 - 4.5) + (8.5 - 6.5625)) / 8
    assert gguf_file_bytes(EIGHT, "Q3_K_XL") > gguf_file_bytes(EIGHT, "Q3_K_L")
