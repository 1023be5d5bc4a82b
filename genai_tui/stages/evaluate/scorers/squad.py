"""Answers to questions about a text, as SQuAD scores them."""

import re
import string
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import Base, Verdict, accepted

Version = Literal["1.1", "2.0"]
_SIGNS = set(string.punctuation)


def normalize_answer(text: str) -> str:
    """Small letters; ASCII punctuation, articles and spare white space gone (the official evaluation script)."""
    bare = "".join(sign for sign in text.lower() if sign not in _SIGNS)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact_match(prediction: str, golds: list[str]) -> float:
    """1 where one of the answers is the same once normalised."""
    return max(float(normalize_answer(prediction) == normalize_answer(gold)) for gold in golds or [""])


def f1(prediction: str, golds: list[str], version: Version = "2.0") -> float:
    """The best F1 of the words. Where a side has none, version 2.0 gives 1 if both have none, version 1.1 gives 0."""
    found = normalize_answer(prediction).split()
    return max(_f1(found, normalize_answer(gold).split(), version) for gold in golds or [""])


def _f1(found: list[str], wanted: list[str], version: Version) -> float:
    if version == "2.0" and not (found and wanted):
        return float(found == wanted)
    same = sum((Counter(found) & Counter(wanted)).values())
    if not same:
        return 0.0
    precision, recall = same / len(found), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def golds_of(example: Example) -> list[str]:
    """The answers that are right; none at all (null, or an empty list) is a question without an answer: empty text."""
    found = accepted(example.expected) if example.expected not in ([], {}) else []
    return [gold for gold in found if normalize_answer(gold)] or found[:1] or [""]


@dataclass(frozen=True)
class SquadEm(Base):
    """SQuAD's exact match: the same but for letter case, punctuation and articles."""

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 or 0."""
        return Verdict(exact_match(text, golds_of(example)), normalize_answer(text))


@dataclass(frozen=True)
class SquadF1(Base):
    """SQuAD's F1 of the words of the best answer; `version` 1.1 and 2.0 differ where a side has no words."""

    version: Version = "2.0"

    kind: ClassVar[Kind] = "mean"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0 to 1."""
        return Verdict(f1(text, golds_of(example), self.version), normalize_answer(text))
