"""The writer's transactions: its connection, made when it is needed and anew after an error of the disk."""

import sqlite3
import time
from pathlib import Path

from genai_tui.errors import GenaiError, ProjectFault
from genai_tui.store import faults
from genai_tui.store.connections import fold, leave_wal, open_for_writing, set_journal, version_of
from genai_tui.store.filesystems import journal_rule
from genai_tui.store.syncing import Syncing
from genai_tui.store.version import SCHEMA_VERSION

JOURNAL_LOOK_S = 30.0


class Transactions:
    """One after the other, in one thread, to the database at `path`; others' locks are waited for `busy_s` seconds."""

    def __init__(self, path: Path, busy_s: float) -> None:
        self.path = path
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._journal: str | None = None  # forced, where WAL's shared memory proved not to work
        self._syncing: Syncing | None = Syncing(path)
        self._early = False  # how the connection commits now
        self._looked = 0.0
        self._stopped: GenaiError | None = None

    def begin(self, *, early: bool = False) -> sqlite3.Connection:
        """The connection, in a transaction; `early`: what it commits need not be on the disk when it is told.

        Raises sqlite3.Error, OSError, and ProjectFault for good where a newer program has changed the schema.
        """
        connection = self._ready()
        early = early and self._syncing is not None
        if early != self._early:
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if early else 'FULL'}")
            self._early = early
        connection.execute("BEGIN IMMEDIATE")
        self._look_at_version(connection)
        return connection

    def sync(self) -> None:
        """Bring to the disk what was told early; after a disk that refused it nothing is told early any more."""
        if self._early and self._syncing is not None:
            try:
                self._syncing.committed()
            except OSError:
                self._syncing = None  # SQLite meets the disk's fault itself at the next commit, and says it

    def undo(self, error: Exception) -> None:
        """Ends a transaction that failed; after an error of SQLite or the system the connection is made anew."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            error = OSError()  # closing undoes it
        if isinstance(error, sqlite3.Error | OSError):
            self._connection = None
            connection.close()

    def as_told(self, error: Exception) -> Exception:
        """What went wrong in a transaction, as its caller is told."""
        fault = faults.translate(error, self.path)
        if fault is None or fault is error:
            return error
        fault.__cause__ = error
        return fault

    def close(self) -> None:
        """Brings the log home, unless a newer program writes it, and ends the connection."""
        if self._syncing is not None:
            self._syncing.close()
        if self._connection is not None:
            if self._stopped is None:
                fold(self._connection)
            self._connection.close()

    def _ready(self) -> sqlite3.Connection:
        if self._stopped is not None:
            raise self._stopped
        file = self.path.stat()
        if self._file not in (None, (file.st_dev, file.st_ino)):
            raise faults.gone(self.path)
        if self._connection is None:
            self._connection = self._open()
            self._file = (file.st_dev, file.st_ino)
            self._looked = time.monotonic()
        elif time.monotonic() - self._looked > JOURNAL_LOOK_S:
            self._looked = time.monotonic()
            self._set_journal(self._connection)
        return self._connection

    def _open(self) -> sqlite3.Connection:
        """A new connection; where WAL's shared memory proves not to work, with a rollback journal from then on."""
        try:
            return self._connect()
        except sqlite3.Error as error:
            if self._journal is not None or not faults.needs_rollback_journal(error) or not leave_wal(self.path):
                raise
            self._journal = "delete"
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = open_for_writing(self.path, busy_s=self._busy_s)
        try:
            self._look_at_version(connection)
            self._set_journal(connection)
            self._early = False
        except (sqlite3.Error, ProjectFault):
            connection.close()
            raise
        return connection

    def _set_journal(self, connection: sqlite3.Connection) -> None:
        journal = self._journal or journal_rule(self.path)[0]
        if not set_journal(connection, journal) or journal != "wal":
            self._syncing = None  # a rollback journal must be on the disk before the database is touched

    def _look_at_version(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version != SCHEMA_VERSION:
            self._stopped = faults.outgrown(self.path, version, SCHEMA_VERSION)
            raise self._stopped
