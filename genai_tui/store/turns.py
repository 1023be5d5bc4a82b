"""Turns of threads while much is stored: whoever stores by the thousand shares one interpreter with the writer."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_S = 0.0005  # instead of 5 ms, which the writer would wait at each statement: a run took twice as long
YOUNG = 20_000  # objects until cycles are looked for: an answer makes hundreds, a row some, and none a cycle

_lock = threading.Lock()
_asked = 0
_before: tuple[float, tuple[int, int, int]] | None = None


@contextmanager
def many_writes() -> Iterator[None]:
    """Threads take turns soon, and cycles are looked for seldom, until the last of those who asked for it has ended."""
    global _asked, _before
    with _lock:
        _asked += 1
        if _before is None:
            _before = sys.getswitchinterval(), gc.get_threshold()
            sys.setswitchinterval(SWITCH_S)
            gc.set_threshold(YOUNG, *_before[1][1:])
    try:
        yield
    finally:
        with _lock:
            _asked -= 1
            if not _asked and _before is not None:
                sys.setswitchinterval(_before[0])
                gc.set_threshold(*_before[1])
                _before = None
