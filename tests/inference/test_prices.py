"""What answers cost: by whoever bills, unknown never 0."""

import sys

import pytest

from genai_tui.inference.prices import context_tokens, price_of, price_per_million, source, worst_price
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.generations import Usage

OPENAI = Endpoint("openai", "https://api.openai.com/v1", provider="openai")
ELSEWHERE = Endpoint("proxy", "https://llm.example.org/v1")
THOUSAND = Usage(1000, 1000)


def test_a_listed_model_is_priced_where_its_maker_bills():
    assert price_of(OPENAI, "gpt-5.5", THOUSAND) == pytest.approx(0.035)
    assert price_per_million(OPENAI, "gpt-5.5") == Price(5.0, 30.0)
    assert price_of(Endpoint("x", "https://api.mistral.ai/v1"), "mistral-large-latest", THOUSAND) is not None, "by URL"


@pytest.mark.parametrize(
    ("endpoint", "model"),
    [
        (ELSEWHERE, "gpt-5.5"),
        (Endpoint("vllm", "http://localhost:8000/v1", preset="vllm"), "gpt-4o"),
        (Endpoint("openai", "http://localhost:9/v1"), "gpt-4o"),
        (OPENAI, "a-model-nobody-lists"),
        (Endpoint("x", "https://api.openai.com/v1", provider="nobody"), "gpt-4o"),
        (Endpoint("x", ""), "gpt-4o"),
    ],
)
def test_elsewhere_the_price_is_unknown_and_not_zero(endpoint, model):
    assert price_of(endpoint, model, THOUSAND) is None
    assert price_per_million(endpoint, model) is None
    assert worst_price(endpoint, model, 10, 10) is None


def test_the_embedded_model_costs_nothing():
    embedded = Endpoint("embedded", "")
    assert price_of(embedded, "smollm2-135m", THOUSAND) == 0.0
    assert price_per_million(embedded, "smollm2-135m") == Price(0.0, 0.0)
    assert context_tokens(embedded, "smollm2-135m") is None


def test_what_the_endpoint_says_beats_the_settings_and_those_beat_the_table():
    own = Endpoint("openai", "https://api.openai.com/v1", provider="openai", price=Price(1.0, 2.0))
    assert price_of(own, "gpt-5.5", THOUSAND) == pytest.approx(0.003)
    assert price_per_million(own, "gpt-5.5") == Price(1.0, 2.0)
    assert price_of(own, "gpt-5.5", Usage(1000, 1000, cost_usd=0.5)) == 0.5
    assert price_of(ELSEWHERE, "x", Usage(1000, 1000, cost_usd=0.0)) == 0.0, "it says so itself"
    assert price_of(ELSEWHERE, "x", Usage(1000, 1000, cost_usd=-1.0)) is None


def test_cached_tokens_are_cheaper_and_more_of_them_than_the_prompt_has_are_ignored():
    assert price_of(OPENAI, "gpt-5.5", Usage(1000, 1000, cached_tokens=500)) == pytest.approx(0.03275)
    assert price_of(OPENAI, "gpt-5.5", Usage(10, 1000, cached_tokens=20)) == price_of(
        OPENAI, "gpt-5.5", Usage(10, 1000)
    )


def test_long_prompts_pass_the_threshold():
    assert price_of(OPENAI, "gpt-5.5", Usage(300_000, 0)) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (None, 0.035), ("default", 0.035), ("auto", 0.035), ("standard", 0.035), ("flex", 0.0175), ("batch", 0.0175),
        ("priority", 0.0875), ("Priority", 0.0875), ("scale", None), ("never heard of", None),
    ],
)  # fmt: skip
def test_the_tier_of_the_answer_decides_and_one_that_is_not_known_is_not_the_standard(tier, expected):
    found = price_of(OPENAI, "gpt-5.5", Usage(1000, 1000, service_tier=tier))
    assert found == (None if expected is None else pytest.approx(expected))


def test_nothing_asked_costs_nothing_where_the_price_is_known():
    assert price_of(OPENAI, "gpt-5.5", Usage(0, 0)) == 0.0
    assert price_of(OPENAI, "text-embedding-3-small", Usage(1000, 0)) == pytest.approx(2e-5)


def test_the_source_is_named_and_nothing_is_updated_behind_our_back():
    import threading

    price_of(OPENAI, "gpt-5.5", THOUSAND)
    assert source() == f"genai-prices {sys.modules['genai_prices'].__version__}"
    assert not [thread for thread in threading.enumerate() if "price" in thread.name.lower()]
    assert context_tokens(OPENAI, "gpt-5.5") == 1_000_000
