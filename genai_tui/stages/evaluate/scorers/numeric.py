"""Scorers that compare numbers."""

import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, short
from genai_tui.stages.evaluate.scorers.extraction import FLEXIBLE, Take, last_match, taken
from genai_tui.stages.evaluate.scorers.numerals import number_of

LONGEST = 200  # characters of a number
_AUTO: tuple[Take, ...] = ("hash", "answer", "boxed", "all", "number")
_PERCENT = re.compile(r"\s*\\?(%|percent)$", re.IGNORECASE)
_MINUS = str.maketrans("−–﹣－", "----")
_GROUPS = re.compile(r"(?<=\d)(?:\{,\}|,\\!|\\,|,)(?=\d{3}(\D|$))")  # as LaTeX writes them too
_SPREAD = re.compile(r"(?<![\d.,])\d{1,3}(?:(?:\{,\}|,\\!|\\,|[\u00a0\u202f\u2009])\d{3})+(?!\d)")
_HASH_LINE = re.compile(r"#### ([^\n]+)")
_CURRENCY = re.compile(r"([-+]?)\s*\\?[$€£¥]\s*")
_FRACTION = re.compile(r"([-+]?)\s*(?:\\[dtc]?frac\{([^{}]+)\}\{([^{}]+)\}|([^/]+)/([^/]+))")
_POWER = re.compile(r"(?:(.+?)\s*(?:[×·*x]|\\times|\\cdot)\s*)?([-+]?\d+)\s*\^\s*\{?([-+]?\d{1,3})\}?")
_DIGITS = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_COMPOUND = re.compile(  # a power of ten, a fraction or a power as it stands in prose
    rf"(?<![\w.,/])[-+]?[$€£¥]?{_DIGITS}"
    rf"(?:[eE][-+]?\d+|\s?/\s?{_DIGITS}|(?:\s?(?:[×·*]|\\times|\\cdot)\s?10)?\^\{{?[-+]?\d{{1,3}}\}}?)(?![\w/]|\.\d)"
    r"|[-+]?\\[dtc]?frac\{[^{}]+\}\{[^{}]+\}"
)


@dataclass(frozen=True)
class Numeric(Base):
    """The same number, within `tolerance` (absolute) or `relative` (a share of the expected one).

    `take` says which number of the answer: after `####`, of the line `Answer:`, in a box, the last one, or the text
    itself; `auto` takes the first of these that is there.
    """

    tolerance: float = 1e-9
    relative: float = 0.0
    take: Literal["auto", "all", "hash", "answer", "boxed", "number"] = "auto"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it is within the tolerance, else 0."""
        wanted = [number for number in map(as_number, _each(example.expected)) if number is not None]
        if example.expected is None:
            return NO_EXPECTED
        if not wanted:
            return Verdict(0.0, reason=f"What is expected is no number: {short(example.expected)}")
        found = number_in(text, self.take)
        if found is None:
            return Verdict(0.0, reason="There is no number in it.")
        near = min(wanted, key=lambda number: abs(number - found))
        gap = abs(near - found)
        right = gap <= max(self.tolerance, self.relative * abs(near))
        return Verdict(float(right), format(found, ".15g"), "" if right else f"It is {gap:g} away.")


@dataclass(frozen=True)
class NumericDifference(Base):
    """How near a number is: 1 − |a − b| / (|a| + |b|), which is 1 where they are equal (autoevals' NumericDiff)."""

    kind: ClassVar[Kind] = "mean"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0, where one is 0 or their signs differ, to 1."""
        wanted = as_number(example.expected)
        if wanted is None:
            return NO_EXPECTED
        found = number_in(text, "auto")
        if found is None:
            return Verdict(0.0, reason="There is no number in it.")
        return Verdict(nearness(found, wanted), format(found, ".15g"))


def nearness(a: float, b: float) -> float:
    """1 − |a − b| / (|a| + |b|); 1 where both are 0, and 0 where that is beyond all floats."""
    if a == b:
        return 1.0
    try:
        found = 1 - abs(a - b) / (abs(a) + abs(b))
    except OverflowError:
        return 0.0
    return 0.0 if math.isnan(found) else found


def number_in(text: str, take: Take | Literal["auto"]) -> float | None:
    """The number of an answer."""
    for name in _AUTO if take == "auto" else (take,):
        if name == "number":
            return last_number(text)
        if name == "hash" and take == "auto" and (line := _HASH_LINE.search(text)) is not None:
            whole = as_number(line[1])
            if whole is not None:  # more than the digits that GSM8K's rule takes: a fraction, a power of ten
                return whole
        found = taken(text, name)
        if found is None:
            continue
        number = as_number(found)
        if number is None and name in ("answer", "boxed"):
            number = last_number(found)
        if number is not None:
            return number
    return None


def last_number(text: str) -> float | None:
    """The last number of a prose: also a fraction, a power, or grouped; a hyphen right behind a figure is no sign."""
    text = _SPREAD.sub(lambda found: re.sub(r"\D", "", found[0]), text.translate(_MINUS))
    plain, compound = last_match(FLEXIBLE, text), last_match(_COMPOUND, text)
    if compound is not None and (plain is None or compound.end() >= plain.end() - 1):
        return as_number(compound[0])
    if plain is None:
        return None
    found = plain[0].lstrip("-") if text[: plain.start()][-1:].isdigit() else plain[0]
    return as_number(found.rstrip(","))


def as_number(value: Any) -> float | None:
    """A JSON number, or a text that is one, with a currency before or a percent sign after it; a fraction, a power."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _finite(value)
    if not isinstance(value, str) or len(value.strip()) > LONGEST:
        return None
    bare = _CURRENCY.sub(r"\1", value.strip().translate(_MINUS).strip("$").rstrip("€£¥").strip().rstrip("."), count=1)
    bare = _GROUPS.sub("", _PERCENT.sub("", bare))
    found = number_of(bare)
    if found is not None:
        return found
    try:
        if fraction := _FRACTION.fullmatch(bare):
            sign, above, below = fraction[1], fraction[2] or fraction[4], fraction[3] or fraction[5]
            top, bottom = number_of(above), number_of(below)
            return None if top is None or bottom is None else _finite((-1 if sign == "-" else 1) * top / bottom)
        if power := _POWER.fullmatch(bare):
            times = 1.0 if power[1] is None else number_of(power[1])
            return None if times is None else _finite(times * float(power[2]) ** int(power[3]))
    except (OverflowError, ZeroDivisionError):
        return None
    return None


def _finite(value: float) -> float | None:
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _each(expected: Any) -> list[Any]:
    return expected if isinstance(expected, list) else [expected]
