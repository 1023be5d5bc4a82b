"""What SQLite or the system said, as a sentence: what happened, where, and what to do.

`translate` is the one place that knows error codes. SQLite hides the reason of a failed write (a quota and a
limit on file sizes both come as `disk I/O error`), so the system is asked once more, with a small file beside it.
"""

import errno
import os
import sqlite3
from pathlib import Path

from genai_tui.errors import GenaiError, ProjectFault, StorageFault
from genai_tui.store.filesystems import free_on, mount_of

_FULL = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The quota is used up",
    errno.EFBIG: "A file may grow no more",
}
_AGAIN = "then try again; what was stored before is whole."


def translate(error: Exception, path: Path, doing: str = "written") -> GenaiError | None:
    """`error`, met while `path` was `doing` ("written", "read", "opened"), as one of ours; None for a defect of ours.

    Takes sqlite3's errors and OSError; what is already ours is given back.
    """
    if isinstance(error, GenaiError):
        return error
    if isinstance(error, OSError):
        return _of_system(error.errno or 0, path, doing)
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or code is None:
        return None
    name = error.sqlite_errorname
    return _of_sqlite(code & 0xFF, name, path, doing, f"SQLite says: {error} ({name}).")


def _of_sqlite(code: int, name: str, path: Path, doing: str, said: str) -> GenaiError | None:
    match code:
        case sqlite3.SQLITE_FULL:
            return _of_system(errno.ENOSPC, path, doing)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return locked(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path, said)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            named = {"SQLITE_READONLY_DBMOVED": gone, "SQLITE_READONLY_ROLLBACK": half_written}.get(name)
            return named(path) if named else _read_only(path, doing)
        case sqlite3.SQLITE_CANTOPEN:
            return _not_opened(path, doing, said)
        case sqlite3.SQLITE_PROTOCOL:
            return _not_shared(path, said)
        case sqlite3.SQLITE_IOERR:
            return _not_shared(path, said) if "SHM" in name else _io(path, doing, said)
        case sqlite3.SQLITE_TOOBIG:
            return StorageFault(f"A text is too large for {path}.", said, "Nothing of it was stored: 1 GB is the most.")
        case sqlite3.SQLITE_NOMEM:
            return StorageFault(f"Memory ran out while {path} was {doing}.", said, "Free memory and try again.")
    return None


def needs_rollback_journal(error: sqlite3.Error) -> bool:
    """Whether `error` says that WAL's shared memory does not work where the database lies."""
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith("SQLITE_IOERR_SHM") or name == "SQLITE_PROTOCOL"


def newer(path: Path, version: int, ours: int) -> ProjectFault:
    """A project that a newer program has written."""
    return ProjectFault(
        f"The project in {path.parent.parent} was written by a newer genai-tui.",
        f"Its schema is {version}; this program knows {ours}. Nothing was touched.",
        "Upgrade genai-tui (pip install -U genai-tui, or uv tool upgrade genai-tui).",
    )


def older_and_read_only(path: Path, version: int, ours: int) -> StorageFault:
    """An older project that would have to be migrated, and cannot be."""
    return StorageFault(
        f"The project in {path.parent.parent} was written by an older genai-tui and cannot be brought up to date.",
        f"Its schema is {version}, this program's is {ours}, and {path.parent} is read-only for you.",
        "Make it writable, or copy the project to where you may write and open the copy.",
    )


def outgrown(path: Path, version: int, ours: int) -> ProjectFault:
    """The schema changed under a running program."""
    return ProjectFault(
        f"The project in {path.parent.parent} was changed by a newer genai-tui while this one had it open.",
        f"Its schema is now {version}; this program knows {ours}, and writes no more.",
        "Quit, upgrade genai-tui, and open the project again.",
    )


def gone(path: Path) -> StorageFault:
    """The database was removed, moved or replaced while it was open."""
    return StorageFault(
        f"{path} is no longer the file that was opened.",
        "It was moved, removed or replaced while the project was open.",
        "Put it back, or open the project where it is now; nothing is written meanwhile.",
    )


def not_stored(path: Path, count: int, error: BaseException | None) -> StorageFault:
    """What was to be kept at any price, and could not be until the end."""
    what = f"{'One record' if count == 1 else f'{count} records'} could not be stored in {path}."
    if isinstance(error, GenaiError):
        return StorageFault(what, f"{error.what} {error.why}".strip(), error.do)
    return StorageFault(what, str(error or ""))


def half_written(path: Path) -> StorageFault:
    """Somebody was killed while writing, and what they began cannot be undone from here."""
    return StorageFault(
        f"{path} was being written when its program was ended, and that must be undone before it is read.",
        f"{path.parent} is read-only for you.",
        "Make it writable, or copy the whole folder to where you may write, and open the copy.",
    )


def damaged(path: Path, said: str) -> StorageFault:
    """The file is no database, or a broken one."""
    backups = sorted(path.parent.glob("project-v*.db"))
    backup = f" There is a backup: {backups[-1]}." if backups else ""
    return StorageFault(
        f"The project's database {path} is damaged.",
        said,
        f'Copy it away first; then `sqlite3 {path} ".recover"` gives what can be read.{backup} Nothing was changed.',
    )


