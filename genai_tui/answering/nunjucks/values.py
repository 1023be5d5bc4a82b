"""Values as JavaScript has them: what is true, equal, less, a number, a text (ECMA-262, type conversion)."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from genai_tui.answering.nunjucks.faults import Failed, TooMuch
from genai_tui.records.javascript import as_text, double, halved, index_of, is_halved, made_whole, number_of

NAN, INFINITY = math.nan, math.inf


class Undefined:
    """What is not there."""


UNDEFINED = Undefined()


LONGEST = 8_000_000  # characters of what is written, and of any text on the way


class Meter(Protocol):
    """Who counts the work."""

    def spend(self, steps: float) -> None:
        """Count `steps`. Raises TooMuch."""


@dataclass(frozen=True, eq=False)
class Safe:
    """A text that is marked as escaped: an object there, not a string."""

    text: str


@dataclass(frozen=True, eq=False)
class Function:
    """Something that can be called with its arguments."""

    call: Callable[[list[Any], Meter], Any]


def fits(length: float, meter: Meter) -> None:
    """Count the work for a text of so many characters before it is made. Raises TooMuch."""
    if length > LONGEST:
        raise TooMuch(f"a text in it would be longer than {LONGEST:,} characters")
    meter.spend(max(0.0, length) / 256)


def taken(value: Any) -> Any:
    """A value as it is here: lists, objects of texts' keys, and each text in it halved."""
    if isinstance(value, str):
        return halved(value)
    if isinstance(value, list | tuple):
        return [taken(item) for item in value]
    return {halved(str(key)): taken(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def recased(value: str, change: Callable[[str], str]) -> str:
    """A text in capitals, or in small letters."""
    return halved(change(made_whole(value))) if is_halved(value) else change(value)


def truthy(value: Any) -> bool:
    """Whether `if` takes it for true: lists and objects are, empty ones too."""
    if isinstance(value, str):
        return value != ""
    if value is None or value is UNDEFINED:
        return False
    return not isinstance(value, int | float) or (value == value and value != 0)


def text(value: Any, meter: Meter) -> str:
    """A value as a text. Raises TooMuch for a list that would be too long, Failed for a function."""
    if isinstance(value, str):
        return value
    if isinstance(value, Safe):
        return value.text
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, list):
        return joined(value, ",", meter)
    if isinstance(value, Function):
        raise Failed("a function is no text")
    return as_text(value)


def joined(items: Iterable[Any], between: str, meter: Meter) -> str:
    """Items as texts, `between` them another; what is null or undefined is empty. Raises TooMuch, Failed."""
    parts = []
    length = 0
    for item in items:
        part = "" if item is None or item is UNDEFINED else text(item, meter)
        length += len(part) + len(between)
        meter.spend(1)
        parts.append(part)
        if length > LONGEST:
            break
    fits(length, meter)
    return between.join(parts)


def _primitive(value: Any, meter: Meter) -> Any:
    return text(value, meter) if isinstance(value, list | dict | Safe | Function) else value


def number(value: Any, meter: Meter) -> float:
    """A value as a number; NaN where it is none."""
    return NAN if value is UNDEFINED else number_of(_primitive(value, meter))


def whole(value: Any, meter: Meter, missing: float = 0.0) -> float:
    """A value as a whole number, as methods take their places; NaN is 0."""
    if value is UNDEFINED:
        return missing
    found = number(value, meter)
    return 0.0 if math.isnan(found) else found if math.isinf(found) else float(math.trunc(found))


def add(a: Any, b: Any, meter: Meter) -> Any:
    """`+`: texts are joined, numbers are added. Raises TooMuch, Failed."""
    a, b = _primitive(a, meter), _primitive(b, meter)
    if isinstance(a, str) or isinstance(b, str):
        a, b = text(a, meter), text(b, meter)
        fits(len(a) + len(b), meter)
        return a + b
    return number(a, meter) + number(b, meter)


def divided(a: float, b: float) -> float:
    """`/`, by nought too."""
    if b == 0:
        return NAN if a == 0 or a != a else math.copysign(INFINITY, a) * math.copysign(1, b)
    return a / b


def remainder(a: float, b: float) -> float:
    """`%`: it has the sign of the first."""
    return NAN if b == 0 or math.isinf(a) or a != a or b != b else math.fmod(a, b)


def power(a: float, b: float) -> float:
    """`**` (Math.pow)."""
    if b != b or (abs(a) == 1 and math.isinf(b)):
        return NAN
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INFINITY if a < 0 and b % 2 == 1 else INFINITY
    except ValueError:  # nought to a negative power, or a root of a negative number
        return (math.copysign(INFINITY, a) if b % 2 == 1 else INFINITY) if a == 0 else NAN


def floor(value: float) -> float:
    """The next whole number below."""
    return float(math.floor(value)) if math.isfinite(value) else value


def strict(a: Any, b: Any) -> bool:
    """`===`."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return double(a) == double(b)
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    return a is b


def loose(a: Any, b: Any, meter: Meter) -> bool:
    """`==`."""
    nothing = (None, UNDEFINED)
    if any(a is each for each in nothing) or any(b is each for each in nothing):
        return any(a is each for each in nothing) and any(b is each for each in nothing)
    objects = (list, dict, Safe, Function)
    if isinstance(a, objects) and isinstance(b, objects):
        return a is b
    a, b = _primitive(a, meter), _primitive(b, meter)
    return a == b if isinstance(a, str) and isinstance(b, str) else number(a, meter) == number(b, meter)


def compared(a: Any, b: Any, meter: Meter) -> int | None:
    """Below, equal or above: -1, 0, 1; None where they cannot be compared."""
    a, b = _primitive(a, meter), _primitive(b, meter)
    if not (isinstance(a, str) and isinstance(b, str)):
        a, b = number(a, meter), number(b, meter)
        if a != a or b != b:
            return None
    return int(a > b) - int(a < b)


def member(value: Any, key: Any, meter: Meter) -> Any:
    """What stands at a key: in an object its own value, in a list or a text what is there, or `length`."""
    if isinstance(value, dict):
        return value.get(text(key, meter), UNDEFINED)
    if isinstance(value, list | str):
        name = text(key, meter)
        if name == "length":
            return len(value)
        place = index_of(name)
        return value[place] if place is not None and place < len(value) else UNDEFINED
    if isinstance(value, Safe):
        return {"length": len(value.text), "val": value.text}.get(text(key, meter), UNDEFINED)
    return UNDEFINED


def member_of(value: Any, key: Any, meter: Meter) -> Any:
    """The same, where nothing has no members. Raises Failed."""
    if value is None or value is UNDEFINED:
        raise Failed(f"cannot read {text(key, meter)[:60]} of {text(value, meter)}")
    return member(value, key, meter)
