"""Text that is read: help, an error, a prompt. It wraps, scrolls, and can be copied whole."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from genai_tui.errors import GenaiError
from genai_tui.untrusted import harmless
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.scrolling import Scrolling


class Part(NamedTuple):
    """A piece of text in one role, with what stands before its first line, and how far the others are indented."""

    text: str
    role: Role = "text"
    lead: str = ""
    lead_role: Role = "soft"


class TextView(Scrolling):
    """Parts one under the other. An empty part is a blank line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "scroll_pages(1)", "page down", show=False)]

    def __init__(self, title: str = "", parts: Sequence[Part] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title, self.parts = title, tuple(parts)
        self.note = ""  # said in the heading, at its right
        self._wrapped: tuple[tuple[tuple[Part, ...], int, bool], list[tuple[str, Role, str, Role, int]]] | None = None

    def show(self, parts: Sequence[Part], title: str | None = None) -> None:
        """Show other text, from its beginning."""
        parts = tuple(parts)
        if parts != self.parts or title not in (None, self.title):
            self.parts, self.top = parts, 0
            self.title = self.title if title is None else title
            self.repaint()

    def set_note(self, note: str) -> None:
        """Say something in the heading, or nothing."""
        if note != self.note:
            self.note = note
            self.repaint()

    def plain_text(self) -> str:
        """All of it, for copying."""
        return "\n".join(harmless(part.lead + part.text) for part in self.parts)

    def lines(self, width: int) -> list[tuple[str, Role, str, Role, int]]:
        """The wrapped lines: text, role, lead, role of the lead, indent."""
        key = (self.parts, width, self.look.ascii)
        if self._wrapped is not None and self._wrapped[0] == key:
            return self._wrapped[1]
        found: list[tuple[str, Role, str, Role, int]] = []
        for part in self.parts:
            indent = len(part.lead)
            for number, line in enumerate(wrap(self.look.text(part.text), max(4, width - indent - 3))):
                found.append((line, part.role, part.lead if number == 0 else "", part.lead_role, indent))
        self._wrapped = (key, found)
        return found

    def row_count(self) -> int:
        """How many rows there are at the width it has now."""
        return len(self.lines(self.size.width))

    def paint(self, canvas: Canvas) -> None:
        """The lines that fit, and how many are below."""
        start = 0
        if self.title:
            heading(canvas, self.title, self.has_focus)
            start = 1
        lines, room = self.lines(canvas.width), canvas.height - start
        top = max(0, min(self.top, len(lines) - room))
        for y, (text, role, lead, lead_role, indent) in enumerate(lines[top : top + room], start):
            if lead:
                canvas.put(1, y, lead, lead_role)
            canvas.put(1 + indent, y, text, role)
        below = len(lines) - top - room
        if start:
            more = [self.note] if self.note else []
            more += [f"{canvas.look.signs['down']} {below} more"] if below > 0 else []
            if more and len(self.title) + sum(map(len, more)) + 8 < canvas.width:
                canvas.right(canvas.width - 1, 0, f" {' · '.join(more)} ", "head")
            elif self.note and len(self.note) + 14 < canvas.width:
                canvas.right(canvas.width - 1, 0, f" {self.note} ", "head")


def error_parts(error: GenaiError) -> tuple[Part, ...]:
    """What happened, why, and what to do: how every error looks on every screen."""
    parts = [Part(error.what, "strong", "✘ ", "bad")]
    if error.why:
        parts.append(Part(error.why, "text", "  "))
    if error.do:
        parts.append(Part(error.do, "text", "▸ ", "key"))
    return tuple(parts)
