"""The first decision, against budgets of every size."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.estimation.pretraining import Budget, pretrain_verdict

H100, LLAMA = find_accelerator("h100"), find_card("Llama-3.1-8B")


def verdict(usd, **said):
    return pretrain_verdict(Budget(usd, H100, 2.5, **said), LLAMA, 15e12)


@pytest.mark.parametrize(
    ("usd", "own", "choice"),
    [
        (0, {}, "prompt"),
        (1_000, {}, "prompt"),
        (1_000, {"examples": 1_000}, "fine-tune"),
        (0, {"examples": 1_000}, "prompt"),
        (100_000, {"own_tokens": 5e9}, "continue pretraining"),
        (100, {"own_tokens": 5e9, "examples": 1_000}, "fine-tune"),
        (100_000_000, {"own_tokens": 1e13}, "from scratch"),
        (100_000_000, {}, "prompt"),
    ],
)
def test_the_dearest_choice_that_is_justified(usd, own, choice):
    found = verdict(usd, **own)
    assert found.choice == choice
    assert found.reasons
    assert all(part.formula and part.source for part in found.parts)


def test_reasons_carry_the_figures():
    found = verdict(1_000)
    assert "1.75 billion parameters" in found.reasons[0]
    assert found.optimum is not None
    assert found.optimum.flops == pytest.approx(400 * 3600 * 989e12 * 0.26)


def test_a_size_from_scratch_is_priced():
    costs = {part.name: part.value for part in verdict(1_000).parts if part.unit == "US dollars"}
    assert costs[next(name for name in costs if "from scratch" in name)] > 10_000


def test_what_over_training_costs_and_saves_is_told():
    parts = {part.name: part.value for part in verdict(1_000).parts}
    assert parts["its training, over-trained"] > 3
    assert parts["a token served by it"] < 0.5
    optimal = pretrain_verdict(Budget(1_000, H100, 2.5), LLAMA, 1e11).parts
    assert not [part for part in optimal if "over-trained" in part.name]


def test_what_is_served_much_is_to_be_smaller_and_trained_for_longer():
    alone, served = (
        {part.name: part.value for part in verdict(1e6, served_tokens=tokens).parts} for tokens in (0, 1e14)
    )
    assert "best size for what is served" not in alone
    assert served["best size for what is served"] < served["best size from scratch"]
    assert served["its tokens, over-trained"] > served["its tokens"]


def test_what_a_released_model_was_trained_on_is_known():
    def predicted(name, tokens=None):
        found = pretrain_verdict(Budget(1_000, H100, 2.5), find_card(name), tokens)
        return next(part for part in found.parts if part.name.startswith("predicted loss of"))

    assert predicted("Llama-3-8B") == predicted("Llama-3-8B", 15e12)
    assert "assumed" in predicted("Qwen3-8B").formula


def test_experts_make_the_prediction_too_careful_and_that_is_said():
    found = pretrain_verdict(Budget(1_000, H100, 2.5), find_card("Mixtral-8x7B-v0.1"))
    assert any("mixture of experts" in reason for reason in found.reasons)


@pytest.mark.parametrize("said", [{"usd": -1}, {"usd": float("nan")}, {"usd": 1e30}, {"usd": 5, "examples": -1}])
def test_nonsense_gets_a_sentence(said):
    with pytest.raises(UsageFault):
        verdict(said.pop("usd"), **said)
