"""Tries are found again by what people remember of them, step by step, newest first."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.records.generations import Failure, Generation
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.generations import save_generation
from genai_tui.store.prompts import save_prompt
from genai_tui.store.tries import Place, TryFilter, models_tried, newer_tries, page_tries, search_tries
from tests.store.conftest import Store
from tests.support.stored import simple


def fill(store: Store, *tries: Generation) -> None:
    store.writer.put_now(*(save_generation(each) for each in tries))


def numbers(store: Store, wanted: TryFilter, **more: int) -> list[int]:
    """All that is found, step by step."""
    found: list[int] = []
    after: Place | None = None
    while True:
        tries, after = search_tries(store.reader, wanted, after, **more)
        found += [each.id for each in tries]
        if after is None:
            return found


@pytest.fixture
def filled(store: Store) -> Store:
    """Eight tries: two versions, three models, three days, an error, a row with its right answer."""
    for text in ("a", "b"):
        store.put(save_prompt(Prompt((Message("user", text),))))
    store.writer.put_now(
        lambda c: c.execute(
            "INSERT INTO example (id, content, tags, expected, inputs) VALUES (1, x'00', '[]', ?, '{}')",
            ('"billing"',),
        )
    )
    fill(
        store,
        simple("A Parcel", prompt=1, created="2026-01-01T10:00:00.000Z"),
        simple("billing", prompt=1, example=1, created="2026-01-02T10:00:00.000Z"),
        simple(" technical\n", prompt=2, example=1, created="2026-01-02T11:00:00.000Z"),
        simple("100%", prompt=2, inputs={"ticket": 'a "quoted" word'}, created="2026-01-03T00:00:00.000Z"),
        simple("", prompt=2, error=Failure("It broke."), endpoint="vllm", model_id="org/Big", created="2026-01-03T01"),
        simple("bill", finish_reason="cancelled", example=1, model_id="smollm2", created="2026-01-03T02"),
        simple("cut of", finish_reason="length", model_id="smollm2", created="2026-01-03T03"),
        simple("a parcel of a run", purpose="run"),
    )
    return store


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (TryFilter(), [7, 6, 5, 4, 3, 2, 1]),
        (TryFilter(prompt=1), [2, 1]),
        (TryFilter(prompt=9), []),
        (TryFilter(model="embedded/m"), [4, 3, 2, 1]),
        (TryFilter(model="SMOL"), [7, 6]),
        (TryFilter(model="o"), [7, 6, 5]),
        (TryFilter(model="nobody"), []),
        (TryFilter(since="2026-01-02", until="2026-01-03"), [3, 2]),
        (TryFilter(since="2026-01-03"), [7, 6, 5, 4]),
        (TryFilter(prompt=2, until="2026-01-03"), [3]),
        (TryFilter(model="embedded/m", since="2026-01-03"), [4]),
        (TryFilter(texts=("parcel",)), [1]),
        (TryFilter(texts=("100%",)), [4]),
        (TryFilter(texts=('a "quoted"',)), [4]),
        (TryFilter(texts=("bill", "ing")), [2]),
        (TryFilter(texts=("x" * 6_000,)), []),
        (TryFilter(ended=("failed",)), [5]),
        (TryFilter(ended=("stopped",)), [6]),
        (TryFilter(ended=("cut",)), [7]),
        (TryFilter(ended=("right",)), [2]),
        (TryFilter(ended=("wrong",)), [3]),
        (TryFilter(ended=("wrong",), prompt=1), []),
    ],
)
def test_tries_are_found_by_what_is_remembered(filled: Store, wanted: TryFilter, found: list[int]) -> None:
    assert numbers(filled, wanted) == found
    assert numbers(filled, wanted, limit=1, most=2) == found


def test_a_step_says_how_far_back_it_looked(filled: Store) -> None:
    step = search_tries(filled.reader, TryFilter(texts=("parcel",)), most=3)
    assert (step.tries, step.back_to) == ([], Place("2026-01-03T01", 5))
    step = search_tries(filled.reader, TryFilter(since="2026-01-02", texts=("parcel",)), most=5)
    assert step.back_to == Place("2026-01-02T11:00:00.000Z", 3)
    assert search_tries(filled.reader, TryFilter(since="2026-01-02"), step.back_to).back_to is None


def test_pages_lead_both_ways(filled: Store) -> None:
    assert [each.id for each in page_tries(filled.reader, 4, 2)] == [3, 2]
    assert [each.id for each in newer_tries(filled.reader, 4, 2)] == [6, 5]
    assert [each.id for each in newer_tries(filled.reader, None, 3)] == [3, 2, 1]
    assert models_tried(filled.reader) == [("embedded", "m"), ("embedded", "smollm2"), ("vllm", "org/Big")]


def test_what_is_right_is_what_the_screens_call_right(store: Store) -> None:
    from genai_tui.records.expected import is_right
    from genai_tui.store.values import pack_json

    expected = ["billing", " billing\u00a0", 7, ["billing"], True, "\ud800"]
    texts = ["billing", "\u2003billing\n\t", "7", "true", '["billing"]', "\ud800"]
    for number, value in enumerate(expected, 1):
        store.put(
            lambda c, n=number, v=value: c.execute(
                "INSERT INTO example (id, content, tags, expected, inputs) VALUES (?, ?, '[]', ?, '{}')",
                (n, bytes([n]), pack_json(v)),
            )
        )
        fill(store, *(replace(simple(text), example=number) for text in texts))
    right = {each.id for each in search_tries(store.reader, TryFilter(ended=("right",))).tries}
    wrong = {each.id for each in search_tries(store.reader, TryFilter(ended=("wrong",))).tries}
    pairs = [(value, text) for value in expected for text in texts]
    assert right == {number for number, (value, text) in enumerate(pairs, 1) if is_right(text, value)}
    assert wrong == set(range(1, len(pairs) + 1)) - right


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 9), most=st.integers(1, 9), since=st.sampled_from(["", "2026-01-02"]))
def test_steps_of_any_size_meet_every_row_once(filled: Store, limit: int, most: int, since: str) -> None:
    whole = numbers(filled, TryFilter(since=since, texts=("i",)))
    assert numbers(filled, TryFilter(since=since, texts=("i",)), limit=limit, most=most) == whole
    assert whole


@pytest.mark.parametrize(
    "wanted", [TryFilter(), TryFilter(prompt=1), TryFilter(model="embedded/m"), TryFilter(since="2026-01-02")]
)
def test_a_step_sorts_nothing(filled: Store, wanted: TryFilter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []
    rows = filled.reader.rows
    monkeypatch.setattr(filled.reader, "rows", lambda sql, args=(): asked.append((sql, args)) or rows(sql, args))
    search_tries(filled.reader, wanted)
    assert asked
    for sql, args in asked:
        plan = " ".join(row[3] for row in rows("EXPLAIN QUERY PLAN " + sql, args))
        assert "USING INDEX generation_" in plan
        assert "B-TREE" not in plan
