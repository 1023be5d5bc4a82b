"""Who is contacted while something is measured: the endpoint, and nobody else.

An audit hook in the program's own process hears every name that is looked up, every connection and datagram, and every
program that is started (none is: what one contacted would not be heard).
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, candidate, project

__all__ = ["project"]

HEARD = """
import json, sys
heard = open(sys.argv.pop(1), "a")
NAMES = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto", "socket.sendmsg", "socket.bind",
         "subprocess.Popen", "os.posix_spawn", "os.exec", "os.fork", "os.system", "os.spawn", "pty.spawn",
         "http.client.connect", "urllib.Request", "webbrowser.open", "ftplib.connect", "smtplib.connect")
def hear(event, args):
    if event.startswith(NAMES):
        heard.write(json.dumps([event, [str(arg) for arg in args if "socket object" not in str(arg)]]) + "\\n")
        heard.flush()
sys.addaudithook(hear)
from genai_tui.__main__ import main
main()
"""


def heard_of(project: Path, *words: str) -> list[Any]:
    """What the hook heard of a command, which succeeds."""
    file = project / "heard"
    file.write_text("")
    ended = subprocess.run(
        [sys.executable, "-c", HEARD, str(file), *words], cwd=project, capture_output=True, text=True, env=os.environ
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1])
    return [json.loads(line) for line in file.read_text().splitlines()]


def contacted(heard: list[Any]) -> set[str]:
    """Whom a command contacted; it looked up no name but numbers, and started nothing."""
    others = [each for each in heard if each[0] not in ("socket.connect", "socket.getaddrinfo")]
    assert others == []
    assert {args[0] for event, args in heard if event == "socket.getaddrinfo"} <= {"127.0.0.1"}
    return {str(args[-1]) for event, args in heard if event == "socket.connect"}


@pytest.mark.parametrize("more", [(), ("--stream",), ("--scorer", "rouge-l", "--scorer", "ifeval")])
def test_nothing_but_the_endpoint_is_contacted(project: Path, fake: FakeEndpoint, more: tuple[str, ...]) -> None:
    scorers = ("--scorer", "exact", "--scorer", "judge:model=openai/say-3")
    heard = heard_of(project, "eval", "run", candidate(project, "label-a"), "--json", *scorers, *more)
    assert contacted(heard) == {str(("127.0.0.1", fake.port))}
    assert fake.asked("label-a") == ROWS


def test_what_is_stored_is_shown_without_contacting_anybody(project: Path, fake: FakeEndpoint) -> None:
    for model in ("label-a", "label-b"):
        heard_of(project, "eval", "run", candidate(project, model), "--json")
    asked = len(fake.received)
    for words in (("show", "1"), ("compare", "1", "2"), ("export", "1"), ("rescore", "1", "--scorer", "bleu")):
        assert contacted(heard_of(project, "eval", *words, "--json")) == set()
    assert len(fake.received) == asked
