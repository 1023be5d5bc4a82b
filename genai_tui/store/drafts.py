"""Drafts: what is typed and not yet saved. Quitting, a hangup or a crash of ours loses none of it.

A draft belongs to a process and a screen. The newest of a screen is its live one, which the next save overwrites;
what is taken up from dead processes is kept beside it, until somebody takes it up or drops it too. While the database
is locked or full, drafts are files in .genai/drafts/ (0600, replaced atomically), taken in by a later start.
"""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.records.jobs import ProcessId
from genai_tui.store import faults
from genai_tui.store.processes import alive, this_process
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text
from genai_tui.store.writer import Write, Writer

PATIENCE_S = 0.5  # a lock that lasts longer sends the draft to a file meanwhile
SUFFIX = ".draft.json"
_ROW = (
    "INSERT INTO draft (screen, taken, uid, pid, started, host, boot, saved, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Draft(NamedTuple):
    """What was typed on `screen`, as that screen wrote it; `saved` is UTC, ISO 8601.

    `beside` is the row of one that is kept beside the live draft, 0 for the live one itself.
    """

    screen: str
    data: dict[str, Any]
    saved: str
    beside: int = 0


def save_draft(screen: str, process: ProcessId, data: dict[str, Any], saved: str | None = None) -> Write[None]:
    """Keeps `data` as the live draft of `screen` in `process`; an older one is never put over a newer."""
    moment = saved or _now()

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            f"{_ROW} ON CONFLICT (screen, pid, started, host, boot, taken) DO UPDATE "
            "SET saved = excluded.saved, json = excluded.json WHERE excluded.saved >= saved",
            (pack_text(screen), 0, os.getuid(), *process, moment, pack_json(data)),
        )

    return write


