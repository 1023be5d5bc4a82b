"""The formats that a JSON schema of promptfoo's may name, as ajv-formats checks them (its full formats)."""

import ipaddress
import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import regex

from genai_tui.records.javascript import WHITE, double
from genai_tui.stages.evaluate.interchange.patterns import PATTERN_S, BadPattern, matches
from genai_tui.stages.evaluate.interchange.values import Malformed

_ESCAPED = "%[0-9a-f]{2}"
_USER = rf"(?:[a-z0-9\-._~!$&'()*+,;=:]|{_ESCAPED})*@"
_INK = f"[^{re.escape(WHITE)}]"
_LITERAL = re.compile(r"\[([0-9a-f:.]+)\]", re.IGNORECASE)
_SCHEME = r"[a-z][a-z0-9+\-.]*:"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_WORD = r"(?:[a-z0-9\u00a1-\uffff]+-)*[a-z0-9\u00a1-\uffff]+"
_VARIABLE = rf"(?:[a-z0-9_]|{_ESCAPED})+(?::[1-9][0-9]{{0,3}}|\*)?"
_POINTER = "(?:/(?:[^~/]|~0|~1)*)*"
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_OUTSIDE = (
    r"(?!(?:10|127)(?:\.\d{1,3}){3})(?!(?:169\.254|192\.168)(?:\.\d{1,3}){2})"
    r"(?!172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})"
)
_ADDRESS = (
    r"(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:1?\d{1,2}|2[0-4]\d|25[0-5])){2}\.(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])"
)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)(z|([+-])(\d\d)(?::?(\d\d))?)?", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BETWEEN = re.compile(f"[tT{WHITE}]")
_END = re.compile(r"[^\\]\\Z")  # which ECMA-262 does not have
_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_NO_FRAGMENT = re.compile("[/:]")

Holds = Callable[[Any], bool]


def _text(pattern: str, flags: int = regex.IGNORECASE | regex.ASCII) -> Holds:
    compiled = regex.compile(pattern, flags)

    def holds(value: Any) -> bool:
        try:
            return not isinstance(value, str) or compiled.fullmatch(value, timeout=PATTERN_S) is not None
        except TimeoutError as fault:
            raise Malformed(f"A format takes longer than {PATTERN_S:g} s") from fault

    return holds


def _locator(quote: str) -> tuple[str, str]:
    """What may follow the scheme of a URI, and what may follow that; `quote` may stand in it besides the rest."""
    sign = rf"(?:[a-z0-9\-._~!$&'{quote}()*+,;=:@]|{_ESCAPED})"
    path = f"(?:/{sign}*)*"
    literal = r"\[(?:[0-9a-f:.]+|v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+)\]"
    host = rf"(?:{literal}|(?:[a-z0-9\-._~!$&'{quote}()*+,;=]|{_ESCAPED})*)"
    where = rf"(?:/?/(?:{_USER})?{host}(?::\d*)?{path}|/(?:{sign}+{path})?|{sign}+{path})"
    return where, rf"(?:\?(?:{sign}|[/?])*)?(?:#(?:{sign}|[/?])*)?"


def _located(pattern: str) -> Holds:
    """A URI by its pattern, whose host may be an IPv6 address in brackets."""
    holds = _text(pattern)

    def well(value: Any) -> bool:
        literal = _LITERAL.search(value) if isinstance(value, str) else None
        return holds(value) and (literal is None or _address(6)(literal[1]))

    return well


def _of_text(holds: Callable[[str], bool]) -> Holds:
    return lambda value: not isinstance(value, str) or holds(value)


def _whole(low: float, high: float) -> Holds:
    """Ajv takes no number beyond all others for one."""
    return lambda value: (
        not isinstance(value, int | float)
        or math.isinf(double(value))
        or (float(value).is_integer() and low <= value <= high)
    )


def _date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return text.startswith("0000") and _date(f"2000{text[4:]}")  # a year Python does not have


def _time(text: str, *, zone: bool) -> bool:
    found = _TIME.fullmatch(text)
    if found is None or (zone and not found[4]):
        return False
    hours, minutes, seconds = int(found[1]), int(found[2]), float(found[3])
    sign, east, further = -1 if found[5] == "-" else 1, int(found[6] or 0), int(found[7] or 0)
    if east > 23 or further > 59:
        return False
    if hours <= 23 and minutes <= 59 and seconds < 60:
        return True
    minute = minutes - further * sign  # a leap second is the last one of a day in UTC
    hour = hours - east * sign - (minute < 0)
    return hour in (23, -1) and minute in (59, -1) and seconds < 61


def _both(text: str, *, zone: bool) -> bool:
    parts = _BETWEEN.split(text)
    return len(parts) == 2 and _date(parts[0]) and _time(parts[1], zone=zone)


def _address(version: int) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            return "%" not in text and ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return holds


def _pattern(text: str) -> bool:
    try:
        matches(text, "")
    except BadPattern:
        return False
    return _END.search(text) is None


def _byte(text: str) -> bool:
    """Any line of base64, as ajv-formats' flag `m` has it."""
    return any(map(_BASE64.fullmatch, re.split("[\n\r\u2028\u2029]", text)))


_WHERE, _REST = _locator("")
_RELATIVE, _AFTER = _locator('"')
_uri = _located(_SCHEME + _WHERE + _REST)

FORMATS: dict[str, Holds] = {
    "date": _of_text(_date),
    "time": _of_text(lambda text: _time(text, zone=True)),
    "date-time": _of_text(lambda text: _both(text, zone=True)),
    "iso-time": _of_text(lambda text: _time(text, zone=False)),
    "iso-date-time": _of_text(lambda text: _both(text, zone=False)),
    "duration": _text(
        r"P(?!\Z)(?:(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?|(?:\d+W)?)", regex.ASCII
    ),
    "uri": lambda value: not isinstance(value, str) or (_NO_FRAGMENT.search(value) is not None and _uri(value)),
    "uri-reference": _located(f"(?:{_SCHEME})?(?:{_RELATIVE})?{_AFTER}"),
    "uri-template": _text(
        rf"(?:(?:[^\x00-\x20\"'<>%\\^`{{|}}]|{_ESCAPED})|\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}})*"
    ),
    "url": _text(
        rf"(?:https?|ftp)://(?:{_INK}+(?::{_INK}*)?@)?"
        rf"(?:{_OUTSIDE}{_ADDRESS}|{_WORD}(?:\.{_WORD})*\.[a-z\u00a1-\uffff]{{2,}})(?::\d{{2,5}})?(?:/{_INK}*)?"
    ),
    "email": _text(rf"{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"),
    "hostname": _text(rf"(?=.{{1,253}}\.?\Z){_LABEL}(?:\.{_LABEL})*\.?"),
    "ipv4": _of_text(_address(4)),
    "ipv6": _of_text(_address(6)),
    "regex": _of_text(_pattern),
    "uuid": _text("(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    "json-pointer": _text(_POINTER),
    "json-pointer-uri-fragment": _text(rf"#(?:/(?:[a-z0-9_\-.!$&'()*+,;:=@]|{_ESCAPED}|~0|~1)*)*"),
    "relative-json-pointer": _text(f"(?:0|[1-9][0-9]*)(?:#|{_POINTER})"),
    "byte": _of_text(_byte),
    "int32": _whole(-(2**31), 2**31 - 1),
    "int64": _whole(float("-inf"), float("inf")),
    "float": lambda _: True,
    "double": lambda _: True,
    "password": lambda _: True,
    "binary": lambda _: True,
}
