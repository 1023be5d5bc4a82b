"""promptfoo's assertions: verdict and score of each type and its inverse, and what is refused."""

from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.scorers.assertions import KINDS, Answered, asserted, comma_separated, supported, written

SENTENCE = "The old man sat by the long river"


@pytest.mark.parametrize(
    ("kind", "value", "text", "passed", "score"),
    [
        ("equals", 7, "7", True, 1),
        ("equals", 7.0, "7", True, 1),
        ("equals", True, "true", True, 1),
        ("equals", {"b": [1], "a": None}, '{"a": null, "b": [1]}', True, 1),
        ("contains", "old", SENTENCE, True, 1),
        ("not-contains", "old", SENTENCE, False, 0),
        ("icontains-all", "OLD, River", SENTENCE, True, 1),
        ("contains-any", ["x", 3], "3", True, 1),
        ("ends-with", "river", SENTENCE, True, 1),
        ("regex", r"^\w+ old (?<who>m.n) [^x]*r$", SENTENCE, True, 1),
        ("regex", "river$", SENTENCE + "\n", False, 0),
        ("regex", "(", SENTENCE, False, 0),
        ("not-regex", "(", SENTENCE, False, 0),
        ("is-json", None, "[1, 2]", True, 1),
        ("is-json", {"type": "array", "maxItems": 1}, "[1, 2]", False, 0),
        ("not-is-json", {"type": "array", "maxItems": 1}, "[1, 2]", True, 1),
        ("contains-json", '{"type": "object"}', 'here: {"a": 1}, {"b": 2}', True, 1),
        ("contains-json", None, "{not json} [1]", True, 1),
        ("is-xml", {"requiredElements": ["a.c"]}, "<a><b/></a>", False, 0),
        ("is-xml", None, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', False, 0),
        ("contains-xml", "a.b", "so <a><b>1</b></a>", True, 1),
        ("is-html", None, "some <b>text</b>", False, 0),
        ("contains-html", None, "some <b>text</b>", True, 1),
        ("levenshtein", "river", "rivers", True, 1),
        ("not-levenshtein", "river", "something else", True, 1),
        ("rouge-n", SENTENCE, "The old man", False, 6 / 11),
        ("not-rouge-n", SENTENCE, "The old man", True, 5 / 11),
        ("bleu", SENTENCE, SENTENCE, True, 1),
        ("gleu", SENTENCE, "", False, 0),
        ("gleu", [SENTENCE, "The old man."], "the old man", True, 1),
        ("word-count", 8, SENTENCE, True, 1),
        ("not-word-count", {"max": 3}, SENTENCE, True, 1),
        ("is-refusal", None, " ", True, 0),
        ("not-is-refusal", None, "I cannot help with that.", False, 0),
    ],
)
def test_an_assertion_is_judged_as_promptfoo_judges_it(
    kind: str, value: Any, text: str, passed: bool, score: float
) -> None:
    found = asserted({"type": kind, "value": value}, Answered(text))
    assert found.passed is passed
    assert found.score == pytest.approx(score)
    assert bool(found.reason) is (not passed) or score == 0


def test_measures_are_in_promptfoos_units() -> None:
    answer = Answered("x", latency_s=0.25, cost_usd=0.002, finish_reason="stop", logprobs=(-0.5,))
    assert asserted({"type": "latency", "threshold": 250}, answer).passed
    assert not asserted({"type": "cost", "threshold": 0.001}, answer).passed
    assert asserted({"type": "finish-reason", "value": "stop"}, answer).passed
    assert asserted({"type": "perplexity", "threshold": 1.6}, answer).passed is False
    assert asserted({"type": "perplexity-score", "threshold": 0.3}, answer).score == pytest.approx(
        1 / (1 + 2.718281828**0.5)
    )


@pytest.mark.parametrize(
    "assertion",
    [
        {"type": "javascript", "value": "true"},
        {"type": "llm-rubric", "value": "good"},
        {"type": "contains", "value": ""},
        {"type": "contains-any", "value": 3},
        {"type": "latency"},
        {"type": "cost", "threshold": 1},
        {"type": "perplexity", "threshold": 1},
        {"type": "word-count", "value": "many"},
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(assertion: dict[str, Any]) -> None:
    with pytest.raises(UsageFault, match=assertion["type"]):
        asserted(assertion, Answered("x"))


def test_types_that_are_supported_are_known_before_a_run() -> None:
    assert all(supported(kind) and supported(f"not-{kind}") for kind in KINDS)
    assert not supported("javascript")


def test_commas_within_quotes_part_nothing() -> None:
    assert comma_separated('"Hello, World", two,three ') == ["Hello, World", "two", "three"]
    assert comma_separated("a") == ["a"]
    assert [written(value) for value in (1.0, 1.5, True, "x", 10)] == ["1", "1.5", "true", "x", "10"]
