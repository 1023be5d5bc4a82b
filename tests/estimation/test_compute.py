"""Operations, hours, energy, CO2e and money of training, by hand."""

from dataclasses import replace
from statistics import median

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.compute import (
    STEADY,
    WHOLE_RUNS,
    default_utilisation,
    flops_per_token,
    peak_flops,
    training_compute,
)
from genai_tui.estimation.energy import US_MEAN, Place, emissions, energy
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.records.cards import Architecture, ModelCard

A100, H100, V100 = find_accelerator("a100-sxm-80"), find_accelerator("h100"), find_accelerator("v100-sxm-32")
GPT3 = ModelCard("GPT-3", "test", parameters=175_000_000_000)
LLAMA = find_card("Llama-3.1-8B")


def named(estimate):
    return {part.name: part.value for part in estimate.parts}


def test_a_token_takes_two_operations_a_parameter_and_six_in_training():
    shape = LLAMA.architecture
    assert flops_per_token(shape) == 2 * shape.active
    assert flops_per_token(shape, 8192) == 2 * shape.active + 4 * 32 * 4096 * 8192
    assert flops_per_token(shape, 8192, training=True) == 3 * flops_per_token(shape, 8192)


def test_experts_that_are_not_visited_do_not_count():
    mixtral = find_card("Mixtral-8x7B-v0.1")
    assert flops_per_token(mixtral.architecture) == 2 * mixtral.architecture.active < mixtral.architecture.parameters
    parts = named(training_compute(mixtral, 1e12, H100))
    assert parts["operations"] == 6e12 * mixtral.architecture.active
    assert parts["utilisation"] == WHOLE_RUNS["experts"].value


def test_gpt_3_took_3640_petaflop_s_days():
    assert named(training_compute(GPT3, 300e9, V100))["petaflop/s-days"] == pytest.approx(3640, rel=0.01)


def test_hours_are_operations_over_what_is_reached():
    estimate = training_compute(LLAMA, 1e12, A100, gpus=64, utilisation=0.5, usd_per_hour=2.0)
    hours = 6 * 8_030_261_248 * 1e12 / (0.5 * 312e12 * 3600)
    assert estimate.unit == "GPU-hours"
    assert estimate.total == pytest.approx(hours)
    assert (estimate.low, estimate.high) == (None, None)
    parts = named(estimate)
    assert parts["time"] == pytest.approx(hours / 64 * 3600)
    assert parts["money"] == pytest.approx(2 * hours)
    assert parts["energy"] == pytest.approx(hours * 400 * 1.1 / 1e6)
    assert parts["CO2e"] == pytest.approx(parts["energy"] * 0.385)
    assert all(part.formula and part.source for part in estimate.parts)


def test_what_is_left_out_or_assumed_is_said():
    assert any("attention" in said for said in training_compute(LLAMA, 1e9, A100).assumptions)
    assert not any("attention" in said for said in training_compute(LLAMA, 1e9, A100, seq=4096).assumptions)
    assert any("power" in said for said in training_compute(LLAMA, 1e9, A100).assumptions)


def test_frozen_weights_need_no_gradient_of_their_own():
    adapters = training_compute(LLAMA, 1e9, A100, adapters=7e6)
    assert named(adapters)["operations a token"] == 4 * LLAMA.architecture.active + 6 * 7e6
    assert "LoRA" in adapters.parts[0].source
    with pytest.raises(UsageFault, match="adapters"):
        training_compute(LLAMA, 1e9, A100, adapters=-1.0)


def test_steps_of_adapters_take_as_long_as_was_published():
    # QwenLM/Qwen README, "Profiling of Memory and Speed": LoRA of Qwen-7B on one A100 80 GB, 8 sequences a step
    qwen = Architecture("qwen", 32, 4096, 32, 32, 128, 11008, 151936, 7_721_324_544, 7_721_324_544, 0, False, ())
    card = ModelCard("Qwen-7B", "its README", qwen)
    published = {1024: 2.8, 2048: 5.2, 4096: 10.1, 8192: 21.3}
    errors, as_full = [], []
    for seq, seconds in published.items():
        estimate = training_compute(card, 8 * seq, A100, seq=seq, adapters=72e6)
        errors.append(abs(estimate.total * 3600 / seconds - 1))
        as_full.append(abs(training_compute(card, 8 * seq, A100, seq=seq).total * 3600 / seconds - 1))
        assert estimate.low * 3600 < seconds < estimate.high * 3600
    assert median(errors) < 0.15 < 0.4 < median(as_full)


def test_adapters_save_what_was_measured():
    # LoRA (arXiv 2106.09685) section 4.2: GPT-3 175B trained 43.1 tokens a second instead of 32.5 on a V100
    full, adapters = (
        named(training_compute(GPT3, 1e6, A100, adapters=learned))["operations a token"] for learned in (None, 4.7e6)
    )
    forward_again = 2 * 175e9  # activations of so large a model are computed anew in the backward pass
    assert (full + forward_again) / (adapters + forward_again) == pytest.approx(43.1 / 32.5, rel=0.02)


def test_the_default_is_stated_with_its_range_and_reason():
    estimate = training_compute(LLAMA, 1e12, A100)
    used = default_utilisation(A100)
    assert estimate.low == pytest.approx(estimate.total * used.value / used.high)
    assert estimate.high == pytest.approx(estimate.total * used.value / used.low)
    said = next(part for part in estimate.parts if part.name == "utilisation")
    assert said.source == used.reason != ""


def test_an_undisturbed_hour_reaches_more_than_a_whole_run():
    assert all(STEADY[name].value > WHOLE_RUNS[name].value for name in WHOLE_RUNS)
    assert default_utilisation(H100, steady=True).value > default_utilisation(H100).value


def test_no_bf16_on_v100():
    assert peak_flops(V100, "bf16") == (125e12, "fp16")
    assert peak_flops(H100, "fp8") == (1979e12, "fp8")
    assert peak_flops(H100, "bf16-mixed") == peak_flops(H100, "bf16") == (989e12, "bf16")
    with pytest.raises(UsageFault, match="peak"):
        peak_flops(replace(V100, flops={}))


@pytest.mark.parametrize(
    "nonsense",
    [
        {"tokens": 0},
        {"tokens": float("nan")},
        {"tokens": 1e30},
        {"tokens": -1},
        {"gpus": 0},
        {"utilisation": 1.5},
        {"utilisation": 0},
        {"seq": -1},
        {"usd_per_hour": -2.0},
    ],
)
def test_nonsense_gets_a_sentence(nonsense):
    said = {"tokens": 1e9, **nonsense}
    with pytest.raises(UsageFault):
        training_compute(LLAMA, said.pop("tokens"), A100, **said)


def test_an_unknown_size_is_said():
    with pytest.raises(UsageFault, match="size of mystery"):
        training_compute(ModelCard("mystery", "test"), 1e9, A100)


def test_energy_of_llama_33b_as_its_paper_counts_it():
    spent = energy(530_432, 400)
    assert spent.value == pytest.approx(233, rel=0.01)
    assert emissions(spent.value).value == pytest.approx(90, rel=0.01)
    assert emissions(433.196, Place("France", 1.0, 0.057, "arXiv 2211.02001")).value == pytest.approx(24.7, rel=0.01)
    assert US_MEAN.source


@pytest.mark.parametrize(("hours", "power"), [(-1, 400), (1, 0), (1, float("nan")), (1e30, 400)])
def test_no_energy_of_nonsense(hours, power):
    with pytest.raises(UsageFault):
        energy(hours, power)
