"""The short way says what the ordinary one says: over every case that real endpoints gave, and over the fakes."""

import asyncio
import contextlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import GenaiError
from genai_tui.inference import memory
from genai_tui.inference.answers import Answer
from genai_tui.inference.ask import ask
from genai_tui.inference.limiter import Limiter
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.transports import open_transport
from genai_tui.inference.unseen import Unseen, read_plain
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import Moments, Usage
from genai_tui.records.prompts import Message
from tests.inference.test_ask import until
from tests.inference.test_cases import KEY, Outcome, every_case, request_of, the_case
from tests.support.cases import CaseServer
from tests.support.fake_endpoint import FakeEndpoint

MODELS = (
    "echo", "say-billing", "reasoning", "refusal", "no-usage", "tool", "fault-500-1", "fault-400", "reset-once", "html",
    "cut-1-once", "not-api", "n", "strict", "loading-2",
)  # fmt: skip


def timeless(answer: Answer) -> Answer:
    """An answer without its times, which differ from call to call."""
    none = Moments(0.0)
    exchanges = tuple(replace(e, moments=none) for e in answer.exchanges)
    return replace(answer, moments=none, exchanges=exchanges)


async def both(request: Request, url: str, fresh: Any) -> tuple[Answer, Answer]:
    """The answer by the short way and by the ordinary one, each of a server that was asked nothing before."""
    access = Access(url)

    async def reach() -> Access:
        return access

    found = []
    async with open_transport("aiohttp") as transport:
        for short in (True, False):
            endpoint = Endpoint("fake", url)
            options: dict[str, Any] = {"access": reach, "transport": transport, "limiter": Limiter()}
            asking = (
                Unseen(endpoint, request.model_id, **options).ask(request)
                if short
                else ask(request, endpoint, seen=False, **options)
            )
            with contextlib.suppress(GenaiError):
                await asking.whole()
            found.append(timeless(asking.answer))
            fresh()
    return found[0], found[1]


@pytest.mark.parametrize("model", MODELS)
async def test_fakes_are_read_alike(model: str) -> None:
    async with FakeEndpoint() as server:
        parameters = {"n": 2} if model == "n" else {"max_tokens": 50} if model == "strict" else {}
        request = Request(model, (Message("user", "one two three"),), parameters, None, stream=False)

        def fresh() -> None:
            server.received.clear()
            memory._refused.clear()

        short, ordinary = await both(request, server.url, fresh)
    assert short == ordinary


@pytest.mark.parametrize("short", [True, False])
async def test_a_cancelled_one_says_that_it_was_stopped(short: bool) -> None:
    async with FakeEndpoint(delay_s=60) as server, open_transport("aiohttp") as transport:
        access = Access(server.url)

        async def reach() -> Access:
            return access

        request = Request("echo", (Message("user", "one two three"),), {}, None, stream=False)
        options: dict[str, Any] = {"access": reach, "transport": transport, "limiter": Limiter()}
        endpoint = Endpoint("fake", server.url)
        asking = (
            Unseen(endpoint, request.model_id, **options).ask(request)
            if short
            else ask(request, endpoint, seen=False, **options)
        )
        task = asyncio.create_task(asking.whole())
        await until(lambda: server.in_flight == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answer = asking.answer
        await until(lambda: server.in_flight == 0)
    assert answer.error is not None
    assert "stopped" in answer.error.what
    assert not answer.whole


@pytest.mark.parametrize("path", every_case())
async def test_cases_come_out_as_an_evaluation_expects_them(path: Path) -> None:
    case = the_case(path)
    if case.kind == "models":
        pytest.skip(f"{case.name} is no answer")
    outcome = Outcome(case)
    async with CaseServer(case) as server, open_transport("aiohttp") as transport:
        access = Access(server.base_url(case.name), KEY)

        async def reach() -> Access:
            return access

        endpoint = Endpoint("example", access.base_url, key_env="EXAMPLE_KEY")
        request = request_of(case)
        asking = Unseen(endpoint, request.model_id, access=reach, transport=transport, limiter=Limiter()).ask(request)
        began = time.monotonic()
        try:
            await asking.whole()
        except GenaiError as error:
            outcome.error = error
        outcome.answer = asking.answer
        outcome.seconds = time.monotonic() - began
    outcome.check(case.expect | case.expect.get("in_evaluation", {}))


WHOLE = {
    "id": "x", "object": "chat.completion", "created": 7, "model": "m-1", "service_tier": "default",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "héllo", "refusal": None}, "logprobs": None,
                 "finish_reason": "END_TURN"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "cost": 0.5,
              "prompt_tokens_details": {"cached_tokens": 3}},
}  # fmt: skip


def test_the_ordinary_form_of_an_answer_is_read_by_the_short_way() -> None:
    plain = read_plain(json.dumps(WHOLE).encode(), Request("m", (Message("user", "hi"),)))
    assert plain is not None
    assert (plain.text, plain.finish_reason) == ("héllo", "stop")
    assert plain.usage == Usage(9, 2, cached_tokens=3, cost_usd=0.5, service_tier="default")


@pytest.mark.parametrize(
    "change",
    [
        {"error": {"message": "no"}},
        {"choices": []},
        {"choices": WHOLE["choices"] * 2},
        {"choices": [{**WHOLE["choices"][0], "finish_reason": None}]},
        {"choices": [{**WHOLE["choices"][0], "finish_reason": "abort"}]},
        {"choices": [{**WHOLE["choices"][0], "message": {"content": ["parts"]}}]},
        {"choices": [{**WHOLE["choices"][0], "message": {"content": "\ud800"}}]},
        {"choices": [{**WHOLE["choices"][0], "message": {"content": ""}}]},
        {"choices": [{**WHOLE["choices"][0], "message": {"content": "a", "tool_calls": [{}]}}]},
        {"choices": [{**WHOLE["choices"][0], "message": {"content": "a", "reasoning": "b"}}]},
    ],
)
def test_what_is_remarkable_is_left_to_the_ordinary_way(change: dict[str, Any]) -> None:
    assert read_plain(json.dumps(WHOLE | change).encode(), Request("m", (Message("user", "hi"),))) is None
