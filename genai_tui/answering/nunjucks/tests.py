"""What may follow `is` (nunjucks' tests.js)."""

from collections.abc import Callable
from typing import Any

from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.values import (
    UNDEFINED,
    Function,
    Meter,
    Safe,
    compared,
    number,
    recased,
    remainder,
    strict,
    text,
    truthy,
)

Test = Callable[[Meter, Any, Any], bool]  # a value and what it is held against: undefined where nothing is


def _remainder(value: Any, by: Any, meter: Meter) -> float:
    return remainder(number(value, meter), number(by, meter))


def _cased(change: Callable[[str], str]) -> Test:
    def same(_: Meter, value: Any, __: Any) -> bool:
        if not isinstance(value, str | Safe):
            raise Failed("value.toLowerCase is not a function")
        return isinstance(value, str) and recased(value, change) == value

    return same


def _iterable(value: Any) -> bool:
    if value is None or value is UNDEFINED:
        raise Failed("cannot read properties of what is not there")
    return isinstance(value, list | str | Safe)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _order(*allowed: int) -> Test:
    return lambda meter, a, b: compared(a, b, meter) in allowed


def _equal(_: Meter, a: Any, b: Any) -> bool:
    return strict(a, b)


TESTS: dict[str, Test] = {
    "callable": lambda _, a, __: isinstance(a, Function),
    "defined": lambda _, a, __: a is not UNDEFINED,
    "divisibleby": lambda meter, a, b: _remainder(a, b, meter) == 0,
    "escaped": lambda _, a, __: isinstance(a, Safe),
    "equalto": _equal,
    "eq": _equal,
    "sameas": _equal,
    "even": lambda meter, a, _: _remainder(a, 2, meter) == 0,
    "falsy": lambda _, a, __: not truthy(a),
    "ge": _order(0, 1),
    "greaterthan": _order(1),
    "gt": _order(1),
    "le": _order(-1, 0),
    "lessthan": _order(-1),
    "lt": _order(-1),
    "lower": _cased(str.lower),
    "ne": lambda _, a, b: not strict(a, b),
    "null": lambda _, a, __: a is None,
    "number": lambda _, a, __: _number(a),
    "odd": lambda meter, a, _: _remainder(a, 2, meter) == 1,
    "string": lambda _, a, __: isinstance(a, str),
    "truthy": lambda _, a, __: truthy(a),
    "undefined": lambda _, a, __: a is UNDEFINED,
    "upper": _cased(str.upper),
    "iterable": lambda _, a, __: _iterable(a),
    "mapping": lambda _, a, __: isinstance(a, dict | Safe),
}


def named(name: Any, meter: Meter) -> Test:
    """The test of a name that is only known when it is asked for. Raises Failed."""
    plain = text(name, meter)
    if plain not in TESTS:
        raise Failed(f"test not found: {plain[:60]}")
    return TESTS[plain]
