"""Generations come back as they were stored, and pages of them by keyset."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.errors import UsageFault
from genai_tui.records.generations import Exchange, Failure, Generation, Moments, Usage
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.generations import find_generation, page_generations, save_generation, tries_count
from genai_tui.store.prompts import save_prompt
from genai_tui.store.spend import spent
from tests.store.conftest import Store
from tests.support.stored import ANY_TEXT, FLOATS, JSON, exchange, simple

COUNT = st.integers(0, 2**63 - 1)
SECONDS = st.floats(0, 1e6)
MAYBE = st.none() | SECONDS
MOMENTS = st.builds(Moments, SECONDS, MAYBE, MAYBE, MAYBE, MAYBE, st.floats(1, 4e9))
USAGE = st.none() | st.builds(Usage, COUNT, COUNT, COUNT, COUNT, st.booleans(), MAYBE, st.none() | ANY_TEXT)
FAILURE = st.none() | st.builds(Failure, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from([2, 3, 4, 5]))
OBJECT = st.dictionaries(ANY_TEXT, JSON, max_size=3)
EXCHANGE = st.builds(
    Exchange, ANY_TEXT, OBJECT, st.none() | st.integers(100, 599), OBJECT, USAGE, MAYBE, MOMENTS, FAILURE
)
LARGE = st.lists(st.dictionaries(ANY_TEXT, JSON | FLOATS, max_size=3), max_size=2).map(tuple)
GENERATION = st.builds(
    Generation,
    purpose=st.sampled_from(["try", "run", "judge", "train", "served"]),
    endpoint=ANY_TEXT,
    model_id=ANY_TEXT,
    text=ANY_TEXT,
    finish_reason=st.none() | ANY_TEXT,
    usage=USAGE,
    cost_usd=MAYBE,
    moments=MOMENTS,
    reasoning=ANY_TEXT,
    refusal=st.booleans(),
    tool_calls=LARGE,
    logprobs=LARGE,
    error=FAILURE,
    inputs=st.none() | OBJECT,
    repeat=st.integers(0, 9),
    streamed=st.booleans(),
    all_at_once=st.booleans(),
    retries=st.integers(0, 9),
    exchanges=st.lists(EXCHANGE, max_size=2).map(tuple),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(GENERATION)
def test_what_is_stored_comes_back(store: Store, generation: Generation) -> None:
    number = store.put(save_generation(generation))
    found = find_generation(store.reader, number)
    bare = replace(found, id=0, created="", exchanges=tuple(replace(e, id=0) for e in found.exchanges))
    assert bare == generation
    paged = page_generations(store.reader, limit=1)[0]
    assert paged == replace(found, exchanges=(), logprobs=())


def test_unknown_cost_stays_unknown_and_links_are_kept(store: Store) -> None:
    prompt = store.put(save_prompt(Prompt((Message("user", "{{ticket}}"),))))
    first = store.put(save_generation(simple(cost_usd=None, prompt=prompt.number)))
    second = store.put(save_generation(simple(purpose="judge", parent=first, cached_from=first)))
    assert find_generation(store.reader, first).cost_usd is None
    found = find_generation(store.reader, second)
    assert (found.parent, found.cached_from, found.prompt) == (first, first, None)


def test_a_body_is_kept_once_for_each_content_in_its_own_order(store: Store) -> None:
    one, other = {"a": 1, "b": [1.0]}, {"b": [1.0], "a": 1}
    for body in (one, one, other):
        store.put(save_generation(simple(exchanges=(exchange(body=body), exchange(body=body)))))
    assert store.reader.one("SELECT count(*) FROM exchange") == (6,)
    assert store.reader.rows("SELECT json FROM body") == [('{"a":1,"b":[1.0]}',), ('{"b":[1.0],"a":1}',)]


def test_a_failed_link_stores_nothing_at_all(store: Store) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.put(save_generation(simple(prompt=99, exchanges=(exchange(),))))
    assert store.reader.one("SELECT (SELECT count(*) FROM generation), (SELECT count(*) FROM body)") == (0, 0)
    assert tries_count(store.reader) == 0


def test_pages_meet_every_row_once_newest_first(store: Store) -> None:
    store.writer.put_now(*(save_generation(simple(str(number))) for number in range(23)))
    seen, after = [], None
    while page := page_generations(store.reader, after, 5):
        seen += [generation.id for generation in page]
        after = page[-1].id
    assert seen == list(range(23, 0, -1))


def test_pages_are_filtered(store: Store) -> None:
    prompt = store.put(save_prompt(Prompt((Message("user", "x"),))))
    store.writer.put_now(
        save_generation(simple("A Parcel")),
        save_generation(simple("100%_\\", prompt=prompt.number)),
        save_generation(simple("a judge's parcel", purpose="judge")),
        save_generation(simple("other model", endpoint="vllm", model_id="org/name")),
    )

    def found(**filters: object) -> list[int]:
        return [generation.id for generation in page_generations(store.reader, **filters)]

    assert found() == [4, 3, 2, 1]
    assert found(purpose="try") == [4, 2, 1]
    assert found(purpose="judge") == [3]
    assert found(prompt=prompt.number) == [2] == found(prompt=prompt.number, purpose="try", model="embedded/m")
    assert found(prompt=prompt.number, purpose="judge") == []
    assert found(model="vllm/org/name") == [4] == found(model="vllm/org/name", purpose="try")
    assert found(text="pARCEL") == [3, 1]
    assert found(text="0%_\\") == [2]
    assert found(text="%a%") == []
    assert found(text="parcel" * 20_000) == []
    assert found(after=3) == [2, 1]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"purpose": "try"},
        {"purpose": "run"},
        {"prompt": 1},
        {"prompt": 1, "purpose": "try"},
        {"model": "a/b"},
        {"model": "a/b", "purpose": "try"},
        {"run": 1, "purpose": "run"},
        {"candidate": 1, "purpose": "run"},
    ],
)
def test_every_page_is_read_by_an_index_in_order(store: Store, filters: dict[str, object]) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    rows = store.reader.rows

    def spy(sql, args=()):
        asked.append((sql, args))
        return rows(sql, args)

    store.reader.rows = spy
    page_generations(store.reader, after=9, **filters)
    [(sql, args)] = asked
    [plan] = [row[3] for row in rows("EXPLAIN QUERY PLAN " + sql, args)]
    assert plan.startswith("SEARCH")
    assert "rowid<?" in plan


def test_a_number_that_was_shown_is_never_given_again(store: Store) -> None:
    numbers = [store.put(save_generation(simple())) for _ in range(3)]
    store.put(lambda connection: connection.execute("DELETE FROM generation WHERE id = 3"))
    numbers.append(store.put(save_generation(simple())))
    assert all(earlier < later for earlier, later in pairwise(numbers))


def test_no_such_generation(store: Store) -> None:
    with pytest.raises(UsageFault, match="no generation 10000000000000000000000"):
        find_generation(store.reader, 10**22)


@pytest.mark.parametrize(
    ("generation", "usd", "known"),
    [
        (simple(cost_usd=0.25), 0.25, 0.25),
        (simple(cost_usd=0.0), 0.0, 0.0),
        (simple(cost_usd=None), None, 0.0),
        (simple(cost_usd=None, exchanges=(exchange(cost_usd=None),)), None, 0.0),
        (simple(cost_usd=None, exchanges=(exchange(), exchange(cost_usd=None))), None, 0.5),
        # what was refused was not billed
        (simple(cost_usd=None, usage=None, exchanges=(exchange(cost_usd=None, status=429, usage=None),)), 0.0, 0.0),
        (simple(cost_usd=None, usage=None, exchanges=(exchange(cost_usd=None, status=None, usage=None),)), 0.0, 0.0),
        (simple(cost_usd=None, usage=None, error=Failure("dead")), 0.0, 0.0),
        (simple(cost_usd=0.25, cached_from=1), 0.0, 0.0),
    ],
)
def test_spend_counts_what_was_asked(store: Store, generation: Generation, usd: float | None, known: float) -> None:
    store.put(save_generation(simple(cost_usd=0.0)))
    store.put(save_generation(generation))
    assert spent(store.reader) == (usd, known)


def test_tries_are_counted(store: Store) -> None:
    store.writer.put_now(
        save_generation(simple()), save_generation(simple(purpose="judge")), save_generation(simple(usage=None))
    )
    assert tries_count(store.reader) == 2