def drop_drafts(screen: str, process: ProcessId, *, beside: bool = True) -> Write[None]:
    """Forgets the live draft of `screen` in `process`, and those `beside` it: they are saved, or not wanted."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM draft WHERE screen = ? AND pid = ? AND started = ? AND host = ? AND boot = ? "
            "AND (taken = 0 OR ?)",
            (pack_text(screen), *process, beside),
        )

    return write


def exchange_drafts(draft: Draft, process: ProcessId, standing: dict[str, Any] | None, moment: str) -> Write[None]:
    """Makes `draft`, one beside, the live one; what stood there, if it is wanted, takes its place."""

    def write(connection: sqlite3.Connection) -> None:
        save_draft(draft.screen, process, draft.data, moment)(connection)
        if standing is None:
            connection.execute("DELETE FROM draft WHERE id = ?", (draft.beside,))
        else:
            connection.execute(
                "UPDATE draft SET saved = ?, json = ? WHERE id = ?", (moment, pack_json(standing), draft.beside)
            )

    return write


def take_drafts(process: ProcessId, *, shared: bool = False) -> Write[list[Draft]]:
    """Makes the drafts of dead processes those of `process`, and gives them, the newest first.

    One transaction: of two programs that start at once, one gets a draft. In a `shared` project only this user's are
    taken. The newest live one of a screen becomes its live draft, if it has none; the others stay beside it until
    they are dropped, so that a second crash loses nothing either.
    """

    def write(connection: sqlite3.Connection) -> list[Draft]:
        mine = {
            row[0]
            for row in connection.execute(
                "SELECT screen FROM draft WHERE taken = 0 AND pid = ? AND started = ? AND host = ? AND boot = ?",
                process,
            )
        }
        taken = []
        for number, screen, saved, content, uid, was, *owner in connection.execute(
            "SELECT id, screen, saved, json, uid, taken, pid, started, host, boot FROM draft "
            "ORDER BY saved DESC, id DESC"
        ).fetchall():
            if (shared and uid != os.getuid()) or _lives(ProcessId(*owner), saved):
                continue
            place = number if was or screen in mine else 0
            if not place:
                mine.add(screen)
            connection.execute(
                "UPDATE draft SET taken = ?, uid = ?, pid = ?, started = ?, host = ?, boot = ? WHERE id = ?",
                (place, os.getuid(), *process, number),
            )
            taken.append(Draft(unpack_text(screen), unpack_json(content), saved, place))
        return taken

    return write


class Drafts:
    """The drafts of this process in one project, in the database or, while that cannot be written, in files.

    `folder` is .genai/drafts; where nothing at all can be written, `save` raises StorageFault, and the draft is still
    on its screen.
    """

    def __init__(self, writer: Writer, folder: Path, process: ProcessId | None = None) -> None:
        self._writer = writer
        self._folder = folder
        self._process = process or this_process()

    async def save(self, screen: str, data: dict[str, Any]) -> None:
        """Keeps `data` (JSON) for `screen`: in the database, or at once in a file while that is locked or full."""
        moment = _now()
        storing = asyncio.ensure_future(self._writer.put(save_draft(screen, self._process, data, moment)))
        finished, _ = await asyncio.wait({storing}, timeout=PATIENCE_S)
        if not finished:
            self._keep_file(screen, data, moment)
            storing.add_done_callback(_seen)  # stored later or not: the file is there, and taken in if it is newer
            return
        try:
            storing.result()
        except GenaiError:  # locked, full, or outgrown by a newer program: typed is typed
            self._keep_file(screen, data, moment)
        else:
            self._file(screen).unlink(missing_ok=True)

    def save_now(self, screen: str, data: dict[str, Any]) -> None:
        """`save` for signal handlers: the file first, which needs no lock and no other thread, then the database."""
        moment = _now()
        try:
            self._keep_file(screen, data, moment)
        except StorageFault:
            self._writer.put_now(save_draft(screen, self._process, data, moment))
            return
        try:
            self._writer.put_now(save_draft(screen, self._process, data, moment), timeout_s=PATIENCE_S)
        except GenaiError:
            return  # the file holds it
        self._file(screen).unlink(missing_ok=True)

    async def drop(self, screen: str, *, beside: bool = True) -> None:
        """Forgets what was typed on `screen`, and what is kept `beside` it: it is saved now, or not wanted."""
        self._file(screen).unlink(missing_ok=True)
        await self._writer.put(drop_drafts(screen, self._process, beside=beside), keep=True)

    async def exchange(self, draft: Draft, standing: dict[str, Any] | None) -> Draft | None:
        """Takes up `draft`, one beside; what stood there is kept in its place, and returned. Raises StorageFault."""
        moment = _now()
        await self._writer.put(exchange_drafts(draft, self._process, standing, moment))
        return None if standing is None else draft._replace(data=standing, saved=moment)

    async def take(self) -> list[Draft]:
        """Takes up what dead processes left, in the database and in files; the newest first.

        What lies in a file is stored before the file goes. Raises StorageFault where the database cannot be written:
        everything then stays where it is.
        """
        files = list(self._left())
        writes = [save_draft(screen, owner, data, saved) for _, owner, screen, data, saved in files]
        folder = self._folder if self._folder.is_dir() else self._folder.parent  # somebody may have removed it
        shared = bool(folder.stat().st_mode & 0o020)
        *_, taken = await self._writer.put(*writes, take_drafts(self._process, shared=shared))
        for path, *_ in files:
            path.unlink(missing_ok=True)
        drafts: list[Draft] = taken
        return drafts

    def _left(self) -> Iterator[tuple[Path, ProcessId, str, dict[str, Any], str]]:
        """Files of dead processes; one that cannot be read as a draft is left for people to look at."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                kept = json.loads(path.read_text("utf-8"))
                owner = ProcessId(*kept["process"])
                found = path, owner, kept["screen"], kept["data"], kept["saved"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if not _lives(owner, kept["saved"]):
                yield found

    def _file(self, screen: str) -> Path:
        name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in screen)[:60]
        return self._folder / f"{name}-{self._process.pid}-{self._process.started}{SUFFIX}"

    def _keep_file(self, screen: str, data: dict[str, Any], moment: str) -> None:
        path = self._file(screen)
        text = json.dumps({"screen": screen, "process": self._process, "saved": moment, "data": data})
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(path, text.encode())
        except OSError as error:
            raise faults.translate(error, path) or error from error


def replace_file(path: Path, content: bytes) -> None:
    """Writes `path` whole or not at all, on disk, for its owner alone (0600). Raises OSError."""
    building = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    handle = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)
    except BaseException:
        building.unlink(missing_ok=True)
        raise


def _lives(owner: ProcessId, saved: str) -> bool:
    silent = (datetime.now(UTC) - datetime.fromisoformat(saved)).total_seconds()
    return alive(owner, silent_s=silent)


def _now() -> str:
    """UTC to the microsecond: drafts are ordered by it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _seen(storing: "asyncio.Future[list[Any]]") -> None:
    """Looks at how a late write ended, so that asyncio need not warn: the draft lies in a file anyway."""
    if not storing.cancelled():
        storing.exception()
