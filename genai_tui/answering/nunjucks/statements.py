"""Text and tags as nunjucks reads them (its parser.js and compiler.js), made into what fills them in."""

import re
from typing import Any

from genai_tui.answering.nunjucks.bodies import Statement, all_of, captured, loop_at, output, rows_of
from genai_tui.answering.nunjucks.expressions import Expressions
from genai_tui.answering.nunjucks.faults import Missing, TooMuch
from genai_tui.answering.nunjucks.functions import bound
from genai_tui.answering.nunjucks.lexer import Token
from genai_tui.answering.nunjucks.operators import Expression
from genai_tui.answering.nunjucks.running import Frame, Run
from genai_tui.answering.nunjucks.values import UNDEFINED, Function, Safe, strict, truthy
from genai_tui.records.javascript import WHITE

_OTHERS = frozenset("asyncAll asyncEach block call extends from ifAsync import include".split())
_FIRST = re.compile(f"^[{WHITE}]+")
_DEEPEST = 20  # macros within macros


class Statements(Expressions):
    """The walk over text and tags."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._cuts = False  # the white space after a tag that ends in -
        self._empty = False  # the last body that was read

    def body(self, *ends: str) -> Statement:
        """What stands up to one of the tags `ends`, which is left, or up to the end of the template."""
        made: list[Statement] = []
        while (token := self.next()).kind:
            if token.kind == "data":
                made.append(self._text(token.value))
            elif token.kind == "comment":
                self._cuts = token.value.endswith("-#}")
            elif token.value.startswith("{{"):
                made.append(output(self.expression().closed()))
                self._end("}}", "variable")
            else:
                self._cuts = False
                tag = self.peek()
                if tag.kind != "symbol":
                    raise self.fail("tag name expected")
                if tag.value in ends:
                    break
                made.append(self._tag(self.next()))
        self._empty = not made
        return all_of(made)

    def _text(self, data: str) -> Statement:
        following = self.peek()
        if self._cuts:
            data = _FIRST.sub("", data)
            self._cuts = False
        if following.kind in ("begin", "comment") and following.value[2:3] == "-":
            data = data.rstrip(WHITE)
        return lambda run: run.write(data)

    def _end(self, mark: str, what: str) -> None:
        token = self.next()
        if token.kind != "end" or not token.value.endswith(mark):
            raise self.fail(f"expected {what} end", token)
        self._cuts = token.value.startswith("-")

    def _closing(self, tag: str = "") -> None:
        """Pass the tag that ends a block."""
        token = self.next()
        if token.kind != "symbol":
            raise self.fail(f"expected {tag}" if tag else "unexpected end of file", token)
        self._end("%}", "block")

    def _tag(self, token: Token) -> Statement:
        tag: str = token.value
        if tag in ("raw", "verbatim"):
            self._end("%}", "block")
            data = self.lexer.skip_raw(tag)
            return lambda run: run.write(data)
        reader = {
            "if": self._if, "for": self._for, "set": self._set, "filter": self._filter, "switch": self._switch,
            "macro": self._macro,
        }.get(tag)  # fmt: skip
        if reader is None:
            if tag in _OTHERS:
                raise Missing(f"the tag {tag}", self.lexer.line(token.start))
            raise self.fail(f"unknown block tag: {tag}", token)
        return reader()

    def _if(self) -> Statement:
        branches: list[tuple[Expression, Statement]] = []
        otherwise: Statement = all_of([])
        tag = "elif"
        while tag in ("elif", "elseif"):
            condition = self.expression().closed()
            self._end("%}", "block")
            branches.append((condition, self.body("elif", "elseif", "else", "endif")))
            token = self.next()
            if token.kind != "symbol":
                raise self.fail("expected elif, else, or endif, got end of file", token)
            tag = token.value
        self._end("%}", "block")
        if tag == "else":
            otherwise = self.body("endif")
            self._closing("endif")

        def work(run: Run) -> None:
            for condition, body in branches:
                run.spend(1)
                if truthy(condition(run)):
                    return body(run)
            return otherwise(run)

        return work

    def _for(self) -> Statement:
        names = [self._target("variable name expected for loop")]
        while self.skip("sign", ","):
            names.append(self._target("variable name expected for loop"))
        if not self.skip("symbol", "in"):
            raise self.fail('expected "in" keyword for loop')
        values = self.expression().closed()
        self._end("%}", "block")
        self.bound.append({*names, "loop"})
        body = self.body("endfor", "else")
        otherwise: Statement = all_of([])
        if self.skip("symbol", "else"):
            self._end("%}", "block")
            otherwise = self.body("endfor")
        self._closing("endfor")
        self.bound.pop()

        def work(run: Run) -> None:
            found = values(run)
            run.frame = Frame(run.frame, dict.fromkeys(names, UNDEFINED))
            rows = rows_of(found, len(names), run) if truthy(found) else []
            try:
                for place, row in enumerate(rows):
                    run.spend(1)
                    run.frame.fixed.update(zip(names, row, strict=False))
                    run.frame.names["loop"] = loop_at(place, len(rows))
                    body(run)
                if not rows:
                    otherwise(run)
            finally:
                run.frame = run.frame.parent or run.root

        return work

    def _target(self, why: str) -> str:
        start = self.peek()
        operand = self.primary()
        if not operand.name:
            raise self.fail(why, start)
        self.unask(operand.name)
        return operand.name

    def _set(self) -> Statement:
        names = [self._target("variable name expected")]
        while self.skip("sign", ","):
            names.append(self._target("variable name expected"))
        if self.skip("sign", "="):
            value = self.expression().closed()
            self._end("%}", "block")
        else:
            token = self.next()
            if token.kind != "end" or not token.value.endswith("%}"):
                raise self.fail("expected = or block end in set tag", token)
            value = captured(self.body("endset"))
            self._closing("endset")
        self.bound[-1].update(names)

        def work(run: Run) -> None:
            run.spend(1)
            found = value(run)
            for name in names:
                run.set(name, found)

        return work

    def _filter(self) -> Statement:
        held: list[Statement] = []
        made = self.filtered(lambda run: run.captured(held[0])).made
        self._end("%}", "block")
        held.append(self.body("endfilter"))
        self._closing("endfilter")
        return output(made)

    def _switch(self) -> Statement:
        value = self.expression().closed()
        self._end("%}", "block")
        self.body("case", "default", "endswitch")
        cases: list[tuple[Expression, Statement, bool]] = []
        while True:
            self.skip("symbol", "case")
            condition = self.expression().closed()
            self._end("%}", "block")
            body = self.body("case", "default", "endswitch")
            cases.append((condition, body, self._empty))
            if not (self.peek().kind == "symbol" and self.peek().value == "case"):
                break
        otherwise: Statement = all_of([])
        last = self.peek()
        self._closing("case, default or endswitch")
        if last.value == "default":
            otherwise = self.body("endswitch")
            self._closing("endswitch")

        def work(run: Run) -> None:
            found = value(run)
            through = False
            for condition, body, empty in cases:
                run.spend(1)
                through = through or strict(found, condition(run))
                if through and not empty:
                    return body(run)
            return otherwise(run)

        return work

    def _macro(self) -> Statement:
        name = self.primary(bare=True).name
        if not name or not self.skip("sign", "("):
            raise self.fail("expected a name and arguments")
        self.unask(name)
        self.bound[-1].add(name)
        rows, given = self.signature()
        places = tuple(row.alone.name if row.alone else "" for row in rows)
        if not all(places):
            raise self.fail("a macro's arguments are names")
        for each in places:
            self.unask(each)
        others = {key: row.closed() for key, row in given}
        self._end("%}", "block")
        self.bound.append({*places, *others})
        body = self.body("endmacro")
        self._closing("endmacro")
        self.bound.pop()

        def called(arguments: list[Any], run: Any) -> Any:
            run.spend(1)
            values, named = bound(places, tuple(others), arguments)
            outer, run.frame = run.frame, Frame(None, dict(zip(places, values, strict=True)))
            run.depth += 1
            if run.depth > _DEEPEST:
                raise TooMuch("its macros call one another too deeply")
            try:
                for key, value in others.items():
                    run.frame.names[key] = named[key] if key in named else value(run)
                return Safe(run.captured(body))
            finally:
                run.frame = outer
                run.depth -= 1

        def work(run: Run) -> None:
            run.define(name, Function(called))

        return work
