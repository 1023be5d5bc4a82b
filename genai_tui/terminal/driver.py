"""The driver between Textual and a terminal: what `App.driver_class` is set to (`lifetime.run` does it).

It asks the terminal nothing, so that no answer can come late and be typed. Input is sorted by `keys.InputFilter`
before Textual's parser sees it. Whatever was switched on is switched off again by one function, `restore`, on exit,
on an exception and on every signal. Signals of job control are dealt with in the event loop, never within a handler:
a handler that writes to a queue the main thread holds is how ctrl+z came to hang (Textualize/textual #6298, #6333).
"""

import asyncio
import fcntl
import logging
import os
import signal
import struct
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.driver import Driver
from textual.geometry import Size

from genai_tui.terminal.environment import Terminal
from genai_tui.terminal.frames import Frames
from genai_tui.terminal.jobcontrol import can_be_continued, in_foreground, stop_group, wait_for_foreground
from genai_tui.terminal.output import OutputFilter, Writer
from genai_tui.terminal.reading import Reader

if TYPE_CHECKING:
    from textual.app import App

LAYOUT_EVERY = 0.1
"""Seconds between two layouts while a window is being dragged; the last size is always laid out."""
FINISH_WITHIN = 1.0
"""Seconds a slow terminal has for the slice under way, before it is left as it is."""
STOPPED_ALONE = "genai-tui is stopped; there is no shell here that could bring it back: kill -CONT {pid}\r\n"

_log = logging.getLogger(__name__)
_WITHOUT_EXTENSIONS = ("linux", "ansi", "vt", "cons25", "sun")


