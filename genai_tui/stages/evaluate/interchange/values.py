"""Values as JavaScript has them: what promptfoo's verdicts rest on."""

import math
import re
from typing import Any

from genai_tui.records.javascript import WHITE, as_text, double, halved, number_of

_GAPS = re.compile(f"[{WHITE}]+")


class Malformed(Exception):
    """An assertion that promptfoo answers with an error: its sentence."""


def trimmed(text: str) -> str:
    """A text without white space around it, as JavaScript knows it."""
    return text.strip(WHITE)


def words(text: str) -> list[str]:
    """What stands between white space; of nothing one empty word."""
    return _GAPS.split(trimmed(text))


def commas(text: str) -> list[str]:
    """Parts between commas, white space around them cut; a part in double quotes keeps its commas.

    Raises Malformed for a quote that is never closed.
    """
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == "," or text[place] in WHITE:
            place += 1
            continue
        if text[place] != '"':
            end = text.find(",", place)
            end = len(text) if end < 0 else end
            found.append(trimmed(text[place:end]))
            place = end
            continue
        part, place = _quoted(text, place + 1)
        found.append(part)
        while place < len(text) and text[place] in WHITE:
            place += 1
        if place < len(text) and text[place] != ",":
            raise Malformed("Expected comma after quoted field in contains assertion value")
    return found


def _quoted(text: str, place: int) -> tuple[str, int]:
    part = ""
    while place < len(text):
        pair = text[place : place + 2]
        if pair in ('\\"', "\\\\", '""'):
            part += pair[1]
            place += 2
        elif text[place] == '"':
            return part, place + 1
        else:
            part += text[place]
            place += 1
    raise Malformed("Unterminated quoted field in contains assertion value")


def as_number(value: Any) -> float:
    """A value as JavaScript makes a number of it (ECMA-262, ToNumber); NaN where it cannot be one."""
    return number_of(as_text(value) if isinstance(value, list | dict) else value)


def at_most(a: Any, b: Any) -> bool:
    """JavaScript's `<=`: of two texts by their letters, else of numbers."""
    if isinstance(a, str) and isinstance(b, str):
        return halved(a) <= halved(b)
    return as_number(a) <= as_number(b)


def same(a: Any, b: Any) -> bool:
    """Deep equality: true is not 1, 1.0 is 1, and 0 is not -0."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return double(a) == double(b) and (a != 0 or math.copysign(1, a) == math.copysign(1, b))
    return type(a) is type(b) and bool(a == b)
