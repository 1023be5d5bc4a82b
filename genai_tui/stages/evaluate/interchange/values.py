"""Values as JavaScript has them: what promptfoo's verdicts rest on."""

import json
import math
import re
from typing import Any

from genai_tui.records.javascript import as_text, double

WHITE = "\t\n\x0b\x0c\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
_GAPS = re.compile(f"[{WHITE}]+")
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_BASED = re.compile(r"0[xX][0-9a-fA-F]{1,999}|0[oO][0-7]{1,999}|0[bB][01]{1,999}")
_LAST = "\uffff"  # of what JavaScript takes as one character
_EXACT = 2**53  # up to here every whole number is one of JavaScript's


class Malformed(Exception):
    """An assertion that promptfoo answers with an error: its sentence."""


def units(text: str) -> str:
    """A text with each character beyond 16 bits as the two that JavaScript sees."""
    if max(text, default="") <= _LAST:
        return text
    pairs = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(high << 8 | low) for high, low in zip(pairs[::2], pairs[1::2], strict=True))


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
    if isinstance(value, int | float):
        return double(value)
    if isinstance(value, dict):
        return math.nan
    text = trimmed("" if value is None else as_text(value))
    if _BASED.fullmatch(text):
        return double(int(text, 0))
    return float(text or 0) if not text or _DECIMAL.fullmatch(text) else math.nan


def at_most(a: Any, b: Any) -> bool:
    """JavaScript's `<=`: of two texts by their letters, else of numbers."""
    if isinstance(a, str) and isinstance(b, str):
        return units(a) <= units(b)
    return as_number(a) <= as_number(b)


def parsed(text: str) -> Any:
    """A text as JSON.parse reads it. Raises ValueError."""

    def no_number(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=no_number, parse_int=_whole)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def _whole(digits: str) -> float:
    """A whole number as the double that it is to JavaScript, where it is not one as it stands."""
    if len(digits) < 16 and digits != "-0":
        return int(digits)
    number = float(digits)
    return int(number) if 0 < abs(number) <= _EXACT else number


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
