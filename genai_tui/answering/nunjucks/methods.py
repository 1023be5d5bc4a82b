"""What may be called on a value: the methods of JavaScript's that change nothing and need no function."""

import math
import re
from collections.abc import Callable
from typing import Any

from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.functions import padded
from genai_tui.answering.nunjucks.values import (
    INFINITY,
    UNDEFINED,
    Function,
    Meter,
    Safe,
    fits,
    joined,
    number,
    recased,
    strict,
    text,
    whole,
)
from genai_tui.records.javascript import WHITE

Method = Callable[[Any, list[Any], Meter], Any]
_MARK = re.compile(r"\$([$&`'])")


def between(value: Any, start: Any, stop: Any, meter: Meter) -> Any:
    """What stands from one place to another; places below nought count from the end."""
    first = _from(whole(start, meter), len(value))
    last = _from(whole(stop, meter, INFINITY), len(value))
    found = value[first : max(first, last)]
    meter.spend(len(found) / (256 if isinstance(value, str) else 1))
    return found


def _part(value: Any, arguments: list[Any], meter: Meter) -> Any:
    start, stop = padded(arguments, 2)
    return between(value, start, stop, meter)


def _from(place: float, length: int) -> int:
    return int(max(0, length + place) if place < 0 else min(place, length))


def _within(place: float, length: int) -> int:
    """A place in a text; those below nought are its beginning."""
    return int(min(max(place, 0), length))


def _inner(value: str, arguments: list[Any], meter: Meter) -> str:
    start, stop = padded(arguments, 2)
    places = (whole(start, meter), whole(stop, meter, INFINITY))
    first, last = sorted(_within(place, len(value)) for place in places)
    return value[first:last]


def _parts(value: str, arguments: list[Any], meter: Meter) -> list[Any]:
    [mark, most] = padded(arguments, 2)
    meter.spend(len(value) / 16)
    parts = [value] if mark is UNDEFINED else value.split(sign) if (sign := text(mark, meter)) else list(value)
    limit = whole(most, meter, -1)
    return parts[: int(limit) % 2**32 if abs(limit) < INFINITY else 0]


