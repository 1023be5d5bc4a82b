"""Ctrl+z under a shell, with and without tmux, with a launcher in between, and in the background."""

import os
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest

from genai_tui.terminal.jobcontrol import can_be_continued
from tests.support.far_end import FarEnd, plain_environment

LITTLE = Path(__file__).parent / "apps" / "little.py"
PROMPT = rb"prompt\$ "


def shell(home, *before):
    """An interactive bash whose prompt is known."""
    environ = plain_environment(home, PS1="prompt$ ", PYTHON=sys.executable, LITTLE=str(LITTLE), HISTFILE="")
    return FarEnd([*before, "bash", "--norc", "--noprofile", "-i"], environ)


@pytest.fixture
def bash(home):
    """bash in a pseudo-terminal, at its prompt."""
    with closing(shell(home)) as far:
        far.wait_for(PROMPT)
        yield far


@pytest.mark.parametrize("launcher", ["", "sh -c '$PYTHON $LITTLE box; true'"], ids=["alone", "launcher"])
def test_ctrl_z_comes_back_by_fg_and_keeps_what_was_typed(bash, launcher):
    bash.send((launcher or "$PYTHON $LITTLE box") + "\r")
    bash.wait_report("ready")
    assert bash.keys(b"hello") == ["h", "e", "l", "l", "o"]
    for _ in range(2):
        here = len(bash.output)
        bash.send(b"\x1a")
        here = bash.wait_for(rb"\x1b\[\?1049l.*Stopped.*" + PROMPT, since=here)
        bash.send("echo still $((40 + 2))\r")
        here = bash.wait_for(rb"still 42\r\n.*" + PROMPT, since=here)
        bash.send("fg\r")
        bash.wait_for(rb"\x1b\[\?1049h.*hello", since=here)
        assert bash.keys(b"")[-1:] in ([], ["ctrl+z"])
    bash.send(b"\x1b[19~")
    assert bash.wait_report("content") == "hello"
    here = len(bash.output)
    bash.send(b"\x11")
    bash.wait_for(rb"\x1b\[\?1049l.*" + PROMPT, since=here)
    bash.send("echo code $?\r")
    bash.wait_for(rb"code 0\r\n", since=here)


def test_in_the_background_it_waits_without_writing_and_fg_paints(bash):
    bash.send("$PYTHON $LITTLE box\r")
    bash.wait_report("ready")
    bash.send(b"\x1a")
    here = bash.wait_for(rb"\x1b\[\?1049l.*Stopped.*" + PROMPT)
    bash.send("bg; echo after\r")
    here = bash.wait_for(rb"after\r\n", since=here)
    bash.send("jobs\r")
    bash.send("echo $(( 6 * 7 )) jobs\r")
    here = bash.wait_for(rb"42 jobs\r\n", since=here)
    assert b"\x1b[?1049h" not in bash.output[bash.output.rindex(b"\x1b[?1049l") :]
    bash.send("fg\r")
    bash.wait_for(rb"\x1b\[\?1049h.*ready", since=here)
    assert bash.keys(b"x")[-1] == "x"


def test_after_a_crash_the_shell_is_whole(bash):
    bash.send("$PYTHON $LITTLE\r")
    bash.wait_report("ready")
    bash.send(b"\x1bOR")
    here = bash.wait_for(rb"\x1b\[\?1049l.*The log is.*" + PROMPT)
    bash.send("echo code $?\r")
    bash.wait_for(rb"echo code \$\?\r\n.*code 70\r\n", since=here)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_ctrl_z_in_bash_under_tmux_comes_back_painted(home):
    tmux = ["tmux", "-L", f"test{os.getpid()}", "-f", "/dev/null", "new-session"]
    with closing(shell(home, *tmux)) as far:
        far.wait_for(PROMPT)
        try:
            far.send("$PYTHON $LITTLE box 3>/dev/null\r")
            here = far.wait_for("✔ ready".encode())
            for typed in (b"one", b"two"):
                far.send(typed)
                here = far.wait_for(typed[-1:], since=here)
                far.send(b"\x1a")
                here = far.wait_for(rb"Stopped.*prompt\$", since=here)
                far.send("clear; fg\r")
                here = far.wait_for("✔ ready".encode(), since=here)
            far.send(b"\x11")
            here = far.wait_for(rb"prompt\$", since=here)
            far.send("echo code $?\r")
            far.wait_for(rb"code 0", since=here)
        finally:
            far.send("exit\r")
            far.send("exit\r")
            far.end()


def test_a_process_without_a_shell_around_it_cannot_be_continued():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.write(writing, b"1" if can_be_continued() else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"0"
    os.close(reading)
    os.close(writing)
