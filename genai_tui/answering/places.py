"""Where in a JSON text something stands: the path of a value, and its place in the text."""

import json
import re
from typing import Any, NamedTuple

Path = tuple[str | int, ...]  # keys and 0-based positions, from the root
_BLANK = re.compile(r"[ \t\n\r]*")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OUTSIDE_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', re.DOTALL)
LONGEST_WHY = 200


class NotJson(ValueError):
    """A text that is no JSON: at which offset, and why."""

    def __init__(self, offset: int, why: str) -> None:
        super().__init__(why)
        self.offset = offset


class Spot(NamedTuple):
    """A place in a text: its offset in characters from 0, its line and column from 1."""

    offset: int
    line: int
    column: int


def strict_json(text: str) -> Any:
    """The value of a JSON text, as the standard has it: no NaN, nothing before or behind. Raises NotJson."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        why = fault.msg[:1].lower() + fault.msg[1:].removesuffix(" starting at")
        if fault.msg == "Extra data":
            why = "the JSON has ended, and text follows"
        elif fault.pos >= len(text.rstrip()):
            why = "it ends before it is complete"
        raise NotJson(fault.pos, why) from None
    except RecursionError:
        raise NotJson(0, "nested too deeply to be read") from None
    except ValueError as fault:
        found = next((each for each in _OUTSIDE_STRINGS.finditer(text) if each[1]), None)
        why = f"{found[1]} is no number of JSON" if found else str(fault)[:LONGEST_WHY]
        raise NotJson(found.start() if found else 0, why) from None


def spot(text: str, offset: int) -> Spot:
    """Line and column of an offset."""
    offset = min(offset, len(text))
    start = text.rfind("\n", 0, offset) + 1
    return Spot(offset, text.count("\n", 0, offset) + 1, offset - start + 1)


def offset_of(text: str, path: Path) -> int:
    """Where the value at `path` begins in a text that `strict_json` reads; of a key that stands twice, the last."""
    at = _blank(text, 0)
    for step in path:
        at = _item(text, at, step) if isinstance(step, int) else _member(text, at, step)
    return at


def written(path: Path) -> str:
    """A path as people write it: `$.items[2].price`."""
    return "$" + "".join(
        f".{step}" if isinstance(step, str) and _NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
        for step in path
    )


def _item(text: str, at: int, index: int) -> int:
    at = _blank(text, at + 1)
    for _ in range(index):
        _, at = _DECODER.raw_decode(text, at)
        at = _blank(text, _blank(text, at) + 1)
    return at


def _member(text: str, at: int, name: str) -> int:
    found = at
    at = _blank(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _blank(text, _blank(text, at) + 1)
        if key == name:
            found = at
        _, at = _DECODER.raw_decode(text, at)
        at = _blank(text, at)
        if text[at] == ",":
            at = _blank(text, at + 1)
    return found


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_constant)
