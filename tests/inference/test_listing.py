"""Lists of models, with context and price where they are told."""

from typing import Any

import pytest

from genai_tui.errors import NoAnswer
from genai_tui.inference.listing import list_models, listed
from genai_tui.inference.requests import Access
from genai_tui.inference.transports import Transport
from genai_tui.records.endpoints import Endpoint, ListedModel, Price
from tests.support.fake_endpoint import FakeEndpoint


@pytest.mark.parametrize(
    ("raw", "context", "price"),
    [
        ({"id": "m"}, None, None),
        ({"id": "m", "max_model_len": 4096}, 4096, None),
        ({"id": "m", "meta": {"n_ctx": 2048, "n_ctx_train": 8192}}, 2048, None),
        ({"id": "m", "context_length": None, "top_provider": {"context_length": 99}}, 99, None),
        ({"id": "m", "context_length": 0}, None, None),
        ({"id": "m", "pricing": {"prompt": "0.000001", "completion": "0.000004"}}, None, Price(1.0, 4.0)),
        ({"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}}, None, None),
        ({"id": "m", "pricing": {"prompt": "0", "completion": "0"}}, None, Price(0.0, 0.0)),
        ({"id": "m", "pricing": {"input": 0.2, "output": 0.6}}, None, Price(0.2, 0.6)),
        ({"id": "m", "pricing": {"prompt": "x"}}, None, None),
        ({"name": "m"}, None, None),
        ("m", None, None),
    ],
)
def test_one_entry(raw: Any, context: int | None, price: Price | None) -> None:
    found = listed("e", raw)
    assert found is not None
    assert (found.model_id, found.context_tokens) == ("m", context)
    if price is None:
        assert found.price is None
    else:
        assert found.price is not None
        assert found.price.input_usd_per_million == pytest.approx(price.input_usd_per_million)
        assert found.price.output_usd_per_million == pytest.approx(price.output_usd_per_million)


@pytest.mark.parametrize("raw", [None, 5, {}, {"id": ""}, {"id": 7}, [], ""])
def test_what_is_no_entry(raw: Any) -> None:
    assert listed("e", raw) is None


async def test_a_list_over_the_wire(fake: FakeEndpoint, transport: Transport) -> None:
    found = await list_models(Endpoint("fake", fake.url), Access(fake.url), transport)
    assert found[0] == ListedModel("fake", "echo", 8192)
    assert found[1].model == "fake/example-org/large:free"


async def test_no_list_is_no_failure(transport: Transport) -> None:
    async with FakeEndpoint(models=None) as fake:
        assert await list_models(Endpoint("fake", fake.url), Access(fake.url), transport) == []


async def test_a_wrong_key_is_one(transport: Transport) -> None:
    async with FakeEndpoint(key="sk-right") as fake:
        with pytest.raises(NoAnswer) as caught:
            await list_models(Endpoint("fake", fake.url, key_env="FAKE_KEY"), Access(fake.url, "sk-wrong"), transport)
    assert "FAKE_KEY" in str(caught.value)
    assert "sk-wrong" not in str(caught.value)


async def test_a_closed_port_is_one(transport: Transport) -> None:
    with pytest.raises(NoAnswer) as caught:
        await list_models(Endpoint("fake", ""), Access("http://127.0.0.1:9/v1"), transport)
    assert "Nothing listens" in str(caught.value)
