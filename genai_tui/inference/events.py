"""Server-sent events from bytes: every server's, not the standard's alone."""

import re
from typing import NamedTuple

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"
DONE = b"[DONE]"


class Event(NamedTuple):
    """One event: its name ("" where none was given) and its data, lines joined by newline."""

    name: str
    data: bytes


class EventParser:
    """Takes bytes as they come, in any pieces, and gives the events that are complete.

    Lines end in LF, CR LF or CR and nowhere else: the bytes are split before they are decoded, so U+2028 in a JSON
    string ends no line and a character may lie on the border of two pieces. A leading BOM is dropped. Events without
    data (comments, `id:`, `retry:`) are no events; `alive` counts every line, for they are signs of life, `fields`
    those that are of an event stream.
    """

    def __init__(self) -> None:
        self.alive = 0
        self.fields = 0
        self.first_line = b""
        self._start = b""
        self._started = False
        self._rest: list[bytes] = []
        self._after_cr = False
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes."""
        if not self._started:
            piece = self._without_bom(piece)
        if self._after_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        if not piece:
            return []
        if b"\r" in piece:
            self._after_cr = piece.endswith(b"\r")
            lines = _LINE_END.split(piece)
        else:
            lines = piece.split(b"\n")
        if len(lines) == 1:
            self._rest.append(lines[0])
            return []
        if self._rest:
            lines[0] = b"".join(self._rest) + lines[0]
        last = lines.pop()
        self._rest = [last] if last else []
        return self._take(lines)

    def end(self) -> list[Event]:
        """The last event where its empty line never came."""
        rest = [self._start + b"".join(self._rest)]
        self._start, self._rest = b"", []
        return self._take([*rest, b""])

    def _without_bom(self, piece: bytes) -> bytes:
        head = self._start + piece
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._start = head
            return b""
        self._start, self._started = b"", True
        return head.removeprefix(_BOM)

    def _take(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(Event(self._name, b"\n".join(self._data)))
                    self._data = []
                self._name = ""
                continue
            self.alive += 1
            self.first_line = self.first_line or line
            name, colon, value = line.partition(b":")
            if value.startswith(b" "):
                value = value[1:]
            if name == b"data":
                self.fields += 1
                if value.strip() == DONE and not self._data:
                    events.append(Event(self._name, DONE))  # at once: some servers never send its empty line
                    continue
                self._data.append(value)
            elif name == b"event":
                self.fields += 1
                self._name = value.decode("utf-8", "replace").strip()
            elif (not name and colon) or name in (b"id", b"retry"):
                self.fields += 1
        return events
