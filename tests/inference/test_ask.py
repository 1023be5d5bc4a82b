"""Asking over real sockets: what streams, what is asked again, what is kept."""

import asyncio
import contextlib
import time
from typing import Any

import pytest

from genai_tui.errors import BudgetFault, GenaiError, NoAnswer, RequestFault
from genai_tui.inference import attempt, memory
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.retrying import Patience, Waiting
from genai_tui.inference.transports import Transport, TransportKind, open_transport
from genai_tui.records.endpoints import Endpoint, EndpointReport
from genai_tui.records.generations import Usage
from genai_tui.records.prompts import Message
from tests.support.asking import asked, question
from tests.support.fake_endpoint import FakeEndpoint


async def test_streams_deltas_as_they_come(fake: FakeEndpoint, transport: Transport) -> None:
    asking = asked(question("slow-30"), fake.url, transport)
    seen = [(delta.text, asking.answer.text) async for delta in asking]
    assert [text for text, _ in seen] == ["one ", "two ", "three"]
    assert [so_far for _, so_far in seen] == ["one ", "one two ", "one two three"]
    answer = asking.answer
    assert (answer.whole, answer.streamed, answer.all_at_once) == (True, True, False)
    assert answer.usage == Usage(7, 3)
    assert answer.finish_reason == "stop"


async def test_moments_are_in_order(fake: FakeEndpoint, transport: Transport) -> None:
    fake.delay_s = 0.05
    asking = asked(question("slow-10"), fake.url, transport)
    moments = (await asking.whole()).moments
    assert moments.sent is not None
    assert moments.first_byte is not None
    assert moments.first_token is not None
    assert moments.done is not None
    assert moments.queued <= moments.sent < moments.first_byte <= moments.first_token < moments.done
    assert moments.first_token_s is not None
    assert moments.first_token_s >= 0.05
    assert abs(moments.wall - time.time()) < 60


async def test_an_answer_without_end_is_stopped_and_not_asked_again(
    fake: FakeEndpoint, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "LARGEST_ANSWER", 20_000)
    for stream in (True, False):
        asking = asked(question("count-200000", stream=stream), fake.url, transport)
        with pytest.raises(NoAnswer, match="is longer than"):
            async for _ in asking:
                pass
        assert not stream or asking.answer.text.startswith("1 2 3 ")
    assert len(fake.requests) == 2


async def test_a_plain_answer_has_no_first_token(fake: FakeEndpoint, transport: Transport) -> None:
    answer = await asked(question("echo", stream=False), fake.url, transport).whole()
    assert answer.text == "one two three"
    assert answer.moments.first_token is None
    assert not answer.streamed
    assert "stream_options" not in fake.requests[0].json


async def test_cancelling_closes_the_connection_and_keeps_what_came(fake: FakeEndpoint, transport: Transport) -> None:
    asking = asked(question("stall"), fake.url, transport)
    came = asyncio.Event()

    async def read() -> None:
        async for _ in asking:
            came.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(came.wait(), 10)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
    assert asking.answer.text == "one "
    assert asking.answer.error is not None
    assert "stopped" in asking.answer.error.what
    assert not asking.answer.whole
    assert len(asking.answer.exchanges) == 1
    await until(lambda: fake.in_flight == 0)


async def test_leaving_the_loop_closes_too(fake: FakeEndpoint, transport: Transport) -> None:
    async with asked(question("stall"), fake.url, transport) as asking:
        async for delta in asking:
            assert delta.text == "one "
            break
    assert asking.answer.text == "one "
    await until(lambda: fake.in_flight == 0)


