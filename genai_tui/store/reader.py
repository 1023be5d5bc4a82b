"""Reading: read-only connections of the standard library, one for each thread that asks."""

import sqlite3
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genai_tui.errors import StorageFault, UsageFault
from genai_tui.store import faults
from genai_tui.store.connections import leave_wal, lies_still, open_read_only, version_of
from genai_tui.store.version import SCHEMA_VERSION


class Reader:
    """Reads the database at `path` from any thread; it cannot write to it, and cannot create it.

    Raises ProjectFault or StorageFault, with sentences, from every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connections: dict[int, tuple[weakref.ref[threading.Thread], sqlite3.Connection]] = {}
        self._closed = False
        self._watch = self._open()  # `data_version` only means something on one connection: this one
        version = version_of(self._watch)
        if version > SCHEMA_VERSION:
            self._watch.close()
            raise faults.newer(path, version, SCHEMA_VERSION)
        self._still = lies_still(path)
        self._seen = self._state()

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement. Lists that can be long are asked for page by page."""
        try:
            return self._connection().execute(sql, args).fetchall()
        except OverflowError as error:
            raise _too_large() from error
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def one(self, sql: str, args: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        try:
            cursor = self._connection().execute(sql, args)
            row: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()  # a statement left open would hold back the writer's checkpoint
        except OverflowError as error:
            raise _too_large() from error
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return row

    def changed(self) -> bool:
        """Whether anybody, this program's writer included, has committed since it was last asked (or since opening)."""
        with self._lock:
            now = self._state()
            changed, self._seen = now != self._seen, now
            woken = changed and self._still
            if woken:  # what was read as a file at rest is written by somebody: from now on with their log
                self._watch.close()
                self._watch, self._still = self._open(), lies_still(self.path)
                self._seen = self._state()
        if woken:
            self.release()
        return changed

    def release(self) -> None:
        """Closes the connections that no thread is using now; each is opened again when it is next needed."""
        with self._lock:
            connections = [connection for _, connection in self._connections.values()]
            self._connections.clear()
        for connection in connections:
            connection.close()

    def close(self) -> None:
        """Closes every connection; may be called twice. No thread may be reading."""
        self._closed = True
        self.release()
        self._watch.close()

    def _connection(self) -> sqlite3.Connection:
        mine = threading.get_ident()
        held = self._connections.get(mine)
        if held is not None and held[0]() is threading.current_thread():
            return held[1]
        if self._closed:
            raise StorageFault(f"The project at {self.path} is closed.", "", "Open it again.")
        connection = self._open()
        with self._lock:
            ended = [key for key, (thread, _) in self._connections.items() if not _lives(thread())]
            left = [self._connections.pop(key)[1] for key in ended]
            self._connections[mine] = (weakref.ref(threading.current_thread()), connection)
        for old in left:
            old.close()
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            try:
                return open_read_only(self.path)
            except sqlite3.Error as error:
                if not faults.needs_rollback_journal(error) or not leave_wal(self.path):
                    raise
                return open_read_only(self.path)
        except (sqlite3.Error, OSError) as error:
            raise self._fault(error) from error

    def _state(self) -> tuple[int, ...]:
        """What differs when somebody has committed; of a file at rest, what differs when it no longer is."""
        try:
            if self._still:
                file = self.path.stat()
                return file.st_mtime_ns, file.st_size, file.st_ino, int(lies_still(self.path))
            return (int(self._watch.execute("PRAGMA data_version").fetchone()[0]),)
        except (sqlite3.Error, OSError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> Exception:
        return faults.translate(error, self.path, "read") or error


def _too_large() -> UsageFault:
    return UsageFault("A number is too large to look for.", f"The largest is {2**63 - 1:,}.")


def _lives(thread: threading.Thread | None) -> bool:
    return thread is not None and thread.is_alive()
