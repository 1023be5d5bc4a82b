"""From the first paint to the last byte: runs the app, and ends it well however it ends.

`run` is the only way the app is run. Every end (a key, a signal, a lost connection, a defect) saves what is unsaved,
leaves the terminal as it was found, and gives an exit code:

    what the app said (`app.exit(return_code=…)`)   its code
    a GenaiError that nobody caught                 its exit code, its sentences on standard error
    a defect of ours                                70, the path of the log on standard error
    SIGTERM 143 · SIGHUP or the terminal gone 129 · SIGINT 130 · another signal that ends 128 + its number
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.terminal.driver import TerminalDriver, driver_for
from genai_tui.terminal.environment import Terminal
from genai_tui.terminal.log import log_defect, open_log
from genai_tui.untrusted import ascii_only, harmless, one_line

if TYPE_CHECKING:
    from textual.app import App

EXIT_DEFECT, EXIT_HUNG_UP, EXIT_INTERRUPTED, EXIT_TERMINATED = 70, 129, 130, 143
GONE_WITHIN = 1.5
"""Seconds the app has to end by itself once the terminal is gone; then it is ended."""
ENDED_WITHIN = 4.0
"""Seconds the app has to end by itself after any other signal, or after its last key."""

ENDING_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU", "SIGVTALRM")
    if hasattr(signal, name)
)

_log = logging.getLogger(__name__)


def run(
    app: "App[Any]",
    *,
    terminal: Terminal,
    save_now: Callable[[], None] = lambda: None,
    log_folder: Path | None = None,
) -> int:
    """Run `app` on `terminal` to its end; returns the exit code, and never raises for what happened in the app.

    `save_now` writes what is unsaved, without the event loop (`Writer.put_now`); it is called once, at every kind of
    end, from the main thread or, if that hangs, from another; what it raises is logged. `log_folder`: the user's
    state folder by default. Sets `app.driver_class`; `prepare_environment` must have run before Textual was imported.
    """
    open_log(log_folder)
    return _Lifetime(app, terminal, save_now).run()


class _Lifetime:
    """One run of one app."""

    def __init__(self, app: "App[Any]", terminal: Terminal, save_now: Callable[[], None]) -> None:
        self._app, self._terminal, self._save_now = app, terminal, save_now
        self._code: int | None = None
        self._saved = threading.Lock()
        self._watch: threading.Timer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> int:
        """Run to the end."""
        from rich.console import Console

        app = self._app
        app.driver_class = driver_for(self._terminal, self._terminal_gone)
        # Textual would print a traceback with the values of all local variables, keys among them.
        app.error_console = Console(file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives with the app
        app._fatal_error = self._crashed  # type: ignore[method-assign]
        before = {number: self._catch(number) for number in ENDING_SIGNALS}
        error: BaseException | None = None
        try:
            asyncio.run(self._main())
        except KeyboardInterrupt:
            self._code = self._code or EXIT_INTERRUPTED
        except BaseException as raised:  # noqa: BLE001 - whatever it is, the terminal comes back and the log has it
            error = raised
        finally:
            self._save()
            self._restore()
            if self._watch is not None:
                self._watch.cancel()
            app.error_console.file.close()
            for number, handler in before.items():
                if handler is not None:
                    signal.signal(number, handler)
        return self._exit_code(error or app._exception)

    def _crashed(self) -> None:
        """An exception in the app that nobody caught, while its screens still stand."""
        self._save()
        self._app._close_messages_no_wait()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await self._app.run_async(mouse=self._terminal.mouse)
        finally:
            self._save()
            self._restore()
            # Threads that nobody can stop (a blocked worker) must not keep a program that was quit alive.
            self._watch_over(ENDED_WITHIN, self._code if self._code is not None else self._app.return_code or 0)

    def _exit_code(self, error: BaseException | None) -> int:
        driver = self._app._driver
        if isinstance(driver, TerminalDriver) and driver.gone:
            _let_go_of_terminal()
        if isinstance(error, GenaiError) and self._code is None:
            self._say("\n  ".join(harmless(part) for part in (error.what, error.why, error.do) if part))
            return error.exit_code
        if error is not None:
            where = log_defect(error)
            if self._code is not None:
                return self._code
            reason = one_line(f"{type(error).__name__}: {error}", 300)
            self._say(f"Something went wrong inside genai-tui: {reason}\n  Nothing was lost. The log is {where}.")
            return EXIT_DEFECT
        return self._code if self._code is not None else self._app.return_code or 0

    def _say(self, text: str) -> None:
        text = f"genai-tui: {text}\n"
        with suppress(OSError):
            sys.stderr.write(text if self._terminal.drawing == "unicode" else ascii_only(text))
            sys.stderr.flush()

    # Ends from outside

    def _catch(self, number: signal.Signals) -> Any:
        """Handle a signal; one that was ignored when we were started (nohup) stays ignored."""
        before = signal.getsignal(number)
        if before == signal.SIG_IGN and number != signal.SIGTERM:
            return None
        return signal.signal(number, self._signalled)

    def _signalled(self, number: int, _: FrameType | None) -> None:
        """End by a signal; the work is done in the event loop, for a handler may interrupt anything."""
        driver = self._app._driver
        lent = isinstance(driver, TerminalDriver) and driver.lent
        if lent and number in (signal.SIGINT, signal.SIGQUIT):
            return  # ctrl+c in the editor that has the terminal; it goes to the whole group
        code = {signal.SIGTERM: EXIT_TERMINATED, signal.SIGHUP: EXIT_HUNG_UP}.get(signal.Signals(number), 128 + number)
        self._end(code, GONE_WITHIN if number == signal.SIGHUP else ENDED_WITHIN)

    def _terminal_gone(self) -> None:
        """The driver's thread found the terminal gone; SIGHUP may be on its way, or ignored."""
        self._end(EXIT_HUNG_UP, GONE_WITHIN)

    def _end(self, code: int, within: float) -> None:
        if self._code is not None:
            return
        self._code = code
        self._watch_over(within, code)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._end_in_loop, code)

    def _end_in_loop(self, code: int) -> None:
        self._save()
        self._app.exit(return_code=code)

    def _watch_over(self, seconds: float, code: int) -> None:
        """End the process by force if it has not ended by itself in `seconds`."""
        if self._watch is None:
            self._watch = threading.Timer(seconds, self._end_by_force, [code])
            self._watch.daemon = True
            self._watch.start()

    def _end_by_force(self, code: int) -> None:
        _log.error("the app did not end by itself and was ended")
        self._save()
        self._restore()
        os._exit(code)

    def _save(self) -> None:
        """Save, once; a second caller does not wait for the first."""
        if self._saved.acquire(blocking=False):
            try:
                self._save_now()
            except Exception:  # noqa: BLE001 - a failing save must not keep the terminal from being restored
                _log.exception("what was unsaved could not be saved")

    def _restore(self) -> None:
        driver = self._app._driver
        if isinstance(driver, TerminalDriver):
            driver.restore()


def _let_go_of_terminal() -> None:
    """Point the standard streams elsewhere, so that flushing them at exit does not fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