async def until(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def test_one_connection_serves_many_questions(fake: FakeEndpoint, transport: Transport) -> None:
    for number in range(4):
        assert (await asked(question("echo", f"number {number}"), fake.url, transport).whole()).text
        await until(lambda: fake.in_flight == 0)
    await asked(question("echo", stream=False), fake.url, transport).whole()
    assert fake.connections == 1


async def test_asked_again_after_failures_and_said_so(fake: FakeEndpoint, transport: Transport) -> None:
    waits: list[Waiting] = []
    answer = await asked(question("fault-503-2"), fake.url, transport, notice=waits.append).whole()
    assert fake.asked("fault-503-2") == 3
    assert answer.retries == 2
    assert [e.status for e in answer.exchanges] == [503, 503, 200]
    assert answer.exchanges[0].error is not None
    assert [wait.seconds for wait in waits] == [0.02, 0.02]
    assert "503" in waits[0].why


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 501])
async def test_never_asked_again(fake: FakeEndpoint, transport: Transport, status: int) -> None:
    with pytest.raises(GenaiError) as caught:
        await asked(question(f"fault-{status}"), fake.url, transport).whole()
    assert fake.asked(f"fault-{status}") == 1
    assert str(status) in str(caught.value)
    assert "An example of" in str(caught.value)


async def test_as_many_retries_as_asked_for(fake: FakeEndpoint, transport: Transport) -> None:
    with pytest.raises(NoAnswer) as caught:
        await asked(question("fault-500"), fake.url, transport, retries=2).whole()
    assert fake.asked("fault-500") == 3
    assert "after 3 requests" in str(caught.value)


async def test_a_cut_answer_that_was_seen_stands(fake: FakeEndpoint, transport: Transport) -> None:
    asking = asked(question("cut-2-once"), fake.url, transport)
    with pytest.raises(NoAnswer) as caught:
        await asking.whole()
    assert caught.value.exit_code == 3
    assert asking.answer.text == "one two "
    assert fake.asked("cut-2-once") == 1


@pytest.mark.parametrize("stream", [True, False])
async def test_a_cut_answer_that_nobody_saw_is_asked_again(
    fake: FakeEndpoint, transport: Transport, stream: bool
) -> None:
    asking = asked(question("cut-2-once", stream=stream), fake.url, transport, seen=False)
    deltas = [delta.text async for delta in asking]
    assert "".join(deltas) == "one two three"
    assert fake.asked("cut-2-once") == 2
    assert asking.answer.retries == 1
    assert asking.answer.exchanges[0].error is not None


async def test_a_reset_before_any_byte(fake: FakeEndpoint, transport: Transport) -> None:
    answer = await asked(question("reset-once"), fake.url, transport).whole()
    assert answer.text == "one two three"
    assert fake.asked("reset-once") == 2


async def test_what_is_ours_is_taken_back_once_and_remembered(fake: FakeEndpoint, transport: Transport) -> None:
    memory._refused.clear()
    answer = await asked(question("strict", max_tokens=9), fake.url, transport).whole()
    assert answer.retries == 2
    last = fake.requests[-1].json
    assert last["max_completion_tokens"] == 9
    assert not {"max_tokens", "stream_options"} & set(last)
    again = await asked(question("strict", max_tokens=9), fake.url, transport).whole()
    assert again.retries == 0
    assert fake.asked("strict") == 4


async def test_what_a_test_found_out_is_used(fake: FakeEndpoint, transport: Transport) -> None:
    memory._refused.clear()
    facts = {"strict": {"token_limit": "max_completion_tokens", "stream_options": "refused"}}
    report = EndpointReport("fake", "ready", models=facts)
    answer = await asked(question("strict", max_tokens=9), fake.url, transport, report=report).whole()
    assert answer.retries == 0
    assert fake.asked("strict") == 1


async def test_what_the_user_set_is_never_dropped(fake: FakeEndpoint, transport: Transport) -> None:
    memory._refused.clear()
    with pytest.raises(RequestFault) as caught:
        await asked(question("strict", stream_options={"include_usage": True}), fake.url, transport).whole()
    assert "stream_options" in str(caught.value)
    assert fake.asked("strict") == 1


async def test_loading_is_waited_for_beyond_the_retries(fake: FakeEndpoint, transport: Transport) -> None:
    waits: list[Waiting] = []
    answer = await asked(question("loading-8"), fake.url, transport, notice=waits.append).whole()
    assert answer.text == "one two three"
    assert fake.asked("loading-8") == 9
    assert all("loaded" in wait.why for wait in waits)


