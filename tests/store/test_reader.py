"""Reading: no write, no new file, a connection a thread, and the news of others."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_tui.errors import StorageFault
from genai_tui.store.choices import save_choice
from genai_tui.store.reader import Reader
from tests.store.conftest import Store

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n"


class Reading:
    """A thread that counts to a number within SQLite; `found` is what it read, or what it was told."""

    def __init__(self, reader: Reader, number: int) -> None:
        self.found: object = None
        self._reader, self._number = reader, number
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        while not (held := [each for each in reader._connections.values() if each.thread() is self._thread]):
            time.sleep(0)
        self.connection = held[0].connection
        while held[0].lock.acquire(blocking=False):  # until it is reading
            held[0].lock.release()
            time.sleep(0)

    def _read(self) -> None:
        try:
            self.found = self._reader.rows(COUNTED, (self._number,))
        except StorageFault as fault:
            self.found = fault

    def ended(self) -> object:
        self._thread.join()
        return self.found


def in_thread(act: Callable[[], object]) -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


def test_a_reader_does_not_make_the_file(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="is not there"):
        Reader(tmp_path / "project.db")
    assert not (tmp_path / "project.db").exists()


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StorageFault) as told:
        store.reader.rows("DELETE FROM choice")
    assert str(store.path) in told.value.what


def test_changes_of_our_writer_and_of_others_are_told_once(store: Store) -> None:
    other = Reader(store.path)
    assert (store.reader.changed(), other.changed()) == (False, False)
    store.put(save_choice("a", "b"))
    assert (store.reader.changed(), other.changed()) == (True, True)
    assert (store.reader.changed(), other.changed()) == (False, False)
    assert in_thread(store.reader.changed) is False
    store.put(save_choice("a", "c"))
    assert in_thread(store.reader.changed) is True
    assert store.reader.changed() is False
    other.close()


def test_every_thread_has_a_connection_and_those_of_ended_threads_are_closed(store: Store) -> None:
    query = "SELECT value FROM choice WHERE key = 'name'"
    for _ in range(20):
        assert in_thread(lambda: store.reader.one(query)) == ("test",)
    store.reader.one(query)
    assert len(store.reader._connections) <= 2


def test_threads_read_while_the_writer_writes(store: Store) -> None:
    seen: list[int] = []

    def read() -> None:
        seen.extend(store.reader.one("SELECT count(*) FROM choice")[0] for _ in range(30))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(30):
        store.put(save_choice(str(number), "x"))
    for thread in threads:
        thread.join()
    assert len(seen) == 120
    assert store.reader.one("SELECT count(*) FROM choice") == (31,)


def test_released_connections_come_back(store: Store) -> None:
    store.reader.one("SELECT 1")
    store.reader.release()
    assert store.reader.one("SELECT 2") == (2,)


def test_a_closed_reader_says_so_and_closes_twice(store: Store) -> None:
    store.reader.close()
    store.reader.close()
    with pytest.raises(StorageFault, match="closed"):
        store.reader.rows("SELECT 1")


def test_what_is_being_read_when_it_is_closed_is_broken_off(store: Store) -> None:
    reading = Reading(store.reader, 10**12)
    store.reader.close()
    told = reading.ended()
    assert isinstance(told, StorageFault)
    assert "is closed" in told.what
    with pytest.raises(StorageFault, match="closed"):
        store.reader.changed()


def test_what_is_being_read_when_connections_are_let_go_is_read_to_its_end(store: Store) -> None:
    reading = Reading(store.reader, 1_000_000)
    store.reader.release()
    assert reading.ended() == [(1_000_000,)]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        reading.connection.execute("SELECT 1")


def test_threads_that_read_while_it_is_closed_are_told(store: Store) -> None:
    told: list[StorageFault] = []

    def read() -> None:
        try:
            while True:
                store.reader.one("SELECT count(*) FROM choice")
        except StorageFault as fault:
            told.append(fault)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        store.reader.release()
    store.reader.close()
    for thread in threads:
        thread.join()
    assert len(told) == 4


def test_a_defect_of_ours_is_no_storage_fault(store: Store) -> None:
    with pytest.raises(Exception, match="no such table") as told:
        store.reader.rows("SELECT * FROM nowhere")
    assert not isinstance(told.value, StorageFault)
