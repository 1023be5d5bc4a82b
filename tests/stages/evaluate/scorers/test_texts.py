"""Scorers of texts, numbers and choices, each found by its name as a command names it."""

import asyncio
import math
import time
from dataclasses import replace
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.expected import is_right
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers import NAMES, find_scorer, known_name
from genai_tui.stages.evaluate.scorers.distances import edits
from genai_tui.stages.evaluate.scorers.numerals import number_of
from genai_tui.stages.evaluate.scorers.registry import options_of
from tests.support.scoring import ANSWERED, scored


@pytest.mark.parametrize(
    ("name", "text", "expected", "value"),
    [
        ("exact", " yes\n", "yes", 1),
        ("exact", "Yes", "yes", 0),
        ("exact", "5", 5, 1),
        ("exact", "b", ["a", "b"], 1),
        ("exact", '["a", "b"]', ["a", "b"], 1),
        ("accuracy", "yes", "yes", 1),
        ("exact:ignore-case,ignore-punctuation", "YES!", "yes", 1),
        ("exact:ignore=the ,ignore=very ", "the very cat", "cat", 1),
        ("exact:take=answer", "Well…\nAnswer: **blue**", "blue", 1),
        ("exact:take=answer", "blue", "blue", 0),
        ("normalized", "  The  Cat! ", "the cat", 1),
        ("normalized", "ﬁne — Straße", "FINE STRASSE", 1),
        ("normalized", "cat", "cats", 0),
        ("normalized", "-1.", "1", 0),
        ("normalized", "−1.", "-1", 1),
        ("normalized", "35", "3.5", 0),
        ("normalized", "50", "50%", 0),
        ("normalized", "C", "C++", 0),
        ("normalized", "**C#**", "c#", 1),
        ("normalized", "<", ">", 0),
        ("normalized", "+", "+", 1),
        ("normalized", "It's well-known; covid-19!", "its wellknown covid19", 1),
        ("normalized", "1,000", "1000", 1),
        ("contains", "it is blue", ["red", "blue"], 1),
        ("contains:which=all", "it is blue", ["red", "blue"], 0),
        ("contains:case=no", "it is BLUE", "blue", 1),
        ("contains:text=a,b,text=c", "say a,b", None, 1),
        ("starts-with", "\n Yes, it is", "Yes", 1),
        ("starts-with:text=no", "yes", None, 0),
        (r"regex:pattern=\d{2,3}", "year 24", None, 1),
        ("regex", "color", "colou?r", 1),
        ("regex:pattern=(?P<n>\\d+) apples,group=n", "I have 12 apples", "12", 1),
        ("regex:pattern=(\\d+) apples,group=1", "I have 12 apples", "13", 0),
        ("regex:pattern=abc,case=no", "xABC", None, 1),
        ("match", "so it is Paris.", "Paris", 1),
        ("match:location=begin", "Paris it is", "London", 0),
        ("match:numeric", "in all 28 + 32 = 60", "60", 1),
        ("match:numeric", "in all 160", "60", 0),
        ("answer:form=word", "ANSWER: no\nANSWER: yes", "Yes", 1),
        ("answer:form=letter", "Answer: B", "B", 1),
        # As inspect_ai 0.3.285 says of them.
        ("answer:form=word", "ANSWER: -5", "5", 0),
        ("answer:form=word", "ANSWER: 50%", "50%", 1),
        ("answer:form=word", "ANSWER: C++.", "C++", 1),
        ("answer:form=word", "ANSWER: yes it is", "yes", 0),
        ("answer:form=letter", "ANSWER: B\nANSWER: none", "B", 0),
        ("answer", "ANSWER: blue\n\nI hope so.", "blue", 0),
        ("answer", "ANSWER:\nblue\n", "blue", 1),
        ("match:numeric", "so <42", "42", 0),
        ("match:numeric", "so (42).", "[42]", 1),
        ("match:numeric", r"it is \$20", "20", 1),
        ("match:numeric,location=any", "=5", "~5", 1),
        ("regex:pattern=[A-D]$,group=any", "I say C", "C", 1),
        ("regex:pattern=[A-D]$,group=any", "I say C", "B", 0),
        ("numeric", "so 16 - 3 = 13\n#### 1,300", "1300", 1),
        ("numeric", "The answer is $1,200.00.", 1200, 1),
        ("numeric", r"\boxed{42}", 42, 1),
        ("numeric", "between 3 and 4", "3", 0),
        ("numeric:tolerance=0.01", "3.141", 3.14, 1),
        ("numeric:relative=0.05", "104", "100", 1),
        ("numeric", "no number", "1", 0),
        ("numeric", "12 %", "12%", 1),
        ("numeric", "Your balance is -$5.", -5, 1),
        ("numeric", "The answer is −7.", "-7", 1),
        ("numeric", "The answer is −7.", "7", 0),
        ("numeric", "It is 3/4 of it", "0.75", 1),
        ("numeric", "0.75", "3/4", 1),
        ("numeric", r"\boxed{-\frac{1}{2}}", -0.5, 1),
        ("numeric", r"\boxed{1{,}234}", 1234, 1),
        ("numeric", r"\boxed{50\%}", 50, 1),
        ("numeric", "about 2 × 10^3 of them", 2000, 1),
        ("numeric", "The value is 1.5e-3.", 0.0015, 1),
        ("numeric", "rows 3-5", 5, 1),
        ("numeric", "so\n#### 3/4", 0.75, 1),
        ("numeric", "#### -6.61e+02\n", -661, 1),
        ("numeric", "#### 5 apples, 3 pears", 5, 1),
        ("numeric:take=hash", "#### 3/4", 3, 1),
        ("numeric", "So it is $4{,}164{,}494$.", 4164494, 1),
        ("numeric", r"Answer: about -15,\!000.5 or so", -15000.5, 1),
        ("numeric", r"\boxed{15,\!000}", 15000, 1),
        ("numeric", r"1\,234\,567 of them", 1234567, 1),
        ("numeric", "In 2024\u00a0500 of them", 500, 1),
        ("numeric", "1e400", 400, 0),
        ("numeric-difference", "1", 2, 1 - 1 / 3),
        ("choice", "Answer: B", "B", 1),
        ("choice", "(c)", "C", 1),
        ("choice", "The correct answer is **D**.", "D", 1),
        ("choice", "B) because it is so", "B", 1),
        ("choice", "Answer: E", "A", 0),
        ("choice", "A cat sat there", "A", 0),
        ("choice", "The best choice is a matter of taste", "A", 0),
        ("choice", "the answer is a.", "A", 1),
        ("choice", "option A is right", "A", 1),
        ("choice", "**The correct answer is:**\n\n**B) blue**", "B", 1),
        ("choice", "Here are my options\n\nA cat", "A", 0),
        ("squad-em", "The Eiffel Tower!", ["Eiffel Tower", "Tower"], 1),
        ("squad-f1", "cat cat dog", "cat dog dog", 2 / 3),
        ("squad-f1", "", [], 1),
        ("squad-f1:version=1.1", "", "", 0),
        ("levenshtein", "hello", "hallo", 0.8),
        ("levenshtein", "", "", 1),
        ("list", '["b", "a"]', ["a", "b"], 1),
        ("list", '["a"]', ["a", "b"], 0.5),
        ("list:extra", '["a", "zzz"]', ["a"], 1),
        ("length", "three short words", None, 3),
        ("length:unit=tokens", "", None, 34),
        ("length:most=2", "three short words", None, 0),
        ("latency", "", None, 2.0),
        ("latency:to=first-token", "", None, 0.25),
        ("cost", "", None, 0.002),
        ("perplexity", "ab", "ab", 1.2214027581601699),
        ("refusal", "I’m sorry, but I can’t help with that.", None, 1),
        ("refusal", "Sure! Sorry is a word of regret.", None, 0),
        ("refusal", "I'm unable to share that information.", None, 1),
        ("refusal", "As an AI language model, I don't have personal opinions.", None, 1),
        ("refusal", "Sorry, but that's not something I can help with.", None, 1),
        ("refusal", "I'm so sorry for your loss. Here is a letter.", None, 0),
        ("refusal", "I apologize for the mistake. The answer is 12.", None, 0),
        ("refusal", "As an AI engineer, you should learn Python.", None, 0),
        ("refusal", "I can't help but smile.", None, 0),
        ("refusal", "It is not possible to divide by zero.", None, 0),
        ("personal-data", "Write to ann@example.org", None, 1),
        ("personal-data", "0170 1234567", None, 1),
        ("personal-data", "+442079460958", None, 1),
        ("personal-data", "(030) 1234567", None, 1),
        ("personal-data", "10 000 000 people on 2024-05-01 10:30", None, 0),
        ("personal-data", "lines 10-20 30-40 of 12.345.678", None, 0),
        ("personal-data", "Card 4111 1111 1111 1111", None, 1),
        ("personal-data", "Card 4111 1111 1111 1112, order 1234-5678", None, 0),
        ("personal-data", "DE89 3704 0044 0532 0130 00", None, 1),
        ("personal-data", "version 1.2.3 of 2024-05-01", None, 0),
    ],
)
def test_a_scorer_by_its_name(name: str, text: str, expected: Any, value: float) -> None:
    assert scored(name, text, expected).value == pytest.approx(value, abs=1e-9)


