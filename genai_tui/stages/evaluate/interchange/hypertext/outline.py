"""A reading of HTML from its first sign to its last: before the body, in it, and within SVG and MathML."""

from genai_tui.stages.evaluate.interchange.hypertext.elements import HEAD, INTEGRATION
from genai_tui.stages.evaluate.interchange.hypertext.tables import Tables
from genai_tui.stages.evaluate.interchange.hypertext.tags import RAW, Tags, Token

_BREAKOUT = frozenset(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta "
    "nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)


class Outline(Tables):
    """The `names` of the elements that come of a text; whether it wrote its `body`, and whether text lies `outside`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.body = False
        self._phase = "start"
        tags = Tags(text)
        for token in tags:
            self.raw, self.closed = "", token.closed
            self._read(token)
            tags.raw, tags.foreign = self.raw, self._within_foreign()
            if self._phase == "frames":
                return

    def _read(self, token: Token) -> None:
        if self.templates:
            self.templates += (token.name == "template") * (-1 if token.ends else 1)
            self.raw = token.name if token.name in RAW and not token.ends else ""
        elif token.name == "!doctype":
            self.quirks = self.quirks and self._phase != "start"
        elif self._phase != "body" and not self._begins(token):
            return
        elif not token.name:
            self.text(token.text)
        elif not self._within_foreign() or not self._in_foreign(token):
            (self.end if token.ends else self.start)(token.name)

    def _begins(self, token: Token) -> bool:
        """The steps before the body; true where the body begins and this token is in it."""
        waits = self._end_in_head(token) if token.ends else self._start_in_head(token)
        if waits:
            return False
        self.body = token.name == "body" and not token.ends
        self._phase = "body"
        self._push("html", quiet=True)
        self._push("body", quiet=not self.body)
        return not self.body

    def _end_in_head(self, token: Token) -> bool:
        if token.name == "head":
            self._phase = "after"
        return token.name not in ("body", "br", "html")

    def _start_in_head(self, token: Token) -> bool:
        """Whether the body waits still."""
        if not token.name:
            return not token.text.strip("\t\n\x0c\r ")
        if token.name == "html" and self._phase == "start":
            self.names.add("html")
            self._phase = "before"
        elif token.name == "head" and self._phase in ("start", "before"):
            self.names.add("head")
            self._phase = "head"
        elif token.name in HEAD:
            self._phase = "after" if self._phase == "after" else "head"
            self._insert_head(token.name)
        elif token.name == "frameset":
            self._phase = "frames"
        return token.name in HEAD or token.name in ("html", "head", "frameset")

    def _within_foreign(self) -> bool:
        return bool(self._stack) and self._stack[-1].foreign and self._phase == "body"

    def _in_foreign(self, token: Token) -> bool:
        """The rules within SVG and MathML; false where the tag is HTML's."""
        here = self._stack[-1]
        if not token.ends and here.name in INTEGRATION and token.name not in ("mglyph", "malignmark"):
            return False
        if token.ends and token.name not in ("br", "p"):
            for element in reversed(self._stack):
                if not element.foreign:
                    return False
                if element.name == token.name:
                    while self._pop() is not element:
                        pass
                    return True
        if token.ends or token.name in _BREAKOUT:
            while self._stack[-1].foreign and self._stack[-1].name not in INTEGRATION:
                self._pop()
            return False
        self._push(token.name, foreign=True)
        if token.closed:
            self._pop()
        return True
