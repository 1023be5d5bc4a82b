"""Reading: read-only connections of the standard library, one for each thread that asks.

A connection that is closed while another thread reads with it takes the program down, and no exception tells of it. So
a read holds its connection's lock, and whoever closes it needs that lock.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genai_tui.errors import StorageFault, UsageFault
from genai_tui.store import faults
from genai_tui.store.connections import leave_wal, lies_still, open_read_only, version_of
from genai_tui.store.version import SCHEMA_VERSION

AT_ONCE = 1000  # rows that are taken from a statement together
AGAIN_S = 0.01  # what begins to read just as it is broken off is broken off the next time


class _Mine:
    """A thread's connection. `lock` is held while it is read with; `left`: its reader closes it, nobody else could."""

    __slots__ = ("connection", "left", "lock", "thread")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.thread = weakref.ref(threading.current_thread())
        self.lock = threading.RLock()
        self.left = False

    @property
    def orphaned(self) -> bool:
        """Whether its thread has ended."""
        thread = self.thread()
        return thread is None or not thread.is_alive()

    def leave(self) -> None:
        """Close it now, or let the thread that is reading with it do so."""
        self.left = True
        if self.lock.acquire(blocking=False):
            self.connection.close()
            self.lock.release()

    def end(self) -> None:
        """Break off what is being read with it, and close it."""
        self.left = True
        while not self.lock.acquire(timeout=AGAIN_S):
            self.connection.interrupt()
        self.connection.close()
        self.lock.release()


class Reader:
    """Reads the database at `path` from any thread; it cannot write to it, and cannot create it.

    Raises ProjectFault or StorageFault, with sentences, from every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connections: dict[int, _Mine] = {}
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
            with self._connection() as connection:
                return connection.execute(sql, args).fetchall()
        except OverflowError as error:
            raise _too_large() from error
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def each(self, sql: str, args: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement as they come: for very many, which are read to the end at once, in one thread."""
        try:
            with self._connection() as connection:
                cursor = connection.execute(sql, args)
                while rows := cursor.fetchmany(AT_ONCE):
                    yield from rows
                cursor.close()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def one(self, sql: str, args: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        try:
            with self._connection() as connection:
                cursor = connection.execute(sql, args)
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
            if self._closed:
                raise self._over()
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
        """Lets every connection go; each is opened again when it is needed. What is being read is read to its end."""
        for mine in self._taken():
            mine.leave()

    def close(self) -> None:
        """Closes every connection; may be called twice. What others are reading is broken off, and they are told."""
        with self._lock:
            self._closed = True
            self._watch.close()
        for mine in self._taken():
            mine.end()

    def _taken(self) -> "list[_Mine]":
        with self._lock:
            found = list(self._connections.values())
            self._connections.clear()
        return found

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The connection of this thread, which nobody closes meanwhile."""
        mine = self._mine()
        mine.lock.acquire()
        while mine.left:  # it was let go in this very moment
            mine.lock.release()
            mine = self._mine()
            mine.lock.acquire()
        try:
            yield mine.connection
        finally:
            mine.lock.release()
            if mine.left:
                mine.leave()

    def _mine(self) -> _Mine:
        me = threading.get_ident()
        held = self._connections.get(me)
        if held is not None and held.thread() is threading.current_thread():
            return held
        mine = _Mine(self._open())
        with self._lock:
            ended = [key for key, each in self._connections.items() if each.orphaned]
            left = [self._connections.pop(key) for key in ended]
            if not self._closed:
                self._connections[me] = mine
        for old in left:
            old.end()
        if self._closed:
            mine.end()
            raise self._over()
        return mine

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
        return self._over() if self._closed else faults.translate(error, self.path, "read") or error

    def _over(self) -> StorageFault:
        return StorageFault(f"The project at {self.path} is closed.", "", "Open it again.")


def _too_large() -> UsageFault:
    return UsageFault("A number is too large to look for.", f"The largest is {2**63 - 1:,}.")
