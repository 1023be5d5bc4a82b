"""What an API would cost: by the price list, by one's own price, and unknown where nobody knows."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.api import Asked, api_cost
from genai_tui.records.endpoints import Endpoint, Price

OPENAI = Endpoint("openai", "https://api.openai.com/v1")
OWN = Endpoint("own", "https://llm.example/v1", price=Price(2.0, 8.0))


def values(cost):
    return {part.name: part.value for part in cost.parts}


def test_a_month_and_a_year_follow_from_a_request():
    cost = api_cost(OWN, "m", Asked(1000, 100), 50_000)
    assert cost.request_usd == pytest.approx(0.002 + 0.0008)
    assert cost.month_usd == pytest.approx(140)
    assert cost.year_usd == pytest.approx(1680)
    assert values(cost)["input"] == pytest.approx(0.002)
    assert all(part.source for part in cost.parts)


def test_cached_tokens_and_batches_cost_what_the_list_says():
    full = api_cost(OPENAI, "gpt-4o", Asked(10_000, 100), 1000)
    cached = api_cost(OPENAI, "gpt-4o", Asked(10_000, 100, cached_tokens=8_000), 1000)
    assert cached.request_usd < full.request_usd
    assert full.batch_month_usd == pytest.approx(full.month_usd / 2)
    assert "genai-prices" in full.parts[0].source


def test_images_cost_where_they_are_priced_and_are_unknown_where_they_are_not():
    priced = api_cost(OPENAI, "gpt-image-1", Asked(100, 10, image_tokens=1000), 10)
    assert values(priced)["images"] > 0
    unpriced = api_cost(OWN, "m", Asked(100, 10, image_tokens=1000), 10)
    assert unpriced.request_usd is None
    assert "images" in unpriced.unknown[0]


def test_an_unknown_price_is_unknown_and_never_zero():
    cost = api_cost(Endpoint("x", "https://nobody.example/v1"), "m", Asked(1000, 100), 1000)
    assert (cost.request_usd, cost.month_usd, cost.year_usd, cost.batch_month_usd) == (None, None, None, None)
    assert cost.unknown == ("no price of x/m is known",)


def test_the_embedded_model_costs_nothing():
    cost = api_cost(Endpoint("embedded", "", builtin=True), "smollm2-135m", Asked(1000, 100), 1000)
    assert cost.year_usd == 0


@pytest.mark.parametrize("asked", [Asked(-1, 0), Asked(1, 10**10), Asked(10, 1, cached_tokens=11)])
def test_nonsense_is_refused(asked):
    with pytest.raises(UsageFault):
        api_cost(OWN, "m", asked, 1)
