"""Setting the scope: what is typed becomes a record, or a sentence that names the key."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.fields import typed
from genai_tui.stages.scope.setting import KEYS, as_json, changed, with_drafts


def test_each_key_is_read_as_what_it_is() -> None:
    scope = changed(
        Scope(),
        {
            "problem": " Sort tickets. ",
            "tasks": "classification, extraction",
            "metric": "accuracy",
            "target": "0.9",
            "latency_p95_s": ".3",
            "budget_usd": "$1,000",
            "requests_a_month": "10_000",
        },
    )
    assert scope.problem == "Sort tickets."
    assert scope.tasks == ("classification", "extraction")
    assert (scope.metric, scope.target, scope.latency_p95_s) == ("exact", 0.9, 0.3)
    assert (scope.budget_usd, scope.requests_a_month) == (1000.0, 10_000)
    assert scope.complete


def test_an_empty_value_clears() -> None:
    assert changed(Scope(metric="exact", budget_usd=5), {"metric": "", "budget_usd": ""}) == Scope()


def test_json_has_every_settled_key() -> None:
    assert set(KEYS) <= set(as_json(Scope()))
    assert set(KEYS) == {
        "problem", "tasks", "metric", "target", "latency_p95_s", "budget_usd", "requests_a_month", "data_rules",
        "languages", "input_tokens", "output_tokens", "harms", "today", "examples",
    }  # fmt: skip


def test_what_is_typed_reads_back_as_it_was() -> None:
    scope = changed(
        Scope(),
        {
            "problem": "Sort.", "tasks": "NER, chat", "target": "0.9", "latency_p95_s": "0.25", "budget_usd": "1,000.5",
            "requests_a_month": "20,000", "examples": "a => b\nc => d", "languages": "English, Greek",
        },
    )  # fmt: skip
    assert changed(Scope(), {key: typed(scope, key) for key in KEYS}) == scope


def test_task_types_have_one_name_each() -> None:
    scope = changed(Scope(), {"tasks": "Summarization, named entities , QA, summarisation, triage of pumps"})
    assert scope.tasks == ("summarisation", "extraction", "question answering", "triage of pumps")
    with pytest.raises(UsageFault, match="no task type classifcation"):
        changed(Scope(), {"tasks": "classifcation"})


def test_a_note_is_said_of_one_version() -> None:
    assert changed(Scope(note="as agreed"), {"target": "0.5"}).note == ""


def test_drafts_count_as_far_as_they_can_be_read() -> None:
    meant = with_drafts(Scope(target=0.9), {"target": "9o", "problem": "Sort", "gone": "x"})
    assert (meant.target, meant.problem) == (0.9, "Sort")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("targte", "1", "target"),
        ("metric", "acuracy", "no metric"),
        ("target", "90", "0.9"),
        ("target", "high", "number"),
        ("latency_p95_s", "-1", "zero or more"),
        ("budget_usd", "nan", "zero or more"),
        ("input_tokens", "1.5", "whole number"),
        ("budget_usd", "0,5", "A comma parts thousands"),
        ("latency_p95_s", "1,0000", "A comma parts thousands"),
        ("requests_a_month", "1e30", "at most"),
        ("metric", "mine.py:", "no metric"),
    ],
)
def test_what_does_not_fit_is_a_sentence(key: str, value: str, says: str) -> None:
    with pytest.raises(UsageFault) as fault:
        changed(Scope(), {key: value})
    assert says in str(fault.value)
