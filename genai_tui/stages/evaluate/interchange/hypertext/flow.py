"""The rules of HTML for what stands in the body (WHATWG HTML, 13.2.6.4.7)."""

from genai_tui.stages.evaluate.interchange.hypertext.elements import (
    BLOCKS,
    HEAD,
    HEADINGS,
    MARKED,
    PARTS,
    TABLE,
    VOID,
    Element,
    Elements,
)
from genai_tui.stages.evaluate.interchange.hypertext.tags import RAW
from genai_tui.stages.evaluate.interchange.values import trimmed

_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_ALONE = BLOCKS | HEADINGS | {"p", "hr", "plaintext", "xmp", "form"}  # which end a paragraph
_AS_IT_IS = frozenset("param source track textarea iframe noembed noscript noframes".split())
_BLANK = "\t\n\x0c\r "


class Flow(Elements):
    """Elements as they come in the body; `outside`: some text lies in no element of it."""

    def __init__(self) -> None:
        super().__init__()
        self.outside = False
        self.quirks = True
        self.closed = False  # the tag at hand, by a slash
        self._form = False

    def text(self, text: str) -> None:
        """A text in the body."""
        here = self._stack[-1]
        if here.name in TABLE | {"colgroup"} and not here.foreign and not text.strip(_BLANK):
            return
        if here.name == "colgroup":
            self._pop()
            self.text(text)
            return
        if text and here.mode != "select" and not here.foreign:
            self._go_on()
        self.outside = self.outside or (bool(trimmed(text)) and self._parent() is self._stack[1])

    def _parent(self) -> Element:
        """Where what comes now is put: not into a table, but before it."""
        here = self._stack[-1]
        if here.name not in TABLE or here.foreign:
            return here
        place = self._last("table")
        return self._stack[place - 1]

    def _last(self, name: str) -> int:
        return max(place for place, element in enumerate(self._stack) if element.name == name)

    def _start_in_body(self, name: str) -> None:
        if name in PARTS or name in ("html", "body", "head", "frameset", "frame") or (name == "form" and self._form):
            return
        if name in HEAD - {"noscript", "noframes"}:
            self._insert_head(name)
            return
        self._make_room(name)
        if name in _FORMATTING:
            self._format(name)
        elif name in RAW or name == "plaintext":
            self.names.add(name)
            self.raw = name
        elif name in VOID:
            self.names.add("img" if name == "image" else name)
        else:
            foreign = name in ("svg", "math")
            self._push(name, foreign=foreign)
            self._form = self._form or name == "form"
            if foreign and self.closed:
                self._pop()
            if name in MARKED:
                self._formatting.append(None)

    def _make_room(self, name: str) -> None:
        """Close what cannot hold the element that comes."""
        if name in _ALONE:
            self._close_p()
            if name in HEADINGS and self._stack[-1].name in HEADINGS:
                self._pop()
        elif name in ("li", "dd", "dt"):
            self._close_item(("li",) if name == "li" else ("dd", "dt"))
            self._close_p()
        elif name == "table":
            if not self.quirks:
                self._close_p()
        elif name in ("rb", "rtc", "rp", "rt"):
            if self._in_scope(("ruby",)):
                self._imply("" if name in ("rb", "rtc") else "rtc")
        elif name not in _AS_IT_IS:
            self._make_room_inline(name)

    def _make_room_inline(self, name: str) -> None:
        if name == "button" and self._in_scope(("button",)):
            self._close("button")
        elif name == "a":
            self._end_link()
        elif name in ("option", "optgroup") and self._stack[-1].name == "option":
            self._pop()
        self._go_on()
        if name == "nobr" and self._in_scope(("nobr",)):
            self._adopt("nobr")
            self._go_on()

    def _end_link(self) -> None:
        old = next((entry for entry in self._since_border() if entry.name == "a"), None)
        if old is None:
            return
        self._adopt("a")
        if old in self._formatting:
            self._formatting.remove(old)
        if old in self._stack:
            self._stack.remove(old)
            self._count["a"] -= 1

    def _close_item(self, names: tuple[str, ...]) -> None:
        for element in reversed(self._stack):
            if element.name in names:
                self._close(element.name)
                return
            if self._special(element) and element.name not in ("address", "div", "p"):
                return

    def _end_in_body(self, name: str) -> None:
        if name == "br":
            self._start_in_body("br")
        elif name in _FORMATTING:
            self._adopt(name)
        elif name == "p":
            if not self._in_scope(("p",), ("button",)):
                self._push("p")
            self._close("p")
        elif name in HEADINGS:
            if self._in_scope(HEADINGS):
                self._imply()
                self._pop_to(HEADINGS)
        elif name == "form":
            self._end_form()
        elif name in BLOCKS or name in ("button", "li", "dd", "dt") or name in MARKED:
            if self._in_scope((name,), ("ol", "ul") if name == "li" else ()):
                self._close(name)
                if name in MARKED:
                    self._border()
        elif name not in ("html", "body"):
            self._end_other(name)

    def _end_form(self) -> None:
        self._form = False
        if self._in_scope(("form",)):
            self._imply()
            self._stack.pop(self._last("form")).open = False
            self._count["form"] -= 1
