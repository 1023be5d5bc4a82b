"""Stopping and going on under a shell: who can stop us, who holds the terminal."""

import asyncio
import os
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def in_foreground(descriptor: int) -> bool:
    """Whether our process group holds the terminal; True where that cannot be known."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return True


def can_be_continued() -> bool:
    """Whether a shell sees us stop and can let us go on.

    In an orphaned process group (the program was the command of `ssh -t`, of a container or of a window) the kernel
    throws SIGTSTP away, and after a SIGSTOP nobody sends SIGCONT by himself.
    """
    group, session = os.getpgrp(), os.getsid(0)
    parent = os.getppid()
    while parent > 1:
        try:
            parent_group, parent_session = os.getpgid(parent), os.getsid(parent)
        except OSError:
            return False
        if parent_session != session:
            return False
        if parent_group != group:
            return True
        parent = _parent_of(parent)
    return False


def _parent_of(pid: int) -> int:
    """The parent of another process; 0 where it is gone. Without /proc `psutil` tells."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        import psutil

        with suppress(psutil.Error):
            return int(psutil.Process(pid).ppid())
        return 0


def wait_for_foreground(descriptor: int) -> None:
    """Stay stopped while we are in the background; returns at once in the foreground.

    The kernel stops a background group that changes line settings, even to what they are, and looks again when it
    goes on: asking first and stopping then would stop for good if `fg` came in between.
    """
    with suppress(termios.error):
        termios.tcsetattr(descriptor, termios.TCSANOW, termios.tcgetattr(descriptor))


def stop_group(loop: asyncio.AbstractEventLoop, number: signal.Signals, again: Callable[[], None]) -> None:
    """Stop the whole process group by `number`, a stopping signal; returns when somebody lets us go on.

    The group, because a launcher (`uv run`) between the shell and us must stop too, or the shell would wait on.
    `again` is the loop's handler for the signal, which is put back.
    """
    with suppress(ValueError):
        loop.remove_signal_handler(number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(0, number)
    loop.add_signal_handler(number, again)
