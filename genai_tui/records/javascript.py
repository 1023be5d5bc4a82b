"""Values as JavaScript writes them: in the templates and verdicts of promptfoo."""

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

_EXACT = 2**53  # up to here every whole number is one of JavaScript's


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
    return _json(value, " " * spaces, "\n" if spaces else "")


def _json(value: Any, step: str, line: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value) if math.isfinite(double(value)) else "null"
    if isinstance(value, Mapping):
        colon = ": " if step else ":"
        pairs = (f"{_quoted(as_text(key))}{colon}{_json(item, step, line + step)}" for key, item in value.items())
        return _between("{}", pairs, step, line)
    if isinstance(value, list | tuple):
        return _between("[]", (_json(item, step, line + step) for item in value), step, line)
    return as_text(value) if value is None or isinstance(value, bool) else _quoted(str(value))


def _between(brackets: str, items: Iterable[str], step: str, line: str) -> str:
    inner = f",{line}{step}".join(items)
    return f"{brackets[0]}{line}{step}{inner}{line}{brackets[1]}" if inner else brackets


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def double(value: float) -> float:
    """A number as the double that it is in JavaScript; one beyond all of them is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


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
