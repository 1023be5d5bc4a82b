"""Copying: what is sent, and that nobody claims more."""

import base64
import os
import re
import shutil
import stat
import sys
from contextlib import closing

import pytest

from genai_tui.errors import StorageFault
from genai_tui.terminal.clipboard import LARGEST, copy
from genai_tui.terminal.environment import read_terminal
from tests.support.far_end import FarEnd, plain_environment

PLAIN = read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"})
IN_TMUX = read_terminal({"TERM": "tmux-256color", "LANG": "C.UTF-8", "TMUX": "/nowhere,1,0"})


def said(sequence):
    """What an OSC 52 carries."""
    match = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    return base64.b64decode(match[1]).decode()


async def test_a_text_goes_by_osc_52_and_the_sentence_claims_nothing():
    sent = await copy("grüße", PLAIN)
    assert said(sent.sequence) == "grüße"
    assert "Sent 5 characters" in sent.sentence
    assert "copied" not in sent.sentence.lower()
    assert sent.path is None


async def test_control_characters_never_reach_a_clipboard():
    sent = await copy("ls\x1b[2J\x07\x1b]52;c;ZXZpbA==\x07\r\n\x00\u202etxt", PLAIN)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said(sent.sequence))
    assert "\x1b" not in sent.text


async def test_what_is_too_long_goes_into_a_file_of_ones_own(tmp_path):
    text = "é" * (LARGEST // 2 + 1)
    sent = await copy(text, PLAIN, folder=tmp_path / "copies")
    assert sent.sequence == ""
    assert sent.path.read_text() == text
    assert stat.S_IMODE(sent.path.stat().st_mode) == 0o600
    assert str(sent.path) in sent.sentence
    assert (await copy("é" * (LARGEST // 2), PLAIN)).path is None


async def test_where_that_file_cannot_be_written_it_is_a_sentence(tmp_path):
    (tmp_path / "copies").write_text("a file")
    with pytest.raises(StorageFault, match="copies"):
        await copy("x" * (LARGEST + 1), PLAIN, folder=tmp_path / "copies")


@pytest.mark.parametrize("kind", ["absent", "failing", "hanging"])
async def test_where_tmux_does_not_take_it_plain_osc_52_is_sent(tmp_path, monkeypatch, kind):
    if kind != "absent":
        (tmp_path / "tmux").write_text("#!/bin/sh\n" + ("exit 1\n" if kind == "failing" else "exec sleep 30\n"))
        (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if kind != "absent" else str(tmp_path))
    sent = await copy("text", IN_TMUX)
    assert said(sent.sequence) == "text"


async def test_tmux_gets_the_text_on_its_standard_input(tmp_path, monkeypatch):
    (tmp_path / "tmux").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/text\n')
    (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    sent = await copy("$(touch evil) 'text'", IN_TMUX)
    assert sent.sequence == ""
    assert (tmp_path / "words").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "text").read_text() == "$(touch evil) 'text'"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_through_a_tmux_as_it_comes_the_text_reaches_the_terminal(home):
    script = home / "send.py"
    script.write_text(
        "import asyncio\n"
        "from genai_tui.terminal.clipboard import copy\n"
        "from genai_tui.terminal.environment import this_terminal\n"
        "from genai_tui.terminal.facts import tmux_facts\n"
        "print(asyncio.run(copy('through tmux', this_terminal())).sentence, tmux_facts())\n"
        "input('done?')\n"
    )
    command = ["tmux", "-L", f"copy{os.getpid()}", "-f", "/dev/null", "new-session", sys.executable, str(script)]
    with closing(FarEnd(command, plain_environment(home), (120, 24))) as far:
        far.wait_for(rb"\x1b\]52;c?;" + base64.b64encode(b"through tmux"))
        far.wait_for(rb"Sent 12 characters to tmux.*external.*escape_time_ms=500.*done")
        far.send("\r")
        far.end()
