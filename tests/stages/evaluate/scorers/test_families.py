"""Scorers of JSON, labels, entities, translations, instructions and mathematics, and functions of the user's own."""

import json
from typing import Any

import pytest

from genai_tui.errors import MissingPiece, UsageFault
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.labels import NONE, class_reports, confusion
from tests.support.scoring import scored

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("name", "text", "expected", "value"),
    [
        ("json-valid", '{"a": 1}', None, 1),
        ("json-valid", "42", None, 0),
        ("json-valid:scalars", "42", None, 1),
        ("json-valid", '```json\n{"a": 1}\n```', None, 0),
        ("json-valid:fenced", '```json\n{"a": 1}\n```', None, 1),
        ("json-valid", '{"a": NaN}', None, 0),
        ("json-schema", '{"a": 1}', SCHEMA, 1),
        ("json-schema", '{"a": "1"}', SCHEMA, 0),
        ("json-schema:schema=" + json.dumps(SCHEMA), "no", None, 0),
        ("json-fields", '{"a": 1, "b": {"c": "x "}}', {"a": 1, "b": {"c": "x", "d": 2}}, 2 / 3),
        ("json-fields:whole", '{"a": 1}', {"a": 2}, 0),
        ("json-fields:field=b.c", 'Here: {"b": {"c": true}}', {"a": 1, "b": {"c": True}}, 1),
        ("json-fields", "none", {"a": 1}, 0),
        ("json-fields:field=c,field=a", '{"a": 1}', {"a": 1}, 1),
        ("json-difference", '{"a": 1}', {"a": 2}, 2 / 3),
        ("json-difference", "[]", {}, 0),
        ("labels", "Refund.", "refund", 1),
        ("labels:label=spam,label=ham", "This is clearly spam!", "spam", 1),
        ("labels:label=spam,label=ham", "spam or ham", "spam", 0),
        ("labels", "1", "-1", 0),
        ("labels", "-1.", "-1", 1),
        ("labels:label=-1,label=0,label=1", "The label is -1.", "-1", 1),
        ("labels:label=-1,label=0,label=1", "The label is -1.", "1", 0),
        ("labels", "+", "-", 0),
        ("labels", '["b", "a"]', ["a", "b"], 1),
        ("labels", "a, b", ["a"], 0),
        # Expected as JSON in a cell of a table.
        ("labels", "b, a", '["a", "b"]', 1),
        ("labels", "[draft]", "[draft]", 1),
        ("list", '["a"]', '["a", "b"]', 0.5),
        ("json-schema", '{"a": 1}', json.dumps(SCHEMA), 1),
        ("entities", '[{"label": "PER", "text": "Ann"}]', '{"PER": ["Ann"], "LOC": []}', 1),
        ("entities", '[{"label": "PER", "text": "Ann"}]', {"per": ["Ann"], "LOC": ["Rome"]}, 2 / 3),
        ("entities", '{"PER": ["Ann"]}', {"entities": [{"label": "PER", "text": "Ann"}]}, 1),
        ("spans", '[{"label": "PER", "start": 0, "end": 3}]', [{"label": "PER", "start": 0, "end": 4}], 0),
        ("entities", "[]", [], 1),
        ("rouge-1", "testing one two", "testing", 0.5),
        ("rouge-2:part=recall", "the quick fox", "the quick brown fox", 1 / 3),
        ("rouge-l", "a c b", ["a b c", "a c b"], 1),
        ("rouge-lsum", "a b\nc d", "c d\na b", 1),
        ("bleu", "the cat sat on the mat", "the cat sat on the mat", 1),
        ("bleu", "", "the cat", 0),
        ("chrf", "abc", "abc", 1),
        ("ter", "d e f g h a b c", "a b c d e f g h", 1 / 8),
        ("math", r"so \boxed{\frac{1}{2}}", "0.5", 1),
        ("math", "x < 2", "2 > x", 1),
        ("math", "$3$", "4", 0),
        # As inspect_ai 0.3.285 says of them.
        ("math", r"\boxed{74°}", r"74^\circ", 1),
        ("math", "The answer is −5", "-5", 1),
        ("math", "√2", r"\sqrt{2}", 1),
        ("math", "x ≤ 2", r"$x \le 2$", 1),
        ("math", "(-∞, 3)", r"(-\infty,3)", 1),
        ("math", "1e3", "1000", 1),
        ("math", "sin(x)^2+cos(x)^2", "1", 1),
        ("math", r"\boxed{x = 48,000}", "48,000", 1),
        ("math", r"\boxed{5}", r"\$5", 1),
        ("math", r"$1234$", r"1\,234", 1),
        ("math", r"\boxed{\log 100}", "y=2x+1", 0),
        ("math", "2", "y=2x+1", 0),
        ("math", "So it is.\n**Answer:** 2x+1 = y.", "y=2x+1", 1),
        ("math", "The result is π", r"\pi", 1),
        ("math", "**x > 3**", "3 < x", 1),
        ("math", "Answer: 2", "y=2x+1", 0),
        ("math", "Answer: $4$\n3", "3", 0),
    ],
)  # fmt: skip
def test_a_scorer_by_its_name(name: str, text: str, expected: Any, value: float) -> None:
    assert scored(name, text, expected).value == pytest.approx(value, abs=1e-9)


