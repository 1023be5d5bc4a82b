"""Scorers read what models wrote, which may be anything: none fails, none is kept busy for long."""

import time
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.scorers import NAMES, find_scorer
from genai_tui.stages.evaluate.scorers.base import was_judged
from genai_tui.stages.evaluate.scorers.ifeval import INSTRUCTIONS, follows
from tests.support.hostile import JUDGED
from tests.support.scoring import scored

HOSTILE = {
    **JUDGED,
    "lines": "\n" * 20_000 + "*",
    "stops": "!" * 20_000 + "x",
    "fences": "```\n" + " " * 20_000 + "``",
    "powers": "9" + "⁹" * 90,
    "answers": "answer: " * 5_000,
    "stars": "answer:" + "*" * 50_000 + "x",
    "numbers": '{"a": 1e999, "b": -0.0, "c": 123456789012345678901234567890}',
}
EXPECTED = {
    "ifeval": {"instruction_id_list": [], "kwargs": []},
    "json-schema": {"type": "object"},
    "json-fields": {"a": 1},
}
ASKING = ("pass@k", "judge", "similarity")
GIVEN = {
    "keywords": ["a", "(b+)+$"], "keyword": "x", "frequency": 1, "relation": "at least", "forbidden_words": ["y"],
    "letter": "a", "let_frequency": 1, "let_relation": "at least", "key_sentences": ["A."], "num_sentences": 1,
    "language": "en", "num_words": 1, "num_paragraphs": 1, "nth_paragraph": 1, "first_word": "a", "low": 1, "high": 2,
    "num_placeholders": 1, "postscript_marker": "P.S.", "original_paragraph": "a b", "num_bullets": 1,
    "num_highlights": 1, "section_spliter": "Section", "num_sections": 1, "original_message": "*a*", "starter": "a",
    "prompt_to_repeat": "a", "end_phrase": "a", "capital_frequency": 1, "capital_relation": "at least",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ASKING])
def test_a_scorer_takes_any_text(name: str) -> None:
    for kind, text in HOSTILE.items():
        began = time.process_time()
        found = scored(name, text, EXPECTED.get(name, "x"))
        assert found.value is None or found.value == found.value, kind
        assert time.process_time() - began < 5, kind


def test_instructions_take_any_text() -> None:
    for kind, text in HOSTILE.items():
        began = time.process_time()
        for name in INSTRUCTIONS:
            assert follows(name, GIVEN, text) in (True, False), (name, kind)
        assert time.process_time() - began < 10, kind


@pytest.mark.parametrize("name", ["rouge-l", "rouge-lsum", "levenshtein"])
def test_texts_that_would_take_minutes_are_not_judged(name: str) -> None:
    long = "one two three four five six seven eight nine ten " * 2_000
    began = time.process_time()
    found = scored(name, long, long.replace("one", "eleven"))
    assert (found.value, was_judged(found)) == (None, False)
    assert time.process_time() - began < 5
    assert scored(name, long, "one two").value is not None


@pytest.mark.parametrize(
    ("name", "text", "expected", "value"),
    [
        ("spans", '[{"label": "A", "start": [1], "end": {}}]', [{"label": "A", "start": 0, "end": 1}], 0),
        ("numeric-difference", "1e308", -1e308, 0),
        ("json-difference", '{"a": 1e999}', {"a": 1}, 0),
        ("json-difference", '{"a": NaN}', {"a": 1}, 0),
        ("json-difference", f'{{"a": {"9" * 400}}}', {"a": 1.5}, 0),
        ("ifeval", "text", {"instruction_id_list": 1}, None),
        ("ifeval", "text", "[" * 100_000, None),
        ("ifeval", "text", {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [1]}, 1),
    ],
)
def test_values_of_other_kinds_are_judged(name: str, text: str, expected: Any, value: float | None) -> None:
    assert scored(name, text, expected).value == value


@pytest.mark.parametrize("pattern", ["a{99999999}", "(?:[a-z]{9999}x){9999}", r"((\w{200,}){200}){200}"])
def test_a_pattern_that_would_take_all_memory_is_refused(pattern: str) -> None:
    with pytest.raises(UsageFault, match="asks for at most 200,000 characters"):
        find_scorer(f"regex:pattern={pattern}")
    assert scored("regex", "aaa", pattern).value == 0
    assert scored("regex", "a" * 100_000, "a{99999}").value == 1
