"""Prompts, candidates, datasets, scopes and choices: saved, found, paged."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.records.scopes import Scope, ScopeExample
from genai_tui.store.candidates import find_candidate, page_candidates, save_candidate
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.datasets import (
    find_dataset,
    find_dataset_version,
    find_example,
    page_datasets,
    page_examples,
    use_dataset,
)
from genai_tui.store.imports import SWEEP, add_examples, begin_import, finish_import, sweep_imports
from genai_tui.store.prompts import find_prompt, latest_prompt, page_prompts, save_prompt
from genai_tui.store.scopes import current_scope, find_scope, note_scope, page_scopes, save_scope
from tests.store.conftest import Store
from tests.support.stored import ANY_TEXT, JSON

FIXTURE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
OBJECT = st.dictionaries(ANY_TEXT, JSON, max_size=3)
PROMPT = st.builds(
    Prompt,
    messages=st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), ANY_TEXT), max_size=3).map(
        tuple
    ),
    examples=st.builds(ExampleRule, fixed=st.lists(st.builds(FewShot, OBJECT, JSON), max_size=2).map(tuple)),
    parameters=OBJECT,
    output=st.none() | OBJECT,
    note=ANY_TEXT,
)


def prompt(text: str = "{{ticket}}", **changes: object) -> Prompt:
    return replace(Prompt((Message("user", text),)), **changes)


# prompts


@FIXTURE
@given(PROMPT)
def test_a_prompt_comes_back_with_its_hash(store: Store, made: Prompt) -> None:
    saved = store.put(save_prompt(made))
    found = find_prompt(store.reader, str(saved.number))
    assert found == saved
    assert found.hash == made.hash
    assert replace(found, number=0, created="", note="") == replace(made, note="")


def test_prompts_count_from_one_and_the_same_content_is_the_same_version(store: Store) -> None:
    first = store.put(save_prompt(prompt(note="first")))
    second = store.put(save_prompt(prompt("other", parent=first.number)))
    again = store.put(save_prompt(prompt(note="said otherwise", parent=2)))
    assert (first.number, second.number, second.parent) == (1, 2, 1)
    assert again == first
    assert latest_prompt(store.reader) == second


def test_whole_floats_are_one_content(store: Store) -> None:
    first = store.put(save_prompt(prompt(parameters={"temperature": 0})))
    assert store.put(save_prompt(prompt(parameters={"temperature": 0.0}))) == first


def test_a_prompt_is_found_by_number_and_hash(store: Store) -> None:
    saved = store.put(save_prompt(prompt()))
    digest = saved.hash
    for reference in ("1", digest, digest[3:], digest[:7], digest[3:7].upper()):
        assert find_prompt(store.reader, reference) == saved
    for reference in ("2", "", digest[:5], "g1:", "zzzz", "１", "9" * 30, digest[3:] + "0", "x' OR 1=1"):
        with pytest.raises(UsageFault, match="There is no prompt"):
            find_prompt(store.reader, reference)


def test_a_hash_that_begins_two_prompts_names_both(store: Store) -> None:
    store.writer.put_now(save_prompt(prompt("a")), save_prompt(prompt("b")))
    store.put(lambda c: c.execute("UPDATE prompt SET hash = 'g1:abcd0' || number"))
    with pytest.raises(UsageFault, match="several prompts: 1, 2"):
        find_prompt(store.reader, "abcd")
    assert find_prompt(store.reader, "abcd02").number == 2


def test_prompts_page_both_ways(store: Store) -> None:
    store.writer.put_now(*(save_prompt(prompt(str(number))) for number in range(5)))
    assert [p.number for p in page_prompts(store.reader, after=2, limit=2)] == [3, 4]
    assert [p.number for p in page_prompts(store.reader, limit=2, newest_first=True)] == [5, 4]
    assert [p.number for p in page_prompts(store.reader, after=2, newest_first=True)] == [1]
    assert page_prompts(store.reader, after=5) == []


def test_no_prompt_at_all(store: Store) -> None:
    assert latest_prompt(store.reader) is None
    with pytest.raises(UsageFault, match="None was saved"):
        find_prompt(store.reader, "1")


# candidates


def candidate(store: Store, name: str = "", endpoint: str = "embedded", **changes: object) -> Candidate:
    saved = store.put(save_prompt(prompt()))
    return replace(Candidate(name, endpoint, "m", saved.number, saved.hash, "weights"), **changes)


def test_candidates_are_named_in_order_over_names_that_people_took(store: Store) -> None:
    first = store.put(save_candidate(candidate(store)))
    taken = store.put(save_candidate(candidate(store, "c3", augmentation={"a": 1})))
    third = store.put(save_candidate(candidate(store, augmentation={"a": 2})))
    assert [c.name for c in (first, taken, third)] == ["c1", "c3", "c4"]
    assert page_candidates(store.reader) == [first, taken, third]
    assert page_candidates(store.reader, after=third.id, newest_first=True) == [taken, first]


def test_the_same_content_at_one_endpoint_is_one_candidate_and_at_two_it_is_two(store: Store) -> None:
    first = store.put(save_candidate(candidate(store)))
    assert store.put(save_candidate(candidate(store, "other"))) == first
    second = store.put(save_candidate(candidate(store, endpoint="vllm")))
    assert second.hash == first.hash
    assert second.id != first.id
    with pytest.raises(UsageFault, match=r"c1 \(embedded/m\) and c2 \(vllm/m\)"):
        find_candidate(store.reader, first.hash)
    assert find_candidate(store.reader, "c2") == second


def test_a_taken_name_is_refused(store: Store) -> None:
    store.put(save_candidate(candidate(store, "best")))
    with pytest.raises(UsageFault, match="candidate best already"):
        store.put(save_candidate(candidate(store, "best", endpoint="vllm")))
    with pytest.raises(UsageFault, match="There is no candidate c9"):
        find_candidate(store.reader, "c9")


# datasets


def imported(store: Store, name: str, rows: dict[str, list[Example]], **options: object):
    version = store.put(begin_import(name, "file.csv", "as given"))
    for split, examples in rows.items():
        store.put(add_examples(version, split, 1, examples))
    return store.put(finish_import(version, **options))


def rows(count: int, tag: str = "row") -> list[Example]:
    return [Example({"ticket": f"{tag} {number}"}, "billing", ("hard",), number + 2) for number in range(count)]


def test_an_import_is_seen_only_when_it_is_finished(store: Store) -> None:
    version = store.put(begin_import("tickets", "file.csv", "as given"))
    store.put(add_examples(version, "train", 1, rows(3)))
    with pytest.raises(UsageFault, match="no dataset yet"):
        find_dataset(store.reader)
    assert page_datasets(store.reader) == []
    store.put(add_examples(version, "train", 4, rows(2, "more")))
    made = store.put(finish_import(version))
    assert made == find_dataset(store.reader) == find_dataset(store.reader, "tickets") == page_datasets(store.reader)[0]
    assert (made.version, made.splits, made.rows, made.in_use) == (1, {"train": 5}, 5, True)
    assert find_dataset_version(store.reader, made.id) == made


@FIXTURE
@given(
    st.lists(
        st.builds(Example, OBJECT, JSON, st.lists(ANY_TEXT, max_size=2).map(tuple), st.integers(0, 9)),
        min_size=1,
        max_size=5,
    )
)
def test_rows_come_back_as_they_were(store: Store, examples: list[Example]) -> None:
    made = imported(store, "any", {"dev": examples})
    found = page_examples(store.reader, made, "dev")
    assert [number for number, _ in found] == list(range(1, len(examples) + 1))
    assert [replace(example, id=0) for _, example in found] == examples
    assert [example.hash for _, example in found] == [example.hash for example in examples]


def test_versions_share_rows_and_keep_the_splits_that_a_file_does_not_bring(store: Store) -> None:
    first = imported(store, "tickets", {"train": rows(4), "dev": rows(2, "dev")})
    second = imported(
        store, "tickets", {"dev": [*rows(2, "dev"), *rows(1, "new")]}, keep_from={"train": first.id, "dev": first.id}
    )
    third = imported(store, "tickets", {"test": rows(1, "test")}, keep_from={"train": second.id, "dev": second.id})
    assert third.splits == {"train": 4, "dev": 3, "test": 1}
    assert third.version == 3
    assert [e.id for _, e in page_examples(store.reader, third, "train")] == [
        e.id for _, e in page_examples(store.reader, first, "train")
    ]
    assert store.reader.one("SELECT count(*) FROM example") == (8,)
    assert page_datasets(store.reader) == [third]
    assert [d.version for d in page_datasets(store.reader, all_versions=True)] == [1, 2, 3]
    assert find_dataset_version(store.reader, first.id).splits == {"train": 4, "dev": 2}


def test_types_are_not_mixed_up_by_sharing(store: Store) -> None:
    made = imported(
        store, "numbers", {"train": [Example({"a": 1}, True), Example({"a": 1.0}, 1), Example({"a": 1}, None)]}
    )
    found = [example for _, example in page_examples(store.reader, made, "train")]
    assert [(repr(e.inputs["a"]), repr(e.expected)) for e in found] == [("1", "True"), ("1.0", "1"), ("1", "None")]


def test_rows_are_found_by_number_and_paged(store: Store) -> None:
    made = imported(store, "tickets", {"train": rows(7)})
    assert find_example(store.reader, made, "train", 7).line == 8
    assert [number for number, _ in page_examples(store.reader, made, "train", after=5)] == [6, 7]
    for split, number, says in (
        ("train", 8, "has 7 rows"),
        ("train", 0, "has 7 rows"),
        ("test", 1, "no test split"),
        ("train", 10**30, "7 rows"),
    ):
        with pytest.raises(UsageFault) as told:
            find_example(store.reader, made, split, number)
        assert says in str(told.value)


def test_the_dataset_in_use_is_chosen(store: Store) -> None:
    imported(store, "one", {"train": rows(1)})
    two = imported(store, "two", {"train": rows(1)})
    assert find_dataset(store.reader).name == "one"
    assert not two.in_use
    store.put(use_dataset("two"))
    assert find_dataset(store.reader).name == "two"
    assert find_dataset(store.reader).in_use
    with pytest.raises(UsageFault, match="no dataset three"):
        store.put(use_dataset("three"))
    with pytest.raises(UsageFault, match="There are: one, two"):
        find_dataset(store.reader, "three")


def test_an_import_that_broke_off_is_swept_away_in_small_steps(store: Store) -> None:
    kept = imported(store, "tickets", {"train": rows(3)})
    version = store.put(begin_import("tickets", "file.csv", "as given"))
    store.put(add_examples(version, "train", 1, rows(SWEEP + 10)))
    assert store.put(sweep_imports()) == 0, "its process lives"
    store.put(lambda c: c.execute("UPDATE dataset_version SET started = started + 1 WHERE version IS NULL"))
    assert store.put(sweep_imports()) == SWEEP
    assert store.put(sweep_imports()) == 10
    assert store.put(sweep_imports()) == 0
    assert store.reader.one("SELECT count(*) FROM dataset_version WHERE name <> ''") == (1,)
    assert find_dataset(store.reader) == kept
    assert len(page_examples(store.reader, kept, "train")) == 3


def test_an_import_that_was_refused_leaves_nothing(store: Store) -> None:
    version = store.put(begin_import("tickets", "file.csv", "as given"))
    store.put(add_examples(version, "train", 1, rows(3)))
    assert store.put(sweep_imports(version)) == 3
    assert store.reader.rows("SELECT * FROM membership") == []
    assert store.reader.rows("SELECT * FROM dataset_version WHERE name <> ''") == []


# scopes and choices


@FIXTURE
@given(
    st.builds(
        Scope,
        problem=ANY_TEXT,
        tasks=st.lists(ANY_TEXT, max_size=2).map(tuple),
        metric=st.none() | ANY_TEXT,
        target=st.none() | st.floats(0, 1),
        requests_a_month=st.none() | st.integers(0, 2**63 - 1),
        harms=ANY_TEXT,
        examples=st.lists(st.builds(ScopeExample, ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
        note=ANY_TEXT,
    )
)
def test_a_scope_comes_back_as_the_next_version(store: Store, scope: Scope) -> None:
    before = current_scope(store.reader).version
    saved = store.put(save_scope(scope))
    assert saved.version == before + 1
    assert current_scope(store.reader) == saved
    assert replace(saved, version=0, created="") == scope


def test_scopes_page_newest_first(store: Store) -> None:
    assert current_scope(store.reader) == Scope()
    store.writer.put_now(*(save_scope(Scope(problem=str(n), latency_p95_s=0.5, budget_usd=2)) for n in range(3)))
    assert [scope.version for scope in page_scopes(store.reader)] == [3, 2, 1]
    assert [scope.problem for scope in page_scopes(store.reader, after=3, limit=1)] == ["1"]
    assert current_scope(store.reader).budget_usd == 2


def test_a_version_is_found_by_its_number_and_given_a_note(store: Store) -> None:
    store.writer.put_now(save_scope(Scope(problem="first")), save_scope(Scope(problem="second", note="as agreed")))
    store.put(note_scope(1, "a sketch"))
    assert (find_scope(store.reader, 1).problem, find_scope(store.reader, 1).note) == ("first", "a sketch")
    assert find_scope(store.reader, 2).note == "as agreed"
    with pytest.raises(UsageFault, match="no version 3"):
        find_scope(store.reader, 3)


def test_choices(store: Store) -> None:
    assert choice(store.reader, "name") == "test"
    assert choice(store.reader, "model") is None
    store.put(save_choice("model", "embedded/\ud800"))
    store.put(save_choice("model", "vllm/org/name\0"))
    assert choice(store.reader, "model") == "vllm/org/name\0"
