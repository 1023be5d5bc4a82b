"""Operators between values, grouped as JavaScript groups them.

Nunjucks writes operators one after the other, without brackets, and JavaScript then groups them: `"a" ~ 1 + 2` is
`a12`, and `not a == b` is `(not a) == b`. So an expression is a row of operands and operators, grouped at its end; only
what nunjucks writes as a call (`//`, `**`, `in`, `is`, filters, members) is closed earlier.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.running import Run
from genai_tui.answering.nunjucks.values import (
    UNDEFINED,
    Safe,
    add,
    compared,
    divided,
    floor,
    loose,
    member,
    number,
    power,
    remainder,
    strict,
    text,
    truthy,
)

Expression = Callable[[Run], Any]

_LEVELS = (("||",), ("&&",), ("==", "!=", "===", "!=="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_OPERATORS: dict[str, Callable[[Any, Any, Run], Any]] = {
    "==": loose,
    "!=": lambda a, b, run: not loose(a, b, run),
    "===": lambda a, b, _: strict(a, b),
    "!==": lambda a, b, _: not strict(a, b),
    "<": lambda a, b, run: compared(a, b, run) == -1,
    ">": lambda a, b, run: compared(a, b, run) == 1,
    "<=": lambda a, b, run: compared(a, b, run) in (-1, 0),
    ">=": lambda a, b, run: compared(a, b, run) in (0, 1),
    "+": add,
    "-": lambda a, b, run: number(a, run) - number(b, run),
    "*": lambda a, b, run: number(a, run) * number(b, run),
    "/": lambda a, b, run: divided(number(a, run), number(b, run)),
    "%": lambda a, b, run: remainder(number(a, run), number(b, run)),
}


@dataclass
class Operand:
    """One operand with the signs before it: `name` where it is a bare name, `value` where it stands as written."""

    made: Expression
    signs: str = ""
    name: str = ""
    value: Any = UNDEFINED
    called: "tuple[Operand, list[Expression]] | None" = None


@dataclass
class Row:
    """Operands and the operators between them."""

    operands: list[Operand]
    operators: list[str] = field(default_factory=list)

    def then(self, operator: str, other: "Row") -> "Row":
        """The row with an operator and another row after it; both are used up."""
        self.operands += other.operands
        self.operators += [operator, *other.operators]
        return self

    @property
    def alone(self) -> Operand | None:
        """The operand, where there is but one and it has no sign."""
        return self.operands[0] if not self.operators and not self.operands[0].signs else None

    def closed(self) -> Expression:
        """What the row is worth, grouped as JavaScript groups it."""
        if not self.operators:
            return _signed(self.operands[0])
        level = next(level for level in _LEVELS if any(each in level for each in self.operators))
        parts: list[Expression] = []
        between: list[str] = []
        start = 0
        for place, operator in enumerate([*self.operators, ""]):
            if operator in level or not operator:
                parts.append(Row(self.operands[start : place + 1], self.operators[start:place]).closed())
                between.append(operator)
                start = place + 1
        return _either(parts, level[0]) if level[0] in ("||", "&&") else _worked(parts, between)


def _signed(operand: Operand) -> Expression:
    made = operand.made
    for sign in reversed(operand.signs):
        made = _with(sign, made)
    return made


def _with(sign: str, made: Expression) -> Expression:
    if sign == "!":
        return lambda run: not truthy(made(run))
    return lambda run: (-1 if sign == "-" else 1) * number(made(run), run)


def _either(parts: list[Expression], operator: str) -> Expression:
    stops = operator == "||"

    def value(run: Run) -> Any:
        found: Any = UNDEFINED
        for part in parts:
            found = part(run)
            if truthy(found) is stops:
                return found
        return found

    return value


def _worked(parts: list[Expression], between: list[str]) -> Expression:
    first, rest = parts[0], list(zip((_OPERATORS[each] for each in between[:-1]), parts[1:], strict=True))

    def value(run: Run) -> Any:
        found = first(run)
        for operator, part in rest:
            run.spend(1)
            found = operator(found, part(run), run)
        return found

    return value


def _within(item: Any, values: Any, run: Run) -> bool:
    """`in`: an item of a list, a part of a text, a key of an object. Raises Failed for anything else."""
    if isinstance(values, list):
        run.spend(len(values))
        return any(strict(item, each) for each in values)
    if isinstance(values, str):
        run.spend(len(values) / 256)
        return text(item, run) in values
    if isinstance(values, dict):
        return text(item, run) in values
    if isinstance(values, Safe):
        return text(item, run) in ("length", "val")
    raise Failed(f'Cannot use "in" operator to search for "{text(item, run)[:60]}" in unexpected types.')


def alone(made: Expression) -> Row:
    """A row of one operand."""
    return Row([Operand(made)])


def written(value: Any) -> Row:
    """A row of one value as it stands."""
    return Row([Operand(lambda _: value, value=value)])


def negated(row: Row) -> Row:
    """`not` before a row: it holds for the first operand alone."""
    first, *others = row.operands
    return Row([Operand(first.made, "!" + first.signs), *others], row.operators)


def found_in(item: Expression, values: Expression) -> Row:
    """`in` between two rows."""
    return alone(lambda run: _within(item(run), values(run), run))


def by_call(sign: str, left: Row, right: Row) -> Row:
    """`//` or `**`, which nunjucks writes as a call."""
    if sign == "//":  # the quotient stands within the call, after the operators before it
        quotient = left.then("/", right).closed()
        return alone(lambda run: floor(number(quotient(run), run)))
    base, exponent = left.closed(), right.closed()
    return alone(lambda run: power(number(base(run), run), number(exponent(run), run)))


def looked_up(target: Expression, key: Expression) -> Operand:
    """What stands at a key; nothing has nothing."""

    def value(run: Run) -> Any:
        run.spend(1)
        found = target(run)
        return UNDEFINED if found is None or found is UNDEFINED else member(found, key(run), run)

    return Operand(value)


def gathered(run: Run, items: list[Any]) -> list[Any]:
    """A list that was made, its work counted."""
    run.spend(len(items))
    return items


def failing(why: str) -> Expression:
    """What throws when it is worked out."""

    def value(_: Run) -> Any:
        raise Failed(why)

    return value
