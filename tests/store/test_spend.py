"""Budgets: reserved together, passed by nobody."""

import subprocess
from collections.abc import Callable

import pytest

from genai_tui.errors import BudgetFault
from genai_tui.store.generations import save_generation
from genai_tui.store.processes import this_process
from genai_tui.store.spend import reserve, settle, spent
from tests.store.conftest import Store, finish
from tests.support.stored import simple

ME = this_process()


def held(store: Store) -> tuple[float, int]:
    return store.reader.one("SELECT coalesce(sum(usd), 0), coalesce(sum(tokens), 0) FROM reservation")


def test_what_is_spent_and_reserved_and_asked_may_not_pass_the_limit(store: Store) -> None:
    store.put(save_generation(simple(cost_usd=0.4)))
    first = store.put(reserve(0.3, 0, 1.0, None, ME))
    with pytest.raises(BudgetFault) as told:
        store.put(reserve(0.31, 0, 1.0, None, ME))
    assert told.value.exit_code == 4
    assert told.value.what == "The budget of $1 would be passed."
    assert "$0.4 are spent and $0.3 reserved" in told.value.why
    assert "may need $0.31" in told.value.why
    second = store.put(reserve(0.3, 0, 1.0, None, ME))
    assert first != second
    assert held(store) == (pytest.approx(0.6), 0)


def test_tokens_are_limited_too(store: Store) -> None:
    store.put(save_generation(simple()))  # 93 of them
    store.put(reserve(0, 7, None, 100, ME))
    with pytest.raises(BudgetFault, match="budget of 100 tokens"):
        store.put(reserve(0, 1, None, 100, ME))


def test_settling_gives_back_what_was_not_needed(store: Store) -> None:
    block = store.put(reserve(1.0, 100, 1.0, 100, ME))
    store.writer.put_now(save_generation(simple(cost_usd=0.1)), settle(block, 0.5, 50))
    assert held(store) == (0.5, 50)
    store.put(settle(block))
    assert held(store) == (0, 0)
    assert spent(store.reader) == (0.1, 0.1)
    store.put(reserve(0.9, 0, 1.0, None, ME))


def test_reservations_of_the_dead_are_released_and_those_of_the_living_are_not(store: Store) -> None:
    dead = ME._replace(started=ME.started + 1)
    elsewhere = ME._replace(host="other")
    store.put(reserve(0.4, 0, 1.0, None, dead))
    store.put(reserve(0.5, 0, 1.0, None, elsewhere))
    store.put(reserve(0.5, 0, 1.0, None, ME))
    assert held(store) == (1.0, 0)
    store.put(lambda c: c.execute("UPDATE reservation SET created = '2026-01-01T00:00:00Z' WHERE host = 'other'"))
    store.put(reserve(0.5, 0, 1.0, None, ME))


RESERVING = """
import sys
from pathlib import Path
from genai_tui.errors import BudgetFault
from genai_tui.store.processes import this_process
from genai_tui.store.spend import reserve
from genai_tui.store.writer import Writer
writer = Writer(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
got = 0
for _ in range(40):
    try:
        writer.put_now(reserve(0.05, 0, 2.0, None, this_process()))
        got += 1
    except BudgetFault:
        pass
print(got, flush=True)
sys.stdin.readline()
writer.close()
"""


def test_two_programs_cannot_pass_the_limit_together(store: Store, child: Callable[..., subprocess.Popen[str]]) -> None:
    both = [child(RESERVING, store.path) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    got = [int(process.stdout.readline()) for process in both]
    assert sum(got) == 40
    assert held(store)[0] == pytest.approx(2.0)
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
        finish(process)
    store.put(reserve(2.0, 0, 2.0, None, ME))  # they have ended, and what they held is free again
