"""Writing: joined, reported after the commit, alive after every fault, and never deadlocked."""

import asyncio
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_tui.errors import BudgetFault, ProjectFault, StorageFault
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.reader import Reader
from genai_tui.store.version import SCHEMA_VERSION
from genai_tui.store.writer import Writer
from tests.store.conftest import Store, at_once, finish


def held(path: Path) -> sqlite3.Connection:
    """Somebody else's connection that holds the write lock."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def fails(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO choice VALUES ('half', 'done', '')")
    raise BudgetFault("no")


async def test_what_waits_is_one_transaction_and_is_seen_after_it(store: Store) -> None:
    gate = threading.Event()
    first = asyncio.create_task(store.writer.put(lambda _: gate.wait(10)))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(store.writer.put(save_choice(str(n), "x"))) for n in range(50)]
    await asyncio.sleep(0)
    store.reader.changed()
    gate.set()
    await asyncio.gather(first, *rest)
    assert store.reader.one("SELECT count(*) FROM choice") == (51,)
    # data_version moves once for each commit of others: all fifty came in one
    assert store.reader.changed() is True
    assert store.reader.changed() is False


async def test_results_come_in_order(store: Store) -> None:
    assert await store.writer.put(lambda _: 1, lambda _: "two", lambda _: None) == [1, "two", None]
    assert await store.writer.put() == []


async def test_a_failing_write_takes_no_other_down(store: Store) -> None:
    gate = threading.Event()
    first = asyncio.create_task(store.writer.put(lambda _: gate.wait(10)))
    await asyncio.sleep(0)
    good = [asyncio.create_task(store.writer.put(save_choice(f"good{n}", "x"))) for n in range(3)]
    bad = asyncio.create_task(store.writer.put(save_choice("before", "x"), fails))
    unique = asyncio.create_task(store.writer.put(lambda c: c.execute("INSERT INTO choice VALUES ('name', '', '')")))
    later = asyncio.create_task(store.writer.put(save_choice("later", "x")))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *good, later)
    with pytest.raises(BudgetFault):
        await bad
    with pytest.raises(sqlite3.IntegrityError):
        await unique
    keys = {row[0] for row in store.reader.rows("SELECT key FROM choice")}
    assert keys == {"name", "good0", "good1", "good2", "later"}


async def test_a_write_that_destroys_the_transaction_takes_no_other_down(store: Store) -> None:
    def rolls_back(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")  # as SQLite itself does on a full disk
        raise sqlite3.OperationalError("gone")

    gate = threading.Event()
    first = asyncio.create_task(store.writer.put(lambda _: gate.wait(10)))
    await asyncio.sleep(0)
    tasks = [
        asyncio.create_task(store.writer.put(write))
        for write in (save_choice("a", "x"), rolls_back, save_choice("b", "x"))
    ]
    await asyncio.sleep(0)
    gate.set()
    await first
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(end) for end in ended] == [list, sqlite3.OperationalError, list]
    assert (choice(store.reader, "a"), choice(store.reader, "b")) == ("x", "x")


async def test_cancelling_who_waits_does_not_take_the_write_back(store: Store) -> None:
    gate = threading.Event()
    task = asyncio.create_task(store.writer.put(lambda _: gate.wait(10), save_choice("a", "kept")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await store.writer.put()
    assert choice(store.reader, "a") == "kept"


def test_what_was_put_is_stored_though_its_loop_has_ended(store: Store) -> None:
    gate = threading.Event()

    async def put_and_leave() -> None:
        task = asyncio.create_task(store.writer.put(lambda _: gate.wait(10), save_choice("a", "kept")))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(put_and_leave())
    gate.set()
    store.writer.close()
    assert choice(store.reader, "a") == "kept"


def test_a_signal_handler_writes_though_its_thread_stood_inside_the_writer(store: Store) -> None:
    told: list[object] = []
    end = time.monotonic() + 120

    def save(*_: object) -> None:
        told.append(store.writer.put_now(save_choice("a", "saved"), timeout_s=30))
        signal.setitimer(signal.ITIMER_REAL, 0.001)  # not before: on a slow disk each would stand inside the last

    before = signal.signal(signal.SIGALRM, save)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        while len(told) < 200 and time.monotonic() < end:
            store.writer.put_now(save_choice("b", "x"), timeout_s=30)
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(told) >= 200
    assert choice(store.reader, "a") == "saved"


def test_put_now_waits_for_the_transaction_that_runs_but_not_for_ever(store: Store) -> None:
    gate = threading.Event()
    running = threading.Event()

    def slow(_: sqlite3.Connection) -> None:
        running.set()
        gate.wait(10)

    thread = threading.Thread(target=store.writer.put_now, args=(slow,))
    thread.start()
    running.wait(10)
    with pytest.raises(StorageFault, match=r"not written within 0\.05 s"):
        store.writer.put_now(save_choice("a", "late"), timeout_s=0.05)
    gate.set()
    store.writer.put_now()
    thread.join()
    assert choice(store.reader, "a") == "late"


def test_who_puts_soon_goes_on_while_it_is_written(store: Store) -> None:
    gate = threading.Event()
    first = store.writer.put_soon(lambda _: gate.wait(10))
    second = store.writer.put_soon(save_choice("a", "x"), fails)
    gate.set()  # nothing of the two was waited for before
    assert first() == [True]
    with pytest.raises(BudgetFault):
        second()
    assert choice(store.reader, "a") is None


def test_a_write_may_not_write(store: Store) -> None:
    with pytest.raises(RuntimeError, match="from within a write"):
        store.writer.put_now(lambda _: store.writer.put_now())


# locked, full, gone, outgrown


def test_a_locked_database_is_told_and_the_next_put_succeeds(store: Store) -> None:
    other = held(store.path)
    with pytest.raises(StorageFault) as told:
        store.put(save_choice("a", "x"))
    assert f"{store.path} is locked" in told.value.what
    assert told.value.exit_code == 2
    other.execute("ROLLBACK")
    other.close()
    store.put(save_choice("a", "y"))
    assert choice(store.reader, "a") == "y"


def test_who_holds_the_lock_is_named(store: Store, child: Callable[..., subprocess.Popen[str]]) -> None:
    if not Path("/proc/locks").exists():
        pytest.skip("there is no /proc/locks here")
    holder = child(
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "print('held', flush=True); sys.stdin.readline()",
        store.path,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StorageFault) as told:
        store.put(save_choice("a", "x"))
    assert f"process {holder.pid}" in told.value.why


def test_what_is_to_be_kept_is_stored_when_the_lock_is_gone(store: Store) -> None:
    other = held(store.path)
    with pytest.raises(StorageFault, match="is locked"):
        store.writer.put_now(save_choice("a", "paid for"), keep=True)
    assert store.writer.waiting == 1
    other.execute("ROLLBACK")
    other.close()
    store.writer.put_now(save_choice("b", "x"))
    assert store.writer.waiting == 0
    assert choice(store.reader, "a") == "paid for"


def test_what_is_kept_is_tried_again_by_itself_and_told_at_the_end_if_it_never_was_stored(store: Store) -> None:
    other = held(store.path)
    writer = Writer(store.path, busy_s=0.01)
    with pytest.raises(StorageFault):
        writer.put_now(save_choice("a", "x"), keep=True)
    with pytest.raises(StorageFault, match="One record could not be stored"):
        writer.close()
    with pytest.raises(StorageFault):
        store.writer.put_now(save_choice("a", "by itself"), keep=True)
    other.execute("ROLLBACK")
    other.close()
    deadline = time.monotonic() + 20
    while choice(store.reader, "a") is None and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert choice(store.reader, "a") == "by itself"


def test_a_write_that_is_refused_for_its_own_sake_is_not_kept(store: Store) -> None:
    with pytest.raises(BudgetFault):
        store.writer.put_now(fails, keep=True)
    assert store.writer.waiting == 0


FULL = """
import asyncio, resource, sys, threading
from pathlib import Path
from genai_tui.store.writer import Writer
from genai_tui.store.choices import save_choice
path = Path(sys.argv[1])
writer = Writer(path)
writer.put_now(save_choice("before", "x"))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
log = path.with_name(path.name + "-wal")
resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 65536, hard))

