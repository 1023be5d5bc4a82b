"""Scorers that compare texts."""

import re
import string
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from genai_tui.records.datasets import Example
from genai_tui.records.expected import exact_texts
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted, short
from genai_tui.stages.evaluate.scorers.extraction import Take, taken

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)
_LETTER = r"[^\W\d_]"
_SIGNS = re.compile(
    rf"((?<!{_LETTER})-(?=\.?\d)|\.(?=\d)|(?<=\d)[/:](?=\d)|(?<=\d)%|(?<={_LETTER})[+#]+(?!\w)|(?<=\b{_LETTER})-(?=\s|$))"
    r"|[^\w\s]|_"
)


@dataclass(frozen=True)
class Exact(Base):
    """The expected text and nothing else; white space around both does not count.

    `take` reduces the answer first. `ignore-case`, `ignore-punctuation`, `ignore-numbers` and patterns to `ignore`
    are applied to both, as Hugging Face's exact_match applies them.
    """

    take: Take = "all"
    ignore_case: bool = False
    ignore_punctuation: bool = False
    ignore_numbers: bool = False
    ignore: tuple[str, ...] = ()

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where they are the same, else 0; a list of texts is right where one of it is."""
        if example.expected is None:
            return NO_EXPECTED
        found = taken(text, self.take)
        if found is None:
            return Verdict(0.0, reason=f"Nothing to take from it: {self.take}.")
        right = any(self.reduced(found) == self.reduced(each) for each in exact_texts(example.expected))
        return Verdict(float(right), None if self.take == "all" else found)

    def reduced(self, text: str) -> str:
        """A text without what is ignored."""
        if self.ignore:
            from genai_tui.stages.evaluate.scorers.patterns import without

            text = without(text, self.ignore)
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = text.translate(_PUNCTUATION)
        if self.ignore_numbers:
            text = text.translate(_DIGITS)
        return text.strip()


@dataclass(frozen=True)
class Normalized(Base):
    """The same text but for letter case, punctuation, width and accents' form, and how much white space there is."""

    take: Take = "all"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where they are the same once reduced, else 0."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        found = normalized(taken(text, self.take) or "")
        return Verdict(float(any(found == normalized(each) for each in wanted)), found)


@lru_cache(4096)
def normalized(text: str) -> str:
    """Compatibility form (NFKC), case folded, signs of punctuation gone, white space joined.

    What makes another value of it stays: the minus and the point of a number, `1/2`, `10:30`, `50%`, `C++`, `C#`, `A-`.
    A text of nothing but signs stays as it is.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("−", "-")
    return " ".join(_SIGNS.sub(_kept, folded).split()) or " ".join(folded.split())


def _kept(sign: re.Match[str]) -> str:
    if sign[1]:
        return sign[1]
    return "" if sign[0] in string.punctuation or unicodedata.category(sign[0]).startswith("P") else sign[0]


@dataclass(frozen=True)
class Contains(Base):
    """What is expected stands somewhere in the answer: any of a list, or `which=all` of it.

    `text` is looked for instead of the example's own; `case=no` takes large and small letters as one.
    """

    which: Literal["any", "all"] = "any"
    case: bool = True
    text: tuple[str, ...] = field(default=())

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it is there, else 0."""
        wanted = list(self.text) or accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        answer = text if self.case else text.casefold()
        missing = [each for each in wanted if (each if self.case else each.casefold()) not in answer]
        right = not missing if self.which == "all" else len(missing) < len(wanted)
        return Verdict(float(right), reason="" if right else f"Not in it: {short('; '.join(missing))}")


@dataclass(frozen=True)
class StartsWith(Base):
    """The answer begins with what is expected, or with `text`; white space before both does not count."""

    case: bool = True
    text: tuple[str, ...] = field(default=())

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it does, else 0."""
        wanted = list(self.text) or accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        begins = re.sub(r"^\s+", "", text if self.case else text.casefold())
        right = any(begins.startswith((each if self.case else each.casefold()).lstrip()) for each in wanted)
        return Verdict(float(right))
