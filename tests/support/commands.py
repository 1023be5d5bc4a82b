"""Runs the program as a user does: a process, its arguments, what it prints and its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """Run `genai-tui` with these words, without a terminal."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    ended = subprocess.run(
        [sys.executable, "-m", "genai_tui", *map(str, words)],
        input=given, capture_output=True, cwd=cwd, env={**os.environ, **(env or {})}, timeout=ENDS_WITHIN_S, check=False,
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