async def main():
    gate = threading.Event()
    puts = [writer.put(lambda _: gate.wait(10))]
    for name, size in (("small", 10), ("large", 500_000), ("other", 10)):
        puts.append(writer.put(save_choice(name, "x" * size), keep=True))
    tasks = [asyncio.create_task(put) for put in puts]
    await asyncio.sleep(0)
    gate.set()
    for ended in (await asyncio.gather(*tasks, return_exceptions=True))[1:]:
        print(ended if isinstance(ended, list) else f"{ended.what} | {ended.why} | {ended.do}")

asyncio.run(main())
print("waiting", writer.waiting)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
writer.put_now(save_choice("after", "x"))
print("waiting", writer.waiting)
writer.close()
"""


def test_a_full_disk_fails_what_does_not_fit_and_that_is_stored_once_there_is_room(
    store: Store, child: Callable[..., subprocess.Popen[str]]
) -> None:
    small, large, other, *waiting = finish(child(FULL, store.path)).splitlines()
    assert (small, other) == ("[None]", "[None]")
    assert large.startswith(f"A file may grow no more: {store.path} could not be written. | The limit on the size")
    assert waiting == ["waiting 1", "waiting 0"]
    found = dict(store.reader.rows("SELECT key, length(value) FROM choice"))
    assert found == {"name": 4, "before": 1, "small": 10, "large": 500_000, "other": 10, "after": 1}


def test_a_schema_that_changes_under_us_stops_the_writing(store: Store) -> None:
    store.put(save_choice("a", "x"))
    with sqlite3.connect(store.path) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    for _ in range(2):
        with pytest.raises(ProjectFault) as told:
            store.put(save_choice("a", "y"))
        assert "changed by a newer genai-tui" in told.value.what
    assert choice(store.reader, "a") == "x"


def test_a_database_that_was_replaced_or_removed_is_not_written_to(store: Store) -> None:
    store.put(save_choice("a", "x"))
    away = store.path.rename(store.path.with_name("away.db"))
    with pytest.raises(StorageFault, match="is not there"):
        store.put(save_choice("a", "y"))
    store.path.write_bytes(b"")
    with pytest.raises(StorageFault, match="no longer the file that was opened"):
        store.put(save_choice("a", "y"))
    store.path.unlink()
    away.rename(store.path)
    store.put(save_choice("a", "back"))
    assert choice(store.reader, "a") == "back"


def test_a_closed_writer_says_so_and_closes_twice(store: Store) -> None:
    store.writer.close()
    store.writer.close()
    with pytest.raises(StorageFault, match="is closed"):
        store.put(save_choice("a", "x"))


def test_a_writer_closed_leaves_everything_in_one_file(store: Store) -> None:
    store.put(save_choice("a", "x"))
    store.writer.close()
    copy = store.path.with_name("copy.db")
    copy.write_bytes(store.path.read_bytes())
    reader = Reader(copy)
    assert choice(reader, "a") == "x"
    reader.close()


# two programs


MANY = """
import sys
from pathlib import Path
from genai_tui.store.writer import Writer
from genai_tui.store.choices import save_choice
writer = Writer(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    writer.put_now(save_choice(f"{sys.argv[2]}-{number}", "x"))
writer.close()
"""


def test_two_programs_write_at_once_and_both_get_everything_in(
    store: Store, child: Callable[..., subprocess.Popen[str]]
) -> None:
    both = [child(MANY, store.path, name) for name in ("one", "two")]
    at_once(both)
    assert store.reader.one("SELECT count(*) FROM choice") == (301,)
    assert store.reader.changed()
