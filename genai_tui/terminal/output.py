"""What is written to the terminal: the last look at it, and the thread that writes it.

`OutputFilter` is the last line of defence, not the first: widgets draw in the right colours and signs already; whatever
slips through (a style of Textual's own, a foreign letter under LANG=C) is brought down here.
"""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache

from rich.cells import cell_len
from rich.color import Color, ColorSystem

from genai_tui.terminal.environment import Colours, Terminal
from genai_tui.untrusted import ascii_only

MOST_WAITING = 1 << 20
"""Characters that may wait for a terminal that takes none; frames beyond that are left out and painted later."""
SLICE = 8192
"""Characters written at once, about; the writer can stop between two slices without cutting a sequence in two."""

_SGR = re.compile("\x1b\\[([0-9;:]*)m")
_FOREIGN = re.compile("[^\x00-\x7f]+")
_SYSTEMS = {"16": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}


class OutputFilter:
    """Brings text down to what a terminal may get; free of cost where it may get all."""

    def __init__(self, terminal: Terminal) -> None:
        self._colours = terminal.colours
        self._ascii = terminal.drawing == "ascii"

    def __call__(self, text: str) -> str:
        """`text` without a colour sequence beyond the terminal's, and without a letter beyond its signs."""
        if self._colours != "truecolor":
            colours = self._colours
            text = _SGR.sub(lambda match: _sgr(match[1], colours), text)
        if self._ascii and not text.isascii():
            text = _FOREIGN.sub(lambda match: _narrow(match[0]), text)
        return text


@lru_cache(4096)
def _sgr(parameters: str, colours: Colours) -> str:
    """One SGR sequence with its colours mapped to `colours`, or taken out; empty if nothing is left of it."""
    if not parameters:
        return "\x1b[m"
    kept: list[str] = []
    codes = iter(parameters.split(";"))
    for code in codes:
        number = int(code) if code.isdecimal() and len(code) < 4 else None
        if code[:3] in ("38:", "48:", "58:"):
            continue  # the form with colons, which nothing of ours writes
        if number in (38, 48, 58):
            colour = _extended_colour(next(codes, ""), codes)
            if colour is not None and number != 58 and colours != "none":
                down = colour.downgrade(_SYSTEMS[colours]) if colours in _SYSTEMS else colour
                kept += down.get_ansi_codes(foreground=number == 38)
        elif number is None or not _is_colour(number) or colours != "none":
            kept.append(code)
    return f"\x1b[{';'.join(kept)}m" if kept else ""


def _is_colour(number: int) -> bool:
    return 30 <= number <= 49 or number == 59 or 90 <= number <= 107


def _extended_colour(kind: str, codes: Iterator[str]) -> Color | None:
    wanted = {"5": 1, "2": 3}.get(kind, 0)
    values = [next(codes, "") for _ in range(wanted)]
    if not wanted or not all(value.isdecimal() and int(value) < 256 for value in values):
        return None
    return Color.from_ansi(int(values[0])) if wanted == 1 else Color.from_rgb(*map(int, values))


@lru_cache(4096)
def _narrow(run: str) -> str:
    """A run of foreign letters in ASCII, as many cells wide as it was, so that what follows stands where it stood."""
    width = cell_len(run)
    parts = []
    for character in run:
        cells = cell_len(character)
        parts.append((ascii_only(character) + "?")[:cells])
    return "".join(parts)[:width].ljust(width, "?")


class Writer:
    """Writes to a terminal from a thread of its own, so that a slow line never stops the event loop.

    `gone` is called (in the thread) once if writing fails for good; `caught_up` after everything was written when
    frames had been left out.
    """

    def __init__(self, descriptor: int, *, gone: Callable[[], None], caught_up: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._gone, self._caught_up = gone, caught_up
        self._waiting: deque[str] = deque()
        self._size = 0
        self._left_out = False
        self._last: str | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Queue `text`; if the terminal takes nothing any more, leave it out."""
        with self._changed:
            if self._last is not None or not text:
                return
            if self._size > MOST_WAITING:
                self._left_out = True
                return
            self._waiting.append(text)
            self._size += len(text)
            self._changed.notify()

    def finish(self, last: str, seconds: float) -> bool:
        """Drop what waits, write `last` after the slice under way, and stop; False if `seconds` were not enough."""
        with self._changed:
            if self._last is None:
                self._last = last
                self._waiting.clear()
                self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (text := self._next()) is not None:
                for piece in slices(text):
                    if self._last is not None:
                        break
                    self._put(piece)
            self._put(self._last or "")
        except OSError:
            with self._changed:
                self._last, self._left_out = "", False
                self._waiting.clear()
            self._gone()

    def _next(self) -> str | None:
        """What is to be written next; None when it is time to stop."""
        while True:
            with self._changed:
                if self._last is not None:
                    return None
                if self._waiting:
                    text = "".join(self._waiting)
                    self._waiting.clear()
                    self._size = len(text)
                    return text
                self._size = 0
                caught_up, self._left_out = self._left_out, False
                if not caught_up:
                    self._changed.wait()
            if caught_up:
                self._caught_up()

    def _put(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._descriptor, data) :]


def slices(text: str) -> Iterator[str]:
    """`text` in pieces of about `SLICE` characters that end where a sequence begins, so that none is cut in two."""
    begin = 0
    while len(text) - begin > SLICE:
        end = text.rfind("\x1b", begin + 1, begin + SLICE)
        end = end if end > 0 else begin + SLICE
        yield text[begin:end]
        begin = end
    yield text[begin:]
