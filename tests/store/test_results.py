"""Answers of runs as lists: by key from either end, in any order, in groups, and which of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.store import results
from genai_tui.store.following import follow
from genai_tui.store.results import (
    Wish,
    answers_count,
    answers_to,
    answers_with,
    earlier_answers_of_run,
    ids_of,
    page_answers_of_run,
    slices,
)
from tests.support.evaluated import with_run
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import project_with

ROWS = {"dev": [(f"ticket {n} " + "x" * 10 * n, ["billing", "technical", "account"][n % 3]) for n in range(10)]}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """One run of ten answers: every third right, the last failed."""
    with project_with(tmp_path / "work", FakeEndpoint(), rows=ROWS) as made:
        with_run(made, "small", lambda place, row: "!" if place == 9 else "billing")
        yield made


def test_pages_from_either_end_meet(project: Project) -> None:
    first = page_answers_of_run(project.reader, 1, "exact", limit=6)
    rest = page_answers_of_run(project.reader, 1, "exact", first[-1].id, 6)
    assert [row.id for row in (*first, *rest)] == list(range(1, 11))
    last = earlier_answers_of_run(project.reader, 1, "exact", limit=4)
    assert [row.id for row in last] == [7, 8, 9, 10]
    assert [row.id for row in earlier_answers_of_run(project.reader, 1, "exact", 7, 4)] == [3, 4, 5, 6]
    assert answers_count(project.reader, 1) == 10


@pytest.mark.parametrize(
    ("wish", "ids"),
    [
        (Wish("wrong"), [2, 3, 5, 6, 8, 9, 10]),
        (Wish("right"), [1, 4, 7]),
        (Wish("failed"), [10]),
        (Wish("all", "worst"), [10, 2, 3, 5, 6, 8, 9, 1, 4, 7]),
        (Wish("all", "slowest"), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (Wish("wrong", "expected"), [3, 6, 9, 10, 2, 5, 8]),
        (Wish("all", "latest", expected='"account"'), [9, 6, 3]),
        (Wish(words="ticket 4"), [5]),
        (Wish(words="100% _"), []),
        (Wish(words="x" * 60_000), []),
        (Wish(expected='"technical"', got="billing"), [2, 5, 8]),
    ],
)
def test_an_order_or_a_choice(project: Project, wish: Wish, ids: list[int]) -> None:
    assert list(ids_of(project.reader, 1, "exact", wish)) == ids


def test_a_long_read_is_ended_between_two_batches(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "BATCH", 3)
    told: list[int] = []

    def tell(done: int) -> bool:
        told.append(done)
        return done < 6

    assert list(ids_of(project.reader, 1, "exact", Wish(order="latest"), tell)) == [1, 2, 3, 4, 5, 6]
    assert told == [3, 6]
    assert list(ids_of(project.reader, 1, "exact", Wish(order="latest"))) == list(range(10, 0, -1))


def test_groups_count_what_is_right(project: Project) -> None:
    by_expected = {row.name: (row.n, row.total) for row in slices(project.reader, 1, "exact", "expected")}
    assert by_expected == {'"billing"': (4, 3.0), '"technical"': (3, 0.0), '"account"': (3, 0.0)}
    confused = [(row.name, row.got, row.n) for row in slices(project.reader, 1, "exact", "confusion")]
    assert sorted(confused) == [('"account"', "billing", 3), ('"technical"', "billing", 3)]
    lengths = slices(project.reader, 1, "exact", "length")
    assert [row.name for row in lengths] == ["50", "100", "200"]
    for row in lengths:
        assert len(ids_of(project.reader, 1, "exact", Wish(length=int(row.name)))) == row.n
    assert slices(project.reader, 1, "exact", "tag") == []


def test_what_came_since_the_last_look_is_added_up(project: Project) -> None:
    known = follow(project.reader, 1, "exact")
    assert (known.n, known.failed, known.total) == (10, 1, 3.0)
    assert known.usd == pytest.approx(9 * 0.00002)
    assert follow(project.reader, 1, "exact", known) == known


def test_answers_keep_the_order_of_the_ids_that_are_asked_for(project: Project) -> None:
    rows = answers_with(project.reader, "exact", [9, 2, 5], place=40)
    assert [(row.id, row.place) for row in rows] == [(9, 40), (2, 41), (5, 42)]
    assert [row.id for row in answers_to(project.reader, 1, "exact", rows[1].example)] == [2]


def test_answers_to_one_example_are_found_by_an_index_and_no_more_than_asked_for(project: Project) -> None:
    for model in ("large", "huge"):
        with_run(project, model, lambda place, row: str(row.expected))
    example = answers_with(project.reader, "exact", [5])[0].example
    assert [(row.id, row.right) for row in answers_to(project.reader, 2, "exact", example)] == [(15, True)]
    assert answers_to(project.reader, 2, "exact", example, limit=0) == []
    plan = project.reader.rows(f"EXPLAIN QUERY PLAN {results.TO_EXAMPLE}", ("exact", example, 2, 20))
    looked = [row[3] for row in plan if " g " in f"{row[3]} "]
    assert looked == ["SEARCH g USING INDEX generation_example (example=?)"]
