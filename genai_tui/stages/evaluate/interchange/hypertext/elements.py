"""The elements of HTML that are open, and the formatting that goes on after what held it (WHATWG HTML, 13.2.4)."""

from collections import Counter
from collections.abc import Iterable

from genai_tui.stages.evaluate.interchange.hypertext.tags import RAW

HEAD = frozenset("base basefont bgsound link meta noframes noscript script style template title".split())
VOID = frozenset(
    "area base basefont bgsound br col embed hr img image input keygen link meta param source track wbr".split()
)
BLOCKS = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header hgroup "
    "listing main menu nav ol pre search section summary ul".split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
MARKED = frozenset(("applet", "marquee", "object"))
BODIES = frozenset(("tbody", "tfoot", "thead"))
CELLS = frozenset(("td", "th"))
PARTS = BODIES | CELLS | {"caption", "col", "colgroup", "tr"}
TABLE = BODIES | {"table", "tr"}
INTEGRATION = frozenset("foreignobject desc title mi mo mn ms mtext annotation-xml".split())
_IMPLIED = frozenset("dd dt li optgroup option p rb rp rt rtc".split())
_MODES = TABLE | CELLS | {"caption", "colgroup", "select", "body"}
_SCOPE = MARKED | CELLS | {"caption", "html", "table"}
_SPECIAL = (
    BLOCKS | HEADINGS | MARKED | PARTS | HEAD | VOID | RAW | _SCOPE
    | frozenset("body button dd dt form frame frameset head li p plaintext select".split())
) - {"image", "keygen", "dialog", "search"}  # fmt: skip


class Element:
    """An open element; `mode` is the nearest, from here outwards, that has rules of its own."""

    def __init__(self, name: str, mode: str, foreign: bool) -> None:
        self.name = name
        self.mode = mode
        self.foreign = foreign
        self.open = True


class Elements:
    """A stack of open elements, and the names of all that were opened; `raw`: one that holds text only, just opened."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.raw = ""
        self.templates = 0  # that are open: what is in one is no part of the document
        self._stack: list[Element] = []
        self._count: Counter[str] = Counter()
        self._formatting: list[Element | None] = []  # None: a border that nothing goes on beyond

    def _insert_head(self, name: str) -> None:
        self.names.add(name)
        self.templates += name == "template"
        self.raw = name if name in RAW else ""

    def _push(self, name: str, *, foreign: bool = False, quiet: bool = False) -> Element:
        mode = name if name in _MODES and not foreign else self._stack[-1].mode if self._stack else ""
        element = Element(name, mode, foreign)
        self._stack.append(element)
        self._count[name] += 1
        if not quiet:
            self.names.add(name)
        return element

    def _pop(self) -> Element:
        element = self._stack.pop()
        element.open = False
        self._count[element.name] -= 1
        return element

    def _pop_to(self, names: Iterable[str]) -> None:
        while len(self._stack) > 2 and self._pop().name not in names:
            pass

    def _clear_to(self, names: Iterable[str]) -> None:
        while len(self._stack) > 2 and self._stack[-1].name not in names:
            self._pop()

    def _in_scope(self, names: Iterable[str], more: Iterable[str] = (), *, only: Iterable[str] = ()) -> bool:
        if not any(self._count[name] for name in names):
            return False
        borders = only or (*_SCOPE, *more)
        for element in reversed(self._stack):
            if element.name in names and not element.foreign:
                return True
            if element.name in borders or (element.foreign and element.name in INTEGRATION and not only):
                return False
        return False

    def _imply(self, but: str = "") -> None:
        while self._stack[-1].name in _IMPLIED and self._stack[-1].name != but:
            self._pop()

    def _close(self, name: str) -> None:
        self._imply(name)
        self._pop_to((name,))

    def _close_p(self) -> None:
        if self._in_scope(("p",), ("button",)):
            self._close("p")

    # formatting that goes on

    def _go_on(self) -> None:
        """Open again the formatting that was closed by something else."""
        start = len(self._formatting)
        while start and (entry := self._formatting[start - 1]) is not None and not entry.open:
            start -= 1
        for place in range(start, len(self._formatting)):
            entry = self._formatting[place]
            if entry is not None:
                self._formatting[place] = self._push(entry.name)

    def _format(self, name: str) -> None:
        since = self._since_border()
        alike = [entry for entry in since if entry.name == name]
        if len(alike) >= 3:
            self._formatting.remove(alike[0])
        self._formatting.append(self._push(name))

    def _since_border(self) -> list[Element]:
        found: list[Element] = []
        for entry in reversed(self._formatting):
            if entry is None:
                break
            found.insert(0, entry)
        return found

    def _border(self) -> None:
        """Forget the formatting since the last border, and the border."""
        while self._formatting and self._formatting.pop() is not None:
            pass

    def _adopt(self, name: str) -> None:
        """The end of formatting that may lie across other elements (the adoption agency)."""
        top = self._stack[-1]
        if top.name == name and top not in self._formatting:
            self._pop()
            return
        for _ in range(8):
            entry = next((each for each in reversed(self._since_border()) if each.name == name), None)
            if entry is None:
                self._end_other(name)
                return
            if not entry.open:
                self._formatting.remove(entry)
                return
            if not self._in_scope((name,)):
                return
            at = self._stack.index(entry)
            block = next(
                (place for place in range(at + 1, len(self._stack)) if self._special(self._stack[place])), None
            )
            if block is None:
                while self._pop() is not entry:
                    pass
                self._formatting.remove(entry)
                return
            self._rearrange(entry, at, block)

    def _special(self, element: Element) -> bool:
        return element.name in (INTEGRATION if element.foreign else _SPECIAL)

    def _rearrange(self, entry: Element, at: int, block: int) -> None:
        kept: list[Element] = []
        mark = self._formatting.index(entry)
        for number, element in enumerate(reversed(self._stack[at + 1 : block]), 1):
            if element in self._formatting and number > 3:
                self._formatting.remove(element)
            if element not in self._formatting:
                element.open = False
                self._count[element.name] -= 1
                continue
            copy = Element(element.name, element.mode, False)
            place = self._formatting.index(element)
            self._formatting[place] = copy
            mark = place + 1 if not kept else mark
            element.open = False
            kept.insert(0, copy)
        furthest = self._stack[block]
        again = Element(entry.name, furthest.mode, False)
        self._formatting.insert(mark, again)
        self._formatting.remove(entry)
        entry.open = False
        self._stack[at : block + 1] = [*kept, furthest, again]

    def _end_other(self, name: str) -> None:
        if not self._count[name]:
            return
        for element in reversed(self._stack):
            if element.name == name and not element.foreign:
                self._imply(name)
                while self._pop() is not element:
                    pass
                return
            if self._special(element):
                return
