"""A template's tokens, as nunjucks cuts them (its lexer.js)."""

import re
from typing import Any, NamedTuple

from genai_tui.answering.nunjucks.faults import BadTemplate, Missing

_OPENING = re.compile(r"\{%-?|\{\{-?|\{#|#\}")
_SPACE = re.compile("[ \n\t\r\xa0]+")
_END = re.compile(r"-?(?:%\}|\}\})")
_SIGN = re.compile(r"===|!==|==|!=|<=|>=|//|\*\*|[()\[\]{}%*\-+~/#,:|.<>=!]")
_WORD = re.compile(r"[^ \n\t\r\xa0()\[\]{}%*\-+~/#,:|.<>=!]+")
_DIGITS = re.compile(r"[0-9]+")
_TEXTS = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*)(?:{quote}|\\?\Z)", re.DOTALL) for quote in "\"'"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS = {"true": ("literal", True), "false": ("literal", False), "none": ("literal", None), "null": ("literal", None)}


class Token(NamedTuple):
    """One token: `kind` is data, comment, begin, end, literal, symbol, sign, or nothing where the template ends."""

    kind: str
    value: Any
    start: int
    stop: int


class Lexer:
    """The tokens of a template one by one; `place` may be moved between them, outside of tags."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.in_tag = False

    def line(self, place: int) -> int:
        """The line, from 1, of a place."""
        return self.text.count("\n", 0, place) + 1

    def next(self) -> Token:
        """The next token, white space between them left out. Raises BadTemplate."""
        if self.in_tag and (space := _SPACE.match(self.text, self.place)):
            self.place = space.end()
        if self.place >= len(self.text):
            return Token("", "", self.place, self.place)
        kind, value, stop = self._in_tag() if self.in_tag else self._outside()
        token = Token(kind, value, self.place, stop)
        self.place = stop
        return token

    def _outside(self) -> tuple[str, Any, int]:
        opening = _OPENING.search(self.text, self.place)
        if opening is None:
            return "data", self.text[self.place :], len(self.text)
        if opening.start() > self.place and opening[0] != "#}":
            return "data", self.text[self.place : opening.start()], opening.start()
        if opening[0] == "#}":
            raise BadTemplate("unexpected end of comment", self.line(opening.start()))
        if opening[0] == "{#":
            end = self.text.find("#}", opening.end())
            if end < 0:
                raise BadTemplate("expected end of comment, got end of file", self.line(self.place))
            return "comment", self.text[self.place : end + 2], end + 2
        self.in_tag = True
        return "begin", opening[0], opening.end()

    def _in_tag(self) -> tuple[str, Any, int]:
        sign = self.text[self.place]
        if sign in _TEXTS:
            found = _TEXTS[sign].match(self.text, self.place)
            assert found is not None, "a text ends with its quote or with the template"
            return "literal", _ESCAPE.sub(lambda e: _ESCAPES.get(e[1], e[1]), found[1]), found.end()
        if end := _END.match(self.text, self.place):
            self.in_tag = False
            return "end", end[0], end.end()
        if self.text.startswith("r/", self.place):
            raise Missing("a regular expression", self.line(self.place))
        if found := _SIGN.match(self.text, self.place):
            return "sign", found[0], found.end()
        word = _WORD.match(self.text, self.place)
        assert word is not None, "what is no sign and no white space is a word"
        if not _DIGITS.fullmatch(word[0]):
            return (*_WORDS.get(word[0], ("symbol", word[0])), word.end())
        if not self.text.startswith(".", word.end()):
            return "literal", float(word[0]), word.end()
        digits = _DIGITS.match(self.text, word.end() + 1)
        stop = digits.end() if digits else word.end() + 1
        return "literal", float(f"{self.text[self.place : stop]}0"), stop

    def skip_raw(self, tag: str) -> str:
        """The text up to the end of a raw block, which is passed; the blocks within it are text."""
        block = re.compile(rf"\{{%\s*({tag}|end{tag})\s*%\}}")
        level, start = 1, self.place
        for found in block.finditer(self.text, start):
            level += 1 if found[1] == tag else -1
            if level == 0:
                self.place = found.end()
                return self.text[start : found.start()]
            self.place = found.end()
        return self.text[start : self.place]
