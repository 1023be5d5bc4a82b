"""A scorer of the user's own: a Python function in a process of its own, with a time limit an answer.

    def polite(text, example):        # example: {"inputs", "expected", "tags"}
        return "please" in text       # true or false, a number, or {"value", "reason", "label", "reduced"}

The process runs the file once and is asked line by line; one that takes too long is ended, and started again for the
next answer.
"""

import hashlib
import json
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import Base, Verdict, short

LIMIT_S = 10.0
START_S = 60.0  # its imports
LARGEST = 1_000_000
_WORKER = Path(__file__).with_name("processes") / "worker.py"


def function_scorer(name: str, path: str, function: str) -> "Function":
    """The scorer of a function in a file. Raises UsageFault where it cannot be taken."""
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{path} cannot be read: {fault.strerror}.") from fault
    process = Process(file.resolve(), function)
    process.start()
    return Function(name, process, hashlib.sha256(content).hexdigest()[:12])


@dataclass(frozen=True)
class Function(Base):
    """What a function of the user's own says of an answer. Its values are averaged; zeros and ones too."""

    process: "Process" = field(repr=False)
    content: str = ""  # the beginning of the file's SHA-256: kept with every score

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float] | None] = None

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """What the function returned; without a value where it failed or took too long, with the reason."""
        asked = {"inputs": example.inputs, "expected": example.expected, "tags": list(example.tags)}
        said = self.process.ask({"text": text, "example": asked}, LIMIT_S)
        if "error" in said:
            return Verdict(None, reason=short(said["error"]), detail={"file": self.content})
        value, reason, label, reduced = (said.get(key) for key in ("value", "reason", "label", "reduced"))
        return Verdict(
            None if value is None else float(value),
            None if reduced is None else str(reduced),
            "" if reason is None else str(reason),
            None if label is None else str(label),
            {"file": self.content},
        )


class Process:
    """The process, started when it is needed and again after it was ended; one question at a time."""

    def __init__(self, path: Path, function: str) -> None:
        self.path = path
        self.function = function
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._end: Any = None

    def start(self) -> None:
        """Run the file. Raises UsageFault with what it said, where it cannot be run or has no such function."""
        with self._lock:
            self._begin()

    def _begin(self) -> None:
        running = subprocess.Popen(
            [sys.executable, str(_WORKER), str(self.path), self.function],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.path.parent,
            start_new_session=True,
        )
        self._running, self._rest = running, b""
        self._end = weakref.finalize(self, _ended, running)
        said = self._line(START_S)
        if "error" in said:
            self._stop()
            raise UsageFault(f"{self.path.name}:{self.function} cannot be used: {short(said['error'])}")

    def ask(self, question: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer, or `{"error": sentence}`."""
        with self._lock:
            try:
                if self._running is None:
                    self._begin()
                assert self._running is not None
                assert self._running.stdin is not None
                self._running.stdin.write(json.dumps(question).encode() + b"\n")
                self._running.stdin.flush()
                said = self._line(limit_s)
            except (OSError, UsageFault) as fault:
                said = {"error": str(fault), "gone": True}
            if "gone" in said:
                self._stop()
            return said

    def _line(self, limit_s: float) -> dict[str, Any]:
        assert self._running is not None
        assert self._running.stdout is not None
        end, pipe = time.monotonic() + limit_s, self._running.stdout.fileno()
        while b"\n" not in self._rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                return {"error": f"It took longer than {limit_s:g} s and was ended.", "gone": True}
            read = os.read(pipe, 65536)
            if not read or len(self._rest) > LARGEST:
                return {"error": "Its process ended." if not read else "It returned too much.", "gone": True}
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._running = None


def _ended(running: subprocess.Popen[bytes]) -> None:
    running.kill()
    for pipe in (running.stdin, running.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue  # what was not written has nobody to read it
    running.wait()
