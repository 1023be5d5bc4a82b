"""Writing: one thread a process, which joins what waits into one transaction and reports after its commit.

A `Write` is a function of a connection within an open transaction. It may be run more than once (when the group it
was joined to failed for another's sake) and must change nothing but the database; it neither commits nor
rolls back. What one caller puts together is stored together or not at all.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from genai_tui.errors import StorageFault
from genai_tui.store import faults
from genai_tui.store.connections import BUSY_S
from genai_tui.store.transactions import Transactions

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
Write = Callable[[sqlite3.Connection], T]
Ended = Callable[[list[Any], BaseException | None], None]

LARGEST_GROUP = 500  # writes in one transaction: another terminal waits for no more than that
NOW_S = 10.0  # how long `put_now` waits: longer than the lock may be held by others
AGAIN_S = 2.0  # how soon what could not be stored is tried again by itself


class _Task:
    """What one caller put, and how it ended. Who waits is told in a loop (`ended`) or waits in a thread (`done`).

    `done` is a lock that is held until then. An Event would have one of its own, taken by who sets it and who waits: a
    signal handler that writes while its thread stood within that waited for the writer, and the writer for the thread.
    """

    __slots__ = ("done", "early", "ended", "error", "keep", "loop", "results", "writes")

    def __init__(
        self,
        writes: Sequence[Write[Any]],
        keep: bool,
        loop: "asyncio.AbstractEventLoop | None" = None,
        ended: Ended | None = None,
        done: "threading.Lock | None" = None,
        early: bool = False,
    ) -> None:
        self.writes = writes
        self.keep = keep
        self.early = early
        self.loop = loop
        self.ended = ended
        self.done = done
        self.results: list[Any] = []
        self.error: BaseException | None = None


class Writer:
    """The one writer of this process for the database at `path`.

    After a full or locked disk it goes on: the next put is tried afresh. It stops for good, with a ProjectFault, when
    a newer program has changed the schema.
    """

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self.path = path
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()  # its put may interrupt itself: signal handlers use it
        self._kept: list[_Task] = []
        self._transactions = Transactions(path, busy_s)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="genai-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many puts could not be stored so far and are kept to be tried again (`keep=True`)."""
        return len(self._kept)

    async def put(self, *writes: Write[Any], keep: bool = False) -> list[Any]:
        """Stores `writes` together; their results come back after the commit.

        Cancelling the caller does not take the write back. Raises what a write raised, StorageFault where the disk
        said no, ProjectFault for a project that outgrew this program. With `keep` a StorageFault is only a
        report: the writes stay, and are tried again until they are stored or the writer is closed.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[list[Any]] = loop.create_future()

        def ended(results: list[Any], error: BaseException | None) -> None:
            if waiter.done():
                return
            if error is None:
                waiter.set_result(results)
            else:
                waiter.set_exception(error)

        self.hand(*writes, keep=keep, loop=loop, ended=ended)
        return await waiter

    def hand(
        self,
        *writes: Write[Any],
        loop: "asyncio.AbstractEventLoop",
        ended: Ended,
        keep: bool = False,
        early: bool = False,
    ) -> None:
        """As `put`, for who goes on meanwhile: `ended(results, error)` is called in `loop` after the commit.

        `early`: told when a kill of this process loses nothing any more; the disk has it some milliseconds later.
        """
        self._submit(_Task(writes, keep, loop, ended, early=early))

    def put_now(self, *writes: Write[Any], keep: bool = False, timeout_s: float = NOW_S) -> list[Any]:
        """`put` for signal handlers and for commands without a loop: blocks, but never longer than `timeout_s`.

        Safe while this very thread was interrupted inside `put`, and while the writer holds a transaction.
        """
        return self.put_soon(*writes, keep=keep, timeout_s=timeout_s)()

    def put_soon(
        self, *writes: Write[Any], keep: bool = False, timeout_s: float = NOW_S, early: bool = False
    ) -> Callable[[], list[Any]]:
        """`put_now` for who has something to do meanwhile: what it gives is called to wait, and for the results.

        `early` as in `hand`.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("put_soon was called from within a write")
        done = threading.Lock()
        done.acquire()
        task = self._submit(_Task(writes, keep, done=done, early=early))

        def wait() -> list[Any]:
            if not done.acquire(timeout=timeout_s):
                raise StorageFault(
                    f"{self.path} was not written within {timeout_s:g} s.",
                    "The disk or another program keeps it waiting.",
                    "It is still tried; whether it succeeded is seen when the project is opened again.",
                )
            done.release()
            if task.error is not None:
                raise task.error
            return task.results

        return wait

    def close(self, *, timeout_s: float = NOW_S) -> None:
        """Stores what waits and ends the thread; may be called twice.

        Raises StorageFault if something that was to be kept could not be stored even now.
        """
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise StorageFault(f"{self.path} was not closed within {timeout_s:g} s.", "The disk keeps it waiting.")
        if self._kept:
            raise faults.not_stored(self.path, len(self._kept), self._kept[0].error)

    def _submit(self, task: _Task) -> _Task:
        if self._closed:
            raise StorageFault(f"The project at {self.path} is closed.", "Nothing more is stored.", "Open it again.")
        self._queue.put(task)
        return task

    # what follows runs in the writer's thread

    def _work(self) -> None:
        ending = False
        while not ending:
            group, ending = self._gather()
            self._store(self._kept + group)
        self._transactions.close()

    def _gather(self) -> tuple[list[_Task], bool]:
        """What waits, and whether the end was asked for; comes back empty when it is time to try again."""
        group: list[_Task] = []
        try:
            task = self._queue.get(timeout=AGAIN_S if self._kept else None)
            while task is not None:
                group.append(task)
                if len(group) >= LARGEST_GROUP:
                    return group, False
                task = self._queue.get_nowait()
        except Empty:
            return group, False
        return group, True

    def _store(self, group: list[_Task]) -> None:
        """Stores every task that can be; each is told."""
        if not group:
            return
        try:
            connection = self._transactions.begin(early=all(task.early for task in group))
        except Exception as error:  # noqa: BLE001 - told to everyone who put something
            self._transactions.undo(error)
            self._finish((task, self._transactions.as_told(error)) for task in group)
            return
        try:
            for task in group:
                task.results = [write(connection) for write in task.writes]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - told to whoever put it
            self._transactions.undo(error)
            if len(group) == 1:
                self._finish([(group[0], self._transactions.as_told(error))])
            else:
                self._apart(group)
        else:
            self._finish((task, None) for task in group)
            self._transactions.sync()

    def _apart(self, group: list[_Task]) -> None:
        """Stores a group of which one failed: each task in a savepoint of its own."""
        try:
            connection = self._transactions.begin()
            for task in group:
                self._run(connection, task)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - told to whoever put it
            self._transactions.undo(error)
            self._finish([(task, self._alone(task)) for task in group])
        else:
            self._finish((task, task.error) for task in group)

    def _alone(self, task: _Task) -> BaseException | None:
        """Stores one task of a group that one of its members took down; its error, if that was this one."""
        try:
            connection = self._transactions.begin()
            self._run(connection, task)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - told to whoever put it
            self._transactions.undo(error)
            return self._transactions.as_told(error)
        return task.error

    def _finish(self, tasks: Iterable[tuple[_Task, BaseException | None]]) -> None:
        """Keeps what is to be tried again, then tells how it went: all who wait in one loop at once."""
        told: dict[asyncio.AbstractEventLoop, list[partial[None]]] = {}
        for task, error in tasks:
            again = task.keep and error is not None and _passes(error)
            if again != (task in self._kept):
                self._kept = [*self._kept, task] if again else [kept for kept in self._kept if kept is not task]
            task.error = error
            (done, task.done), (ended, task.ended) = (task.done, None), (task.ended, None)
            if done is not None:
                done.release()
            if ended is not None and task.loop is not None:  # what is kept and tried again was reported once
                told.setdefault(task.loop, []).append(partial(ended, task.results, error))
        for loop, calls in told.items():
            try:
                loop.call_soon_threadsafe(_call, calls)
            except RuntimeError:
                continue  # the loop has ended and nobody waits any more; what was put is stored all the same

    def _run(self, connection: sqlite3.Connection, task: _Task) -> None:
        """Runs one task within the transaction; what fails alone is undone alone, and is that task's `error`."""
        task.error = None
        connection.execute("SAVEPOINT put")
        try:
            task.results = [write(connection) for write in task.writes]
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite rolled everything back
            connection.execute("ROLLBACK TO put")
            task.error = self._transactions.as_told(error)
        connection.execute("RELEASE put")


def _call(calls: list[partial[None]]) -> None:
    for call in calls:
        call()


def _passes(error: BaseException) -> bool:
    """Whether trying again later may help."""
    too_big = getattr(error.__cause__, "sqlite_errorcode", 0) == sqlite3.SQLITE_TOOBIG
    return isinstance(error, StorageFault) and not too_big
