"""promptfoo's verdicts: each type and its inverse, what it answers with an error, and any text in bounded time."""

import time
from typing import Any

import pytest

from genai_tui.answering.render import filled
from genai_tui.stages.evaluate.interchange import patterns
from genai_tui.stages.evaluate.interchange.assertions import TYPES, from_text
from genai_tui.stages.evaluate.interchange.nunjucks import convert
from genai_tui.stages.evaluate.interchange.outcomes import end_of
from genai_tui.stages.evaluate.interchange.values import Malformed, commas
from genai_tui.stages.evaluate.interchange.verdicts import Answer, judge
from tests.support.hostile import JUDGED

SENTENCE = "The old man sat by the long river"


@pytest.mark.parametrize(
    ("kind", "value", "text", "passed", "score"),
    [
        ("equals", 7, "7", True, 1),
        ("equals", 7.0, "7", True, 1),
        ("equals", True, "true", True, 1),
        ("equals", [10**400], "[1e999]", True, 1),
        ("equals", {"b": [1], "a": None}, '{"a": null, "b": [1]}', True, 1),
        ("equals", {"a": 1}, '{"a": true}', False, 0),
        ("not-equals", {"a": 1}, "no json", True, 1),
        ("contains", "old", SENTENCE, True, 1),
        ("not-contains", "old", SENTENCE, False, 0),
        ("icontains-all", "OLD, River", SENTENCE, True, 1),
        ("contains-any", ["x", 3], "3", True, 1),
        ("not-contains-any", '"old, man",x', SENTENCE, True, 1),
        ("regex", r"^\w+ old (?<who>m.n) [^x]*r$", SENTENCE, True, 1),
        ("regex", "river$", SENTENCE + "\n", False, 0),
        ("regex", "(", SENTENCE, False, 0),
        ("not-regex", "(", SENTENCE, False, 0),
        ("is-json", None, "[1, 2]", True, 1),
        ("is-json", {"type": "array", "maxItems": 1}, "[1, 2]", False, 0),
        ("not-is-json", {"type": "array", "maxItems": 1}, "[1, 2]", True, 1),
        ("is-json", "type: array", "[1]", True, 1),
        ("is-json", None, "NaN", False, 0),
        ("contains-json", {"type": "object"}, "here: {a: 1}", True, 1),
        ("contains-json", {"required": ["b"]}, 'see {"a": 1} and {"b": 2}', True, 1),
        ("not-contains-json", None, "none", True, 1),
        ("contains-json", {"required": ["b"]}, '{"a": 1, // first\n"b": 2}', True, 1),
        ("contains-json", {"properties": {"a": {"const": 2}}}, "{a: 1, a: 2}", True, 1),
        ("contains-json", None, "ends in {", False, 0),
        ("is-xml", {"requiredElements": ["a.c"]}, "<a><b/></a>", False, 0),
        ("is-xml", None, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', False, 0),
        ("not-is-xml", None, "<a/>", False, 0),
        ("contains-xml", "a.b", "so <a><b>1</b></a> and <c/>", True, 1),
        ("contains-xml", None, "<1a/>", False, 0),
        ("contains-xml", "a", "<r><a/></x>", True, 1),
        ("contains-xml", "a", "<a/ >", False, 0),
        ("contains-xml", "0, a.b", "<a><b/></a> then <c/>", False, 0),
        ("contains-xml", "r.b", "<r><a></b></a><b/></r>", False, 0),
        ("contains-xml", None, "<constructor/>", False, 0),
        ("is-xml", ["a.b.1"], "<a><b/><b/></a>", True, 1),
        ("is-xml", "a.@_x", "<a x='1'/>", True, 1),
        ("contains-xml", "c", "so <a><b>1</b></a> and <c/>", True, 1),
        ("is-html", None, "some <b>text</b>", False, 0),
        ("is-html", None, "<ul><li>one<li>two</ul>", True, 1),
        ("contains-html", None, "some <b>text</b>", True, 1),
        ("contains-html", None, "<imgé", True, 1),
        ("contains-html", None, "<!----><dd>", True, 1),
        ("levenshtein", "river", "rivers", True, 1),
        ("not-levenshtein", "river", "something else", True, 1),
        ("rouge-n", SENTENCE, "the OLD man", False, 6 / 11),
        ("not-rouge-n", SENTENCE, "The old man", True, 5 / 11),
        ("bleu", SENTENCE, SENTENCE, True, 1),
        ("gleu", SENTENCE, "", False, 0),
        ("gleu", [SENTENCE, "The old man."], "the old man", True, 1),
        ("word-count", 8, SENTENCE, True, 1),
        ("not-word-count", {"max": 3}, SENTENCE, True, 1),
        ("word-count", {"min": "2", "max": 9}, SENTENCE, True, 1),
        ("word-count", "0x8", SENTENCE, True, 1),
        ("word-count", "0x" + "f" * 900, SENTENCE, False, 0),
        ("word-count", {"min": 10**400}, SENTENCE, False, 0),
        ("word-count", {"min": -(10**400), "max": 10**400}, SENTENCE, True, 1),
        ("word-count", {"min": None, "max": 8}, SENTENCE, True, 1),
        ("word-count", {"max": None}, SENTENCE, False, 0),
        ("word-count", 2, "a\ufeffb", True, 1),
        ("word-count", 1, "a\x1cb", True, 1),
        ("rouge-n", "a b c d e", "a b c", True, 0.75),
        ("rouge-n", '"Stop," he said.', "“Stop,” he said", False, 0.5),
        ("levenshtein", "", "😀😀😀", False, 0),
        ("word-count", {"min": "many"}, SENTENCE, False, 0),
        ("is-refusal", None, " ", True, 0),
        ("is-refusal", None, "Sorry, no", True, 1),
        ("is-refusal", None, "That would not be appropriate", True, 1),
        ("is-refusal", None, "éI can't help", True, 1),
        ("not-is-refusal", None, "I cannot help with that.", False, 0),
    ],
)
def test_an_assertion_is_judged_as_promptfoo_judges_it(
    kind: str, value: Any, text: str, passed: bool, score: float
) -> None:
    found = judge({"assert": [{"type": kind, "value": value}]}, {}, Answer(text))
    assert (found.passed, found.error) == (passed, False)
    assert found.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("assertion", "answer", "passed"),
    [
        ({"type": "latency", "threshold": 100}, Answer("x", latency_ms=100.0), True),
        ({"type": "not-latency", "threshold": 100}, Answer("x", latency_ms=100.0), False),
        ({"type": "cost", "threshold": 0.1}, Answer("x", cost_usd=0.2), False),
        ({"type": "finish-reason", "value": "STOP"}, Answer("x", finish_reason="stop"), True),
        ({"type": "not-finish-reason", "value": "stop"}, Answer("x"), True),
        ({"type": "perplexity", "threshold": 1.5}, Answer("x", logprobs=[-0.1, -0.3]), True),
        ({"type": "perplexity-score", "threshold": 0.5}, Answer("x", logprobs=[-0.1]), False),
        ({"type": "perplexity", "threshold": 1.5}, Answer("x", logprobs=[-1e6]), False),
    ],
)
def test_what_was_measured_of_an_answer_is_judged(assertion: dict[str, Any], answer: Answer, passed: bool) -> None:
    assert judge({"assert": [assertion]}, {}, answer).passed is passed