@pytest.mark.parametrize("model", ["html", "not-api"])
async def test_what_is_no_api_is_final(fake: FakeEndpoint, transport: Transport, model: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        await asked(question(model), fake.url, transport).whole()
    assert fake.asked(model) == 1
    assert "endpoint test fake" in str(caught.value)


@pytest.mark.parametrize("written", ["{}/", "{}//", "{}/chat/completions", " {} ", "{}/models/"])
async def test_base_urls_as_people_paste_them(fake: FakeEndpoint, transport: Transport, written: str) -> None:
    answer = await asked(question("echo"), written.format(fake.url), transport).whole()
    assert answer.text == "one two three"


async def test_a_base_url_without_v1_names_the_one_to_try(fake: FakeEndpoint, transport: Transport) -> None:
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), fake.url.removesuffix("/v1"), transport).whole()
    assert fake.url in str(caught.value)
    assert "404" in str(caught.value)


async def test_a_closed_port(transport: Transport, unused_port: int) -> None:
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), f"http://127.0.0.1:{unused_port}/v1", transport, retries=1).whole()
    assert "Nothing listens" in str(caught.value)


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def test_an_unknown_host_is_not_asked_again(transport: Transport) -> None:
    waits: list[Waiting] = []
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), "http://no-such-host.invalid/v1", transport, notice=waits.append).whole()
    assert "no-such-host.invalid" in str(caught.value)
    assert not waits


async def test_silence_before_the_first_byte(fake: FakeEndpoint, kind: TransportKind) -> None:
    fake.delay_s = 30
    async with open_transport(kind, Patience(first_byte=0.15)) as transport:
        with pytest.raises(NoAnswer) as caught:
            await asked(question("echo"), fake.url, transport, retries=0).whole()
    assert "Nothing came" in str(caught.value)


async def test_silence_between_bytes_keeps_what_came(fake: FakeEndpoint, kind: TransportKind) -> None:
    async with open_transport(kind, Patience(between=0.15)) as transport:
        asking = asked(question("stall"), fake.url, transport)
        with pytest.raises(NoAnswer) as caught:
            await asking.whole()
    assert asking.answer.text == "one "
    assert "Nothing came" in str(caught.value)


async def test_a_local_endpoint_may_load_its_model(fake: FakeEndpoint, kind: TransportKind) -> None:
    fake.delay_s = 0.4
    async with open_transport(kind, Patience(first_byte=0.1, first_byte_local=30)) as transport:
        assert (await asked(question("echo"), fake.url, transport, local=True).whole()).text == "one two three"


@pytest.mark.parametrize("key", ["sk-example-000111222333", None])
async def test_a_refused_key_is_never_shown(transport: Transport, key: str | None) -> None:
    async with FakeEndpoint(key="sk-other") as fake:
        asking = asked(question("echo"), fake.url, transport, key=key)
        with pytest.raises(NoAnswer) as caught:
            await asking.whole()
        assert len(fake.received) == 1
    assert "key" in str(caught.value)
    assert "000111222333" not in str(caught.value) + repr(asking.answer)
    assert fake.received[0].headers.get("authorization") == (f"Bearer {key}" if key else None)


@pytest.mark.parametrize("key", [" sk-good \n", "sk-good"])
async def test_a_key_is_stripped(transport: Transport, key: str) -> None:
    async with FakeEndpoint(key="sk-good") as fake:
        assert (await asked(question("echo"), fake.url, transport, key=key).whole()).text == "one two three"


async def test_a_key_that_cannot_be_sent(fake: FakeEndpoint, transport: Transport) -> None:
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), fake.url, transport, key="sk-one\nsk-two").whole()
    assert not fake.received
    assert "sk-" not in str(caught.value)


