"""A process's claim on an embedded server: while it is held the server lives, and the first request starts it.

Files in the runtime folder, `<hash>` being the served model's:

    <hash>.users   every process that uses the server holds a shared lock on it
    <hash>.lock    held by the process that starts the server
    <hash>.json    where the server is (0600), written by itself
    servers.lock   held while servers are counted and one is started: two at most at once
"""

import asyncio
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from genai_tui.errors import GenaiError, MissingPiece, NoAnswer, StorageFault
from genai_tui.inference.embedded import locks
from genai_tui.inference.embedded.child import child_environment
from genai_tui.inference.embedded.cores import cores
from genai_tui.inference.embedded.folders import log_file, runtime_folder
from genai_tui.inference.embedded.weights import ready_file
from genai_tui.inference.embedded.whereabouts import Reach, living, read, state_of, stem
from genai_tui.records.endpoints import ServedModel
from genai_tui.store.processes import alive

__all__ = ["Lease", "Reach", "lease", "state_of"]
Notice = Callable[[str], None]
AT_MOST = 2
START_LIMIT_S = 120.0  # loading large weights from a slow disk
WAIT_LIMIT_S = 30.0
IDLE_S = 600.0
STEP_S = 0.1


def lease(served: ServedModel, *, notice: Notice | None = None, idle_s: float = IDLE_S) -> "Lease":
    """A claim on the server of `served`, to be entered with `async with`; nothing is started yet.

    `notice` is told, in sentences, what a request waits for. `idle_s` is after how many seconds without a request a
    server that this claim starts ends.
    """
    return Lease(served, notice, idle_s)


class Lease:
    """Holds a server for this process from entering to leaving; made by `lease`."""

    def __init__(self, served: ServedModel, notice: Notice | None, idle_s: float) -> None:
        self.served = served
        self._notice = notice or (lambda _: None)
        self._idle_s = idle_s
        self._folder = Path()
        self._folder_lock: int | None = None
        self._users_lock: int | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> "Lease":
        """Hold the server, should it be there. Raises MissingPiece where there is no private folder to work in."""
        await self._hold()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go: two seconds after the last one has, the server ends."""
        self.release()

    def release(self) -> None:
        """Let go, also where no loop runs any more."""
        for descriptor in (self._users_lock, self._folder_lock):
            if descriptor is not None:
                os.close(descriptor)
        self._users_lock = self._folder_lock = None

    async def access(self) -> Reach:
        """Where the server is; started first, or again, where it is not there.

        Raises MissingPiece (weights or llama.cpp are not there), NoAnswer (it does not start), StorageFault.
        """
        async with self._one_at_a_time:
            await self._hold()
            if found := living(self._address):
                return found
            await ready_file(self.served, self._notice)
            return await self._start()

    async def _hold(self) -> None:
        """Take the shared locks, or take them again where the files they were on are gone."""
        users = self._folder / f"{stem(self.served)}.users"
        if self._users_lock is not None and locks.still_named(self._users_lock, users):
            return
        self.release()
        self._folder = runtime_folder()
        try:
            self._folder_lock = await _lock(self._folder, exclusive=False, limit_s=WAIT_LIMIT_S)
            users = self._folder / f"{stem(self.served)}.users"
            self._users_lock = await _lock(users, exclusive=False, limit_s=WAIT_LIMIT_S)
        except OSError as error:
            raise StorageFault(
                f"The embedded model has no folder to work in: {self._folder} cannot be used.",
                f"{error.strerror}.",
                "Make room there, or name another folder with TMPDIR.",
            ) from error

    @property
    def _address(self) -> Path:
        return self._folder / f"{stem(self.served)}.json"

    async def _start(self) -> Reach:
        """Start the server, alone among those who would, as soon as there is room for it."""
        own = await _lock(self._folder / f"{stem(self.served)}.lock", exclusive=True, limit_s=WAIT_LIMIT_S)
        try:
            asked = 0
            while (found := living(self._address)) is None:  # another process may have started it meanwhile
                counted = await _lock(self._folder / "servers.lock", exclusive=True, limit_s=START_LIMIT_S)
                try:
                    others = self._others()
                    if len(others) < AT_MOST:
                        return await self._spawn((own, counted))
                finally:
                    os.close(counted)
                if asked == 0:
                    self._notice(f"Waiting for room: {len(others)} embedded servers run, and {AT_MOST} may.")
                _ask_for_room(others[asked % len(others)])
                asked += 1
                await asyncio.sleep(STEP_S)
            return found
        finally:
            os.close(own)

    def _others(self) -> list[Path]:
        """Addresses of the other servers that live: those that nobody uses first, then the oldest."""
        found = [path for path in self._folder.glob("*.json") if path != self._address and living(path)]
        return sorted(found, key=lambda path: (_used(path.with_suffix(".users")), _written(path)))

    async def _spawn(self, held: tuple[int, int]) -> Reach:
        """Start the server process and wait until it serves. It holds the locks `held` itself until then."""
        self._notice(f"Starting the embedded model {self.served.name}.")
        log = log_file()
        config = {
            "served": asdict(self.served),
            "users": str(self._folder / f"{stem(self.served)}.users"),
            "address": str(self._address),
            "threads": cores(),
            "idle_s": self._idle_s,
            "held": held,
        }
        with _log_for_writing(log) as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "genai_tui.inference.embedded.server"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                # threads that spin at barriers starve everything else, and themselves
                env={**child_environment(os.environ), "OMP_WAIT_POLICY": "PASSIVE"},
                pass_fds=held,
                cwd="/",
            )
        said = await _hear(process, json.dumps(config).encode() + b"\n")
        if found := living(self._address):
            return found
        raise _refusal(self.served, said, log)


async def _hear(process: asyncio.subprocess.Process, config: bytes) -> dict[str, Any]:
    """Give a starting server its `config` and gather what it says until it serves or fails.

    A server that takes too long, or that nobody waits for any more, is ended.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    said: dict[str, Any] = {}
    try:
        async with asyncio.timeout(START_LIMIT_S):
            process.stdin.write(config)
            async for line in process.stdout:
                said |= json.loads(line)
            await process.wait()
    except TimeoutError:
        said["error"] = f"it took longer than {START_LIMIT_S:.0f} s"
    except ConnectionError:
        said["error"] = "it ended before it was told what to serve"
    finally:
        if not ("url" in said and process.returncode == 0):
            if process.returncode is None:
                process.kill()
            if said.get("pid"):
                with suppress(ProcessLookupError):
                    os.kill(said["pid"], signal.SIGKILL)
            await asyncio.shield(process.wait())
            # The server may still hold the other end; a pipe that outlives the loop would end in a traceback.
            process._transport.close()  # type: ignore[attr-defined]
    return said


