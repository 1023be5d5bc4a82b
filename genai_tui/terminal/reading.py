"""The thread that reads a terminal: bytes, then text, then tokens, then Textual's messages."""

import codecs
import logging
import os
import select
import threading
import time
from collections.abc import Callable

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from genai_tui.terminal.keys import InputFilter, Token

HALF_A_LETTER = 0.1
"""Seconds that the first bytes of a letter wait for the others."""

_log = logging.getLogger(__name__)


class Reader:
    """Reads until it is stopped or the terminal is gone; `send` and `gone` are called in its thread."""

    def __init__(
        self,
        descriptor: int,
        *,
        mouse: bool,
        debug: bool,
        send: Callable[[Message], None],
        gone: Callable[[], None],
    ) -> None:
        self._descriptor, self._mouse, self._debug = descriptor, mouse, debug
        self._send, self._gone = send, gone
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, name="terminal-input", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Stop reading, and wait for that at most so long."""
        os.write(self._wake[1], b"!")
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)
        if not self._thread.is_alive():
            for descriptor in self._wake:
                os.close(descriptor)

    def _run(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        sorter = InputFilter(is_key, mouse=self._mouse, escape_delay=constants.ESCAPE_DELAY)
        parser = XTermParser(self._debug)
        while True:
            half = bool(decoder.getstate()[0])
            waits = [HALF_A_LETTER] if half else []
            if sorter.deadline is not None:
                waits.append(max(0.0, sorter.deadline - time.monotonic()))
            ready = select.select([self._descriptor, self._wake[0]], [], [], min(waits, default=None))[0]
            if self._wake[0] in ready:
                return
            text = ""
            if ready:
                data = self._take()
                if not data:
                    self._gone()
                    return
                text = decoder.decode(data)
            elif half:
                text = decoder.decode(b"", final=True)
                decoder.reset()
            now = time.monotonic()
            for token in (*sorter.feed(text, now), *sorter.tick(now)):
                parser = self._dispatch(token, parser)

    def _take(self) -> bytes:
        """What was typed; empty when the terminal is gone (its end, or EIO)."""
        try:
            return os.read(self._descriptor, 65536)
        except OSError:
            return b""

    def _dispatch(self, token: Token, parser: XTermParser) -> XTermParser:
        """Send one token to the app; returns the parser for the next, a new one if this one failed."""
        try:
            if token.kind == "escape":
                self._send(events.Key("escape", token.text))
            elif token.kind == "paste":
                self._send(events.Paste(token.text))
            else:
                for message in parser.feed(token.text):
                    self._send(message)
        except (ValueError, LookupError, RuntimeError, StopIteration):
            _log.exception("input that could not be understood was dropped")
            return XTermParser(self._debug)
        return parser


def is_key(sequence: str) -> bool:
    """Whether Textual knows a whole CSI or SS3 sequence as a key."""
    if sequence in ANSI_SEQUENCES_KEYS:
        return True
    if constants.DISABLE_KITTY_KEY or not sequence.startswith("\x1b["):
        return False
    code, _, modifiers = sequence[2:-1].partition(";")
    return f"{code or 1}{sequence[-1]}" in FUNCTIONAL_KEYS and (modifiers.isdecimal() or not modifiers)