@pytest.mark.parametrize(
    "assertion",
    [
        {"type": "contains", "value": ""},
        {"type": "contains-any", "value": '"never closed'},
        {"type": "starts-with", "value": 3},
        {"type": "bleu", "value": [1]},
        {"type": "word-count", "value": "many"},
        {"type": "word-count", "value": {"min": 2, "max": 1}},
        {"type": "word-count", "value": {"min": "2", "max": "10"}},
        {"type": "latency", "threshold": 1},
        {"type": "cost"},
        {"type": "perplexity"},
        {"type": "is-json", "value": {"type": "nonsense"}},
        {"type": "is-xml", "value": {"elements": []}},
        {"type": "is-xml", "value": ["a", None]},
    ],
)
def test_what_promptfoo_answers_with_an_error_is_no_pass(assertion: dict[str, Any]) -> None:
    found = judge({"assert": [{"type": "contains", "value": "{"}, assertion]}, {}, Answer("{}"))
    assert (found.passed, found.score, found.error) == (False, 0, True)
    assert found.reason


@pytest.mark.parametrize(
    ("assertion", "text", "passed", "score"),
    [
        ({"type": "equals", "value": '{"a":1,"b":[2]}'}, '{ "a": 1, "b": [2.0] }', True, 1),
        ({"type": "contains", "value": '{ "a"'}, '{ "a": 1 }', False, 0),
        ({"type": "equals", "value": "Sorry"}, '"Sorry"', True, 1),
        ({"type": "equals", "value": "{ no json"}, "{ no json", True, 1),
        ({"type": "is-refusal"}, '{"a": 1}', True, 0),
        ({"type": "not-is-refusal"}, '{"a": 1}', False, 0),
        ({"type": "is-refusal"}, '"Sorry"', True, 1),
    ],
)
def test_an_answer_by_a_schema_is_judged_as_the_json_that_it_is(
    assertion: dict[str, Any], text: str, passed: bool, score: float
) -> None:
    found = judge({"assert": [assertion], "parsed": True}, {}, Answer(text))
    assert (found.passed, found.score) == (passed, score)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("stop", "stop"),
        ("end_turn", "stop"),
        (" MAX_TOKENS ", "length"),
        ("refusal", "content_filter"),
        ("x", "x"),
        ("", None),
    ],
)
def test_the_reason_of_an_end_by_promptfoos_word(raw: str, word: str | None) -> None:
    assert end_of(raw) == word


