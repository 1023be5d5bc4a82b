"""What commands say: the one place that writes to standard output and standard error, and knows exit codes.

Standard output is data and nothing else; messages, progress and errors go to standard error. A terminal gets the
harmless form of foreign text, a pipe or a file gets it as it was; JSON escapes what a terminal could obey.
"""

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.untrusted import ascii_only, escape_json, harmless, one_line

EXIT_DEFECT, EXIT_HUNG_UP, EXIT_INTERRUPTED, EXIT_READER_LEFT, EXIT_TERMINATED = 70, 129, 130, 141, 143


class ReaderLeft(Exception):  # noqa: N818 - it is no error: nobody reads any more
    """Whoever read standard output has gone (`| head`): silence, exit 141."""


class Say:
    """How one command speaks: `json` for programs, `quiet` without messages; `moves`: a line can be written over."""

    def __init__(self, *, json: bool = False, quiet: bool = False, utf8: bool = True, moves: bool = True) -> None:
        self.json = json
        self.moves = moves
        self.quiet = quiet
        self.utf8 = utf8

    def document(self, value: Any) -> None:
        """Print one JSON document on one line."""
        _write(sys.stdout, json_line(value) + "\n", as_it_is=True, utf8=True)

    def text(self, text: str, *, end: str = "\n") -> None:
        """Print text on standard output: harmless on a terminal, as it is elsewhere."""
        _write(sys.stdout, text + end, as_it_is=False, utf8=self.utf8)

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines of ours on standard output."""
        for line in lines:
            self.text(line)

    def table(self, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
        """Print a table on standard output, columns as wide as their longest cell."""
        grid = [[one_line(cell, 60) for cell in row] for row in (head, *rows)]
        widths = [max(len(row[column]) for row in grid) for column in range(len(grid[0]))]
        for row in grid:
            self.text("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def note(self, text: str) -> None:
        """Say something on standard error, unless quiet."""
        if not self.quiet:
            _write(sys.stderr, harmless(text) + "\n", as_it_is=True, utf8=self.utf8)

    def progress(self, text: str) -> None:
        """Show progress in one line that is written over: on a terminal only."""
        if not self.quiet and self.moves and sys.stderr.isatty():
            line = one_line(text, max(1, _columns() - 3))  # what wraps could not be written over; … may be three
            _write(sys.stderr, "\r\x1b[K" + line, as_it_is=True, utf8=self.utf8)

    def progress_done(self) -> None:
        """Take the progress line away."""
        if not self.quiet and self.moves and sys.stderr.isatty():
            _write(sys.stderr, "\r\x1b[K", as_it_is=True, utf8=self.utf8)

    def error(self, error: GenaiError) -> None:
        """Say an error: three sentences, or one JSON line on standard error."""
        if self.json:
            _write(sys.stderr, json_line({"error": error.as_json()}) + "\n", as_it_is=True, utf8=True)
            return
        parts = [harmless(part) for part in (error.what, error.why, error.do) if part]
        _write(sys.stderr, "genai-tui: " + "\n  ".join(parts) + "\n", as_it_is=True, utf8=self.utf8)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def local_time(created: str) -> str:
    """A time as it is stored (UTC, ISO 8601) for people: to the second, by their clock."""
    from datetime import datetime  # only lists tell times

    return f"{datetime.fromisoformat(created).astimezone():%Y-%m-%d %H:%M:%S}"


def json_line(value: Any) -> str:
    """`value` as JSON on one line, with everything a terminal could obey escaped."""
    return escape_json(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _write(stream: Any, text: str, *, as_it_is: bool, utf8: bool) -> None:
    """Write text whatever the locale says; a lone surrogate becomes a question mark."""
    terminal = stream.isatty()
    if terminal and not as_it_is:
        text = harmless(text)
    if terminal and not utf8:
        text = ascii_only(text)
    buffer = getattr(stream, "buffer", None)
    try:
        if buffer is None:
            stream.write(text)
        else:
            stream.flush()
            buffer.write(text.encode("utf-8", "replace"))
        stream.flush()
    except OSError as error:
        _give_up(stream)
        if stream is sys.stderr:
            return  # nobody can be told; what is done is worth more
        if isinstance(error, BrokenPipeError):
            raise ReaderLeft from error  # click would make an exit code 1 of it
        raise StorageFault(
            "Standard output could not be written.",
            f"The system says: {error.strerror}.",
            "Make room where it goes, or send it elsewhere. What was done is kept.",
        ) from error


def _give_up(stream: Any) -> None:
    """Let what is still to be written go nowhere, so that closing the stream at exit says nothing either."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # it is no file of the system: there is nothing to close
