"""Expressions as nunjucks reads them (its parser.js), made into what works them out."""

from typing import Any

from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.filters import FILTERS
from genai_tui.answering.nunjucks.functions import GLOBALS, KEYWORDS, padded
from genai_tui.answering.nunjucks.lexer import Token
from genai_tui.answering.nunjucks.methods import METHODS, method
from genai_tui.answering.nunjucks.operators import (
    Expression,
    Operand,
    Row,
    alone,
    by_call,
    failing,
    found_in,
    gathered,
    looked_up,
    negated,
    written,
)
from genai_tui.answering.nunjucks.running import Run
from genai_tui.answering.nunjucks.tests import TESTS
from genai_tui.answering.nunjucks.values import UNDEFINED, Function, truthy
from genai_tui.answering.nunjucks.walking import Walk

# From the loosest to the tightest; nunjucks' order, which only decides what `//` and `**` take.
_ARITHMETIC = ("~", "+", "-", "*", "/", "//", "%", "**")
_COMPARING = frozenset(("==", "===", "!=", "!==", "<", ">", "<=", ">="))
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Expressions(Walk):
    """The walk over what stands within tags."""

    def expression(self) -> Row:
        """A whole expression, with its inline `if`."""
        row = self._either()
        if not self.skip("symbol", "if"):
            return row
        body, condition = row.closed(), self._either().closed()
        other: Expression = self._either().closed() if self.skip("symbol", "else") else lambda _: ""
        return alone(lambda run: body(run) if truthy(condition(run)) else other(run))

    def _either(self) -> Row:
        row = self._both()
        while self.skip("symbol", "or"):
            row = row.then("||", self._both())
        return row

    def _both(self) -> Row:
        row = self._not()
        while self.skip("symbol", "and"):
            row = row.then("&&", self._not())
        return row

    def _not(self) -> Row:
        return negated(self._not()) if self.skip("symbol", "not") else self._in()

    def _in(self) -> Row:
        row = self._is()
        while True:
            turned = self.skip("symbol", "not")
            if not self.skip("symbol", "in"):
                if turned:
                    raise self.fail("expected in after not")
                return row
            row = found_in(row.closed(), self._is().closed())
            row = negated(row) if turned else row

    def _is(self) -> Row:
        row = self._compared()
        if not self.skip("symbol", "is"):
            return row
        turned = self.skip("symbol", "not")
        before = len(self.functions)
        right = self._compared().alone
        tests = {*TESTS, right.called[0].name if right is not None and right.called is not None else ""}
        self.functions[before:] = [name for name in self.functions[before:] if name not in tests]
        row = alone(self._tested(row.closed(), right)).then("===", written(True))
        return negated(row) if turned else row

    def _tested(self, left: Expression, right: Operand | None) -> Expression:
        name, arguments = "undefined", list[Expression]()  # what nunjucks takes for no name
        if right is not None and right.called is not None:
            name, arguments = right.called[0].name, right.called[1]
        elif right is not None and (right.name or right.value is not UNDEFINED):
            name = right.name or ("null" if right.value is None else str(right.value))
            self.unask(right.name)
        if name not in TESTS:
            self.problems.append(f"the test {name}")
            return failing(f"test not found: {name}")
        test = TESTS[name]
        return lambda run: test(run, left(run), *padded([each(run) for each in arguments], 1))

    def _compared(self) -> Row:
        row = self._level(0)
        while self.peek().kind == "sign" and self.peek().value in _COMPARING:
            row = row.then(self.next().value, self._level(0))
        return row

    def _level(self, level: int) -> Row:
        if level == len(_ARITHMETIC):
            return self._unary()
        sign = _ARITHMETIC[level]
        row = self._level(level + 1)
        while self.skip("sign", sign):
            other = self._level(level + 1)
            if sign == "~":
                row = row.then("+", written("")).then("+", other)
            elif sign in ("//", "**"):
                row = by_call(sign, row, other)
            else:
                row = row.then(sign, other)
        return row

    def _unary(self, *, filtered: bool = True) -> Row:
        sign = next((sign for sign in "-+" if self.skip("sign", sign)), "")
        if sign:
            [operand] = self._unary(filtered=False).operands
            if operand.signs[:1] == sign:
                raise self.fail(f"{sign}{sign} is no sign")
            operand = Operand(operand.made, sign + operand.signs)
        else:
            operand = self.primary()
        return Row([self._filtered(operand) if filtered else operand])

    def primary(self, *, bare: bool = False) -> Operand:
        """A name, a value or a group, with what is looked up in it or called (unless `bare`)."""
        token = self.next()
        if token.kind == "literal":
            operand = written(token.value).operands[0]
        elif token.kind == "symbol":
            operand = self._named(token)
        elif token.kind == "sign" and token.value in _PAIRS:
            operand = self._aggregate(token)
        else:
            raise self.fail(f"unexpected token: {token.value}" if token.kind else "unexpected end of file", token)
        return operand if bare else self._postfix(operand, token.start)

    def _named(self, token: Token) -> Operand:
        name: str = token.value
        if any(sign in name for sign in "\"'\\") and ('"' in name or "\\" in name):
            raise self.fail(f"unexpected token: {name}", token)
        if name == "_conversation":
            self.problems.append(name)
        self.ask(name)
        return Operand(lambda run: run.lookup(name), name=name)

    def _postfix(self, operand: Operand, start: int) -> Operand:
        environment = operand.name == "env" and not self.is_bound("env")
        key: Any = UNDEFINED  # the last member, by name
        target: Expression = operand.made
        while True:
            token = self.peek()
            if token.kind != "sign" or token.value not in (".", "[", "("):
                break
            self.next()
            if token.value == "(":
                operand = self._call(operand, target, key, self.arguments())
                key, target = UNDEFINED, operand.made
                continue
            index = self._key(token)
            target, key = operand.made, index.value
            operand = looked_up(target, index.made)
            if environment and isinstance(key, str):
                default = self.peek()
                self.places.append((start, self._stop, key, default.value == "|" and default.kind == "sign"))
                environment = False
        if environment:
            self.problems.append("env as a whole")
        return operand

    def _key(self, token: Token) -> Operand:
        if token.value == ".":
            name = self.next()
            if name.kind != "symbol":
                raise self.fail(f"expected name as lookup value, got {name.value}", name)
            return written(name.value).operands[0]
        items = self._items(token)
        if len(items) != 1:
            raise self.fail("invalid index", token)
        return items[0].alone or Operand(items[0].closed())

    def _call(self, operand: Operand, target: Expression, key: Any, given: "list[Expression]") -> Operand:
        name = operand.name
        if key is not UNDEFINED:
            if key not in METHODS:
                self.problems.append(f"the method {key}")
            return Operand(lambda run: method(target(run), key, [each(run) for each in given], run))
        if name and name not in GLOBALS and not self.is_bound(name):
            self.functions.append(name)
        self.unask(name)
        made = operand.made

        def called(run: Run) -> Any:
            run.spend(1)
            function = made(run)
            if not isinstance(function, Function):
                raise Failed(f"Unable to call `{name or 'the value'}`, which is no function")
            return function.call([each(run) for each in given], run)

        return Operand(called, called=(operand, given))

    def arguments(self) -> list[Expression]:
        """Arguments up to the bracket that closes them; those by name are one object at their end."""
        rows, named = self.signature()
        given = [row.closed() for row in rows]
        if named:
            pairs = [(key, row.closed()) for key, row in named]
            given.append(lambda run: {KEYWORDS: True} | {key: value(run) for key, value in pairs})
        return given

    def signature(self) -> tuple[list[Row], list[tuple[str, Row]]]:
        """What stands in brackets after a call or a macro's name, the first bracket already passed."""
        rows: list[Row] = []
        named: list[tuple[str, Row]] = []
        while not self.skip("sign", ")"):
            if (rows or named) and not self.skip("sign", ","):
                raise self.fail("expected comma after expression")
            start = self.peek()
            if start.kind == "":
                raise self.fail("unexpected end of file")
            if start.value == ")" and start.kind == "sign":
                raise self.fail("unexpected token: )")
            row = self.expression()
            if not self.skip("sign", "="):
                rows.append(row)
                continue
            if row.alone is None:
                raise self.fail("Dict keys must be strings or names", start)
            named.append((self._keyed(row.alone, start), self.expression()))
        return rows, named

    def _filtered(self, operand: Operand) -> Operand:
        while self.skip("sign", "|"):
            operand = self.filtered(operand.made if not operand.signs else Row([operand]).closed())
        return operand

    def filtered(self, made: Expression) -> Operand:
        """What the filter, whose name is next, makes of it."""
        token = self.next()
        if token.kind != "symbol":
            raise self.fail(f"expected symbol, got {token.kind or 'end of file'}", token)
        name: str = token.value
        given: list[Expression] = []
        while self.skip("sign", "("):
            given = self.arguments()
            if self.peek().kind == "sign" and self.peek().value in (".", "["):
                raise self.fail("a filter's value has no members without brackets around it")
        if name not in FILTERS:
            self.problems.append(f"the filter {name}")
            return Operand(failing(f"filter not found: {name}"))
        work = FILTERS[name]

        def value(run: Run) -> Any:
            run.spend(1)
            return work(run, made(run), *(each(run) for each in given))

        return Operand(value)

    def _aggregate(self, token: Token) -> Operand:
        if token.value == "{":
            return self._object(token)
        made = [row.closed() for row in self._items(token)]
        if token.value == "[":
            return Operand(lambda run: gathered(run, [each(run) for each in made]))
        if not made:
            raise self.fail("unexpected token: )", token)
        return Operand(lambda run: [each(run) for each in made][-1])

    def _items(self, token: Token) -> list[Row]:
        rows: list[Row] = []
        while not self._closes():
            if rows and not self.skip("sign", ","):
                raise self.fail("expected comma after expression", token)
            rows.append(self.expression())
        return rows

    def _object(self, token: Token) -> Operand:
        pairs: list[tuple[str, Expression]] = []
        while not self._closes():
            if pairs and not self.skip("sign", ","):
                raise self.fail("expected comma after expression", token)
            operand = self.primary()
            if not self.skip("sign", ":"):
                raise self.fail("expected colon after dict key", token)
            pairs.append((self._keyed(operand, token), self.expression().closed()))
        return Operand(lambda run: {key: value(run) for key, value in pairs})

    def _keyed(self, operand: Operand, token: Token) -> str:
        """What stands before a colon or an equals sign, as a key; a name there is not asked for."""
        key = operand.name or operand.value
        if not isinstance(key, str):
            raise self.fail("Dict keys must be strings or names", token)
        self.unask(operand.name)
        return key

    def _closes(self) -> bool:
        """Pass a closing bracket of whatever kind: nunjucks takes any."""
        return any(self.skip("sign", sign) for sign in _PAIRS.values())