def test_equality_with_nothing_is_with_what_javascript_calls_it() -> None:
    passed = [judge({"assert": [{"type": "equals"}]}, {}, Answer(text)).passed for text in ("undefined", "null", "")]
    assert passed == [True, False, False]


def test_a_value_is_filled_once_and_what_it_is_filled_with_is_no_template() -> None:
    value = convert("{{ said }}", {}).text
    found = judge({"assert": [{"type": "equals", "value": value}]}, {"said": "{{ other }}", "other": "x"}, Answer("x"))
    assert not found.passed


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("Note: all good", {"type": "equals", "value": "Note: all good"}),
        ("not-contains: x ", {"type": "not-contains", "value": "x"}),
        ('contains-all:"1,000",in', {"type": "contains-all", "value": ["1,000", "in"]}),
        ("levenshtein(3):abc", {"type": "levenshtein", "value": "abc", "threshold": 3.0}),
        ("rouge-n:abc", {"type": "rouge-n", "value": "abc", "threshold": 0.75}),
        ("is-json", {"type": "is-json"}),
        ("trajectory:tool-used:search", {"type": "trajectory:tool-used", "value": "search"}),
        ("fn:output.length", {"type": "javascript", "value": "output.length"}),
        ("grade: is kind", {"type": "llm-rubric", "value": "is kind"}),
        ("file://check.py", {"type": "python", "value": "file://check.py"}),
    ],
)
def test_an_assertion_in_a_cell(cell: str, wanted: dict[str, Any]) -> None:
    assert from_text(cell) == wanted


def test_commas_within_quotes_part_nothing() -> None:
    assert commas('"Hello, World", two,,three , "a ""b"" \\"c\\""') == ["Hello, World", "two", "three", 'a "b" "c"']
    with pytest.raises(Malformed):
        commas('"a"b')


@pytest.mark.parametrize(
    ("template", "inputs", "wanted"),
    [
        ("{{ x.length }} {{ l.length > 1 }}", {"x": "abc", "l": [1, 2]}, "3 true"),
        ("{% if x === 'a' %}A{% elseif x !== 'b' %}N{% else %}B{% endif %}", {"x": "b"}, "B"),
        ("{% for k, v in o %}{{ k }}={{ v }};{% endfor %}", {"o": {"a": 1, "b": None}}, "a=1;b=;"),
        ("{{ l }} {{ t }} {{ n }} {{ f }}", {"l": [1, "a"], "t": True, "n": None, "f": 2.0}, "1,a true  2"),
        ("{{ o | dump }}", {"o": {"a": ["é", None]}}, '{"a":["é",null]}'),
        ("{{ a.b.c }}{{ missing }}|", {}, "|"),
        ("{% raw %}{{ x }}{% endraw %}{# gone #}", {"x": 1}, "{{ x }}"),
        ('{{ "}}" }}{{ env.PLACE }}', {}, "}}here {{x}}"),
        ("😀 {{ env.PLACE }} 😀 {{ env.PLACE }} z", {}, "😀 here {{x}} 😀 here {{x}} z"),
        ("plain {text}", {}, "plain {text}"),
        ("{{ 2.5 | round }}", {}, "3"),
        ("{{ a }} {{ b }} {{ l }}", {"a": 1e-7, "b": 1e21, "l": [1e-7, None, [2.0]]}, "1e-7 1e+21 1e-7,,2"),
        ("{{ a | dump }}", {"a": [1e-7, 1e21, 2.0, "é\n", {}]}, '[1e-7,1e+21,2,"é\\n",{}]'),
    ],
)
def test_a_template_is_filled_in_as_nunjucks_does(template: str, inputs: dict[str, Any], wanted: str) -> None:
    converted = convert(template, {"PLACE": "here {{x}}"})
    assert converted.problems == ()
    assert filled(converted.text, inputs) == wanted


HOSTILE = {
    **JUDGED,
    "closed": "<a>" * 5_000 + "</a>" * 5_000,
    "braces": "{" * 20_000,
    "objects": "{x} " * 5_000,
    "comments": "<!--" * 10_000,
    "words": "a b " * 10_000,
}


@pytest.mark.parametrize("kind", sorted(TYPES - {"cost", "latency", "perplexity", "perplexity-score"}))
def test_any_text_is_judged_in_bounded_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "PATTERN_S", 0.2)
    value: Any = {"regex": "^(a|a?)+$", "word-count": 3, "is-json": None, "contains-json": None}.get(kind, "a.b")
    for name, text in HOSTILE.items():
        began = time.process_time()
        found = judge({"assert": [{"type": kind, "value": value}]}, {}, Answer(text, finish_reason="stop"))
        assert found.passed in (True, False), name
        assert time.process_time() - began < 3, name