def test_a_schema_is_the_prompts_where_none_is_given() -> None:
    prompt = Prompt((Message("user", "?"),), output={"schema": SCHEMA})
    scorer: Any = find_scorer("json-schema", prompt)
    assert json.loads(scorer.schema) == SCHEMA
    assert scored("json-schema", '{"a": 1}').value is None
    assert "line 1" in scored("json-schema", '{"a": "x"}', SCHEMA).reason
    with pytest.raises(UsageFault, match="fault"):
        find_scorer('json-schema:schema={"type": "nothing"}')


def test_what_is_expected_wrongly_is_not_held_against_an_answer() -> None:
    for expected in ("Ann", ["Ann"], 3):
        found = scored("entities", "[]", expected)
        assert (found.value, found.reason[:19]) == (None, "What is expected is")
    assert scored("list", "[]", "a").value is None
    assert scored("entities", "[]", {"PER": []}).value == 1


def test_a_field_that_nothing_has_is_not_right() -> None:
    found = scored("json-fields:field=typo", '{"a": 1}', {"a": 1})
    assert (found.value, found.reason) == (None, "The expected object has no field typo.")


def test_a_field_that_is_wrong_is_named() -> None:
    found = scored("json-fields", '{"a": 1, "b": 2}', {"a": 1, "b": 3})
    assert found.detail == {"a": True, "b": False}
    assert found.reason == "Wrong: b"
    assert found.reduced == '{"a":1,"b":2}'


def read(pairs: list[tuple[str, str]], name: str = "labels-f1") -> list[Score]:
    return [scored(name, found, expected) for expected, found in pairs]


PAIRS = [("cat", "cat"), ("cat", "dog"), ("dog", "Dog."), ("dog", "dog"), ("bird", "cat"), ("bird", "fish")]


def test_f1_of_classes_as_scikit_learn_takes_it() -> None:
    """By hand: cat 1 of 2 found and 1 of 2 right, dog 2 of 3 and 2 of 2, bird and fish 0."""
    scores = read(PAIRS)
    each = {"cat": 0.5, "dog": 0.8, "bird": 0.0, "fish": 0.0}
    assert find_scorer("labels-f1").combine(scores).value == pytest.approx(sum(each.values()) / 4)
    assert find_scorer("labels-f1:average=micro").combine(scores).value == pytest.approx(0.5)
    weighted = find_scorer("labels-f1:average=weighted").combine(scores)
    assert weighted.value == pytest.approx((2 * 0.5 + 2 * 0.8) / 6)
    macro = find_scorer("labels-f1:measure=recall").combine(scores)
    assert macro.value == pytest.approx((0.5 + 1 + 0 + 0) / 4)
    assert macro.low is not None
    assert macro.high is not None
    assert 0 <= macro.low < macro.high <= 1
    assert {report.label: report.f1 for report in class_reports(scores)} == pytest.approx(each)


