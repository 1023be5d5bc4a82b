"""The log: one JSON object a line, 5 MB and one older file, in the state folder; in memory where that is not writable.

No key reaches it: values of environment variables whose names tell of a secret, and what looks like a key, are taken
out of every line. It is for defects of ours, not for the course of the work: the store has that.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

LARGEST = 5 * 1024 * 1024
"""Bytes of the log, and of the one older file beside it."""
KEPT_IN_MEMORY = 500
"""Lines that are kept where nothing can be written."""
LONGEST_LINE = 100_000

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
_LIKE_A_KEY = re.compile(
    r"(?i:\bbearer\s+)[\w.~+/=-]{8,}|\b(?:sk|rk|pk|hf|gsk|xai|ghp|gho|r8|AIza)[-_A-Za-z]{0,12}[A-Za-z0-9_-]{16,}"
    r"|(?i:(?:api[-_]?key|authorization|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;}]{8,}"
)
_SHORTEST_SECRET = 8


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must not be logged, the longest first; very short ones would hit ordinary words."""
    values = {v for name, v in environ.items() if _SECRET_NAME.search(name) and len(v) >= _SHORTEST_SECRET}
    return tuple(sorted(values, key=len, reverse=True))


def without_secrets(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` with every secret and everything that looks like a key replaced."""
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return _LIKE_A_KEY.sub("[key]", text)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: time (UTC), level, where, pid, thread, text, and the traceback."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._environ = os.environ if environ is None else environ

    def format(self, record: logging.LogRecord) -> str:
        """One line; without secrets, without the values of local variables."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "where": record.name,
            "pid": record.process,
            "thread": record.threadName,
            "text": _message(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        secrets = secrets_of(self._environ)
        for name in ("text", "traceback"):
            if name in line:
                line[name] = without_secrets(line[name][-LONGEST_LINE:], secrets)
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # its arguments do not fit its text
        return f"{record.msg} {record.args}"


class LogHandler(logging.Handler):
    """Appends to `path`, made with the first line and readable by its owner only; what fails goes to memory.

    The file is opened for each line (there are few): several processes may write, and whichever finds it full moves
    it aside. `logging.handlers` would do much of this, and imports pickle and sockets for it before the first paint.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = Path(os.path.abspath(path))
        self.lines: deque[str] = deque(maxlen=KEPT_IN_MEMORY)
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        line = self.format(record)
        try:
            self._append(line.encode("ascii") + b"\n")
        except OSError:
            self.lines.append(line)

    def _append(self, data: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            if self.file.stat().st_size + len(data) > LARGEST:
                os.replace(self.file, self.file.with_name(self.file.name + ".1"))
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    @property
    def path(self) -> Path | None:
        """Where the log is; None if something could not be written there."""
        return self.file if not self.lines and self.file.exists() else None


def open_log(folder: Path | None = None) -> LogHandler:
    """Send all logging of this process, warnings and late exceptions to `folder`/log (the user's state folder).

    Called again, it returns the handler there is, or moves it to another folder that is named.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LogHandler)]:
        if folder is None or handler.file == Path(os.path.abspath(folder / "log")):
            return handler
        root.removeHandler(handler)
        handler.close()
    if folder is None:
        from genai_tui.settings.folders import state_folder

        folder = state_folder()
    handler = LogHandler(folder / "log")
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("genai_tui").setLevel(logging.INFO)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable
    return handler


def log_defect(error: BaseException, folder: Path | None = None) -> str:
    """Log a defect of ours with its traceback; returns where, in words for a sentence ("The log is …")."""
    handler = open_log(folder)
    logging.getLogger("genai_tui").error("a defect", exc_info=(type(error), error, error.__traceback__))
    return str(handler.path) if handler.path is not None else "lost: the state folder cannot be written"


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread is not None else "?"
    _late(f"thread {name} ended with an exception", arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _unraisable(arguments: "sys.UnraisableHookArgs") -> None:
    text = arguments.err_msg or "exception that nobody could take"
    _late(text, arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _late(text: str, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    info = (kind, error, trace) if error is not None else None
    logging.getLogger("genai_tui").error(text, exc_info=info)
