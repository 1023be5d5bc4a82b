"""The test of an endpoint: what it finds, what it says, and where it stops."""

import pytest

from genai_tui.inference import memory, probe
from genai_tui.inference.requests import Access
from genai_tui.inference.transports import Transport
from genai_tui.records.endpoints import Endpoint, EndpointReport
from tests.support.fake_endpoint import FakeEndpoint


async def examined(
    url: str, transport: Transport, *, key: str | None = None, model: str | None = None, local: bool = False,
    previous: EndpointReport | None = None,
) -> EndpointReport:  # fmt: skip
    memory._refused.clear()

    async def reach() -> Access:
        return Access(url, key, local=local)

    said: list[str] = []
    report = await probe.test_endpoint(
        Endpoint("fake", url, key_env="FAKE_KEY"), access=reach, transport=transport, model_id=model,
        previous=previous, progress=said.append,
    )  # fmt: skip
    assert said == report.facts["sentences"]
    assert not any(key in sentence for sentence in said if key)
    return report


async def test_a_sound_endpoint(transport: Transport) -> None:
    headers = {"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "1.5s"}
    async with FakeEndpoint(key="sk-right-key", headers=headers) as fake:
        report = await examined(fake.url, transport, key="sk-right-key")
        assert len(fake.received) <= 8
    assert report.state == "ready"
    assert report.when.endswith("Z")
    assert report.facts["base_url"] == fake.url
    assert (report.facts["key"], report.facts["models"]) == ("accepted", 2)
    assert report.facts["rate_limits"] == {"tokens": "1.5s"}
    found = report.models["echo"]
    assert found["context_tokens"] == 8192
    assert (found["usage"], found["finish_reason"], found["done"]) == ("asked", "stop", True)
    assert (found["token_limit"], found["refused"], found["seed"]) == ("max_tokens", [], "same")
    assert (found["logprobs"], found["json_schema"]) == ("ignored", "ignored")
    assert found["first_token_cold_s"] is not None
    assert found["first_token_s"] is not None


@pytest.mark.parametrize("cut", ["", "/", "/api", "/v1/chat/completions", "//v1"])
async def test_it_finds_the_url_that_works(fake: FakeEndpoint, transport: Transport, cut: str) -> None:
    report = await examined(fake.url.removesuffix("/v1") + cut, transport)
    assert report.facts["base_url"] == fake.url
    assert any(fake.url in sentence for sentence in report.facts["sentences"])
    assert report.state == "ready"


async def test_a_wrong_key_ends_it_at_once(transport: Transport) -> None:
    async with FakeEndpoint(key="sk-right") as fake:
        report = await examined(fake.url, transport, key="sk-wrong")
        assert len(fake.received) == 1
    assert report.state == "failed"
    assert "key" in report.sentence
    assert report.facts["error"]["exit"] == 3
    assert report.models == {}


async def test_a_closed_port_ends_it_at_once(transport: Transport) -> None:
    report = await examined("http://127.0.0.1:9/v1", transport)
    assert report.state == "failed"
    assert report.facts["sentences"] == [report.sentence]
    assert "Nothing listens" in report.sentence


async def test_without_a_list_a_model_is_named(transport: Transport) -> None:
    async with FakeEndpoint(models=None) as fake:
        without = await examined(fake.url, transport)
        assert without.state == "failed"
        assert "--model" in without.sentence
        named = await examined(fake.url, transport, model="echo")
    assert named.state == "ready"
    assert any("lists no models" in sentence for sentence in named.facts["sentences"])


async def test_nothing_like_it_anywhere(transport: Transport) -> None:
    async with FakeEndpoint(models=None, prefix="/elsewhere") as fake:
        report = await examined(fake.url.replace("/elsewhere", "/v1"), transport)
        assert fake.requests == [] or all(r.path != "/elsewhere/chat/completions" for r in fake.requests)
    assert report.state == "failed"
    assert "does not answer like" in report.sentence


async def test_what_is_refused_and_renamed_is_remembered(fake: FakeEndpoint, transport: Transport) -> None:
    found = (await examined(fake.url, transport, model="strict")).models["strict"]
    assert found["token_limit"] == "max_completion_tokens"
    assert found["stream_options"] == "refused"
    assert found["usage"] == "never"


async def test_streams_without_done_and_with_thinking(fake: FakeEndpoint, transport: Transport) -> None:
    thinking = await examined(fake.url, transport, model="reasoning")
    assert thinking.models["reasoning"]["reasoning_field"] == "reasoning_content"
    endless = await examined(fake.url, transport, model="no-done")
    assert endless.models["no-done"]["done"] is False


async def test_a_local_endpoint_gets_a_long_prompt(fake: FakeEndpoint, transport: Transport) -> None:
    report = await examined(fake.url, transport, model="say-ok", local=True)
    assert report.models["say-ok"]["context_tokens_at_least"] > 5000
    assert any("holds at least" in sentence for sentence in report.facts["sentences"])


async def test_other_models_that_were_known_stay(fake: FakeEndpoint, transport: Transport) -> None:
    known = EndpointReport("fake", "ready", models={"other": {"usage": "asked"}})
    report = await examined(fake.url, transport, previous=known)
    assert set(report.models) == {"other", "echo"}


async def test_a_model_that_is_not_there(fake: FakeEndpoint, transport: Transport) -> None:
    report = await examined(fake.url, transport, model="fault-404")
    assert report.state == "failed"
    assert "404" in report.sentence
