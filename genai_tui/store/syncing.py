"""Brings the write-ahead log to the disk behind the writer, for writes that are told once they are in the log.

What is in the log survives the end of every process of ours, by SIGKILL too; only what the system itself had not
written yet is lost with its power. So whoever asks the next thousand answers need not wait for the disk each time.
"""

import os
import threading
from pathlib import Path

MOST_BEHIND = 8  # commits: so much may be lost by a power cut, and a slow disk holds the writer up from then on
FEW = 4  # commits that are brought to the disk together, unless
LATEST_S = 0.01  # has gone by

_sync = getattr(os, "fdatasync", os.fsync)  # what SQLite itself calls; macOS has only the other


class Syncing:
    """One thread that brings the log of the database at `path` to the disk; it is started at the first use."""

    def __init__(self, path: Path) -> None:
        self._log = path.with_name(f"{path.name}-wal")
        self._changed = threading.Condition()
        self._committed = 0
        self._synced = 0
        self._fault: OSError | None = None
        self._ending = False
        self._thread: threading.Thread | None = None

    def committed(self) -> None:
        """There was a commit; returns at once, unless `MOST_BEHIND` others wait for the disk.

        Raises the OSError of a disk that refused one of those before: from then on nothing should be told early.
        """
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="genai-syncing", daemon=True)
                self._thread.start()
            self._committed += 1
            if self._committed - self._synced in (1, FEW):  # else it sleeps, or works, as it should
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._committed - self._synced <= MOST_BEHIND or self._fault is not None)
            if self._fault is not None:
                raise self._fault

    def close(self) -> None:
        """Ends the thread after the disk has what was committed."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ending or self._committed > self._synced)
                self._changed.wait_for(lambda: self._ending or self._committed - self._synced >= FEW, LATEST_S)
                reached = self._committed
                if reached == self._synced:
                    return
            fault = self._written()
            with self._changed:
                self._synced, self._fault = reached, fault
                self._changed.notify_all()
            if fault is not None:
                return

    def _written(self) -> OSError | None:
        try:
            log = os.open(self._log, os.O_RDONLY)  # no lock of SQLite's lies on the log: closing it drops none
        except FileNotFoundError:
            return None  # it was brought into the database, which SQLite syncs itself
        except OSError as error:
            return error
        try:
            _sync(log)
        except OSError as error:
            return error
        finally:
            os.close(log)
        return None
