"""What SQLite and the system say becomes a sentence: what, where, what to do; nothing is lost."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.store import faults
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.database import ensure_current
from genai_tui.store.generations import save_generation
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer
from tests.store.conftest import ROOT, Store, finish
from tests.store.test_database import older
from tests.support.stored import simple


def error(name: str) -> sqlite3.OperationalError:
    """An error of SQLite as its module raises it."""
    made = sqlite3.OperationalError("as SQLite says")
    made.sqlite_errorname = name
    made.sqlite_errorcode = getattr(sqlite3, name)
    return made


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SQLITE_FULL", "The disk is full"),
        ("SQLITE_BUSY", "is locked"),
        ("SQLITE_BUSY_SNAPSHOT", "is locked"),
        ("SQLITE_LOCKED", "is locked"),
        ("SQLITE_READONLY", "cannot be written"),
        ("SQLITE_READONLY_DBMOVED", "no longer the file"),
        ("SQLITE_CORRUPT", "is damaged"),
        ("SQLITE_NOTADB", "is damaged"),
        ("SQLITE_CANTOPEN", "could not be written"),
        ("SQLITE_IOERR_READ", "could not be written"),
        ("SQLITE_IOERR_SHMMAP", "several programs at once"),
        ("SQLITE_PROTOCOL", "several programs at once"),
        ("SQLITE_TOOBIG", "too large"),
        ("SQLITE_NOMEM", "Memory ran out"),
    ],
)
def test_every_code_is_three_sentences_with_the_path(store: Store, name: str, says: str) -> None:
    fault = faults.translate(error(name), store.path)
    assert says in fault.what
    assert str(store.path) in fault.what
    assert fault.why
    assert fault.do
    assert fault.exit_code == 2


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "The quota is used up"),
        (errno.EFBIG, "A file may grow no more"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.ENOENT, "is not there"),
        (errno.EIO, "could not be written"),
        (errno.ESTALE, "could not be written"),
    ],
)
def test_so_is_every_error_of_the_system(store: Store, number: int, says: str) -> None:
    fault = faults.translate(OSError(number, os.strerror(number)), store.path)
    assert says in fault.what
    assert str(store.path) in fault.what
    assert fault.do


def test_a_full_disk_says_how_much_is_free(store: Store) -> None:
    fault = faults.translate(error("SQLITE_FULL"), store.path)
    assert " bytes are free" in fault.why


def test_defects_of_ours_and_our_own_errors_pass(store: Store) -> None:
    ours = StorageFault("already said")
    assert faults.translate(ours, store.path) is ours
    for defect in (ValueError("x"), error("SQLITE_ERROR"), error("SQLITE_CONSTRAINT"), sqlite3.ProgrammingError("x")):
        assert faults.translate(defect, store.path) is None


# for real


def test_a_damaged_page_is_told_when_it_is_read_and_written(store: Store) -> None:
    for number in range(200):
        store.writer.put_now(save_generation(simple("x" * 500 + str(number))))
    store.writer.close()
    store.reader.close()
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    before = store.path.read_bytes()
    ensure_current(store.folder)
    reader, writer = Reader(store.path), Writer(store.path)
    with pytest.raises(StorageFault) as told:
        reader.rows("SELECT * FROM generation")
    assert "is damaged" in told.value.what
    assert ".recover" in told.value.do
    with pytest.raises(StorageFault, match="is damaged"):
        writer.put_now(save_choice("a", "b"))
    reader.close()
    writer.close()
    assert store.path.read_bytes() == before


def test_a_file_cut_off_is_told_and_the_backup_named(store: Store) -> None:
    for number in range(100):
        store.writer.put_now(save_generation(simple("x" * 500 + str(number))))
    store.writer.close()
    store.reader.close()
    backup = store.path.with_name("project-v1-2026-01-01.db")
    shutil.copy(store.path, backup)
    os.truncate(store.path, store.path.stat().st_size // 2)
    with pytest.raises(StorageFault) as told:
        Reader(store.path)
    assert "is damaged" in told.value.what
    assert str(backup) in told.value.do


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".genai" / "project.db").mkdir(parents=True)
    with pytest.raises(GenaiError, match="no project"):
        ensure_current(tmp_path)


MOUNTED = """
import subprocess, sys
from pathlib import Path
from genai_tui.errors import GenaiError
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.database import create, ensure_current
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer
folder = Path(sys.argv[1])
def told(act):
    try:
        return act()
    except GenaiError as fault:
        return f"{type(fault).__name__}: {fault.what} | {fault.why} | {fault.do}"
"""
READ_ONLY = (
    MOUNTED
    + """