def locked(path: Path) -> StorageFault:
    """Another program holds the lock."""
    holders = _holders(path)
    by = f"It is held by {holders}." if holders else "Another program is writing to it and did not finish."
    return StorageFault(f"The project's database {path} is locked.", by, f"Let that program finish or end it, {_AGAIN}")


def _of_system(number: int, path: Path, doing: str) -> GenaiError | None:
    if number in _FULL:
        return _full(number, path)
    match number:
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return _read_only(path, doing)
        case errno.ENOENT | errno.ENOTDIR | errno.ELOOP:
            return StorageFault(f"{path} is not there.", os.strerror(number) + ".", "Check the path of the project.")
        case 0:
            return None
    return StorageFault(f"{path} could not be {doing}.", f"The system says: {os.strerror(number)}.", _look(path))


def _full(number: int, path: Path) -> StorageFault:
    free = free_on(path)
    mount = mount_of(path)
    where = f" on {mount.where} ({mount.kind})" if mount else ""
    if number == errno.EFBIG:
        why = "The limit on the size of a file is reached (ulimit -f, or the file system's own)."
        do = f"Raise the limit, or move the project, {_AGAIN}"
    else:
        why = f"{free:,} bytes are free{where}." if free is not None else f"The system says: {os.strerror(number)}."
        do = f"Free some space{where}, or move the project, {_AGAIN}"
    return StorageFault(f"{_FULL[number]}: {path} could not be written.", why, do)


def _read_only(path: Path, doing: str) -> StorageFault:
    folder = path.parent
    if doing == "read" or (doing == "opened" and not os.access(path, os.R_OK)):
        return StorageFault(
            f"{path} may not be read.", f"It belongs to {_owner(path)}.", "Ask its owner for access (init --shared)."
        )
    mount = mount_of(path)
    why = f"{folder} is read-only for you"
    if mount and _mounted_read_only(folder):
        why = f"{mount.where} ({mount.kind}) is mounted read-only"
    return StorageFault(
        f"{path} cannot be written.",
        f"{why}.",
        "Make it writable, or copy the project to where you may write; reading it works as before.",
    )


def _not_opened(path: Path, doing: str, said: str) -> StorageFault:
    if not path.exists():
        return StorageFault(f"{path} is not there.", said, "Check the path of the project.")
    if not os.access(path, os.R_OK):
        return _read_only(path, "read")
    if not os.access(path.parent, os.W_OK) or not os.access(path, os.W_OK):
        return _read_only(path, "written")
    return StorageFault(f"{path} could not be {doing}.", said, "Check the limit on open files (ulimit -n).")


def _not_shared(path: Path, said: str) -> StorageFault:
    mount = mount_of(path)
    where = f"{mount.where} ({mount.kind})" if mount else str(path.parent)
    return StorageFault(
        f"{path} could not be opened for several programs at once.",
        f"{where} does not give the shared memory that write-ahead logging needs. {said}",
        "Close every other program that has the project open and open it again: a rollback journal is then used.",
    )


def _io(path: Path, doing: str, said: str) -> GenaiError:
    if doing == "written":
        number = _why_not_written(path)
        if number in _FULL:
            return _full(number, path)
    return StorageFault(f"{path} could not be {doing}.", said, _look(path))


def _why_not_written(path: Path) -> int:
    """The system's number for why nothing can be written beside `path`; 0 if a small file can."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(b"\0" * 65536)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return error.errno or 0
    return errno.EFBIG if _limited(path) else 0


def _limited(path: Path) -> bool:
    """Whether a file beside `path` stands at this process's limit on file sizes."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    files = (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal"))
    sizes = [file.stat().st_size for file in files if file.exists()]
    return limit != resource.RLIM_INFINITY and max(sizes, default=0) + 65536 > limit


def _look(path: Path) -> str:
    mount = mount_of(path)
    where = f"{mount.where} ({mount.kind}, {mount.source})" if mount else "its disk"
    return f"Look at {where}: the system's log says more; {_AGAIN}"


def _owner(path: Path) -> str:
    import pwd

    try:
        return pwd.getpwuid(path.stat().st_uid).pw_name
    except (OSError, KeyError):
        return "another user"


def _mounted_read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _holders(path: Path) -> str:
    """Who holds a write lock on the database, by /proc/locks: `process 4711 (python3)`; empty where it is not told."""
    inodes = set()
    for file in (path, path.with_name(path.name + "-shm")):
        try:
            inodes.add(str(file.stat().st_ino))
        except OSError:
            continue
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return ""
    found = []
    for line in lines:
        fields = line.replace("->", "").split()
        if len(fields) < 6 or fields[3] != "WRITE" or fields[5].rpartition(":")[2] not in inodes:
            continue
        if fields[4].isdigit() and int(fields[4]) != os.getpid():
            found.append(f"process {fields[4]}{_command(fields[4])}")
    return ", ".join(dict.fromkeys(found))


def _command(pid: str) -> str:
    try:
        return f" ({Path('/proc', pid, 'comm').read_text().strip()})"
    except OSError:
        return ""