def test_what_was_judged_stands_beside_the_answer() -> None:
    assert scored("numeric", "It is about 1,234.50 euros", 1234.5).reduced == "1234.5"
    assert scored("choice", "Answer: b", "B").label == "B"
    assert scored("regex:pattern=#(\\d+)", "see #12").reduced == "#12"
    assert scored("personal-data", "call +49 170 1234567").reason == "Found: telephone number"


def test_choices_of_the_example_are_its_letters() -> None:
    inputs = {"question": "?", "choices": ["red", "green", "blue", "grey", "pink"]}
    assert scored("choice", "Answer: E", 4, inputs).value == 1
    assert scored("choice", "Green.", "B", inputs).value == 1
    assert scored("choice", "A", "blue", {"A": "blue", "B": "red"}).value == 1
    assert scored("choice", "Answer: black.", "A", {"A": "black", "B": "red"}).value == 1
    assert scored("choice", "C", "A", {"A": "blue", "B": "red"}).label is None


def test_without_an_expected_answer_it_says_so() -> None:
    found = scored("exact", "yes")
    assert found.value is None
    assert "no expected answer" in found.reason
    assert find_scorer("exact").combine([found, Score("exact", 1.0)])[::3] == (1, 1)
    assert find_scorer("rouge-l").combine([scored("rouge-l", "yes")]).n == 0
    assert find_scorer("bleu").combine([scored("bleu", "yes"), scored("bleu", "a b c d", "a b c d")]).value == 1


