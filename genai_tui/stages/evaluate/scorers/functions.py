"""A scorer of the user's own: a Python function in a process of its own, with a time limit an answer.

    def polite(text, example):        # example: {"inputs", "expected", "tags"}
        return "please" in text       # true or false, a number, or {"value", "reason", "label", "reduced"}

The process runs the file once and is asked line by line; one that takes too long is ended, with all that it started,
and started again for the next answer.
"""

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Score
from genai_tui.stages.evaluate.scorers.base import Base, Verdict, short
from genai_tui.store.processes import signal_name

LIMIT_S = 10.0
START_S = 60.0  # its imports
ENDING_S = 1.0  # from its last word to its end
LARGEST = 1_000_000
_WORKER = Path(__file__).with_name("processes") / "worker.py"


def function_scorer(name: str, file: Path, function: str) -> "Function":
    """The scorer of a function in a file. Raises UsageFault where it cannot be taken."""
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{file} cannot be read: {fault.strerror}.") from fault
    process = Process(file.resolve(), function)
    process.start()
    return Function(name, process, hashlib.sha256(content).hexdigest()[:12])


@dataclass(frozen=True)
class Function(Base):
    """What a function of the user's own says of an answer. Its values are averaged; true and false are 1 and 0."""

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
            str(reason) if reason is not None else "" if value is not None else "The function gave no value.",
            None if label is None else str(label),
            {"file": self.content, **({"share": True} if said.get("share") else {})},
        )

    def scale(self, scores: Iterable[Score]) -> tuple[float, float] | None:
        """From 0 to 1 where it said true or false of every answer."""
        told = [score.detail or {} for score in scores if score.value is not None]
        return (0.0, 1.0) if told and all(detail.get("share") for detail in told) else None


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
            bufsize=0,
        )
        assert running.stdin is not None
        os.set_blocking(running.stdin.fileno(), False)
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
                said = self._put(json.dumps(question).encode() + b"\n", limit_s) or self._line(limit_s)
            except (OSError, UsageFault) as fault:
                said = {"error": str(fault), "gone": True}
            if "gone" in said:
                self._stop()
            return said

    def _put(self, line: bytes, limit_s: float) -> dict[str, Any] | None:
        """Hand a question over; None where it was taken."""
        assert self._running is not None
        assert self._running.stdin is not None
        end, pipe, rest = time.monotonic() + limit_s, self._running.stdin.fileno(), memoryview(line)
        while rest:
            if not _ready(pipe, select.POLLOUT, end):
                return _late(limit_s)
            try:
                rest = rest[os.write(pipe, rest) :]
            except BrokenPipeError:
                return self._how_it_ended()
        return None

    def _line(self, limit_s: float) -> dict[str, Any]:
        assert self._running is not None
        assert self._running.stdout is not None
        end, pipe = time.monotonic() + limit_s, self._running.stdout.fileno()
        while b"\n" not in self._rest:
            if not _ready(pipe, select.POLLIN, end):
                return _late(limit_s)
            read = os.read(pipe, 65536)
            if not read:
                return self._how_it_ended()
            self._rest += read
            if len(self._rest) > LARGEST:
                return {"error": "It returned too much.", "gone": True}
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        return said if isinstance(said, dict) else {"error": "What it wrote is no answer.", "gone": True}

    def _how_it_ended(self) -> dict[str, Any]:
        """Why there is nobody at the other end: the signal or the number that its process ended with."""
        assert self._running is not None
        try:
            code = self._running.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return {"error": "It closed its answers.", "gone": True}
        how = f" with status {code}" if code >= 0 else f" by {signal_name(-code)}"
        return {"error": f"Its process ended{how}.", "gone": True}

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._running = None


def _ready(pipe: int, event: int, end: float) -> bool:
    """Whether something can be done with a pipe before the time `end`; poll takes pipes of any number, select not."""
    waiting = select.poll()
    waiting.register(pipe, event)
    return bool(waiting.poll(max(0.0, end - time.monotonic()) * 1000))


def _late(limit_s: float) -> dict[str, Any]:
    return {"error": f"It took longer than {limit_s:g} s and was ended.", "gone": True}


def _ended(running: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(running.pid, signal.SIGKILL)  # what it started too: it leads its session
    except OSError:
        running.kill()
    for pipe in (running.stdin, running.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue  # what was not written has nobody to read it
    running.wait()
