"""Values as JavaScript has them: what promptfoo's verdicts rest on."""

import json
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
