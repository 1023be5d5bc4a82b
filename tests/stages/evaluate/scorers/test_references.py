"""Scorers against the libraries that define them, on texts made at random, in each of their variants."""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.ifeval import follows
from tests.support.scoring import scored

WORDS = (
    "the The a cat cats sat sitting on mat. mat, don't U.S. 3.5 1,000 naïve café Straße 你好 世界 well-known “quoted” "
    "end! e.g. (x) $5 50% running runs RUN"
).split()
CAPITALS = "change_case:capital_word_frequency"
BLEU = [f"tokenize={name}" for name in ("13a", "none", "zh", "intl", "char")]
BLEU += [
    "lowercase",
    "smooth=floor",
    "smooth=add-k",
    "smooth=none",
    "effective-order",
    "order=2",
    "smooth=floor,smooth-value=0.3",
]
CHRF = ["words=2", "words=1,lowercase", "characters=4", "beta=3", "whitespace", "eps-smoothing"]
TER = ["normalized", "no-punctuation", "asian-support,normalized", "case"]


def texts(seed: int, several: bool) -> tuple[list[str], list[list[str]]]:
    """Twelve answers, an empty one among them, and what is expected of each: one text, or two."""
    rng = random.Random(seed)

    def text() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 14)))

    answers = [text() for _ in range(11)] + [""]
    wanted = [[" ".join(rng.sample(each.split(), len(each.split()))) or "the cat"] for each in answers]
    return answers, [[*each, text()] if several else each for each in wanted]


def corpus(name: str, answers: list[str], wanted: list[list[str]]) -> float:
    """The scorer's value of all answers."""
    scores = [scored(name, answer, each) for answer, each in zip(answers, wanted, strict=True)]
    value = find_scorer(name).combine(scores).value
    assert value is not None
    return value


def made(metric: Callable[..., Any], options: str, names: dict[str, str]) -> Any:
    """Sacrebleu's metric with the same options, under its own names."""
    given: dict[str, Any] = {}
    for option in options.split(",") if options else ():
        key, _, value = option.partition("=")
        number = value.replace(".", "", 1).isdigit()
        given[names.get(key, key.replace("-", "_"))] = (
            True if not value else float(value) if "." in value else int(value) if number else value
        )
    return metric(**given)


@pytest.mark.parametrize(("options", "several"), list(product(["", *BLEU], [False, True])))
def test_bleu(options: str, several: bool) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    names = {"smooth": "smooth_method", "smooth-value": "smooth_value", "order": "max_ngram_order"}
    for seed in range(3):
        answers, wanted = texts(seed, several)
        theirs = made(metrics.BLEU, options, names).corpus_score(
            answers, [list(each) for each in zip(*wanted, strict=True)]
        )
        assert corpus(f"bleu:{options}" if options else "bleu", answers, wanted) == pytest.approx(theirs.score / 100)


@pytest.mark.parametrize(("options", "several"), list(product(["", *CHRF], [False, True])))
def test_chrf(options: str, several: bool) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    for seed in range(3):
        answers, wanted = texts(seed, several)
        theirs = made(metrics.CHRF, options, {"words": "word_order", "characters": "char_order"})
        value = theirs.corpus_score(answers, [list(each) for each in zip(*wanted, strict=True)]).score
        assert corpus(f"chrf:{options}" if options else "chrf", answers, wanted) == pytest.approx(value / 100)


@pytest.mark.parametrize("options", ["", *TER])
def test_ter(options: str) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    for seed in range(2):
        answers, wanted = texts(seed, True)
        theirs = made(metrics.TER, options, {"no-punctuation": "no_punct", "case": "case_sensitive"})
        value = theirs.corpus_score(answers, [list(each) for each in zip(*wanted, strict=True)]).score
        assert corpus(f"ter:{options}" if options else "ter", answers, wanted) == pytest.approx(value / 100)


@pytest.mark.parametrize(
    ("name", "variant"),
    [("rouge-1", "rouge1"), ("rouge-2", "rouge2"), ("rouge-l", "rougeL"), ("rouge-lsum", "rougeLsum")],
)
@pytest.mark.parametrize("stemmer", [False, True])
def test_rouge_takes_the_best_of_several_expected_texts(name: str, variant: str, stemmer: bool) -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer([variant], use_stemmer=stemmer)
    for seed in range(3):
        answers, wanted = texts(seed, True)
        for answer, each in zip(answers, wanted, strict=True):
            lined = answer.replace(". ", ".\n")
            best = scorer.score_multi(each, lined)[variant]
            for part, value in (("f", best.fmeasure), ("precision", best.precision), ("recall", best.recall)):
                given = f"{name}:part={part}" + (",stemmer" if stemmer else "")
                assert scored(given, lined, each).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "given", "text", "right"),
    [
        (CAPITALS, {"capital_frequency": 2, "capital_relation": "at least"}, "DON'T", True),
        (CAPITALS, {"capital_frequency": 2, "capital_relation": "at least"}, "the U.S.", False),
        (CAPITALS, {"capital_frequency": 2, "capital_relation": "less than"}, "A/B it", True),
        (CAPITALS, {"capital_frequency": 3, "capital_relation": "at least"}, "R&D, OK.", True),
        ("detectable_format:multiple_sections", {"section_spliter": "PART", "num_sections": 2}, "PART 1\nPART2", True),
        ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 2}, "Day 1 day 2", False),
        ("detectable_format:multiple_sections", {"section_spliter": "(", "num_sections": 1}, "( 1", True),
        ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "so\np. p. s: x", True),
        ("detectable_content:postscript", {"postscript_marker": "P.S."}, "so P.S x", False),
        ("detectable_content:postscript", {"postscript_marker": "N.B."}, "so\nn.b. x", True),
        ("startend:constrained_start", {"starter": "I think"}, "Well.\n  I think so", True),
        ("startend:constrained_start", {"starter": "I think"}, "i think so", False),
        ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "Concatenate", True),
        ("keywords:forbidden_words", {"forbidden_words": ["(cat"]}, "a dog", True),
        ("keywords:forbidden_words", {"forbidden_words": ["cat", "dog"]}, "a DOG.", False),
        ("keywords:existence", {"keywords": ["cat", "dog"]}, "Concatenate the dogma", True),
        ("keywords:frequency", {"keyword": "a", "frequency": 3, "relation": "less than"}, "banana", False),
        ("keywords:letter_frequency", {"letter": "A", "let_frequency": 3, "let_relation": "at least"}, "Banana", True),
        ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, "हिन्दी में", False),
        ("length_constraints:number_words", {"num_words": 2, "relation": "at least"}, "cafe\u0301 ½", False),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "***\nx\n***\ny", True),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "x\n***\n***\ny", False),
        ("length_constraints:nth_paragraph_first_word",
         {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Well"}, 'x\n\n"Well, y', True),
        ("combination:two_responses", {}, "one******two******", True),
        ("combination:two_responses", {}, "one****** ******two", False),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n - b\n** c", True),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "**a** and *b*", True),
        ("detectable_format:title", {}, "<< >> x", False),
        ("detectable_format:json_format", {}, "```json\n[1]\n```", True),
        ("startend:quotation", {}, '"', False),
        ("punctuation:no_comma", {}, "one، two", True),
    ],
)  # fmt: skip
def test_instructions_as_the_reference_checks_them(name: str, given: dict[str, Any], text: str, right: bool) -> None:
    """Worked out by hand from google-research's instructions.py; words as NLTK 3.10 parts them."""
    if "capital" in name:
        pytest.importorskip("nltk")
    assert follows(name, given, text) is right
