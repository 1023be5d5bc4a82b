"""A project on a network file system: a rollback journal, and everything works as it does with WAL."""

from pathlib import Path

import pytest

from genai_tui.store import filesystems
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.connections import database_path
from genai_tui.store.database import create, ensure_current
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mount table that we write; the machine's own says what the machine is."""
    table = tmp_path / "mountinfo"
    table.write_text("1 0 0:1 / / rw - ext4 /dev/a rw\n")
    monkeypatch.setattr(filesystems, "MOUNT_TABLE", table)
    return table


def mode_of(folder: Path) -> str:
    reader = Reader(database_path(folder))
    (mode,) = reader.one("PRAGMA journal_mode")
    reader.close()
    return mode


def write_and_read(folder: Path) -> None:
    path = database_path(folder)
    reader, writer = Reader(path), Writer(path)
    writer.put_now(save_choice("a", "b"))
    assert choice(reader, "a") == "b"
    assert reader.changed()
    reader.close()
    writer.close()


def test_a_project_made_there_has_no_shared_memory(tmp_path: Path, mounts: Path) -> None:
    mounts.write_text("1 0 0:1 / / rw - nfs4 server:/home rw\n")
    create(tmp_path / "p", name="x")
    write_and_read(tmp_path / "p")
    assert mode_of(tmp_path / "p") == "delete"
    assert not list((tmp_path / "p" / ".genai").glob("*-shm"))


def test_a_project_moved_there_and_back_changes_its_journal(tmp_path: Path, mounts: Path) -> None:
    create(tmp_path / "p", name="x")
    write_and_read(tmp_path / "p")
    assert mode_of(tmp_path / "p") == "wal"
    for left in (tmp_path / "p" / ".genai").glob("project.db-*"):
        left.unlink()
    mounts.write_text("1 0 0:1 / / rw - lustre mds:/scratch rw\n")
    ensure_current(tmp_path / "p")
    assert mode_of(tmp_path / "p") == "delete"
    write_and_read(tmp_path / "p")
    assert not list((tmp_path / "p" / ".genai").glob("*-shm"))
    mounts.write_text("1 0 0:1 / / rw - xfs /dev/a rw\n")
    ensure_current(tmp_path / "p")
    write_and_read(tmp_path / "p")
    assert mode_of(tmp_path / "p") == "wal"
