"""Setting the scope: what is typed becomes a record, or a sentence that names the key."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.setting import KEYS, as_json, changed


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
        "languages", "input_tokens", "output_tokens", "harms", "today",
    }  # fmt: skip


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
