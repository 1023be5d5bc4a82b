"""Numbers as people write them: signs, grouping, fractions, powers, digits of other scripts, Chinese numerals."""

import math
import re
import unicodedata

_MINUS = "-−﹣－负負"
_PLUS = "+＋﹢正"
_GROUPING = ",，﹐、٬ \u00a0\u202f\u2009\u2007\u2008'’ʼ＇"
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"(.*[^⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺\s])\s*([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)\s*", re.DOTALL)
_CHINESE = {
    sign: value
    for signs, value in zip(
        ("零〇○", "一壹幺", "二贰貳两兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"),
        range(10),
        strict=True,
    )
    for sign in signs
}
_TENS = {"廿": 20, "卅": 30, "卌": 40}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_POINT = re.compile("[点點．.]")
_LONGEST = 100


def number_of(text: str) -> float | None:
    """The number that a text is, and nothing else beside it; None where it is none, or not finite.

    As inspect_ai reads numbers: a sign binds before a power; the last of `.` and `,` is the decimal point where both
    stand, and a lone `,` is where one to three digits follow.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        found: float | None = float(text)
    except ValueError:
        try:
            found = _signed(text)
        except (OverflowError, ZeroDivisionError):
            return None
    return found if isinstance(found, float) and math.isfinite(found) else None


def _signed(text: str) -> float | None:
    sign = 1.0
    while text and text[0] in _MINUS + _PLUS:
        sign = -sign if text[0] in _MINUS else sign
        text = text[1:].lstrip()
    power = 1
    if raised := _POWER.fullmatch(text):
        text, power = raised[1], int(raised[2].translate(_RAISED))
    base = _with_fraction(text)
    if base is None:
        return None
    found = (sign * base) ** power
    return None if isinstance(found, complex) else found


def _with_fraction(text: str) -> float | None:
    places = [place for place, sign in enumerate(text) if 0 < unicodedata.numeric(sign, -1.0) < 1]
    if not places:
        return _whole(text)
    place = places[0]
    if len(places) > 1 or text[place + 1 :].strip(_GROUPING):
        return None
    head = _whole(text[:place]) if text[:place].strip() else 0.0
    return None if head is None else head + unicodedata.numeric(text[place])


def _whole(text: str) -> float | None:
    text = text.strip()
    alone = unicodedata.numeric(text, -1.0) if len(text) == 1 else -1.0
    if alone >= 0:
        return alone
    if any(sign in _CHINESE or sign in _SMALL or sign in _LARGE or sign in _TENS or sign in "点點" for sign in text):
        chinese = _chinese(text)
        if chinese is not None:
            return chinese
    return _digits(text)


def _digits(text: str) -> float | None:
    """Digits of any script, with grouping, a point and an exponent."""
    comma, dot = text.rfind(","), text.rfind(".")
    point = "." if dot > comma else ""
    if comma > dot and (dot >= 0 or 1 <= sum(map(str.isdigit, text[comma + 1 :])) <= 3):
        point = ","
    written = ""
    for place, sign in enumerate(text):
        if sign.isdigit():
            written += str(unicodedata.digit(sign))
        elif sign == point or sign in "٫．":
            written += "."
        elif sign in "eE" and written:
            written += "e"
        elif sign in _MINUS + _PLUS and text[place - 1 : place] in ("e", "E"):
            written += "-" if sign in _MINUS else "+"
        elif sign not in _GROUPING + ".," and not sign.isspace():
            return None
    try:
        return float(written)
    except ValueError:
        return None


def _chinese(text: str) -> float | None:
    whole, *after = _POINT.split(text, maxsplit=1)
    number = _chinese_whole(whole)
    if number is None:
        return None
    share = 0.0
    for place, sign in enumerate("".join(after).replace(" ", "")):
        digit = _CHINESE.get(sign, int(sign) if sign.isdecimal() else None)
        if digit is None:
            return None
        share += digit * 10.0 ** -(place + 1)
    return number + share


def _chinese_whole(text: str) -> float | None:
    digits = [_CHINESE.get(sign, int(sign) if sign.isdecimal() else None) for sign in text if not sign.isspace()]
    if None not in digits:
        return float("".join(map(str, digits)) or 0)
    total = section = number = 0
    for sign in text:
        if sign in _TENS:
            section += _TENS[sign]
        elif sign in _SMALL:
            section += (number or 1) * _SMALL[sign]
            number = 0
        elif sign in _LARGE:
            total += (section + number) * _LARGE[sign]
            section = number = 0
        elif sign in _CHINESE:
            number = _CHINESE[sign] or number
        elif sign.isdecimal():
            number = int(sign)
        elif not sign.isspace():
            return None
    return float(total + section + number)
