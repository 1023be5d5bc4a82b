"""LoRA's parameters, counted by hand and against what frameworks print."""

from dataclasses import replace

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.adapters import lora_parameters, targets
from genai_tui.estimation.cards import find_card


def shape(name):
    return find_card(name).architecture


@pytest.mark.parametrize(
    ("model", "rank", "names", "printed"),
    [
        ("phi-1_5", 8, ("query", "value"), 1_572_864),
        ("Llama-2-7b", 8, ("q_proj", "v_proj"), 4_194_304),
        ("Llama-2-13b", 8, ("query", "value"), 6_553_600),
        ("Llama-3.2-3B", 32, ("q_proj", "v_proj"), 9_175_040),
        ("Llama-3.1-8B", 16, ("all-linear",), 41_943_040),
    ],
)
def test_as_frameworks_print_it(model, rank, names, printed):
    assert lora_parameters(shape(model), rank, names) == printed


def test_every_frameworks_names_mean_the_same_matrices():
    llama = shape("Llama-3.1-8B")
    named = targets(("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"), llama)
    assert named == targets(("query", "key", "value", "proj", "mlp"), llama) == targets(("all linear",), llama)


def test_a_fused_matrix_has_one_a_for_all_three():
    falcon = shape("falcon-7b")
    assert lora_parameters(falcon, 8, ("query_key_value",)) == 32 * 8 * (4544 + 73 * 64)


def test_all_linear_takes_the_fused_matrix_where_there_is_one():
    assert targets(("all-linear",), shape("falcon-7b")) == ("qkv", "o", "up", "down")


def test_the_head_is_there_once():
    llama = shape("Llama-3.1-8B")
    both = lora_parameters(llama, 8, ("q", "head"))
    assert both - lora_parameters(llama, 8, ("q",)) == 8 * (4096 + 128256)


def test_a_plain_feed_forward_has_no_gate():
    assert targets(("mlp",), shape("phi-1_5")) == ("up", "down")


@pytest.mark.parametrize(("names", "rank"), [(("nonsense",), 8), (("gate",), 8), (("q",), 0), (("q",), -4)])
def test_what_is_not_there_is_refused(names, rank):
    with pytest.raises(UsageFault):
        lora_parameters(shape("phi-1_5"), rank, names)


def test_every_expert_gets_an_adapter_of_its_own():
    assert lora_parameters(shape("Mixtral-8x7B-v0.1"), 8, ("mlp",)) == 32 * 8 * 3 * 8 * (4096 + 14336)
    visited = lora_parameters(shape("Mixtral-8x7B-v0.1"), 8, ("mlp",), visited=True)
    assert visited == 32 * 2 * 3 * 8 * (4096 + 14336)


def test_compressed_attention_is_adapted_in_both_halves():
    halves = (7168 + 1536) + (1536 + 24576)
    assert lora_parameters(shape("DeepSeek-V3"), 8, ("q",)) == 61 * 8 * halves


def test_only_layers_that_have_the_matrix_count():
    assert lora_parameters(shape("Qwen3-Next-80B-A3B-Instruct"), 8, ("q",)) == 12 * 8 * (2048 + 8192)


@pytest.mark.parametrize(("model", "names"), [("Mixtral-8x7B-v0.1", ("mlp",)), ("DeepSeek-V3", ("q", "v"))])
def test_what_a_shape_alone_does_not_tell_is_refused_and_not_guessed(model, names):
    with pytest.raises(UsageFault, match="cannot be counted"):
        lora_parameters(replace(shape(model), tensors=()), 8, names)


@pytest.mark.parametrize("model", ["Llama-3.1-8B", "phi-1_5", "gemma-2-2b"])
def test_a_shape_alone_tells_it_of_plain_models(model):
    bare = replace(shape(model), tensors=())
    assert lora_parameters(bare, 8, ("all-linear",)) == lora_parameters(shape(model), 8, ("all-linear",))
