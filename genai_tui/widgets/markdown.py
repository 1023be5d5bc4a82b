"""Markdown as it is read: a text with roles, whose lines know what stands before their further rows.

The text is untrusted: HTML stays text, what an entity like `&#27;` makes is made harmless, and nesting is limited.
Line ends within a paragraph are kept, for models mean them; of a link text and address are shown.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.untrusted import harmless
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.flow import Flow
from genai_tui.widgets.look import Role

if TYPE_CHECKING:
    from markdown_it.token import Token

DEEPEST = 24  # levels of nesting; what is deeper is shown as it came
WIDEST_CELL = 40  # cells up to which the columns of a table are brought to one width
RULE = 16  # cells: one row also in the narrowest column

Piece = tuple[str, Role]


class Signs(NamedTuple):
    """What stands before an item and a quote, between the cells of a table, and in a rule."""

    item: str
    quote: str
    cell: str
    rule: str


DRAWN, WRITTEN = Signs("•", "│", " │ ", "─"), Signs("-", ">", " | ", "-")


def render(text: str, *, simple: bool = False) -> Flow | None:
    """`text` (harmless) as it is read; with `simple` in ASCII and without frames. None where it is nested too deep."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
    tokens = parser.parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        return None
    page = _Page(WRITTEN if simple else DRAWN)
    page.write(tokens)
    return page.flow()


class _Page:
    def __init__(self, signs: Signs) -> None:
        self.signs = signs
        self._parts: list[str] = []
        self._size = 0
        self._spans: list[tuple[int, Role]] = []
        self._hangs: dict[int, str] = {}
        self._leads: list[str] = []  # what stands before each line of the blocks that are open
        self._first: str | None = None  # and before the next line, instead of the last of them
        self._numbers: list[int | None] = []  # the next number of each list that is open
        self._gap: int | None = None  # how many blocks are open around the blank line that comes before the next

    def flow(self) -> Flow:
        return Flow("".join(self._parts).rstrip("\n"), self._spans, self._hangs)

    def write(self, tokens: Sequence["Token"]) -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            kind = token.type
            if kind == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                self._table(tokens[at:end])
                at = end
            elif kind == "inline":
                around = tokens[at - 1]
                role: Role = "strong" if around.type == "heading_open" else "text"
                pieces = [(text, role if of == "text" else of) for text, of in _inline(token)]
                self._lines(pieces)
                if around.tag in ("h1", "h2"):
                    longest = max(map(len, "".join(text for text, _ in pieces).split("\n")))
                    self._line([(self.signs.rule * max(3, min(RULE, longest)), "frame")])
            elif kind in ("fence", "code_block"):
                self._part()
                self._leads.append("  ")
                self._lines([(token.content.rstrip("\n"), "phase0")])
                self._leads.pop()
                self._part()
            elif kind == "hr":
                self._line([(self.signs.rule * RULE, "frame")])
                self._part()
            else:
                self._frame(token)
            at += 1

    def _frame(self, token: "Token") -> None:
        """A block begins or ends."""
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            self._numbers.append(None if kind[0] == "b" else int(start) if start is not None else 1)
        elif kind == "list_item_open":
            number = self._numbers[-1]
            lead = f"{self.signs.item} " if number is None else f"{number}. "
            if number is not None:
                self._numbers[-1] = number + 1
            if self._first is not None:  # a list that begins within an item's first line
                self._line([])
            self._leads.append(" " * len(lead))
            self._first = lead
        elif kind == "blockquote_open":
            if self._first is not None:
                self._line([])
            self._leads.append(f"{self.signs.quote} ")
        elif kind in ("list_item_close", "blockquote_close"):
            if self._first is not None:
                self._line([])
            self._leads.pop()
        if kind in ("bullet_list_close", "ordered_list_close"):
            self._numbers.pop()
            if not self._numbers:
                self._part()
        elif token.nesting < 0 and not token.hidden and kind not in ("list_item_close",):
            self._part()

    def _part(self) -> None:
        """A blank line before what comes."""
        self._gap = len(self._leads)

    def _lines(self, pieces: Sequence[Piece]) -> None:
        """Pieces in which there are line ends."""
        line: list[Piece] = []
        for text, role in pieces:
            head, *others = harmless(text).split("\n")
            line.append((head, role))
            for other in others:
                self._line(line)
                line = [(other, role)]
        self._line(line)

    def _line(self, pieces: Sequence[Piece]) -> None:
        if self._gap is not None and self._parts:
            around = min(self._gap, len(self._leads) - (self._first is not None))
            self._put("".join(self._leads[:around]).rstrip(" "), "soft")
            self._put("\n", "soft")
        self._gap = None
        hang = "".join(self._leads)
        if hang:
            self._hangs[self._size] = hang
        self._put(hang if self._first is None else "".join(self._leads[:-1]) + self._first, "soft")
        self._first = None
        for text, role in pieces:
            self._put(text, role)
        self._put("\n", "text")

    def _put(self, text: str, role: Role) -> None:
        if text:
            if not self._spans or self._spans[-1][1] != role:
                self._spans.append((self._size, role))
            self._parts.append(text)
            self._size += len(text)

    def _table(self, tokens: Sequence["Token"]) -> None:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(" ".join(harmless("".join(text for text, _ in _inline(token))).split()))
        columns = range(max(map(len, rows), default=0))
        widths = [min(WIDEST_CELL, max(width_of(row[n]) for row in rows if n < len(row))) for n in columns]
        self._part()
        for number, row in enumerate(rows):
            cells = [cell + " " * (widths[n] - width_of(cell)) for n, cell in enumerate(row)]
            self._line([(self.signs.cell.join(cells).rstrip(" "), "text" if number else "strong")])
            if not number:
                self._line([(self.signs.rule * min(78, sum(widths) + 3 * (len(widths) - 1)), "frame")])
        self._part()


def _inline(token: "Token") -> Iterator[Piece]:
    """The pieces of a paragraph, a heading or a cell."""
    strong = 0
    links: list[tuple[str, list[str]]] = []  # the address of each link that is open, and its text
    for child in token.children or ():
        if child.type == "link_open":
            links.append((str(child.attrGet("href") or ""), []))
            continue
        if child.type == "link_close" and links:
            address, said = links.pop()
            if address and address not in ("".join(said), f"mailto:{''.join(said)}"):
                yield f" ({address})", "soft"
            continue
        if child.type in ("strong_open", "em_open", "strong_close", "em_close"):
            strong += child.nesting
            continue
        text, role = child.content, "strong" if strong else "key" if links else "text"
        if child.type in ("softbreak", "hardbreak"):
            text = "\n"
        elif child.type == "code_inline":
            text, role = f"`{text}`", "phase0"
        elif child.type == "image":
            text, role = f"[{text or 'image'}] ({child.attrGet('src') or ''})", "soft"
        for _, said in links:
            said.append(text)
        if text:
            yield text, role  # type: ignore[misc]
