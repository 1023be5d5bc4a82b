"""Processes that cannot be mistaken for others."""

import os
import subprocess
from collections.abc import Callable

import pytest

from genai_tui.store.processes import alive, this_process
from tests.store.conftest import finish

ME = (
    "import sys; from genai_tui.store.processes import this_process;"
    "print(*this_process(), flush=True); sys.stdin.readline()"
)


def test_this_process_is_alive_and_is_this_one() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert me == this_process()
    assert alive(me)


def test_another_process_is_alive_until_it_has_ended(child: Callable[..., subprocess.Popen[str]]) -> None:
    other = child(ME)
    pid, started, host, boot = other.stdout.readline().split()
    process = this_process()._replace(pid=int(pid), started=int(started))
    assert (host, boot) == (process.host, process.boot)
    assert alive(process)
    other.stdin.write("\n")
    other.stdin.flush()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(process), "it has ended, though nobody has asked how (a zombie)"
    finish(other)
    assert not alive(process)


@pytest.mark.parametrize(
    "changes",
    [{"started": 1}, {"pid": 2**22 + 1}, {"pid": 10**30}, {"boot": "other-boot"}],
    ids=["number used again", "no such number", "no number", "host has started anew"],
)
def test_what_is_not_that_process_is_dead(changes: dict[str, object]) -> None:
    assert not alive(this_process()._replace(**changes))


def test_of_another_host_or_container_only_silence_tells() -> None:
    me = this_process()
    boot = me.boot.partition("/")[0]
    for process in (me._replace(host="other", pid=1), me._replace(boot=f"{boot}/123", pid=2**22 + 1)):
        assert alive(process, silent_s=10, patience_s=60)
        assert not alive(process, silent_s=61, patience_s=60)


def test_a_fork_is_a_process_of_its_own() -> None:
    me = this_process()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, str(this_process().pid).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert int(os.read(read, 20)) == pid != me.pid
    os.close(read)
    os.close(write)
