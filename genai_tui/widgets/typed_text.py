"""A text that is being edited: its lines, where the caret is, what is selected, and the way back and forth.

Pure: it knows nothing of rows on a screen. A step of undo holds what changed, not the whole text.
"""

from typing import NamedTuple

from genai_tui.widgets.cells import LAST_SKIN_TONE, SELECTORS, ZWJ, cells

MOST_STEPS = 1000
MOST_HELD = 16_000_000  # characters that all steps hold at most; the last one is held however long it is


class Place(NamedTuple):
    """A place between two characters: its line, and how many characters of the line stand before it."""

    line: int
    column: int


class Step(NamedTuple):
    """One edit: at `start` stood `removed`, and stands `inserted` now; `before` is where the caret was."""

    start: Place
    removed: str
    inserted: str
    before: Place
    kind: str = ""

    @property
    def size(self) -> int:
        """How many characters it holds."""
        return len(self.removed) + len(self.inserted)


def end_of(start: Place, text: str) -> Place:
    """Where `text` ends that begins at `start`."""
    lines = text.count("\n")
    return Place(start.line + lines, len(text) - text.rfind("\n") - 1 if lines else start.column + len(text))


def attached(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it: a mark, a joiner, what a joiner joins."""
    char = text[at]
    if char < "\u0300" or at == 0:
        return False
    if char == ZWJ or char in SELECTORS or 0x1F3FB <= ord(char) <= LAST_SKIN_TONE:
        return True
    if text[at - 1] == ZWJ and at > 1:
        return char.isprintable() and not char.isspace()
    return not cells(char)


class TypedText:
    """Every edit is a `replace`; words, letters and lines are only other places to replace between."""

    def __init__(self, value: str = "") -> None:
        self.set_value(value)

    def set_value(self, value: str) -> None:
        """Begin with another text; there is no way back from it."""
        self.lines = value.split("\n")
        self.size = len(value)
        self.at = Place(len(self.lines) - 1, len(self.lines[-1]))
        self.anchor: Place | None = None  # the other end of what is selected
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._held = 0  # characters in the steps
        self._joins = False  # whether the next letter may join the last step
        self._value: str | None = value

    @property
    def value(self) -> str:
        """The whole text."""
        if self._value is None:
            self._value = "\n".join(self.lines)
        return self._value

    @property
    def end(self) -> Place:
        """Behind the last character."""
        return Place(len(self.lines) - 1, len(self.lines[-1]))

    @property
    def selection(self) -> tuple[Place, Place] | None:
        """Where what is selected begins and ends; None if nothing is."""
        if self.anchor is None or self.anchor == self.at:
            return None
        return min(self.anchor, self.at), max(self.anchor, self.at)

    def selected(self) -> str:
        """The text that is selected."""
        return self.between(*self.selection) if self.selection else ""

    def between(self, start: Place, end: Place) -> str:
        """The text between two places."""
        if start.line == end.line:
            return self.lines[start.line][start.column : end.column]
        inner = self.lines[start.line + 1 : end.line]
        return "\n".join([self.lines[start.line][start.column :], *inner, self.lines[end.line][: end.column]])

    def go(self, place: Place, *, select: bool = False) -> None:
        """Put the caret there; what was selected stays so only with `select`."""
        self.anchor = (self.at if self.anchor is None else self.anchor) if select else None
        self.at, self._joins = place, False

    # Edits

    def replace(self, start: Place, end: Place, text: str, kind: str = "") -> bool:
        """Put `text` in the place of what stands between; False if that changes nothing. One step of undo.

        Steps of the kinds `typed` and `erased` join the one before where they follow on it: a word is one step.
        """
        removed = self.between(start, end)
        if removed == text:
            self.go(end)
            return False
        self._add(Step(start, removed, text, self.at, kind))
        self._redo.clear()
        self._put(start, end, text)
        self._joins = bool(kind)
        return True

    def insert(self, text: str, kind: str = "") -> bool:
        """Put `text` where the caret is, in the place of what is selected."""
        start, end = self.selection or (self.at, self.at)
        return self.replace(start, end, text, kind)

    def erase_to(self, place: Place, kind: str = "") -> bool:
        """Take away what is selected, else what stands between the caret and `place`."""
        start, end = self.selection or (min(place, self.at), max(place, self.at))
        return self.replace(start, end, "", kind)

    def undo(self) -> bool:
        """Go back one step; False if there is none."""
        if not self._undo:
            return False
        step = self._undo.pop()
        self._held -= step.size
        self._put(step.start, end_of(step.start, step.inserted), step.removed)
        self.at = step.before
        self._redo.append(step)
        return True

    def redo(self) -> bool:
        """Go forth one step; False if there is none."""
        if not self._redo:
            return False
        step = self._redo.pop()
        self._put(step.start, end_of(step.start, step.removed), step.inserted)
        self._undo.append(step)
        self._held += step.size
        return True

    def _put(self, start: Place, end: Place, text: str) -> None:
        head, tail = self.lines[start.line][: start.column], self.lines[end.line][end.column :]
        self.size += len(text) - len(self.between(start, end))
        self.lines[start.line : end.line + 1] = (head + text + tail).split("\n")
        self.at, self.anchor, self._joins, self._value = end_of(start, text), None, False, None

    def _add(self, step: Step) -> None:
        last = self._undo[-1] if self._undo and self._joins else None
        joined = None if last is None or last.kind != step.kind else _join(last, step)
        if joined is not None:
            self._undo[-1] = joined
            self._held += step.size
            return
        self._undo.append(step)
        self._held += step.size
        while len(self._undo) > MOST_STEPS or (self._held > MOST_HELD and len(self._undo) > 1):
            self._held -= self._undo.pop(0).size

    # Places

    def left(self) -> Place:
        """Before the character before the caret; a letter goes with its marks."""
        line, column = self.at
        if column == 0:
            return self.at if line == 0 else Place(line - 1, len(self.lines[line - 1]))
        column -= 1
        while attached(self.lines[line], column):
            column -= 1
        return Place(line, column)

    def right(self) -> Place:
        """Behind the character behind the caret."""
        line, column = self.at
        text = self.lines[line]
        if column == len(text):
            return self.at if line == len(self.lines) - 1 else Place(line + 1, 0)
        column += 1
        while column < len(text) and attached(text, column):
            column += 1
        return Place(line, column)

    def word_left(self) -> Place:
        """Where this word begins, or the one before; at the start of a line the end of the line above."""
        line, column = self.at
        if column == 0:
            return self.left()
        head = self.lines[line][:column].rstrip(" \t")
        return Place(line, max(head.rfind(" "), head.rfind("\t")) + 1)

    def word_right(self) -> Place:
        """Where this word ends, or the next; at the end of a line the start of the line below."""
        line, column = self.at
        text = self.lines[line]
        if column == len(text):
            return self.right()
        while column < len(text) and text[column] in " \t":
            column += 1
        ends = [end for blank in " \t" if (end := text.find(blank, column)) >= 0]
        return Place(line, min(ends, default=len(text)))

    def line_start(self) -> Place:
        """Before the first character of the line."""
        return Place(self.at.line, 0)

    def line_end(self) -> Place:
        """Behind the last character of the line."""
        return Place(self.at.line, len(self.lines[self.at.line]))


def _join(last: Step, step: Step) -> Step | None:
    """Both as one step, where one follows on the other and no new word begins."""
    if step.kind == "typed":
        begins = last.inserted[-1:].isspace() and not step.inserted[:1].isspace()
        follows = not step.removed and step.start == end_of(last.start, last.inserted)
        return last._replace(inserted=last.inserted + step.inserted) if follows and not begins else None
    if not step.inserted and end_of(step.start, step.removed) == last.start and not last.inserted:
        return last._replace(start=step.start, removed=step.removed + last.removed)
    return None
