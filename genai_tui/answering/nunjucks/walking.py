"""The walk over a template's tokens, and what is found out on it."""

from collections import Counter

from genai_tui.answering.nunjucks.faults import BadTemplate
from genai_tui.answering.nunjucks.lexer import Lexer, Token


class Walk:
    """A walk over a template's tokens, with what it needs that is not there, and the names it asks for."""

    def __init__(self, text: str) -> None:
        self.lexer = Lexer(text)
        self.problems: list[str] = []
        self.asked: Counter[str] = Counter()
        self.functions: list[str] = []  # those that are called and not there
        self.places: list[tuple[int, int, str, bool]] = []  # of names of the environment; whether a default follows
        self.bound: list[set[str]] = [set()]
        self._peeked: Token | None = None
        self._stop = 0

    def next(self) -> Token:
        """The next token, which is passed."""
        token = self._peeked or self.lexer.next()
        self._peeked = None
        self._stop = token.stop
        return token

    def peek(self) -> Token:
        """The next token, which stays."""
        self._peeked = self._peeked or self.lexer.next()
        return self._peeked

    def skip(self, kind: str, value: str) -> bool:
        """Pass a token, if it is the next."""
        token = self.peek()
        found = token.kind == kind and token.value == value
        if found:
            self.next()
        return found

    def is_bound(self, name: str) -> bool:
        """Whether a tag around gave the name its value."""
        return any(name in names for names in self.bound)

    def ask(self, name: str) -> None:
        """Count a name among those that are asked for, unless it is bound."""
        if not self.is_bound(name):
            self.asked[name] += 1

    def unask(self, name: str) -> None:
        """Take back what `ask` counted of a name that is no input's after all: a key, a target, a test."""
        if name and not self.is_bound(name):
            self.asked[name] -= 1

    def fail(self, why: str, token: Token | None = None) -> BadTemplate:
        """The fault at a token, or at the next."""
        return BadTemplate(why, self.lexer.line((token or self.peek()).start))
