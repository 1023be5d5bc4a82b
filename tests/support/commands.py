"""Runs the program as a user does: its words, what it prints, its exit code; in this process, or in one of its own."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from genai_tui.__main__ import main
from genai_tui.terminal.environment import read_terminal

ENDS_WITHIN_S = 120


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def error(self) -> dict[str, Any]:
        """The error object: the last line on standard error."""
        error: dict[str, Any] = json.loads(self.err.splitlines()[-1])["error"]
        return error


def genai(
    *words: str | Path, cwd: Path | None = None, stdin: str | bytes = "", env: Mapping[str, str] | None = None
) -> Ended:
    """Run `genai-tui` with these words in this process, without a terminal."""
    from genai_tui import cli

    given = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "argv", ["genai-tui", *map(str, words)])
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        if cwd is not None:
            stack.enter_context(chdir(cwd))
        terminal = read_terminal(os.environ, stdin_tty=False, stdout_tty=False)
        patch.setattr(cli, "this_terminal", lambda **_: terminal)
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return Ended(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


def as_openai(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the endpoint `openai` be at `url`, as the environment says it, with a key that must stand nowhere."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "a-very-secret-key")


def tickets(count: int, labels: str, text: str = "ticket") -> str:
    """So many rows as CSV: tickets whose labels, each a letter, take turns."""
    return "ticket,label\n" + "".join(f"{text} {n},{labels[n % len(labels)]}\n" for n in range(count))


def import_csv(
    folder: Path, rows: str, *more: str, split: str = "dev", name: str = "tickets", expected: str = "label"
) -> None:
    """Import rows that are given as CSV into a split of a dataset; `more` are options of the command."""
    words = ("data", "import", "-", "--name", name, "--format", "csv", "--expected", expected, "--split", split, *more)
    ended = genai(*words, cwd=folder, stdin=rows)
    assert ended.code == 0, ended.err


def genai_process(
    *words: str | Path, cwd: Path | None = None, stdin: str | bytes = "", env: Mapping[str, str] | None = None
) -> Ended:
    """Run `genai-tui` with these words in a process of its own, without a terminal."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    ended = subprocess.run(
        [sys.executable, "-m", "genai_tui", *map(str, words)],
        input=given,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=ENDS_WITHIN_S,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
