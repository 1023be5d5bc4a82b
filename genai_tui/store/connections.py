"""How a project's database is opened: the one place that names SQLite's settings."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from genai_tui.records.expected import is_right
from genai_tui.store.filesystems import free_on
from genai_tui.store.values import unpack_json, unpack_text

FOLDER = ".genai"
FILE = "project.db"
APPLICATION_ID = 0x67656E61  # "gena", so that `file` and we can tell our databases from others
BUSY_S = 5.0
INDEX_BYTES = 32_768  # what SQLite makes beside a database with a log before it reads it


def database_path(folder: Path) -> Path:
    """The database of the project in `folder`."""
    return folder / FOLDER / FILE


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor create the file; may be closed by another thread than its own.

    Where it lies still, the file is read as it is: SQLite would otherwise want to make its index beside it. What
    somebody was writing with a rollback journal when they were killed is undone first, which needs a writer.
    """
    if not path.exists():
        raise FileNotFoundError(2, "No such file", str(path))
    try:
        return _reading(path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
    writing = open_for_writing(path)
    try:
        version_of(writing)  # reading undoes it
    finally:
        writing.close()
    return _reading(path)


def _reading(path: Path) -> sqlite3.Connection:
    options = "mode=ro&immutable=1" if lies_still(path) else "mode=ro"
    connection = sqlite3.connect(
        _uri(path, options), uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA query_only = ON")
        # a project that came from elsewhere must not run functions of ours from within its views
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA mmap_size = 0")  # a mapped file that is cut off ends the program with SIGBUS
        connection.create_function("is_right", 2, _is_right, deterministic=True)
        version_of(connection)  # what cannot be read is found out here
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _is_right(text: str, expected: str) -> bool:
    """`is_right` of an answer and an expected answer as they are stored; neither is NULL."""
    return is_right(unpack_text(text), unpack_json(expected))


def lies_still(path: Path) -> bool:
    """Whether nothing can be written beside the database at `path`, for us or for want of room, nor lies there.

    Then nobody has it open, and no write broke off.
    """
    beside = (path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm", "journal"))
    room = free_on(path)
    can = os.access(path.parent, os.W_OK) and (room is None or room >= INDEX_BYTES)
    return not can and not any(file.exists() for file in beside)


def _has_log(path: Path) -> bool:
    """Whether what was written to the database at `path` may still stand beside it."""
    return any(path.with_name(f"{path.name}-{kind}").exists() for kind in ("wal", "journal"))


def open_for_writing(path: Path, *, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection for the one writer: foreign keys on, every commit on disk.

    Transactions are begun and ended by hand; the journal is set by `set_journal`. It never creates the file. Raises
    sqlite3.Error.
    """
    connection = sqlite3.connect(
        _uri(path, "mode=rw"), uri=True, timeout=busy_s, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA mmap_size = 0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def set_journal(connection: sqlite3.Connection, journal: str) -> bool:
    """Makes `journal` ("wal", "delete") the mode; False while others have the database open, which is no fault.

    Nobody is waited for: it is tried again another time.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == journal:
            return True
        return bool(connection.execute(f"PRAGMA journal_mode = {journal}").fetchone()[0] == journal)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def fold(connection: sqlite3.Connection) -> None:
    """Brings the write-ahead log into the database, so that a copy of that one file has everything."""
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return  # the log is kept, and read by whoever opens the project next


def fold_so_far(path: Path) -> None:
    """Brings what stands in the write-ahead log of the database at `path` into it; who writes goes on meanwhile."""
    try:
        with closing(open_for_writing(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.Error:
        return  # the writer does it later


def leave_wal(path: Path) -> bool:
    """Gives the database at `path` a rollback journal without touching shared memory; False while others use it.

    An exclusive connection keeps the index of WAL in its own memory, so this works where mapping does not.
    """
    connection = sqlite3.connect(_uri(path, "mode=rw"), uri=True, timeout=1.0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        return set_journal(connection, "delete")
    finally:
        connection.close()


def peek(path: Path) -> tuple[int, int]:
    """Schema version and application id as the file's header has them; nothing beside it is made or touched.

    Through SQLite, not by opening the file: closing a file of one's own would drop the locks of this process. Where a
    log lies beside the file and is being brought into it, or that broke off, the file alone may look cut short: then
    it is read together with its log, or alone again where the log is gone by now.
    """
    try:
        return _marks_alone(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return _marks(open_read_only(path)) if _has_log(path) else _marks_alone(path)


def _marks_alone(path: Path) -> tuple[int, int]:
    """Schema version and application id as the file itself has them."""
    return _marks(sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None))


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    """Schema version and application id; closes the connection."""
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        return version, int(connection.execute("PRAGMA application_id").fetchone()[0])
    finally:
        connection.close()


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version that `connection` sees now."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _uri(path: Path, options: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?{options}"