async def test_headers_and_query_of_the_user_are_sent(fake: FakeEndpoint, transport: Transport) -> None:
    access = Access(fake.url, None, {"api-key": "abcd1234", "X-Title": "mine"}, {"api-version": "2026-01-01"})
    await asked(question("echo"), fake.url, transport, access=access).whole()
    received = fake.requests[0]
    assert received.headers["api-key"] == "abcd1234"
    assert received.headers["x-title"] == "mine"
    assert received.query == "api-version=2026-01-01"
    assert "authorization" not in received.headers


async def test_nothing_but_what_is_needed_is_sent(
    fake: FakeEndpoint, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another")
    await asked(question("echo"), fake.url, transport, key="sk-mine").whole()
    received = fake.requests[0]
    assert set(received.headers) <= {
        "host", "accept", "accept-encoding", "user-agent", "content-type", "content-length", "authorization",
        "connection",
    }  # fmt: skip
    assert received.headers["authorization"] == "Bearer sk-mine"
    assert received.headers["user-agent"].startswith("genai-tui/")
    assert set(received.json) == {"model", "messages", "stream", "stream_options"}


async def test_what_is_streamed_beside_text(fake: FakeEndpoint, transport: Transport) -> None:
    thinking = await asked(question("reasoning"), fake.url, transport).whole()
    assert (thinking.reasoning, thinking.reasoning_field) == ("Let me think. ", "reasoning_content")
    refused = await asked(question("refusal"), fake.url, transport).whole()
    assert (refused.text, refused.refusal) == ("one two three", True)
    calls = await asked(question("tool"), fake.url, transport).whole()
    assert calls.tool_calls == ({"id": "call_1", "name": "look_up", "arguments": '{"a":1}'},)
    two = await asked(question("echo", n=2), fake.url, transport).whole()
    assert two.choices == ("one two three", "one two three")
    uncounted = await asked(question("no-usage"), fake.url, transport).whole()
    assert uncounted.usage is None


async def test_a_prompt_cut_in_silence_is_noticed(transport: Transport) -> None:
    async with FakeEndpoint() as fake:
        request = Request("say-ok", (Message("user", "x" * 5000),))
        answer = await asked(request, fake.url, transport).whole()
    assert "in silence" in answer.notes[0]


class Pot:
    """A budget for the tests: counts what is held, refuses where nothing is left."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.settled: list[tuple[Usage | None, bool, str]] = []

    async def reserve(self, request: Request, endpoint: Endpoint) -> "Pot":
        if self.left <= 0:
            raise BudgetFault("The budget would be passed.")
        self.left -= 1
        return self

    async def settle(self, usage: Usage | None, cost_usd: float | None, *, sent: bool, text: str) -> None:
        self.settled.append((usage, sent, text))


async def test_nothing_is_sent_when_the_budget_would_be_passed(fake: FakeEndpoint, transport: Transport) -> None:
    asking = asked(question("echo"), fake.url, transport, budget=Pot(0))
    with pytest.raises(BudgetFault):
        await asking.whole()
    assert not fake.received
    assert asking.answer.error is not None
    assert asking.answer.error.exit == 4


async def test_each_request_is_settled(fake: FakeEndpoint, transport: Transport) -> None:
    pot = Pot(9)
    await asked(question("fault-500-1"), fake.url, transport, budget=pot).whole()
    with contextlib.suppress(NoAnswer):
        await asked(question("cut-1"), fake.url, transport, budget=pot).whole()
    assert pot.settled == [(None, False, ""), (Usage(7, 3), True, "one two three"), (None, True, "one ")]


async def test_an_access_that_fails_is_the_answers_error(transport: Transport) -> None:
    from genai_tui.errors import MissingPiece
    from genai_tui.inference.ask import ask

    async def nowhere() -> Access:
        raise MissingPiece("No weights.", do="Fetch them.")

    asking = ask(question("echo"), Endpoint("embedded", ""), access=nowhere, transport=transport)
    with pytest.raises(MissingPiece):
        await asking.whole()
    assert asking.answer.error is not None
    assert asking.answer.error.exit == 5
