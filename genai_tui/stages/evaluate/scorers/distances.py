"""How far texts lie apart, letter by letter."""

from dataclasses import dataclass
from typing import ClassVar

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted, unjudged

MOST_PAIRS = 2_500_000_000  # of characters, one of each text: some 20 s


@dataclass(frozen=True)
class Levenshtein(Base):
    """1 − edits / length of the longer text, of the nearest expected one (autoevals' Levenshtein)."""

    case: bool = True

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0 to 1."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        if any(len(text) * len(each) > MOST_PAIRS for each in wanted):
            return unjudged("It is too long to be compared letter by letter with what is expected.")
        fold = str if self.case else str.casefold
        return Verdict(max(similarity(fold(text), fold(each)) for each in wanted))


def similarity(a: str, b: str) -> float:
    """1 − edits / length of the longer; 1 for two empty texts."""
    longest = max(len(a), len(b))
    return 1 - edits(a, b) / longest if longest else 1.0


def edits(a: str, b: str) -> int:
    """Levenshtein's distance, by Myers' bit vectors (1999) as Hyyrö wrote them (2003): a number holds a column."""
    if len(a) < len(b):
        a, b = b, a
    if not b:
        return len(a)
    where: dict[str, int] = {}
    for place, sign in enumerate(b):
        where[sign] = where.get(sign, 0) | 1 << place
    last, full = 1 << (len(b) - 1), (1 << len(b)) - 1
    up, down, distance = full, 0, len(b)
    for sign in a:
        same = where.get(sign, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | ~(diagonal | up) & full, up & diagonal
        distance += bool(right & last) - bool(left & last)
        right, left = (right << 1 | 1) & full, left << 1 & full
        up, down = left | ~(diagonal | right) & full, right & diagonal
    return distance
