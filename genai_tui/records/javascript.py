"""Values as JavaScript writes them: in the templates and verdicts of promptfoo."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

WHITE = "\t\n\x0b\x0c\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
UNSAID: Any = object()  # what JSON has no value for
_EXACT = 2**53  # up to here every whole number is one of JavaScript's
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_HALF = re.compile("[\ud800-\udfff]")
_ALONE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
NUMERAL = re.compile(r"[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_BASED = re.compile(r"0[xX][0-9a-fA-F]{1,999}|0[oO][0-7]{1,999}|0[bB][01]{1,999}")
_INDEX = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)


def halved(text: str) -> str:
    """A text with each character beyond 16 bits as the two that JavaScript sees."""
    if not _BEYOND.search(text):
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(high << 8 | low) for high, low in zip(units[::2], units[1::2], strict=True))


def is_halved(text: str) -> bool:
    """Whether halves of characters stand in it."""
    return _HALF.search(text) is not None


def made_whole(text: str) -> str:
    """What `halved` made, as it was; a half that is left alone is no character."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace") if is_halved(text) else text


def as_text(value: Any) -> str:
    """A value as JavaScript makes a text of it (ECMA-262, ToString)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list | tuple):
        return ",".join("" if item is None else as_text(item) for item in value)
    return "[object Object]" if isinstance(value, Mapping) else str(value)


def as_json(value: Any, spaces: int = 0) -> str:
    """A value as JSON.stringify writes it; with `spaces`, each item on a line of its own."""
    pieces: list[str] = []
    write_json(value, pieces.append, " " * spaces)
    return "".join(pieces)


def write_json(
    value: Any, put: Callable[[str], object], step: str = "", replaced: Callable[[Any], Any] = lambda value: value
) -> None:
    """Give a value, as JSON.stringify writes it, to `put` in pieces; with a `step`, each item on a line of its own.

    What stands in lists and objects is written as `replaced` gives it; UNSAID is left out, and null in a list.
    """
    _Json(put, step, replaced).write(value, "\n" if step else "")


class _Json:
    def __init__(self, put: Callable[[str], object], step: str, replaced: Callable[[Any], Any]) -> None:
        self.put, self.step, self.replaced = put, step, replaced
        self.colon = ": " if step else ":"

    def write(self, value: Any, line: str) -> None:
        if isinstance(value, Mapping):
            named = {as_text(key): self.replaced(item) for key, item in value.items()}
            there = [key for key in keys(named) if named[key] is not UNSAID]
            self._all("{}", [(quoted(key) + self.colon, named[key]) for key in there], line)
        elif isinstance(value, list | tuple):
            items = map(self.replaced, value)
            self._all("[]", [("", None if item is UNSAID else item) for item in items], line)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.put(_number(value) if math.isfinite(double(value)) else "null")
        else:
            self.put(as_text(value) if value is None or isinstance(value, bool) else quoted(str(value)))

    def _all(self, brackets: str, items: Sequence[tuple[str, Any]], line: str) -> None:
        inner = line + self.step
        self.put(brackets[0])
        for place, (before, item) in enumerate(items):
            self.put(("," if place else "") + inner + before)
            self.write(item, inner)
        self.put((line if items else "") + brackets[1])


def quoted(text: str) -> str:
    """A text in quotes, as JSON.stringify writes it: half a character, left alone, by its number."""
    return _ALONE.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(text, ensure_ascii=False))


def index_of(key: str) -> int | None:
    """The place that a key means in a list; None where it means none."""
    return int(key) if _INDEX.fullmatch(key) and int(key) < 2**32 - 1 else None


def keys(value: Mapping[str, Any]) -> list[str]:
    """An object's keys in JavaScript's order: whole numbers first."""
    places = sorted((place, key) for key in value if (place := index_of(key)) is not None)
    return [key for _, key in places] + [key for key in value if index_of(key) is None] if places else list(value)


def double(value: float) -> float:
    """A number as the double that it is in JavaScript; one beyond all of them is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_of(value: str | float | None) -> float:
    """A value that is no object, as a number (ECMA-262, ToNumber); NaN where it is none."""
    if isinstance(value, int | float):
        return double(value)
    plain = (value or "").strip(WHITE)
    if _BASED.fullmatch(plain):
        return double(int(plain, 0))
    return float(plain or 0) if not plain or NUMERAL.fullmatch(plain) else math.nan


def parsed(text: str) -> Any:
    """A text as JSON.parse reads it. Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_int=_whole)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _whole(digits: str) -> float:
    """A whole number as the double that it is to JavaScript, where it is not one as it stands."""
    if len(digits) < 16 and digits != "-0":
        return int(digits)
    number = float(digits)
    return int(number) if 0 < abs(number) <= _EXACT else number


def _number(value: float) -> str:
    """A number in plain digits from 1e-6 up to 1e21 (ECMA-262, Number::toString); as the double that it is there."""
    if isinstance(value, int) and abs(value) <= _EXACT:
        return str(value)
    value = double(value)
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
