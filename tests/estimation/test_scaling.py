"""Scaling laws as they were published."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.scaling import (
    compute_optimal,
    laws,
    optimal_for_serving,
    optimal_tokens,
    overtraining,
    predicted_loss,
    released,
)


def test_chinchilla_is_compute_optimal_and_gpt_3_is_not():
    assert optimal_tokens(70e9, 1) == pytest.approx(1.4e12, rel=0.05)
    assert optimal_tokens(175e9, 1) > 10 * 300e9


@pytest.mark.parametrize("approach", ["1", "2", "3", "3-printed", "3-unrounded", "besiroglu"])
def test_the_optimum_spends_the_budget(approach):
    best = compute_optimal(5.76e23, approach)
    assert 6 * best.params * best.tokens == pytest.approx(5.76e23)
    assert best.tokens == pytest.approx(optimal_tokens(best.params, approach), rel=1e-6)
    assert best.source


@pytest.mark.parametrize("approach", ["3-printed", "3-unrounded", "besiroglu"])
def test_no_other_size_has_a_lower_loss_for_the_same_budget(approach):
    best = compute_optimal(1e22, approach)
    least = predicted_loss(best.params, best.tokens, approach)
    for factor in (0.8, 1.25):
        assert predicted_loss(best.params * factor, best.tokens / factor, approach) > least


def test_gophers_budget_by_each_approach():
    assert compute_optimal(5.76e23, 1).params == pytest.approx(67e9, rel=0.05)
    assert compute_optimal(5.76e23, 2).params == pytest.approx(63e9, rel=0.05)
    assert compute_optimal(5.76e23, 3).params < 50e9
    assert compute_optimal(5.76e23, "besiroglu").tokens / compute_optimal(5.76e23, "besiroglu").params == pytest.approx(
        20, rel=0.15
    )


def test_more_of_either_lowers_the_loss():
    assert predicted_loss(1e9, 2e10) > predicted_loss(2e9, 2e10) > predicted_loss(2e9, 4e10) > 1.8172


def test_over_training_costs_more_once_and_less_with_every_token():
    llama = overtraining(8.03e9, 15e12)
    parts = {part.name: part.value for part in llama.parts}
    assert llama.total > 3
    assert parts["cost of a served token"] < 0.5
    assert parts["tokens a parameter"] == pytest.approx(1868, rel=0.001)
    assert overtraining(70e9, 1.4e12).total == pytest.approx(1, abs=0.02)


def test_what_is_served_much_is_better_small_and_trained_long():
    alone, little, much = (optimal_for_serving(1e23, served) for served in (0, 1e12, 1e14))
    assert alone.params == pytest.approx(compute_optimal(1e23, "besiroglu").params, rel=0.01)
    assert alone.params > little.params > much.params
    assert alone.tokens < little.tokens < much.tokens
    for one in (alone, little, much):
        assert predicted_loss(one.params, one.tokens) == pytest.approx(alone.loss, rel=1e-6)

    def both(one):
        return one.flops + 2 * one.params * 1e14

    assert both(much) < both(little) < both(alone)


def test_released_models_know_their_source():
    models = released()
    assert models[0].name == "Gopher 280B"
    assert models[-1].tokens_per_parameter > 10_000
    assert all(model.source for model in models)
    verdicts = {model.name: model.verdict for model in models}
    assert verdicts["GPT-3 175B"] == "under-trained"
    assert verdicts["Chinchilla 70B"] == verdicts["LLaMA 65B"] == "about compute-optimal"
    assert verdicts["Llama 3 8B"].startswith("over-trained")
    assert all(law.source and law.name for law in laws().values())


@pytest.mark.parametrize("flops", [0, -1, float("nan"), 1e40, 10.0])
def test_budgets_beyond_the_laws_are_refused(flops):
    with pytest.raises(UsageFault):
        compute_optimal(flops)


def test_an_unknown_approach_names_those_there_are():
    with pytest.raises(UsageFault) as refused:
        compute_optimal(1e22, "4")
    assert "besiroglu" in refused.value.why
    with pytest.raises(UsageFault, match="predicts no loss"):
        predicted_loss(1e9, 1e10, "1")