subprocess.run(["mount", "--bind", folder, folder], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", folder, folder], check=True)
ensure_current(folder)
path = folder / ".genai" / "project.db"
reader = Reader(path)
print(choice(reader, "name"), reader.changed())
writer = Writer(path)
print(told(lambda: writer.put_now(save_choice("a", "b"))))
writer.close()
print(told(lambda: create(folder / "below", name="x")))
reader.close()
"""
)
TINY = (
    MOUNTED
    + """
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
create(folder, name="x")
path = folder / ".genai" / "project.db"
reader, writer = Reader(path), Writer(path)
writer.put_now(save_choice("a", "b"))
print(told(lambda: writer.put_now(save_choice("large", "x" * 2_000_000), keep=True)))
print(writer.waiting, choice(reader, "a"), told(lambda: writer.put_now(save_choice("small", "b"))))
subprocess.run(["mount", "-o", "remount,size=9m", folder], check=True)
writer.put_now(save_choice("c", "d"))
print(writer.waiting, len(choice(reader, "large")))
reader.close()
writer.close()
(folder / "fill").write_bytes(b"")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", folder], check=True)
print(told(lambda: create(folder / "p", name="x")))
print(sorted(entry.name for entry in (folder / "p").iterdir()))
"""
)


def mounted(code: str, folder: Path) -> list[str]:
    """Runs `code` where it may mount things for itself alone; skips where that is not allowed."""
    able = subprocess.run(["unshare", "-m", "true"], capture_output=True) if shutil.which("unshare") else None
    if able is None or able.returncode:
        pytest.skip("a mount of one's own (unshare -m) is not allowed here")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_read_only_project_is_read_and_says_so_when_it_is_to_be_written(store: Store) -> None:
    store.writer.close()
    store.reader.close()
    for left in store.path.parent.glob("project.db-*"):
        left.unlink()
    read, written, made = mounted(READ_ONLY, store.folder)
    assert read == "test False"
    assert written.startswith(f"StorageFault: {store.path} cannot be written. | {store.folder}")
    assert "is mounted read-only" in written
    assert made.startswith("StorageFault: ")
    assert "cannot be written" in made


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    full, before, after, none_made, left = mounted(TINY, tmp_path / "tiny")
    assert full.startswith(
        f"StorageFault: The disk is full: {tmp_path}/tiny/.genai/project.db could not be written. | "
    )
    assert f"bytes are free on {tmp_path}/tiny (tmpfs)" in full
    assert before.startswith("1 b ")
    assert after == "0 2000000"
    assert none_made.startswith("StorageFault: The disk is full")
    assert left == "[]"


STILL = (
    MOUNTED
    + """
subprocess.run(["mount", "--bind", folder, folder / "seen"], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", folder / "seen"], check=True)
reader = Reader(folder / "seen" / ".genai" / "project.db")
print(choice(reader, "name"), reader.changed())
writer = Writer(folder / ".genai" / "project.db")
writer.put_now(save_choice("name", "renamed"))
print(reader.changed(), choice(reader, "name"), reader.changed())
writer.put_now(save_choice("name", "again"))
print(reader.changed(), choice(reader, "name"), reader.changed())
writer.close()
reader.close()
"""
)


def test_a_read_only_project_that_somebody_else_writes_is_followed(store: Store) -> None:
    store.writer.close()
    store.reader.close()
    for left in store.path.parent.glob("project.db-*"):
        left.unlink()
    (store.folder / "seen").mkdir()
    assert mounted(STILL, store.folder) == ["test False", "True renamed False", "True again False"]


def test_an_older_project_that_is_read_only_says_why_it_does_not_open(tmp_path: Path) -> None:
    older(tmp_path / "old")
    told = mounted(
        MOUNTED
        + "subprocess.run(['mount', '--bind', folder, folder], check=True)\n"
        + "subprocess.run(['mount', '-o', 'remount,bind,ro', folder, folder], check=True)\n"
        + "print(told(lambda: ensure_current(folder)))\n",
        tmp_path / "old",
    )
    assert "older genai-tui and cannot be brought up to date" in told[0]
    assert "read-only for you" in told[0]


NO_SHARED_MEMORY = """
import resource, sys
from pathlib import Path
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer
path = Path(sys.argv[1])
# the index of write-ahead logging wants 32,768 bytes and does not get them, as where memory cannot be shared
resource.setrlimit(resource.RLIMIT_FSIZE, (32767, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
if sys.argv[2] == "reader":
    reader = Reader(path)
    print(choice(reader, "name"), *reader.one("PRAGMA journal_mode"))
    reader.close()
else:
    writer = Writer(path)
    print(*writer.put_now(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0], save_choice("name", "n"))[:1])
    writer.close()
"""


@pytest.mark.parametrize(("who", "prints"), [("reader", "test delete\n"), ("writer", "delete\n")])
def test_where_memory_cannot_be_shared_a_rollback_journal_is_used(
    store: Store, child: Callable[..., subprocess.Popen[str]], who: str, prints: str
) -> None:
    store.reader.close()
    store.writer.close()
    for left in store.path.parent.glob("project.db-*"):
        left.unlink()
    assert finish(child(NO_SHARED_MEMORY, store.path, who)) == prints


def test_a_locked_database_is_read_all_the_same(store: Store, child: Callable[..., subprocess.Popen[str]]) -> None:
    holder = child(
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE');"
        "print('held', flush=True); sys.stdin.readline()",
        store.path,
    )
    assert holder.stdout.readline() == "held\n"
    ensure_current(store.folder)
    reader = Reader(store.path)
    assert choice(reader, "name") == "test"
    reader.close()
    holder.stdin.write("\n")
    holder.stdin.flush()
    finish(holder)