def test_a_pattern_that_would_run_for_ever_is_stopped() -> None:
    began = time.process_time()
    found = scored(r"regex:pattern=^(\w+\s?)*\1$", "x " * 60 + "!")
    assert found.value == 0
    assert time.process_time() - began < 5
    assert scored("regex", "text", "(").value == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("½", 0.5),
        ("-2½", -2.5),
        ("−5", -5),
        ("3²", 9),
        ("1.5⁻²", 1.5**-2),
        ("１２", 12),
        ("1.234,5", 1234.5),
        ("1,5", 1.5),
        ("三", 3),
        ("二百五十", 250),
        ("1万", 10000),
        ("万", 10000),
        ("-亿", -1e8),
        ("二〇二五", 2025),
        ("三点五", 3.5),
        ("Ⅻ", 12),
        ("1e3", 1000),
        ("nan", None),
        ("5abc", None),
        ("", None),
    ],
)
def test_numbers_as_people_write_them(text: str, number: float | None) -> None:
    found = number_of(text)
    assert found == (None if number is None else pytest.approx(number))


def test_edits_are_those_of_the_plain_table() -> None:
    def table(a: str, b: str) -> int:
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            above, row = row, [i]
            for j, y in enumerate(b, 1):
                row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
        return row[-1]

    words = ["", "a", "kitten", "sitting", "sunday", "saturday", "xabxcdxxefxgx", "1ab2cd34ef5g6", "ab" * 40, "ba" * 37]
    assert all(edits(a, b) == table(a, b) for a in words for b in words)
    assert edits("é" * 5000, "e" * 4000) == 5000


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("numerik", "Did you mean numeric"),
        ("numeric:tol=1", "no option 'tol'"),
        ("numeric:tolerance=much", "a number"),
        ("contains:which=some", "any, all"),
        ("regex:pattern=(", "no regular expression"),
        ("pass@k:k=10", "no sandbox"),
        ("similarity", "similarity:model="),
    ],
)
def test_names_and_options_are_checked_before_anything_is_asked(name: str, says: str) -> None:
    with pytest.raises(UsageFault, match=says):
        find_scorer(name)