def test_signs_alone_are_no_label_unless_one_is_expected() -> None:
    assert scored("labels", "...", "yes").label == NONE
    assert scored("labels", "", "yes").label == NONE
    assert scored("labels", "-", "+").label == "-"


def test_confusion_says_what_was_taken_for_what() -> None:
    scores = [*read(PAIRS, "labels"), Score("labels", None), scored("labels", "", "cat")]
    found = confusion(scores)
    assert found.labels == ["cat", "dog", "bird", "fish", NONE]
    assert found.counts[0] == [1, 1, 0, 0, 1]
    assert found.counts[2] == [1, 0, 0, 1, 0]


def test_a_failed_answer_missed_its_label() -> None:
    failed = Score("labels-f1", None, detail=None)
    alone = find_scorer("labels-f1:average=micro").combine(read([("a", "a"), ("b", "b")]))
    with_failed = find_scorer("labels").combine([*read([("a", "a")], "labels"), failed])
    assert alone.value == 1
    assert (with_failed.value, with_failed.n) == (0.5, 2)


def test_corpus_scores_are_of_all_sentences_together() -> None:
    import sacrebleu

    texts = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
    wanted = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."]
    scorers = {name: find_scorer(name) for name in ("bleu", "chrf", "ter")}
    found = {n: s.combine([scored(n, t, w) for t, w in zip(texts, wanted, strict=True)]) for n, s in scorers.items()}
    assert found["bleu"].value == pytest.approx(sacrebleu.corpus_bleu(texts, [wanted]).score / 100)
    assert found["chrf"].value == pytest.approx(sacrebleu.corpus_chrf(texts, [wanted]).score / 100)
    assert found["ter"].value == pytest.approx(sacrebleu.corpus_ter(texts, [wanted]).score / 100)
    assert all(value.low is not None and value.low <= value.value <= value.high for value in found.values())


def test_a_failed_sentence_shortens_the_translation() -> None:
    scorer = find_scorer("bleu")
    good = [scored("bleu", "the cat sat on the mat", "the cat sat on the mat") for _ in range(3)]
    assert scorer.combine(good).value == pytest.approx(1)
    less = scorer.combine([*good, Score("bleu", None)]).value
    assert less is not None
    assert less == pytest.approx(2.718281828 ** (1 - 4 / 3), abs=1e-6)
    assert scorer.combine([Score("bleu", None)]).value == 0


def test_two_runs_of_a_corpus_score_are_compared() -> None:
    scorer = find_scorer("bleu")
    wanted = [f"the {n} cats sat on the {n} mats today" for n in range(12)]
    worse = [scored("bleu", text.replace("mats", "rugs"), text) for text in wanted]
    found = scorer.compare(worse, [scored("bleu", text, text) for text in wanted])
    assert found.test == "approximate randomisation"
    assert found.difference is not None
    assert found.difference > 0
    assert found.p is not None
    assert found.p < 0.01


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(MissingPiece, match=r"genai-tui\[metrics\]"):
        find_scorer("bleu")


IFEVAL = {
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words", "startend:quotation"],
    "kwargs": [{}, {"num_words": 3, "relation": "at least"}, {}],
}


def test_instructions_are_checked_one_by_one() -> None:
    assert scored("ifeval", '"one two three"', IFEVAL).value == 1
    found = scored("ifeval", "one, two three", IFEVAL)
    assert found.value == 0
    assert found.reason == "Not followed: punctuation:no_comma, startend:quotation"
    assert scored("ifeval:level=instruction", "one, two three", IFEVAL).value == pytest.approx(1 / 3)
    assert scored("ifeval:loose", 'Here it is:\n"one two three"', IFEVAL).value == 1


def test_an_expression_that_takes_for_ever_is_wrong() -> None:
    assert scored("math", r"\boxed{9^{9^{9^{9}}}}", "3").value == 0