def _padded(value: str, arguments: list[Any], meter: Meter, *, before: bool) -> str:
    length, fill = padded(arguments, 2)
    filling = " " if fill is UNDEFINED else text(fill, meter)
    missing = whole(length, meter) - len(value)
    if missing <= 0 or not filling:
        return value
    fits(missing + len(value), meter)
    more = (filling * (int(missing) // len(filling) + 1))[: int(missing)]
    return more + value if before else value + more


def _repeated(value: str, arguments: list[Any], meter: Meter) -> str:
    count = whole(padded(arguments, 1)[0], meter)
    if count < 0 or count == INFINITY:
        raise Failed("Invalid count value")
    fits(count * len(value), meter)
    return value * int(count)


def _replaced(value: str, arguments: list[Any], meter: Meter, *, all_of_them: bool) -> str:
    old, new = (text(each, meter) for each in padded(arguments, 2))
    pieces: list[str] = []
    start, place = 0, value.find(old)
    while place >= 0:
        pieces += [value[start:place], _marked(new, old, value[:place], value[place + len(old) :], meter)]
        start = place + len(old)
        place = value.find(old, max(start, place + 1)) if all_of_them else -1
    return joined([*pieces, value[start:]], "", meter)


def _marked(new: str, old: str, before: str, after: str, meter: Meter) -> str:
    """What comes in place of `old`, its marks filled in (ECMA-262, GetSubstitution)."""
    means = {"$": "$", "&": old, "`": before, "'": after}
    meter.spend((len(before) + len(after)) / 256)
    fits(len(new) + sum(len(means[mark]) for mark in _MARK.findall(new)), meter)
    return _MARK.sub(lambda mark: means[mark[1]], new)


def _place(value: list[Any], arguments: list[Any], meter: Meter) -> int:
    sought, start = padded(arguments, 2)
    meter.spend(len(value))
    places = range(_from(whole(start, meter), len(value)), len(value))
    return next((place for place in places if strict(value[place], sought)), -1)


def _last_place(value: list[Any], arguments: list[Any], meter: Meter) -> int:
    sought, start = padded(arguments, 2)
    last = whole(start, meter) if len(arguments) > 1 else INFINITY
    last = min(last, len(value) - 1) if last >= 0 else max(-1, len(value) + last)
    meter.spend(len(value))
    return next((place for place in range(int(last), -1, -1) if strict(value[place], sought)), -1)


def _text_place(value: str, arguments: list[Any], meter: Meter) -> int:
    sought, start = padded(arguments, 2)
    meter.spend(len(value) / 256)
    return value.find(text(sought, meter), _within(whole(start, meter), len(value)))


def _last_text_place(value: str, arguments: list[Any], meter: Meter) -> int:
    sought, start = text(padded(arguments, 1)[0], meter), padded(arguments, 2)[1]
    last = INFINITY if math.isnan(number(start, meter)) else whole(start, meter)
    meter.spend(len(value) / 256)
    return value.rfind(sought, 0, _within(last, len(value)) + len(sought))


def _starts(value: str, arguments: list[Any], meter: Meter) -> bool:
    sought, start = padded(arguments, 2)
    return value.startswith(text(sought, meter), _within(whole(start, meter), len(value)))


def _ends(value: str, arguments: list[Any], meter: Meter) -> bool:
    sought, stop = padded(arguments, 2)
    return value.endswith(text(sought, meter), 0, _within(whole(stop, meter, INFINITY), len(value)))


def _at(value: Any, arguments: list[Any], meter: Meter) -> Any:
    place = whole(padded(arguments, 1)[0], meter)
    place = place + len(value) if place < 0 else place
    return value[int(place)] if 0 <= place < len(value) else UNDEFINED


def _joined_to(value: list[Any], arguments: list[Any], meter: Meter) -> list[Any]:
    found = [item for each in [value, *arguments] for item in (each if isinstance(each, list) else [each])]
    meter.spend(len(found))
    return found


def _fixed(value: float, arguments: list[Any], meter: Meter) -> str:
    from decimal import ROUND_HALF_UP, Context, Decimal

    places = whole(padded(arguments, 1)[0], meter)
    if not 0 <= places <= 100:
        raise Failed("toFixed() digits argument must be between 0 and 100")
    if not abs(value) < 1e21:
        return text(value, meter)
    exact = Decimal(value + 0.0)  # nought has no sign
    rounded = exact.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP, Context(prec=21 + 100))
    return format(rounded, "f")


def _one(work: Callable[[str], str]) -> Method:
    return lambda value, _, meter: work(value)


_TEXTS: dict[str, Method] = {
    "toUpperCase": _one(lambda value: recased(value, str.upper)),
    "toLowerCase": _one(lambda value: recased(value, str.lower)),
    "trim": _one(lambda value: value.strip(WHITE)),
    "trimStart": _one(lambda value: value.lstrip(WHITE)),
    "trimEnd": _one(lambda value: value.rstrip(WHITE)),
    "toString": _one(lambda value: value),
    "slice": _part,
    "substring": _inner,
    "split": _parts,
    "includes": lambda value, given, meter: _text_place(value, given, meter) >= 0,
    "indexOf": _text_place,
    "lastIndexOf": _last_text_place,
    "startsWith": _starts,
    "endsWith": _ends,
    "replace": lambda value, given, meter: _replaced(value, given, meter, all_of_them=False),
    "replaceAll": lambda value, given, meter: _replaced(value, given, meter, all_of_them=True),
    "repeat": _repeated,
    "padStart": lambda value, given, meter: _padded(value, given, meter, before=True),
    "padEnd": lambda value, given, meter: _padded(value, given, meter, before=False),
    "charAt": lambda value, given, meter: value[int(p) : int(p) + 1] if 0 <= (p := _first(given, meter)) < 1e9 else "",
    "at": _at,
    "concat": lambda value, given, meter: joined([value, *(text(each, meter) for each in given)], "", meter),
}
_LISTS: dict[str, Method] = {
    "join": lambda value, given, meter: joined(value, _comma(padded(given, 1)[0], meter), meter),
    "slice": _part,
    "includes": lambda value, given, meter: _place(value, given, meter) >= 0,
    "indexOf": _place,
    "lastIndexOf": _last_place,
    "at": _at,
    "concat": _joined_to,
    "toString": lambda value, _, meter: text(value, meter),
}
_NUMBERS: dict[str, Method] = {"toFixed": _fixed, "toString": lambda value, _, meter: text(value, meter)}
METHODS = frozenset((*_TEXTS, *_LISTS, *_NUMBERS, "next", "reset", "hasOwnProperty"))


def _first(given: list[Any], meter: Meter) -> float:
    return whole(padded(given, 1)[0], meter)


def _comma(mark: Any, meter: Meter) -> str:
    return "," if mark is UNDEFINED else text(mark, meter)


def method(value: Any, name: str, arguments: list[Any], meter: Meter) -> Any:
    """What a method of a value gives. Raises Failed where it has none of that name."""
    meter.spend(1)
    if isinstance(value, dict):
        own = value.get(name)
        if isinstance(own, Function):
            return own.call(arguments, meter)
        if own is None and name == "hasOwnProperty":
            return text(padded(arguments, 1)[0], meter) in value
        if own is None and name == "toString":
            return text(value, meter)
        raise Failed(f"Unable to call `{name}`, which is no function")
    if isinstance(value, Safe):
        value = value.text
    methods = _TEXTS if isinstance(value, str) else _LISTS if isinstance(value, list) else {}
    if isinstance(value, int | float):
        methods = _NUMBERS if not isinstance(value, bool) else {"toString": _NUMBERS["toString"]}
        value = number(value, meter) if name == "toFixed" else value
    if name not in methods:
        raise Failed(f"Unable to call `{name}`, which is undefined")
    return methods[name](value, arguments, meter)
