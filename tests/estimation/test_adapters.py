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


@pytest.mark.parametrize(("model", "names"), [("Mixtral-8x7B-v0.1", ("mlp",)), ("DeepSeek-V3", ("q", "v"))])
def test_what_a_card_does_not_hold_is_refused_and_not_guessed(model, names):
    with pytest.raises(UsageFault, match="cannot be counted"):
        lora_parameters(shape(model), 8, names)


def test_attention_of_experts_is_counted():
    mixtral = shape("Mixtral-8x7B-v0.1")
    dense = replace(mixtral, parameters=mixtral.active)
    assert lora_parameters(mixtral, 8, ("q", "v")) == lora_parameters(dense, 8, ("q", "v")) > 0
