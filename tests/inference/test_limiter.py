"""Limits across all callers: in flight, a minute's requests and tokens, waits that the server asks for, order."""

import asyncio
from typing import Any

import pytest

from genai_tui.inference.limiter import Limiter, limiter_of
from genai_tui.inference.retrying import Waiting
from genai_tui.inference.transports import Transport
from genai_tui.records.endpoints import Endpoint, Limits
from tests.support.asking import asked, question
from tests.support.fake_endpoint import FakeEndpoint


class Clock:
    """Seconds that pass only when told; the loop's own timers are hurried to match."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def held(limiter: Limiter, go: asyncio.Event, order: list[Any], name: Any, tokens: int = 0) -> None:
    async with limiter.slot(tokens):
        order.append(name)
        await go.wait()


async def test_in_flight_over_the_wire(fake: FakeEndpoint, transport: Transport) -> None:
    endpoint = Endpoint("fake", fake.url, limits=Limits(in_flight=3))
    questions = [asked(question("slow-10"), fake.url, transport, endpoint=endpoint).whole() for _ in range(12)]
    answers = await asyncio.gather(*questions)
    assert {answer.text for answer in answers} == {"one two three"}
    assert fake.most_in_flight == 3


async def test_first_come_first_served() -> None:
    limiter, order, go = Limiter(Limits(in_flight=1)), [], asyncio.Event()
    tasks = [asyncio.create_task(held(limiter, go, order, number)) for number in range(5)]
    await settled()
    assert order == [0]
    go.set()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert limiter.in_flight == 0


async def test_who_is_cancelled_frees_the_place() -> None:
    limiter, order, go = Limiter(Limits(in_flight=1)), [], asyncio.Event()
    tasks = [asyncio.create_task(held(limiter, go, order, number)) for number in range(4)]
    await settled()
    tasks[1].cancel()
    tasks[0].cancel()
    await settled()
    assert order == [0, 2]
    go.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2, 3]
    assert limiter.in_flight == 0


async def test_cancelled_in_the_moment_of_its_turn() -> None:
    limiter, order, go = Limiter(Limits(in_flight=1)), [], asyncio.Event()
    first = asyncio.create_task(held(limiter, go, order, 0))
    second = asyncio.create_task(held(limiter, go, order, 1))
    third = asyncio.create_task(held(limiter, go, order, 2))
    await settled()
    go.set()
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert order[-1] == 2
    assert limiter.in_flight == 0


async def test_never_more_requests_in_any_minute() -> None:
    clock = Clock()
    limiter, order, go = Limiter(Limits(requests_a_minute=3), clock=clock), [], asyncio.Event()
    go.set()
    tasks = [asyncio.create_task(held(limiter, go, order, number)) for number in range(7)]
    await settled()
    assert order == [0, 1, 2]
    clock.now += 59
    limiter._wake()
    await settled()
    assert len(order) == 3
    clock.now += 2
    limiter._wake()
    await settled()
    assert order == [0, 1, 2, 3, 4, 5]
    clock.now += 61
    limiter._wake()
    await asyncio.gather(*tasks)


async def test_tokens_a_minute_and_the_true_count() -> None:
    clock = Clock()
    limiter, order, go = Limiter(Limits(tokens_a_minute=100), clock=clock), [], asyncio.Event()
    async with limiter.slot(90) as slot:
        waiting = asyncio.create_task(held(limiter, go, order, "second", 50))
        await settled()
        assert order == []
        slot.used(20)
        await settled()
    assert order == ["second"]
    go.set()
    await waiting


async def test_a_request_larger_than_the_limit_goes_alone() -> None:
    clock = Clock()
    limiter, order, go = Limiter(Limits(tokens_a_minute=100), clock=clock), [], asyncio.Event()
    go.set()
    await held(limiter, go, order, "large", 500)
    waiting = asyncio.create_task(held(limiter, go, order, "next", 1))
    await settled()
    assert order == ["large"]
    clock.now += 61
    limiter._wake()
    await waiting


async def test_retry_after_stalls_everybody_and_is_said() -> None:
    clock = Clock()
    limiter, order, go = Limiter(clock=clock), [], asyncio.Event()
    go.set()
    limiter.told(429, {"retry-after": "20"})
    said: list[Waiting] = []

    async def one() -> None:
        async with limiter.slot(0, said.append):
            order.append("went")

    task = asyncio.create_task(one())
    await settled()
    assert order == []
    assert said == [Waiting(20.0, "the endpoint's limit")]
    clock.now += 21
    limiter._wake()
    await task
    assert order == ["went"]


async def test_one_cut_an_episode_and_growth_only_on_evidence() -> None:
    clock = Clock()
    limiter = Limiter(Limits(in_flight=8), clock=clock)
    slots = [limiter.slot() for _ in range(8)]
    for slot in slots:
        await slot.__aenter__()
    clock.now += 1
    for slot in slots:
        limiter.told(429, {}, slot=slot)
    assert (limiter.cuts, limiter.allowed) == (1, 4)
    for slot in slots:
        limiter.told(200, {}, slot=slot)  # sent before the cut: no evidence
        await slot.__aexit__(None, None, None)
    assert limiter.allowed == 4
    clock.now += 1
    async with limiter.slot() as alone:
        limiter.told(200, {}, slot=alone)  # the limit was not used: no evidence
    assert limiter.allowed == 4
    full = [limiter.slot() for _ in range(4)]
    for slot in full:
        await slot.__aenter__()
    limiter.told(200, {}, slot=full[-1])
    assert limiter.allowed == pytest.approx(4.25)
    clock.now += 1
    limiter.told(429, {}, slot=full[-1])
    assert limiter.cuts == 2
    for slot in full:
        await slot.__aexit__(None, None, None)
    assert limiter.allowed == 2


async def test_growth_ends_at_the_settings_limit() -> None:
    clock = Clock()
    limiter = Limiter(Limits(in_flight=2), clock=clock)
    async with limiter.slot() as slot:
        limiter.told(503, {}, slot=slot)
    assert limiter.allowed == 1
    for _ in range(9):
        clock.now += 1
        async with limiter.slot() as slot:
            limiter.told(200, {}, slot=slot)
    assert limiter.allowed == 2


async def test_a_used_up_budget_in_an_answer_is_obeyed_before_it_is_refused() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    async with limiter.slot() as slot:
        headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "3s"}
        limiter.told(200, headers, slot=slot)
    assert limiter._delay(0) == pytest.approx(3)
    limiter.told(200, {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2h"})
    assert limiter._delay(0) == pytest.approx(3)


async def test_one_for_an_account_and_model() -> None:
    one = Endpoint("a", "http://h.test/v1/", key_env="K")
    assert limiter_of(one, "m") is limiter_of(Endpoint("b", "http://h.test/v1", key_env="K"), "m")
    assert limiter_of(one, "m") is not limiter_of(one, "n")
    assert limiter_of(one, "m") is not limiter_of(Endpoint("a", "http://h.test/v1", key_env="L"), "m")
    changed = Endpoint("a", "http://h.test/v1/", key_env="K", limits=Limits(in_flight=2))
    assert limiter_of(changed, "m").limits == Limits(in_flight=2)


async def test_a_refusal_stalls_the_other_callers(fake: FakeEndpoint, transport: Transport) -> None:
    endpoint = Endpoint("fake", fake.url)
    texts = await asyncio.gather(
        *(asked(question("fault-429-2"), fake.url, transport, endpoint=endpoint).whole() for _ in range(4))
    )
    assert {answer.text for answer in texts} == {"one two three"}
    limiter = limiter_of(endpoint, "fault-429-2")
    assert limiter.cuts >= 1
    assert limiter.in_flight == 0


async def test_the_pace_that_a_server_took_is_kept_and_raised_after_a_while() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    slots = [limiter.slot() for _ in range(30)]
    for slot in slots:
        clock.now += 0.001
        await slot.__aenter__()
    for slot in slots[20:]:
        limiter.told(429, {}, slot=slot)
    for slot in slots:
        await slot.__aexit__(None, None, None)
    clock.now += 1.2  # the second that nothing was said of is over
    async with limiter.slot() as first:
        limiter.told(200, {}, slot=first)
    assert limiter._delay(0) == pytest.approx(1 / 19, rel=0.01)  # 20 a second, and a little below
    clock.now += 11
    for _ in range(40):
        clock.now += 1 / 18
        async with limiter.slot() as slot:
            limiter.told(200, {}, slot=slot)
    clock.now += 1
    async with limiter.slot():
        assert limiter._delay(0) < 0.9 / 19


async def test_a_window_that_others_had_used_up_tells_no_pace() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    slots = [limiter.slot() for _ in range(30)]
    for slot in slots:
        await slot.__aenter__()
        clock.now += 0.001
    for slot in slots[1:]:
        limiter.told(429, {}, slot=slot)
    for slot in slots:
        await slot.__aexit__(None, None, None)
    clock.now += 1.2
    async with limiter.slot():
        assert limiter._delay(0) == 0
