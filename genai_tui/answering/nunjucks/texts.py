"""Nunjucks' filters for texts (its filters.js)."""

import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.values import (
    UNDEFINED,
    Meter,
    Safe,
    fits,
    member,
    number,
    recased,
    taken,
    text,
    truthy,
)
from genai_tui.records.javascript import NUMERAL, WHITE, double, made_whole, parsed

Takes = int | tuple[str, ...]  # how many arguments a filter takes; their names where a template may name them
_SIGNS = {"&": "&amp;", '"': "&quot;", "'": "&#39;", "<": "&lt;", ">": "&gt;", "\\": "&#92;"}
_SPECIAL = re.compile(r"""[&"'<>\\]""")
_TAG = re.compile(r"</?([a-z][a-z0-9]*)\b[^>]*>|<!--[\s\S]*?-->", re.IGNORECASE | re.ASCII)
_WHITES = re.compile(f"[{WHITE}]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BEYOND = 1025  # so many digits are infinite on any base


def encoded(value: str) -> str:
    """A text within an address (encodeURIComponent)."""
    return quote(made_whole(value), safe="-_.!~*'()")


def _letters(value: Any, what: str, *, forgiving: bool = True) -> str:
    """The text that a filter is for; null and false are empty. Raises Failed for what has no such method."""
    if forgiving and (value is None or value is UNDEFINED or value is False):
        return ""
    if isinstance(value, str | Safe):
        return value if isinstance(value, str) else value.text
    raise Failed(f"str.{what} is not a function")


def _like(value: Any, made: str) -> Any:
    """A text that is marked as safe where `value` was."""
    return Safe(made) if isinstance(value, Safe) else made


def _there(value: Any, meter: Meter) -> str:
    return "" if value is None or value is UNDEFINED else text(value, meter)


def _escaped(value: str, meter: Meter) -> Safe:
    fits(len(value) * 2, meter)
    return Safe(_SPECIAL.sub(lambda found: _SIGNS[found[0]], value))


def _capital(value: str) -> str:
    small = recased(value, str.lower)
    return recased(small[:1], str.upper) + small[1:]


def _capitalize(meter: Meter, value: Any) -> Any:
    plain = _letters(value, "toLowerCase")
    fits(len(plain), meter)
    return _like(value, _capital(plain))


def _title(meter: Meter, value: Any) -> Any:
    plain = _letters(value, "split")
    meter.spend(len(plain) / 16)
    return _like(value, " ".join(map(_capital, plain.split(" "))))


def _cased(change: Callable[[str], str], what: str) -> Callable[..., Any]:
    def made(meter: Meter, value: Any) -> Any:
        plain = _letters(value, what)
        fits(len(plain), meter)
        return recased(plain, change)

    return made


def _center(meter: Meter, value: Any, width: Any) -> Any:
    value = "" if value is None or value is UNDEFINED or value is False else value
    size = number(width, meter) if truthy(width) else 80.0
    length = number(member(value, "length", meter), meter)
    if length >= size:
        return value
    spaces = size - length
    before, after = spaces / 2 - spaces % 2, spaces / 2
    return _like(value, _spaces(before, meter) + text(value, meter) + _spaces(after, meter))


def _spaces(count: float, meter: Meter) -> str:
    if not count > 0:
        return ""
    fits(count, meter)
    return " " * math.ceil(count)


def _indent(meter: Meter, value: Any, width: Any, first: Any) -> Any:
    plain = _letters(value, "split")
    if not plain:
        return ""
    size = number(width, meter) if truthy(width) else 4.0
    fits(len(plain) + (plain.count("\n") + 1) * (size if size > 0 else 0), meter)
    step = _spaces(size, meter)
    return _like(value, (step if truthy(first) else "") + plain.replace("\n", f"\n{step}"))


def _nl2br(meter: Meter, value: Any) -> Any:
    if value is None or value is UNDEFINED:
        return ""
    plain = _letters(value, "replace", forgiving=False)
    fits(len(plain) + 6 * plain.count("\n"), meter)
    return _like(value, re.sub(r"\r\n|\n", "<br />\n", plain))


def _replace(meter: Meter, value: Any, old: Any, new: Any, most: Any) -> Any:
    if isinstance(old, int | float) and not isinstance(old, bool):
        old = text(old, meter)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = text(value, meter)
    if not isinstance(old, str) or not isinstance(value, str | Safe):
        return value
    plain = _letters(value, "indexOf")
    other = text(new, meter)
    count = plain.count(old) if old else len(plain) + 1
    if old:
        limit = -1.0 if most is UNDEFINED else number(most, meter)
        if limit != -1:
            count = 0 if not limit > 0 else int(min(count, math.ceil(limit)))
        if count == 0:
            return value
    fits(len(plain) + count * len(other), meter)
    return _like(value, plain.replace(old, other, count) if old else f"{other}{other.join(plain)}{other}")


def _string(meter: Meter, value: Any) -> Any:
    if value is None or value is UNDEFINED:
        raise Failed("cannot read properties of what is not there (reading 'toString')")
    return value if isinstance(value, Safe) else text(value, meter)


def _striptags(meter: Meter, value: Any, keep: Any) -> Any:
    plain = _letters(value, "replace")
    open_ends = plain.count("<!--") + plain.count("<") * (">" not in plain[-256:])
    meter.spend(len(plain) / 64 * (1 + open_ends / 64))
    end = plain.rfind(">") + 1
    plain = (_TAG.sub("", plain[:end]) + plain[end:]).strip(WHITE)
    if not truthy(keep):
        return _like(value, _WHITES.sub(" ", plain))
    plain = re.sub(r" +", " ", re.sub(r"^ +| +$", "", plain, flags=re.MULTILINE))
    return _like(value, re.sub(r"\n\n\n+", "\n\n", plain.replace("\r\n", "\n")))


def _trim(meter: Meter, value: Any) -> Any:
    plain = _letters(value, "replace", forgiving=False)
    fits(len(plain), meter)
    return _like(value, plain.strip(WHITE))


def _truncate(meter: Meter, value: Any, length: Any, anywhere: Any, end: Any) -> Any:
    value = "" if value is None or value is UNDEFINED or value is False else value
    size = number(length, meter) if truthy(length) else 255.0
    if number(member(value, "length", meter), meter) <= size:
        return value
    plain = _letters(value, "lastIndexOf")
    limit = len(plain) if size != size else int(max(0, size))
    if not truthy(anywhere):
        place = plain.rfind(" ", 0, limit + 1)
        limit = place if place >= 0 else limit
    tail = "..." if end is UNDEFINED or end is None else text(end, meter)
    return _like(value, plain[:limit] + tail)


def _wordcount(_: Meter, value: Any) -> Any:
    plain = _letters(value, "match") if truthy(value) else ""
    return len(re.findall(r"\w+", plain, re.ASCII)) or None


def _float(meter: Meter, value: Any, other: Any) -> Any:
    found = NUMERAL.match(text(value, meter).lstrip(WHITE))
    return float(found[0]) if found else other


def _int(meter: Meter, value: Any, other: Any, base: Any) -> Any:
    """The whole number that a text begins with (parseInt)."""
    plain = text(value, meter).lstrip(WHITE).lower()
    sign = -1.0 if plain.startswith("-") else 1.0
    plain = plain[1:] if plain[:1] in ("+", "-") else plain
    radix = 10 if base is UNDEFINED else int(min(max(number(base, meter), 0), 99)) if truthy(base) else 0
    if radix in (0, 16) and plain.startswith("0x"):
        plain, radix = plain[2:], 16
    radix = radix or 10
    if not 2 <= radix <= 36:
        return other
    digits = re.match(f"[{_DIGITS[:radix]}]*", plain)
    assert digits is not None, "it may be empty"
    return sign * double(int(digits[0].lstrip("0")[:_BEYOND] or "0", radix)) if digits[0] else other


def _load(meter: Meter, value: Any) -> Any:
    fits(len(text(value, meter)) * 8, meter)
    try:
        return taken(parsed(text(value, meter)))
    except ValueError as fault:
        raise Failed(f"load: {fault}") from fault


def _safe(meter: Meter, value: Any) -> Any:
    return value if isinstance(value, Safe) else Safe(_there(value, meter))


FILTERS: tuple[tuple[str, Callable[..., Any], Takes], ...] = (
    ("capitalize", _capitalize, 0),
    ("center", _center, 1),
    ("e", lambda meter, value: value if isinstance(value, Safe) else _escaped(_there(value, meter), meter), 0),
    ("escape", lambda meter, value: value if isinstance(value, Safe) else _escaped(_there(value, meter), meter), 0),
    ("float", _float, 1),
    ("forceescape", lambda meter, value: _escaped(_there(value, meter), meter), 0),
    ("indent", _indent, 2),
    ("int", _int, ("default", "base")),
    ("load", _load, 0),
    ("lower", _cased(str.lower, "toLowerCase"), 0),
    ("nl2br", _nl2br, 0),
    ("replace", _replace, 3),
    ("safe", _safe, 0),
    ("string", _string, 0),
    ("striptags", _striptags, 1),
    ("title", _title, 0),
    ("trim", _trim, 0),
    ("truncate", _truncate, 3),
    ("upper", _cased(str.upper, "toUpperCase"), 0),
    ("wordcount", _wordcount, 0),
)
