"""The budget: two processes cannot pass it together, and nothing is refused that would fit."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.errors import BudgetFault, UsageFault
from genai_tui.inference.budget import Budget
from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.records.prompts import Message
from genai_tui.store.connections import database_path
from genai_tui.store.database import create
from genai_tui.store.generations import save_generation
from genai_tui.store.writer import Writer

DOLLAR = Endpoint("paid", "https://llm.example.org/v1", price=Price(0.0, 1_000_000.0))  # a dollar an output token
UNKNOWN = Endpoint("other", "https://llm.example.org/v1")
FREE = Endpoint("embedded", "", price=Price(0.0, 0.0))


def question(most: int | None = 2, text: str = "hi", **more) -> Request:
    parameters = {**({} if most is None else {"max_tokens": most}), **more}
    return Request("a-model", (Message("user", text),), parameters)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "project", name="test")
    return database_path(tmp_path / "project")


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


def held(path: Path) -> tuple[float, int]:
    """What all processes have reserved, as the store has it."""
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT coalesce(sum(usd), 0), coalesce(sum(tokens), 0) FROM reservation").fetchone()


async def answered(budget: Budget, writer: Writer, usd: float, tokens: int = 2) -> None:
    """An answer that cost `usd` is stored, as `answer` does."""
    usage = Usage(1, tokens)
    generation = Generation("try", "paid", "a-model", "hi", "stop", usage, usd, Moments(0.0), exchanges=())
    await writer.put(save_generation(generation), *budget.settling())


async def test_the_worst_case_is_held_then_what_it_cost_then_nothing(path, writer):
    budget = Budget(writer, limit_usd=10.0)
    reservation = await budget.reserve(question(2), DOLLAR)
    assert reservation.worst.usd == pytest.approx(2.0)
    assert held(path)[0] >= 2.0
    await reservation.settle(Usage(1, 1))
    await reservation.settle(Usage(1, 5))  # a second time changes nothing
    assert held(path)[0] >= 1.0, "spent, and not yet stored"
    await answered(budget, writer, 1.0)
    assert held(path) == (0.0, 0)


async def test_what_would_pass_the_limit_is_refused_and_two_processes_share_it(path, writer):
    other_writer = Writer(path)
    try:
        mine, theirs = Budget(writer, limit_usd=5.0), Budget(other_writer, limit_usd=5.0)
        first = await mine.reserve(question(2), DOLLAR)
        await theirs.reserve(question(2), DOLLAR)
        with pytest.raises(BudgetFault) as fault:
            await Budget(other_writer, limit_usd=5.0).reserve(question(2), DOLLAR)
        assert fault.value.exit_code == 4
        assert "$5" in fault.value.what
        await first.settle(None, sent=False)
        await answered(mine, writer, 0.0)
        assert (await theirs.reserve(question(2), DOLLAR)).worst.usd == pytest.approx(2.0)
    finally:
        other_writer.close()


async def test_blocks_grow_with_what_is_in_flight_so_that_not_every_request_is_a_transaction(path, writer):
    budget = Budget(writer, limit_usd=1000.0)
    seen = set()
    for _ in range(16):
        await budget.reserve(question(1), DOLLAR)
        seen.add(held(path)[0])
    assert len(seen) < 7
    assert max(seen) >= 16


async def test_a_block_that_does_not_fit_is_halved_and_one_that_does_not_waits_for_our_own(path, writer):
    budget = Budget(writer, limit_usd=4.5)
    running = [await budget.reserve(question(1), DOLLAR) for _ in range(4)]
    waiting = asyncio.create_task(budget.reserve(question(1), DOLLAR))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done, "four are under way, and a fifth would pass the limit"
    await running.pop().settle(Usage(1, 0), 0.1)
    assert (await asyncio.wait_for(waiting, 5)).worst.usd == pytest.approx(1.0)
    assert held(path)[0] <= 4.5


async def test_what_fits_once_the_last_one_came_back_is_not_refused(path, writer):
    budget = Budget(writer, limit_usd=3.0)
    running = await budget.reserve(question(2), DOLLAR)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(budget.reserve(question(2), DOLLAR))
    while not budget._lock.locked():  # until it asks the store, which somebody holds
        await asyncio.sleep(0)
    await running.settle(Usage(1, 0), 0.1)
    other.execute("ROLLBACK")
    other.close()
    assert (await waiting).worst.usd == pytest.approx(2.0)
    assert held(path)[0] <= 3.0


async def test_many_at_once_never_pass_the_limit_and_all_that_fit_are_answered(path, writer):
    budget = Budget(writer, limit_usd=20.0)
    spent = 0.0
    refused = 0

    async def one() -> None:
        nonlocal spent, refused
        try:
            reservation = await budget.reserve(question(4), DOLLAR)
        except BudgetFault:
            refused += 1
            return
        await asyncio.sleep(0)
        await reservation.settle(Usage(1, 1), 1.0)
        spent += 1.0
        await answered(budget, writer, 1.0)
        assert spent + held(path)[0] <= 24.0

    await asyncio.gather(*(one() for _ in range(40)))
    assert spent <= 20.0
    assert spent >= 16.0, "only the last few, whose worst case would pass it, are refused"
    assert refused == 40 - spent
    assert held(path) == (0.0, 0)


@pytest.mark.parametrize(
    ("limits", "endpoint"),
    [({}, DOLLAR), ({"limit_usd": 0.5}, FREE)],
    ids=["no limit", "price 0"],
)
async def test_nothing_is_reserved_without_a_limit_or_a_price(limits, endpoint, path, writer):
    reservation = await Budget(writer, **limits).reserve(question(None), endpoint)
    assert reservation.worst.nothing
    assert held(path) == (0.0, 0)


async def test_an_unknown_price_is_refused_under_a_limit_in_money_with_what_to_do(writer):
    with pytest.raises(UsageFault) as fault:
        await Budget(writer, limit_usd=1.0).reserve(question(), UNKNOWN)
    assert fault.value.exit_code == 2
    assert "price of other/a-model is not known" in fault.value.what
    assert "limit tokens" in fault.value.do


async def test_a_limit_on_tokens_needs_no_price(path, writer):
    budget = Budget(writer, limit_tokens=100)
    reservation = await budget.reserve(question(20), UNKNOWN)
    assert 20 < reservation.worst.tokens < 60
    assert held(path) == (0.0, reservation.worst.tokens)
    with pytest.raises(BudgetFault, match="100 tokens"):
        await Budget(writer, limit_tokens=100).reserve(question(90), UNKNOWN)


async def test_without_a_length_the_context_less_the_prompt_is_the_worst_and_without_that_it_is_refused(writer):
    listed = Endpoint("openai", "https://api.openai.com/v1", provider="openai")
    request = Request("gpt-5.5", (Message("user", "hi"),), {})
    budget = Budget(writer, limit_usd=1000.0)
    assert (await budget.reserve(request, listed)).worst.usd == pytest.approx(30.0, rel=0.01)
    with pytest.raises(UsageFault) as fault:
        await Budget(writer, limit_usd=1.0).reserve(question(None), DOLLAR)
    assert fault.value.exit_code == 2
    assert "max_tokens" in fault.value.do
    small = Budget(writer, limit_usd=100.0, context=lambda endpoint, model: 50)
    assert 20 < (await small.reserve(question(None), DOLLAR)).worst.usd < 50


async def test_several_answers_of_one_request_all_count(writer):
    budget = Budget(writer, limit_usd=100.0)
    assert (await budget.reserve(question(2, n=3), DOLLAR)).worst.usd == pytest.approx(6.0)


async def test_what_was_sent_and_not_counted_is_guessed_from_its_text(path, writer):
    budget = Budget(writer, limit_usd=100.0)
    reservation = await budget.reserve(question(50), DOLLAR)
    await reservation.settle(None, text="one two three")
    [write] = budget.settling()
    await writer.put(write)
    assert held(path)[0] == 0.0
