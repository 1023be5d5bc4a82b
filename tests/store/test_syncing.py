"""Writes that are told once they are in the log: a kill loses none, and a disk that refuses them is noticed."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genai_tui.store import filesystems
from genai_tui.store.connections import database_path
from genai_tui.store.database import create
from genai_tui.store.syncing import MOST_BEHIND, Syncing
from genai_tui.store.writer import Write, Writer
from tests.store.conftest import Store

TOLD = 20
CHILD = """
import asyncio, sys
from pathlib import Path
from genai_tui.store.choices import save_choice
from genai_tui.store.writer import Writer

async def main():
    writer, loop = Writer(Path(sys.argv[1])), asyncio.get_running_loop()
    for n in range(100_000):
        told = loop.create_future()
        writer.hand(save_choice(str(n), ""), loop=loop, ended=lambda *_: told.set_result(None), early=True)
        await told
        print(n, flush=True)

asyncio.run(main())
"""


def rigour(connection: sqlite3.Connection) -> int:
    """How a connection commits: 1 is NORMAL, which does not wait for the disk, 2 is FULL."""
    return int(connection.execute("PRAGMA synchronous").fetchone()[0])


async def told_early(writer: Writer, write: Write[Any]) -> Any:
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Any] = loop.create_future()

    def ended(results: list[Any], error: BaseException | None) -> None:
        assert error is None
        told.set_result(results[0])

    writer.hand(write, loop=loop, ended=ended, early=True)
    return await told


def test_a_kill_loses_nothing_that_was_told(store: Store, child: Callable[..., subprocess.Popen[str]]) -> None:
    process = child(CHILD, store.path)
    assert process.stdout is not None
    told = {process.stdout.readline().strip() for _ in range(TOLD)}
    process.kill()
    told |= set(process.stdout.read().split("\n")[:-1])
    assert len(told) >= TOLD
    assert told <= {row[0] for row in store.reader.rows("SELECT key FROM choice")}


async def test_only_what_is_told_early_does_not_wait_for_the_disk(store: Store) -> None:
    assert await told_early(store.writer, rigour) == 1
    assert await store.writer.put(rigour) == [2]
    assert await told_early(store.writer, rigour) == 1


async def test_with_a_rollback_journal_all_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mountinfo").write_text("1 0 0:1 / / rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(filesystems, "MOUNT_TABLE", tmp_path / "mountinfo")
    create(tmp_path / "work", name="x")
    writer = Writer(database_path(tmp_path / "work"))
    assert await told_early(writer, rigour) == 2
    writer.close()


def test_a_disk_that_refuses_is_told_to_the_next_commit(tmp_path: Path) -> None:
    (tmp_path / "refusing.db-wal").symlink_to("/dev/full")
    syncing = Syncing(tmp_path / "refusing.db")
    refused = []
    for _ in range(MOST_BEHIND + 1):
        try:
            syncing.committed()
        except OSError as error:
            refused.append(error)
    syncing.close()
    assert refused


def test_a_log_that_was_folded_meanwhile_needs_no_disk(tmp_path: Path) -> None:
    syncing = Syncing(tmp_path / "folded.db")
    for _ in range(100):
        syncing.committed()
    syncing.close()
    assert not list(tmp_path.glob("folded*"))
