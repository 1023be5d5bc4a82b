"""Memory of inference: its parts, what fits, how it is split."""

import json
from dataclasses import replace
from statistics import median

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.checking.peaks import tables
from genai_tui.estimation.memory import (
    Serving,
    fewest_accelerators,
    inference_memory,
    kv_number_bytes,
    largest_batch,
    largest_context,
)
from genai_tui.estimation.splits import Split, split_over
from genai_tui.records.cards import ModelCard
from tests.conftest import outside

LLAMA = find_card("Llama-3.1-8B")
LARGE = find_card("Llama-3.1-405B")
GIB = 2**30


def part(estimate, name):
    return next(each for each in estimate.parts if each.name == name)


def test_the_parts_make_the_total_and_name_their_sources():
    estimate = inference_memory(LLAMA, Serving(batch=4, seq=8192))
    assert estimate.total == sum(each.value for each in estimate.parts)
    assert part(estimate, "weights").value == 16_060_522_496
    assert part(estimate, "KV cache").value == 4 * 8192 * 131072
    assert all(each.formula and each.source for each in estimate.parts)
    assert estimate.low < estimate.total < estimate.high


def test_longer_prompts_are_read_in_pieces():
    long, longer = (inference_memory(LLAMA, Serving(seq=seq)) for seq in (8192, 65536))
    assert part(long, "activations") == part(longer, "activations")


def test_the_cache_may_have_a_precision_of_its_own():
    assert kv_number_bytes("q8_0") == 34 / 32
    eight = inference_memory(LLAMA, Serving(kv_precision="fp8"))
    assert part(eight, "KV cache").value == 4096 * 65536
    with pytest.raises(UsageFault, match="precision x of the cache"):
        inference_memory(LLAMA, Serving(kv_precision="x"))


def test_the_largest_batch_and_context_are_the_last_that_fit():
    serving = Serving(seq=8192)
    batch = largest_batch(LLAMA, serving, 80 * GIB)
    assert inference_memory(LLAMA, replace(serving, batch=batch)).total <= 80 * GIB
    assert inference_memory(LLAMA, replace(serving, batch=batch + 1)).total > 80 * GIB
    context = largest_context(LLAMA, serving, 24 * GIB)
    assert inference_memory(LLAMA, replace(serving, seq=context)).total <= 24 * GIB
    assert inference_memory(LLAMA, replace(serving, seq=context + 1)).total > 24 * GIB
    assert largest_context(LLAMA, serving, 80 * GIB) == 131072  # its own context
    assert largest_batch(LLAMA, serving, GIB) == 0


def test_tensor_shares_matrices_and_heads_of_keys_and_no_further():
    one, eight, sixteen = (inference_memory(LLAMA, Serving(split=Split(tensor=tensor))) for tensor in (1, 8, 16))
    assert part(eight, "KV cache").value == part(one, "KV cache").value / 8 == part(sixteen, "KV cache").value
    embeddings = 2 * 128256 * 4096 * 2
    assert part(eight, "weights").value == pytest.approx((16_060_522_496 - embeddings) / 8 + embeddings)


def test_a_latent_vector_is_whole_on_each():
    deep = find_card("DeepSeek-V3")
    one, eight = (inference_memory(deep, Serving(split=Split(tensor=tensor))) for tensor in (1, 8))
    assert part(eight, "KV cache").value == part(one, "KV cache").value


def test_a_pipeline_shares_layers():
    four = inference_memory(LLAMA, Serving(split=Split(pipeline=4)))
    assert part(four, "KV cache").value == 4096 * 131072 / 4
    with pytest.raises(UsageFault, match="32 layers cannot be split into 33 parts"):
        inference_memory(LLAMA, Serving(split=Split(pipeline=33)))


def test_the_usual_split_is_within_machines_by_matrices_and_between_by_layers():
    assert split_over(512, LARGE.architecture) == Split(8, 64)
    assert split_over(12, find_card("gpt2").architecture) == Split(6, 2)
    assert split_over(3, LLAMA.architecture) == Split(1, 3)


def test_the_fewest_accelerators():
    assert fewest_accelerators(LLAMA, Serving(), 80 * GIB) == Split(1, 1)
    assert fewest_accelerators(LARGE, Serving("fp8"), 76 * GIB) == Split(8, 1)
    assert fewest_accelerators(LARGE, Serving(), GIB) is None


def test_heads_that_do_not_divide_and_contexts_that_are_too_long_are_said():
    estimate = inference_memory(LLAMA, Serving(seq=200_000, split=Split(tensor=5)))
    assert any("do not divide by 5" in line for line in estimate.assumptions)
    assert any("more than its context" in line for line in estimate.assumptions)


def test_without_a_shape_the_cache_is_not_counted_and_said():
    estimate = inference_memory(ModelCard("m", "given", parameters=10**9), Serving(split=Split(tensor=2)))
    assert part(estimate, "weights").value == 10**9
    assert any("not counted" in line for line in estimate.assumptions)


@pytest.mark.parametrize("value", [0, -1, float("nan"), 1e30, 2.5, True], ids=str)
def test_nonsense_is_a_sentence(value):
    for serving in (Serving(batch=value), Serving(seq=value), Serving(split=Split(tensor=value))):
        with pytest.raises(UsageFault):
            inference_memory(LLAMA, serving)


def test_published_peaks_of_inference_are_met():
    rows = json.loads((outside("GENAI_TUI_FACTS") / "memory_peaks.json").read_text("utf-8"))
    inference = [row for row in rows if row["method"] == "inference"]
    (table,) = tables("memory_peaks.json", inference, find_card)
    errors = [abs(row.error) for row in table.rows]
    assert len(errors) == 13
    assert median(errors) < 0.05
    assert max(errors) < 0.15
    assert table.share_in_range == 1
