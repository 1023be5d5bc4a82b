"""Writing beside the database: what a job on a node of a cluster writes, and how it is taken in.

The folder of a project is then on a network file system, where only one host may write to the database. So a job that
was given to Slurm writes to `events.jsonl` in its own folder, and nothing else; whoever has the project open takes
that in through the one writer, with the offset that was read in the same transaction: each line once, whoever reads
it, whatever is killed meanwhile. A line is a write that was handed on: its name and what it was given, when, and by
which of Slurm's jobs (what a straggler of an earlier one writes is passed over).
"""

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.records.estimates import Measurement
from genai_tui.records.jobs import Point, ProcessId
from genai_tui.store import jobs, jobs_at_slurm
from genai_tui.store.artifacts import save_artifact, save_model
from genai_tui.store.handed import Handed
from genai_tui.store.measurements import save_measurement
from genai_tui.store.reader import Reader
from genai_tui.store.values import utc
from genai_tui.store.writer import Write, Writer

EVENTS = "events.jsonl"
PIECE = 1 << 20  # bytes taken in at once: another terminal waits for no more than that

Given = dict[str, Any]
WRITES: Mapping[str, Callable[[Given, str], Write[Any]]] = {
    "begin_given": lambda given, at: jobs_at_slurm.begin_given(given["number"], ProcessId(*given["process"]), at=at),
    "beat_job": lambda given, at: jobs.beat_job(
        **given | {"points": [Point(*point) for point in given["points"]]}, at=at
    ),
    "keep_checkpoint": lambda given, at: jobs.keep_checkpoint(**given),
    "drop_points": lambda given, at: jobs.drop_points(**given),
    "end_job": lambda given, at: jobs.end_job(**given, at=at),
    "save_artifact": lambda given, at: save_artifact(**given),
    "save_model": lambda given, at: save_model(**given),
    "save_measurement": lambda given, at: save_measurement(Measurement(**given["one"])),
}


class BesideWriter:
    """A writer whose writes are lines of `path`, on disk when a put is back; `by` is the number of Slurm's job.

    It takes the place of the project's writer in a job's process on a node. Results are None.
    """

    waiting = 0

    def __init__(self, path: Path, by: str) -> None:
        self.path = path
        self._by = by
        self._lock = threading.Lock()
        self._file: int | None = None
        self._torn = False

    async def put(self, *writes: Write[Any]) -> list[Any]:
        """As `Writer.put`. Raises StorageFault where the disk said no, GenaiError for a write that cannot be told."""
        return await asyncio.to_thread(self.put_now, *writes)

    def put_now(self, *writes: Write[Any]) -> list[Any]:
        """As `Writer.put_now`."""
        text = "".join(self._line(write) for write in writes).encode()
        with self._lock:
            try:
                self._append(text)
            except OSError as error:
                self._torn = True  # a piece of a line may stand there
                what = f"{self.path} could not be written."
                raise StorageFault(what, f"{error.strerror}.", "Make room; it is tried again.") from error
        return [None] * len(writes)

    def close(self) -> None:
        """Close the file; all is on disk already."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _line(self, write: Write[Any]) -> str:
        if not isinstance(write, Handed) or write.name not in WRITES:
            raise GenaiError(
                "This work writes into the project itself.",
                "On a node of a cluster a job writes beside the database only.",
                "Run it on this machine.",
            )
        line = {"by": self._by, "at": utc(), "write": write.name, "given": write.given}
        return json.dumps(line, default=asdict, separators=(",", ":")) + "\n"

    def _append(self, text: bytes) -> None:
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o660)
            size = os.fstat(self._file).st_size
            self._torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        rest = b"\n" * self._torn + text
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fsync(self._file)
        self._torn = False


def take_in(reader: Reader, writer: Callable[[], Writer], folder: Path, number: int) -> bool:
    """Take in what stands in a job's folder and was not taken yet; whether there was something.

    `writer` is only called where there is. Call it in a thread where a loop runs. Raises what the writer raises.
    """
    taken = False
    while True:
        row = reader.one("SELECT events_offset FROM job WHERE id = ?", (number,))
        offset = row[0] if row else 0
        lines = _whole_lines(folder / EVENTS, offset)
        if not lines:
            return taken
        writer().put_now(_taking(number, offset, lines))
        taken = True


def last_told(folder: Path, by: str) -> tuple[dict[str, Any], str]:
    """What the last heartbeat in a job's folder told, of Slurm's job `by`, and the state in which it last ended.

    Empty where there is none; a job that was started again by Slurm goes on from there.
    """
    beat: dict[str, Any] = {}
    state = ""
    with suppress(FileNotFoundError), (folder / EVENTS).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - PIECE))
        for event in map(_parsed, file):
            name = event.get("write") if event.get("by") == by else ""
            if name == "beat_job":
                beat = event["given"]
            elif name in ("begin_given", "end_job"):
                state = _state_of(event) or ""
    return beat, state


def _whole_lines(path: Path, offset: int) -> bytes:
    """Whole lines from `offset` on, as many as a piece holds; a last one without its end is left for later."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            found, size = b"", PIECE
            while b"\n" not in found and len(found) < size:
                more = file.read(size - len(found))
                found, size = found + more, size * 2 if more else 0
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StorageFault(f"{path} could not be read.", f"{error.strerror}.") from error
    return found[: found.rfind(b"\n") + 1]


def _taking(number: int, offset: int, lines: bytes) -> Write[bool]:
    """Does what lines say, and keeps how far they were read; False where somebody else was quicker."""

    def write(connection: sqlite3.Connection) -> bool:
        [before] = connection.execute("SELECT events_offset FROM job WHERE id = ?", (number,)).fetchone()
        if before != offset:
            return False
        for line in lines.splitlines():
            _do(connection, number, _parsed(line))
        connection.execute("UPDATE job SET events_offset = ? WHERE id = ?", (offset + len(lines), number))
        return True

    return write


def _do(connection: sqlite3.Connection, number: int, event: dict[str, Any]) -> None:
    """Do what one line says; a line that is torn, of another program or of an earlier start changes nothing."""
    make = WRITES.get(str(event.get("write")))
    if make is None or not jobs_at_slurm.is_heard(connection, number, str(event.get("by")), ends=_state_of(event)):
        return
    connection.execute("SAVEPOINT line")
    try:
        make(event["given"], str(event["at"]))(connection)
    except (KeyError, TypeError, ValueError, AttributeError, sqlite3.IntegrityError):
        connection.execute("ROLLBACK TO line")
    connection.execute("RELEASE line")


def _state_of(event: dict[str, Any]) -> str | None:
    """The state that a line would bring a job into; None where it changes none."""
    if event["write"] == "begin_given":
        return "running"
    given = event.get("given")
    return str(given.get("state")) if event["write"] == "end_job" and isinstance(given, dict) else None


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
