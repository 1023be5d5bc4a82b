"""Models filtered and sorted by what the scope needs, in few words: `context>=8k price<=1 size<10b fits allowed`.

Words without a sign are looked for in the name, the licence and the publisher. What is unknown meets no condition,
and stands last, however it is sorted. Unsorted, what can be used stands first: see `useful_first`.
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.select.comparing import Column
from genai_tui.stages.select.estimating import number

Value = Callable[[Column], float | None]
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_CONDITION = re.compile(r"([a-z]+)(>=|<=|=|>|<)(.+)")
WORDS = ("fits", "allowed")


def _parameters(column: Column) -> float | None:
    card = column.known.card
    return card.architecture.parameters if card.architecture else card.parameters


def _published(column: Column) -> float | None:
    month = column.known.card.published
    return _years(month) if month else None


def _years(text: str) -> float:
    """A month as 2024-09, or a year, in years. Raises UsageFault."""
    year, dash, month = text.partition("-")
    if not dash or not month.isdecimal():
        return number(text, "year, or month as 2024-09")
    return number(year, "year") + (number(month, "month", zero=True) - 1) / 12


def _score(column: Column) -> float | None:
    return column.scored.value.value if column.scored else None


KEYS: dict[str, Value] = {
    "context": lambda column: column.known.card.context_tokens,
    "price": lambda column: column.known.output_usd,
    "month": lambda column: column.month_usd,
    "size": _parameters,
    "memory": lambda column: column.memory_bytes,
    "score": _score,
    "published": _published,
}
"""What can be compared and sorted by; `price` is that of a million tokens out, `size` parameters."""
HIGHEST_FIRST = frozenset(("context", "score", "published"))


class Wish(NamedTuple):
    """What is wished for: every test must be met."""

    tests: tuple[Callable[[Column], bool], ...] = ()

    def met_by(self, column: Column) -> bool:
        """Whether a model meets all of it."""
        return all(test(column) for test in self.tests)


def read_wish(text: str) -> Wish:
    """The wish in a few words. Raises UsageFault for a name that nothing is compared by, and for no number."""
    return Wish(tuple(_test(word) for word in text.lower().split()))


def wish_of_scope(scope: Scope) -> str:
    """What the scope needs, in the same words: enough context, allowed by its data rules."""
    tokens = (scope.input_tokens or 0) + (scope.output_tokens or 0)
    return " ".join([*([f"context>={tokens}"] if tokens else []), *(["allowed"] if scope.data_rules else [])])


def sifted(columns: Iterable[Column], wish: Wish = Wish(), by: str = "") -> Sequence[Column]:  # noqa: B008 - never changed
    """Those that meet the wish, sorted by one of KEYS. Raises UsageFault for another."""
    found = [column for column in columns if wish.met_by(column)]
    if not by:
        return found
    value = _key(by)
    sign = -1 if by in HIGHEST_FIRST else 1

    def order(column: Column) -> tuple[bool, float]:
        known = value(column)
        return known is None, sign * (known or 0.0)

    return sorted(found, key=order)


def useful_first(columns: Iterable[Column], scope: Scope) -> Sequence[Column]:
    """What endpoints here serve, in their order, the refused ones last; then cards that nobody here serves.

    Of those the ones that fit this machine and hold the scope's tokens first, the newest of them before all.
    """
    tokens = (scope.input_tokens or 0) + (scope.output_tokens or 0)

    def order(column: Column) -> tuple[bool, bool, bool, bool, float]:
        if column.known.endpoint is not None:
            return False, bool(column.refused), False, False, 0.0
        context = column.known.card.context_tokens
        short = context is not None and context < tokens
        return True, column.fits is False, short, column.fits is None, -(_published(column) or 0.0)

    return sorted(columns, key=order)


def _test(word: str) -> Callable[[Column], bool]:
    if word == "fits":
        return lambda column: column.fits is True
    if word == "allowed":
        return lambda column: not column.refused
    condition = _CONDITION.fullmatch(word)
    if condition is None:
        return lambda column: word in " ".join(_named(column)).lower()
    name, sign, wanted = condition.groups()
    value = _key(name)
    than = _years(wanted) if name == "published" else number(wanted.removeprefix("$"), "number")
    compare = _SIGNS[sign]

    def test(column: Column) -> bool:
        known = value(column)
        return known is not None and compare(known, than)

    return test


def _named(column: Column) -> Sequence[str]:
    card = column.known.card
    return (column.known.name, card.licence or "", card.publisher or "")


def _key(name: str) -> Value:
    if name not in KEYS:
        raise UsageFault(f"Models have no {name[:40]} to go by.", "", f"Take one of {', '.join(KEYS)}.")
    return KEYS[name]