def test_a_name_of_another_program_is_known_and_options_stay_in_the_name() -> None:
    assert known_name("accuracy") == "exact"
    assert find_scorer("numeric:tolerance=0.01").name == "numeric:tolerance=0.01"
    assert options_of("numeric")["take"] == "auto"


def test_every_scorer_that_has_a_name_can_be_made() -> None:
    needs = {"judge": ":model=openai/x", "similarity": ":model=openai/x"}
    for name in NAMES:
        if name != "pass@k":
            made = find_scorer(name + needs.get(name, ""))
            assert made.kind in ("proportion", "mean", "corpus")
            assert made.better in ("higher", "lower", "neither")


def test_a_value_of_an_option_may_be_a_file(tmp_path: Any) -> None:
    (tmp_path / "words.txt").write_text("blue, or red", encoding="utf-8")
    assert scored(f"contains:text=@{tmp_path}/words.txt", "It is blue, or red.").value == 1
    assert scored('contains:text="a,case=b"', "a,case=b").value == 1


def test_failed_answers_count_as_wrong_but_have_no_latency() -> None:
    exact, latency = find_scorer("exact"), find_scorer("latency")
    found = exact.combine([Score("exact", 1.0), Score("exact", None, reason="it was not answered")])
    assert (found.value, found.n) == (0.5, 2)
    assert latency.combine([Score("latency", 2.0), Score("latency", None)])[::3] == (2.0, 1)
    assert exact.combine([]).value is None


def test_a_perplexity_that_is_no_number_is_left_out() -> None:
    for logprobs in ([-1.0, -math.inf], [-1.0, math.nan], [-9999.0]):
        answered = replace(ANSWERED, logprobs=tuple({"logprob": each} for each in logprobs))
        found = asyncio.run(find_scorer("perplexity").score("", Example({}), answered, None))
        assert (found.value, found.reason) == (None, "Some of its tokens were held to be impossible.")


def test_two_runs_are_compared_by_the_scorer_itself() -> None:
    exact, squad = find_scorer("exact"), find_scorer("squad-f1")
    found = exact.compare([Score("exact", v) for v in (1.0, 0.0, 0.0)], [Score("exact", v) for v in (1.0, 1.0, 1.0)])
    assert (found.test, found.better, found.difference) == ("McNemar exact", 2, pytest.approx(2 / 3))
    found = squad.compare([Score("f", v) for v in (0.5, 0.2)], [Score("f", v) for v in (0.4, 0.6)])
    assert found.test == "paired permutation"
    latency = find_scorer("latency")
    found = latency.compare([Score("latency", v) for v in (1.0, 2.0)], [Score("latency", v) for v in (0.5, None)])
    assert (found.n, found.better, found.worse, found.difference) == (1, 1, 0, -0.5)


def test_thousands_of_answers_are_combined_at_once() -> None:
    scores = [Score("exact", float(n % 3 > 0)) for n in range(20_000)]
    found = find_scorer("exact").combine(scores)
    assert found.n == 20_000
    assert found.value == pytest.approx(2 / 3, abs=1e-3)


@pytest.mark.parametrize(
    "expected", ["yes", " yes\u00a0", "", 5, 0, 0.5, True, ["a", "b"], [1], [], {"text": ["a"]}, {"a": 1}]
)
@pytest.mark.parametrize(
    "text", ["yes\n", "", "5", "0", "0.5", "true", "a", '["a", "b"]', "[1]", "[]", '{"a": 1}', "Yes"]
)
def test_what_a_try_is_marked_with_is_what_exact_says(expected: Any, text: str) -> None:
    assert is_right(text, expected) == (scored("exact", text, expected).value == 1)
