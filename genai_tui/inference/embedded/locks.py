"""Advisory locks on files, safe against a file that vanishes and comes again.

systemd-tmpfiles removes files in /tmp after days though they are locked, and a second process would then lock a new
file of the same name; so after each lock the open file is compared with what the path names now.
"""

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STEP_S = 0.05  # between two attempts; a lock is taken rarely and held for a moment


def try_lock(path: Path, *, exclusive: bool) -> int | None:
    """A descriptor that holds the lock on `path` (made if it is absent), or None while others hold it.

    Closing the descriptor gives the lock back. Raises OSError where the file cannot be opened.
    """
    how = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        if still_named(descriptor, path):
            return descriptor
        os.close(descriptor)


def still_named(descriptor: int, path: Path) -> bool:
    """Whether `path` still names the file that is open as `descriptor`."""
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), named)


@contextmanager
def held(path: Path, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the exclusive lock on `path` within the block; blocks the thread, calling `waits` between attempts."""
    while (descriptor := try_lock(path, exclusive=True)) is None:
        if waits is not None:
            waits()
        time.sleep(STEP_S)
    try:
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    """Open the lock file; a directory is locked as it is, a link is never followed."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
