"""A grid of cells to draw on, each with a character and a role; it becomes strips, and knows where it differs."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from genai_tui.widgets.cells import cells, fit, width_of
from genai_tui.widgets.look import Look, Role


class Span(NamedTuple):
    """A piece of a row that differs: `start` and `end` are columns, `end` is not part of it."""

    row: int
    start: int
    end: int


class Canvas:
    """Rows of cells. What is put outside is not drawn; every text passes the one door for foreign text."""

    def __init__(self, width: int, height: int, look: Look, role: Role = "text") -> None:
        self.width, self.height, self.look, self.role = width, height, look, role
        self._blank_chars = [" "] * width
        self._blank_roles: list[Role] = [role] * width
        self.chars: list[list[str]] = [self._blank_chars] * height
        self.roles: list[list[Role]] = [self._blank_roles] * height

    def put(self, x: int, y: int, text: str, role: Role = "text", width: int | None = None) -> int:
        """Draw `text` at column `x` of row `y`, shortened to `width` cells; returns the column after it."""
        room = self.width - x if width is None else min(width, self.width - x)
        if len(text) > (most := 8 * max(room, 0) + 64):  # of a text of a megabyte only the head is looked at
            text = text[:most] + self.look.signs["ellipsis"]
        text = fit(self.look.text(text), room, self.look.signs["ellipsis"])
        if not 0 <= y < self.height or room <= 0 or x < 0:
            return x + max(0, width_of(text))
        chars, roles = self._row(y)
        if text.isascii():
            end = x + len(text)
            chars[x:end] = [" " if char < " " else char for char in text]
            roles[x:end] = [role] * len(text)
            return end
        for char, size in cells(text):
            chars[x : x + size] = [char, ""][:size]
            roles[x : x + size] = [role] * size
            x += size
        return x

    def right(self, x: int, y: int, text: str, role: Role = "text") -> int:
        """Draw `text` so that it ends before column `x`; returns the column where it begins."""
        start = max(0, x - width_of(self.look.text(text)))
        self.put(start, y, text, role, x - start)
        return start

    def fill(self, x: int, y: int, width: int, char: str = " ", role: Role = "text") -> None:
        """Repeat one character of one cell."""
        x, end = max(0, x), min(x + width, self.width)
        width = end - x
        if 0 <= y < self.height and width > 0:
            chars, roles = self._row(y)
            chars[x : x + width] = [self.look.text(char)] * width
            roles[x : x + width] = [role] * width

    def row_role(self, y: int, role: Role) -> None:
        """Give a whole row one role, as the chosen row of a list."""
        if 0 <= y < self.height:
            self._row(y)
            self.roles[y] = [role] * self.width

    def paste(self, other: "Canvas", y: int, first: int = 0, count: int | None = None) -> None:
        """Lay rows `first` … of a canvas of the same width over this one from row `y` on."""
        count = other.height - first if count is None else count
        for row in range(max(0, min(count, other.height - first, self.height - y))):
            self.chars[y + row] = other.chars[first + row]
            self.roles[y + row] = other.roles[first + row]

    def _row(self, y: int) -> tuple[list[str], list[Role]]:
        if self.chars[y] is self._blank_chars:
            self.chars[y], self.roles[y] = self._blank_chars.copy(), self._blank_roles.copy()
        return self.chars[y], self.roles[y]

    def strip(self, y: int) -> Strip:
        """Row `y` as a strip of as few segments as may be: a blank takes the style of what stands before it."""
        styles, same_ground = self.look.styles, self.look.same_ground
        chars, roles = self.chars[y], self.roles[y]
        if chars is self._blank_chars:
            return Strip([Segment(" " * self.width, styles[self.role])], self.width)
        segments: list[Segment] = []
        start, current = 0, roles[0] if roles else self.role
        blank_so_far = True
        for x, (char, role) in enumerate(zip(chars, roles, strict=True)):
            if role == current:
                blank_so_far = blank_so_far and char == " "
                continue
            if char == " " and same_ground(current, role):
                continue
            if blank_so_far and same_ground(current, role):
                current, blank_so_far = role, char == " "
                continue
            segments.append(Segment("".join(chars[start:x]), styles[current]))
            start, current, blank_so_far = x, role, char == " "
        segments.append(Segment("".join(chars[start:]), styles[current]))
        return Strip(segments, self.width)

    def text(self) -> str:
        """What stands there, line by line, without blanks at the ends: for copying, plain reading and tests."""
        return "\n".join("".join(row).rstrip() for row in self.chars)

    def fits(self, width: int, height: int, look: Look) -> bool:
        """Whether it was drawn for this size and look."""
        return self.width == width and self.height == height and self.look is look

    def differences(self, before: "Canvas") -> Sequence[Span]:
        """Where this differs from an earlier canvas of the same size: at most one span a row."""
        spans = []
        for y, (chars, roles) in enumerate(zip(self.chars, self.roles, strict=True)):
            old_chars, old_roles = before.chars[y], before.roles[y]
            if chars == old_chars and roles == old_roles:
                continue
            changed = [x for x in range(self.width) if chars[x] != old_chars[x] or roles[x] != old_roles[x]]
            start, end = changed[0], changed[-1] + 1
            while start and (chars[start] == "" or old_chars[start] == ""):
                start -= 1
            while end < self.width and (chars[end] == "" or old_chars[end] == ""):
                end += 1
            spans.append(Span(y, start, end))
        return spans
