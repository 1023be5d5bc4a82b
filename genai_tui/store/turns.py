"""Turns of threads while much is stored: whoever stores by the thousand shares one interpreter with the writer."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_S = 0.0005  # instead of 5 ms, which the writer would wait at each statement: a run took twice as long

_lock = threading.Lock()
_asked = 0
_before = 0.0


@contextmanager
def many_writes() -> Iterator[None]:
    """Threads take turns soon, until the last of those who asked for it has ended."""
    global _asked, _before
    with _lock:
        if not _asked:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_S)
        _asked += 1
    try:
        yield
    finally:
        with _lock:
            _asked -= 1
            if not _asked:
                sys.setswitchinterval(_before)
