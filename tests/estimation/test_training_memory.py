"""Peak memory of training: each part by hand, what each setting changes, and the rule of thumb."""

from dataclasses import replace

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.recipes import METHODS, OPTIMIZERS, PRECISIONS, SHARDS, Recipe
from genai_tui.estimation.training_memory import largest_batch, rule_of_thumb, training_memory
from genai_tui.records.cards import ModelCard

LLAMA = find_card("Llama-3.1-8B")
N = 8_030_261_248
FULL = Recipe(method="full", batch=1, seq=512)


def parts(recipe, card=LLAMA):
    return {part.name: part for part in training_memory(card, recipe).parts}


def value(recipe, name, card=LLAMA):
    return parts(recipe, card)[name].value


def test_parts_add_up_to_the_total_and_each_names_formula_and_source():
    for method in METHODS:
        estimate = training_memory(LLAMA, Recipe(method=method))
        assert estimate.unit == "bytes"
        assert estimate.total == pytest.approx(sum(part.value for part in estimate.parts))
        assert estimate.low < estimate.total < estimate.high
        assert all(part.formula and part.source and part.unit == "bytes" for part in estimate.parts)


def test_bf16_true_keeps_everything_in_two_bytes():
    assert value(FULL, "weights") == 2 * N
    assert value(FULL, "gradients") == 2 * N
    assert value(FULL, "optimizer") == 4 * N


def test_mixed_precision_keeps_fp32_and_computes_on_copies():
    mixed = replace(FULL, precision="bf16-mixed")
    assert value(mixed, "weights") == 4 * N
    assert value(mixed, "gradients") == 4 * N
    assert value(mixed, "optimizer") == 8 * N
    embeddings = 2 * 128256 * 4096
    assert value(mixed, "16-bit copies") == 2 * (N - embeddings)


@pytest.mark.parametrize(
    ("optimizer", "bytes_each"),
    [
        ("adamw", 8),
        ("adamw-8bit", 2 + 8 / 256),
        ("sgd-momentum", 4),
        ("sgd", 0),
        ("adafactor", 0),
        ("paged-adamw", 0),
        ("paged-adamw-8bit", 0),
    ],
)
def test_states_of_each_optimizer(optimizer, bytes_each):
    assert value(replace(FULL, precision="fp32", optimizer=optimizer), "optimizer") == bytes_each * N
    assert optimizer in OPTIMIZERS


def test_quantised_weights_take_four_bits_and_their_constants():
    outside = 2 * 128256 * 4096
    assert value(Recipe(method="qlora"), "weights") == pytest.approx((N - outside) * 0.5625 + outside * 2)
    assert value(Recipe(method="qlora", base="nf4-dq"), "weights") < value(Recipe(method="qlora"), "weights")
    assert "unpacked" in parts(Recipe(method="qlora"))
    assert "unpacked" not in parts(Recipe(method="lora"))


def test_adapters_alone_have_gradients_and_states():
    lora = Recipe(rank=16, targets=("all-linear",))
    assert value(lora, "adapters") == 4 * 41_943_040
    assert value(lora, "gradients") == 4 * 41_943_040
    assert value(lora, "optimizer") == 8 * 41_943_040
    assert value(replace(lora, trainable=1000), "adapters") == 4000


def test_a_layer_keeps_what_backward_needs():
    tokens, layers = 512, 32
    norms, attention, elements = 2 * 4096 * 4, 2 * 4096 + 2 * 1024, 3 * 14336
    inputs = 2 * 4096 + 14336
    expected = tokens * layers * 2 * (norms + attention + elements + inputs)
    assert value(replace(FULL, batch=64), "activations") == 64 * expected
    assert value(replace(FULL, batch=64), "gradients") == 0


def test_small_batches_peak_where_all_gradients_are_there():
    assert value(FULL, "activations") == 0
    assert value(replace(FULL, step_in_backward=True), "activations") > 0


def test_accumulated_gradients_are_there_at_the_loss_too():
    one, several = replace(FULL, batch=64), replace(FULL, batch=64, accumulated=True)
    assert value(one, "gradients") == 0
    assert value(several, "gradients") == 2 * N
    assert value(several, "activations") == value(one, "activations")


@pytest.mark.parametrize(
    "changed",
    [
        {"checkpointing": True},
        {"compiled": True},
        {"chunked_loss": True},
        {"batch": 2},
        {"seq": 1024},
        {"shard": "fsdp", "gpus": 8},
        {"gpus": 2, "tensor": 2},
        {"gpus": 2, "pipeline": 2},
        {"checkpointing": True, "offload": ("activations",)},
    ],
)
def test_what_makes_it_smaller(changed):
    base = Recipe(batch=4, seq=2048)
    assert training_memory(LLAMA, replace(base, **changed)).total < training_memory(LLAMA, base).total


def test_without_flash_attention_scores_are_kept():
    long = Recipe(seq=8192)
    assert value(replace(long, flash=False), "activations") > 2 * value(long, "activations")


def test_each_stage_of_zero_shards_one_thing_more():
    base = replace(FULL, gpus=8, seq=16)
    sharded = {shard: parts(replace(base, shard=shard)) for shard in SHARDS}
    assert sharded["zero1"]["optimizer"].value == 4 * N / 8
    assert sharded["zero1"]["gradients"].value == 2 * N
    assert sharded["zero2"]["gradients"].value == 2 * N / 8
    assert sharded["zero2"]["weights"].value == 2 * N
    assert sharded["fsdp"]["weights"].value == 2 * N / 8
    assert "gathered" in sharded["fsdp"]


def test_pipeline_and_tensor_split_the_weights():
    split = replace(FULL, gpus=8, tensor=2, pipeline=4)
    assert value(split, "weights") == 2 * N / 8


def test_the_largest_batch_fits_and_one_more_does_not():
    memory = 80 * 2**30
    recipe = Recipe(seq=2048, targets=("all-linear",))
    best = largest_batch(LLAMA, recipe, memory)
    assert best > 1
    assert training_memory(LLAMA, replace(recipe, batch=best)).total <= memory
    assert training_memory(LLAMA, replace(recipe, batch=best + 1)).total > memory
    assert largest_batch(LLAMA, recipe, 2**30) == 0


def test_the_rule_of_the_lecture_is_24_bytes_a_parameter():
    estimate = rule_of_thumb(1e9)
    assert estimate.total == 24e9
    assert [part.value for part in estimate.parts] == [4e9, 8e9, 4e9, 8e9]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"batch": 0},
        {"batch": -1},
        {"batch": 10**30},
        {"seq": float("nan")},
        {"seq": 0},
        {"rank": 0},
        {"trainable": -5},
        {"gpus": 0},
        {"gpus": 3, "tensor": 2},
        {"method": "magic"},
        {"optimizer": "magic"},
        {"precision": "int1"},
        {"shard": "magic"},
        {"base": "magic"},
        {"targets": ()},
        {"targets": ("magic",)},
    ],
)
def test_nonsense_gets_a_sentence(nonsense):
    with pytest.raises(UsageFault) as refused:
        training_memory(LLAMA, replace(Recipe(), **nonsense))
    assert refused.value.what
    assert refused.value.why


def test_a_card_without_a_shape_says_what_to_give():
    with pytest.raises(UsageFault, match="shape") as refused:
        training_memory(ModelCard("mystery", "test", parameters=7_000_000_000), Recipe())
    assert "config.json" in refused.value.do


def test_all_precisions_and_methods_give_a_figure():
    for precision in PRECISIONS:
        for method in METHODS:
            assert training_memory(LLAMA, Recipe(method=method, precision=precision)).total > N / 2
