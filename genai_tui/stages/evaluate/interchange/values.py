"""Values as JavaScript has them: what promptfoo's verdicts rest on."""

import json
import math
from decimal import Decimal
from typing import Any


class Malformed(Exception):
    """An assertion that promptfoo answers with an error: its sentence."""


def commas(text: str) -> list[str]:
    """Parts between commas, white space around them cut; a part in double quotes keeps its commas.

    Raises Malformed for a quote that is never closed.
    """
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == "," or text[place].isspace():
            place += 1
            continue
        if text[place] != '"':
            end = text.find(",", place)
            end = len(text) if end < 0 else end
            found.append(text[place:end].strip())
            place = end
            continue
        part, place = _quoted(text, place + 1)
        found.append(part)
        while place < len(text) and text[place].isspace():
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


def string(value: Any) -> str:
    """A value as JavaScript makes a text of it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return ",".join("" if item is None else string(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


def _number(value: float) -> str:
    """A number as JavaScript writes it: in plain digits from 1e-6 up to 1e21 (ECMA-262, Number::toString)."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    shortest = repr(value)
    if 1e-6 <= abs(value) < 1e21:
        plain = format(Decimal(shortest), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    digits, _, exponent = shortest.partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}"


def parsed(text: str) -> Any:
    """A text as JSON.parse reads it. Raises ValueError."""

    def no_number(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=no_number)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def same(a: Any, b: Any) -> bool:
    """Deep equality: true is not 1, and 1.0 is 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return float(a) == float(b)
    return type(a) is type(b) and bool(a == b)