def _log_for_writing(log: Path) -> BinaryIO:
    """The log, to be appended to; a state folder that cannot be written is no reason not to answer."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError:
        return open(os.devnull, "ab")


async def _lock(path: Path, *, exclusive: bool, limit_s: float) -> int:
    """The lock on `path`, waited for `limit_s` seconds at most. Raises NoAnswer after that, OSError."""
    began = time.monotonic()
    while (descriptor := locks.try_lock(path, exclusive=exclusive)) is None:
        if time.monotonic() - began > limit_s:
            raise NoAnswer(
                "The embedded model did not start.",
                f"Another process has been starting it for {limit_s:.0f} s ({path.name}).",
                f"Ask again; if it stays so, see {log_file()}.",
            )
        await asyncio.sleep(locks.STEP_S)
    return descriptor


def _refusal(served: ServedModel, said: dict[str, Any], log: Path) -> GenaiError:
    """Why there is no server, as one of our sentences."""
    why = str(said.get("error") or "it ended without a word")
    what = f"The embedded model {served.name} did not start."
    if "No module named 'xllamacpp'" in why:
        return MissingPiece(
            what, "xllamacpp (llama.cpp) is not installed.", f"{sys.executable} -m pip install xllamacpp"
        )
    return NoAnswer(what, f"{why[:1].upper()}{why[1:]}.", f"What llama.cpp said is at the end of {log}.")


def _written(address: Path) -> float:
    try:
        return address.stat().st_mtime
    except OSError:  # it ended while we looked
        return 0.0


def _used(users: Path) -> bool:
    """Whether anybody holds `users`."""
    try:
        descriptor = locks.try_lock(users, exclusive=True)
    except OSError:
        return False
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _ask_for_room(address: Path) -> None:
    """Ask a server to end if no request is in flight there; it decides itself."""
    found = read(address)
    if found and alive(found[0], silent_s=math.inf):
        with suppress(ProcessLookupError):
            os.kill(found[0].pid, signal.SIGUSR1)
