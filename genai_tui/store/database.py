"""Makes a project's folder and brings an older one up to date. A newer one is refused, and not a byte of it changed."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from genai_tui.errors import NoProject, ProjectFault, StorageFault
from genai_tui.store import faults
from genai_tui.store.connections import (
    APPLICATION_ID,
    FILE,
    FOLDER,
    database_path,
    leave_wal,
    open_for_writing,
    open_read_only,
    peek,
    set_journal,
    version_of,
)
from genai_tui.store.filesystems import journal_rule
from genai_tui.store.values import pack_text, utc
from genai_tui.store.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from genai_tui.store.writer import Writer

FOLDERS = ("jobs", "artifacts", "drafts")
MIGRATION_BUSY_S = 60.0  # another program that migrates the same project is waited for


def create(folder: Path, *, name: str, shared: bool = False, fill: "Callable[[Writer], None] | None" = None) -> None:
    """Makes a project called `name` in `folder` (made too, where it is missing): whole, or not at all.

    It is empty, or holds what `fill` writes; nobody sees it before that is done.
    `.genai` is for its owner alone (0700); `shared` makes it the group's (02770, files 0660).
    Raises ProjectFault if there is one already, StorageFault if it cannot be written.
    """
    final = folder / FOLDER
    already = ProjectFault(
        f"{folder} holds a project already.", f"{final} exists.", f"Open it: genai-tui {quote(str(folder))}"
    )
    import shutil
    import tempfile

    with _told(final / FILE, "written"):
        if os.path.lexists(final):
            raise already if (final / FILE).is_file() else _hollow(folder)
        folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".genai-new-", dir=folder))
        try:
            _build(building, name, shared)
            if fill is not None:
                _fill(building / FILE, fill)
            building.rename(final)
        except BaseException as error:
            shutil.rmtree(building, ignore_errors=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise already from error  # somebody was quicker
            raise


def ensure_current(folder: Path) -> None:
    """Sees to it that the project in `folder` can be opened: migrates an older one after a backup beside it.

    Nothing is imported and nothing written where it is current. Raises NoProject; ProjectFault for a newer one or
    another program's file; StorageFault where it is locked, damaged, or older and read-only.
    """
    path = database_path(folder)
    with _told(path, "opened"):
        if not path.is_file():
            raise _hollow(folder)
        version, application = peek(path)
        if version > SCHEMA_VERSION:
            raise faults.newer(path, version, SCHEMA_VERSION)
        if version < 1 or application != APPLICATION_ID:
            if path.stat().st_size == 0:
                raise faults.damaged(path, "The file is empty.")
            raise ProjectFault(f"{path} is no project of genai-tui.", "Another program wrote it.", "Look at that file.")
        _suit_journal(path)
        if version < SCHEMA_VERSION:
            if not _writable(path):
                raise faults.older_and_read_only(path, version, SCHEMA_VERSION)
            _migrate(path, version)


def _hollow(folder: Path) -> NoProject:
    """`.genai` is there, and what makes it a project is not: jobs and artifacts may still lie in it."""
    path = database_path(folder)
    return NoProject(
        f"There is no project in {folder}, though {path.parent} is there.",
        f"{path} is missing.",
        f"Bring it back; or move {path.parent} away, and make a new project: genai-tui init {quote(str(folder))}",
    )


def _suit_journal(path: Path) -> None:
    """A project that was moved to a network file system leaves WAL before anything maps its index."""
    if journal_rule(path)[0] == "delete" and _writable(path):
        leave_wal(path)


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _build(building: Path, name: str, shared: bool) -> None:
    from genai_tui.store.migrations import migrate

    path = building / FILE
    path.touch(0o600)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        set_journal(connection, journal_rule(path)[0])
        migrate(connection)
        connection.execute("INSERT INTO choice VALUES ('name', ?, ?)", (pack_text(name), utc()))
    finally:
        connection.close()
    for made in FOLDERS:
        (building / made).mkdir()
        (building / made).chmod(0o2770 if shared else 0o700)
    path.chmod(0o660 if shared else 0o600)
    building.chmod(0o2770 if shared else 0o700)


def _fill(path: Path, fill: "Callable[[Writer], None]") -> None:
    from genai_tui.store.writer import Writer

    writer = Writer(path)
    try:
        fill(writer)
    finally:
        writer.close()


def _migrate(path: Path, version: int) -> None:
    """Everything in one transaction: who comes second waits, looks again, and finds it done."""
    from genai_tui.store.migrations import migrate

    connection = open_for_writing(path, busy_s=MIGRATION_BUSY_S)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")  # tables may be made anew; checked before the commit
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) < SCHEMA_VERSION:
                back_up(path, path.with_name(f"project-v{version}-{utc().replace(':', '-')}.db"))
                migrate(connection)
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
            if broken:
                raise StorageFault(
                    f"The project's database {path} could not be brought up to date.",
                    f"A row of `{broken[0]}` points to a missing row of `{broken[2]}`.",
                    "It is unchanged; the backup beside it is a copy.",
                )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the header tells older programs at once
    finally:
        connection.close()


def back_up(path: Path, target: Path) -> None:
    """Copies the database at `path` to `target` as it is now, while others use it; whole, or not at all."""
    building = target.with_name(target.name + ".part")
    source = open_read_only(path)
    try:
        building.touch(0o600, exist_ok=False)
        building.chmod(path.stat().st_mode & 0o777)
        copy = sqlite3.connect(building, isolation_level=None)
        try:
            source.backup(copy)
        finally:
            copy.close()
        building.rename(target)
    except BaseException:
        building.unlink(missing_ok=True)
        raise
    finally:
        source.close()


@contextmanager
def _told(path: Path, doing: str) -> Iterator[None]:
    """Errors of SQLite and the system within, as sentences."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        fault = faults.translate(error, path, doing)
        if fault is None:
            raise
        raise fault from error