class TerminalDriver(Driver):
    """Input, output and job control of one terminal; made by `driver_for`, which fills in the class attributes."""

    terminal: ClassVar[Terminal]
    on_gone: ClassVar[Callable[[], None]]

    def __init__(
        self, app: "App[Any]", *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse and self.terminal.mouse, size=size)
        self._input = 0
        self._output = 1 if os.isatty(1) or not os.isatty(2) else 2
        self._size = size or self._measure()
        self._filter = OutputFilter(self.terminal)
        self._frames = Frames(*self._size)
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._line_settings: list[Any] | None = None
        self._suspended = self.lent = self.gone = False
        self._restoring = threading.Lock()
        self._laid_out_at = 0.0
        self._size_timer: asyncio.TimerHandle | None = None

    # What Textual calls

    @property
    def can_suspend(self) -> bool:
        """Always: `App.suspend` works, though `editor.run_in_terminal` is what should be used."""
        return True

    def write(self, data: str) -> None:
        """Write to the terminal; nothing happens while it is not ours. Shapes of the mouse pointer are left out."""
        if self._writer is not None and not data.startswith("\x1b]22;"):
            self._writer.write(self._filter(self._frames.changes(data)))

    def start_application_mode(self) -> None:
        """Take the terminal: line settings, modes, input thread, signals."""
        if self._writer is not None or self.gone:
            return
        self._enter_raw_mode()
        self._frames.forget()
        self._writer = Writer(self._output, gone=self._tell_gone, caught_up=self._tell_caught_up)
        self._writer.write(self._modes_on())
        self._reader = Reader(
            self._input, mouse=self._mouse, debug=self._debug, send=self.process_message, gone=self._tell_gone
        )
        with suppress(ValueError, RuntimeError):  # not in the main thread: somebody else deals with signals
            self._loop.add_signal_handler(signal.SIGWINCH, self._window_changed)
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop_asked)
            self._loop.add_signal_handler(signal.SIGCONT, self._continued)
        self._announce_size()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self.restore()

    def disable_input(self) -> None:
        """Stop reading; what was typed and not read is dropped."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop(FINISH_WITHIN)

    def close(self) -> None:
        """Let go of signals; called when the app has ended, and by `App.suspend`."""
        self.restore()

    # What others of this program call

    def restore(self) -> None:
        """Leave the terminal as it was found; safe from any thread, more than once, and when it is gone.

        Mouse, focus, paste and kitty off, then the alternate screen, then line settings, then input is drained.
        """
        with self._restoring:
            writer, self._writer = self._writer, None
            settings, self._line_settings = self._line_settings, None
            if writer is not None:
                writer.finish("" if self.gone else self._modes_off(), FINISH_WITHIN)
            self.disable_input()
            if settings is not None and not self.gone:
                # Blocked, not ignored: in the background this call would stop the process that is about to end.
                before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
                with suppress(termios.error):
                    termios.tcsetattr(self._input, termios.TCSANOW, settings)
                    termios.tcflush(self._input, termios.TCIFLUSH)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def lend(self) -> None:
        """Give the terminal to another program, an editor; the app goes on, and what it paints is not shown."""
        self.lent = True
        self.restore()

    def take_back(self) -> None:
        """Take the terminal back after `lend`, with whatever size it has now, and paint everything."""
        self.lent = False
        self.start_application_mode()
        self.repaint()

    def repaint(self) -> None:
        """Paint every cell anew (ctrl+l): what another program wrote over the screen is gone after it."""
        self.write("\x1b[2J")  # no frame: what was on the screen is forgotten with it
        with suppress(IndexError):  # no screen yet, or none any more
            self._app.screen.refresh()

    # Modes

    def _modes_on(self) -> str:
        modes = "\x1b[?1049h\x1b[0m\x1b[H\x1b[J"  # cleared: without an alternate screen the shell's text is there
        if self._mouse:
            modes += "\x1b[?1000h\x1b[?1002h\x1b[?1006h"
        if not self.terminal.plain:
            modes += "\x1b[?25l"  # to a screen reader the cursor is what says where one is
        modes += "\x1b[?1004h\x1b[?2004h\x1b[?7l"
        return modes + ("\x1b[>1u" if self._kitty else "")

    def _modes_off(self) -> str:
        modes = "\x1b[?1006l\x1b[?1002l\x1b[?1000l" if self._mouse else ""
        modes += "\x1b[?1004l\x1b[?2004l" + ("\x1b[<u" if self._kitty else "")
        return modes + "\x1b[0m\x1b[?7h\x1b[H\x1b[J\x1b[?25h\x1b[?1049l"

    @property
    def _kitty(self) -> bool:
        """Only that esc is told from the beginning of a sequence is asked for: dead keys stay alive then."""
        return self.terminal.keyboard == "full" and not self.terminal.term.startswith(_WITHOUT_EXTENSIONS)

    def _enter_raw_mode(self) -> None:
        """Raw input. In the background the kernel stops us here, and goes on when we are in the foreground."""
        with suppress(termios.error):
            settings = termios.tcgetattr(self._input)
            self._line_settings = settings
            raw = [*settings[:6], list(settings[6])]
            raw[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            raw[tty.IFLAG] &= ~(
                termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP
            )
            raw[tty.CC][termios.VMIN], raw[tty.CC][termios.VTIME] = 1, 0
            termios.tcsetattr(self._input, termios.TCSANOW, raw)

    # Size

    def _measure(self) -> tuple[int, int]:
        """Columns and rows as the kernel has them; 80×24 where it knows none. COLUMNS and LINES are never believed."""
        try:
            rows, columns = struct.unpack("HHHH", fcntl.ioctl(self._output, termios.TIOCGWINSZ, bytes(8)))[:2]
        except OSError:
            rows = columns = 0
        return columns or 80, rows or 24

    def _window_changed(self) -> None:
        wait = self._laid_out_at + LAYOUT_EVERY - self._loop.time()
        if wait <= 0:
            self._announce_size()
        elif self._size_timer is None:
            self._size_timer = self._loop.call_later(wait, self._announce_size)

    def _announce_size(self) -> None:
        self._size_timer, self._laid_out_at = None, self._loop.time()
        self._size = self._measure()
        self._frames.resize(*self._size)
        self.send_message(events.Resize(Size(*self._size), Size(*self._size)))

    # Job control; all of it in the event loop

    def _stop_asked(self) -> None:
        """SIGTSTP, from ctrl+z or from outside: give the terminal back, then stop with the whole group."""
        if self._others_have_it:
            stop_group(self._loop, signal.SIGTSTP, self._stop_asked)
            return
        self._suspended = True
        self.restore()
        if can_be_continued():
            stop_group(self._loop, signal.SIGTSTP, self._stop_asked)
        else:
            with suppress(OSError):
                os.write(self._output, STOPPED_ALONE.format(pid=os.getpid()).encode())
            os.kill(os.getpid(), signal.SIGSTOP)  # SIGTSTP is thrown away where no shell waits
        # Where nothing stopped us after all, no SIGCONT will come.
        self._loop.call_later(0.5, self._come_back)

    @property
    def _others_have_it(self) -> bool:
        """Whether an editor has the terminal, or the app has ended: then a stop is only a stop."""
        return self.lent or not self._auto_restart or self._writer is None

    def _continued(self) -> None:
        """SIGCONT: after ctrl+z, or after a SIGSTOP of which nobody told us."""
        if self._others_have_it and not self._suspended:
            return
        if not self._suspended:
            self._suspended = True
            if not in_foreground(self._input):
                self._line_settings = None  # the shell has put its own in order
            self.restore()
        wait_for_foreground(self._input)  # after `bg`
        self._come_back()

    def _come_back(self) -> None:
        if not self._suspended or not in_foreground(self._input):
            return
        self._suspended = False
        self.start_application_mode()
        self.send_message(self.SignalResume())
        self.repaint()

    # What threads tell

    def _tell_gone(self) -> None:
        """The terminal is gone (end of input, or an error in reading or writing); from any thread, told once."""
        if not self.gone:
            self.gone = True
            _log.info("the terminal is gone")
            type(self).on_gone()

    def _tell_caught_up(self) -> None:
        self._loop.call_soon_threadsafe(self.repaint)


def driver_for(terminal: Terminal, on_gone: Callable[[], None]) -> type[TerminalDriver]:
    """The driver class for `terminal`; `on_gone` is called, from a thread, when the terminal is gone."""
    return type("BoundDriver", (TerminalDriver,), {"terminal": terminal, "on_gone": staticmethod(on_gone)})
