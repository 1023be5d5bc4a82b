"""The child process that fetches the weights and writes them anew: `python -m genai_tui.inference.embedded.worker`.

Its first line of standard input is a task as JSON; while it works it prints lines of JSON: `{"bytes": n}` as the file
grows, `{"waits": true}` while another process does the same, and at the end `{"done": true}` or
`{"error": {"kind", "what", "why", "do"}}`. When standard input ends, whoever wanted it is gone: it ends too.
"""

import errno
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from genai_tui.errors import GenaiError, MissingPiece, StorageFault
from genai_tui.inference.embedded import checked, locks, pins
from genai_tui.inference.embedded.download import (
    ROOM_FETCH,
    ROOM_WRITE,
    download,
    end_running,
    megabytes,
    size_of,
    unpack,
)
from genai_tui.inference.embedded.widen import widen

FETCHING = "fetch-"
WRITING = "write-"


def main() -> int:
    """Do the one task; 0 when it was done."""
    task = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_asker, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: _end())
    try:
        folder = Path(task["folder"])
        (_fetch if task["task"] == "fetch" else _write)(folder)
    except GenaiError as fault:
        _say(error={"kind": type(fault).__name__, "what": fault.what, "why": fault.why, "do": fault.do})
        return 1
    except OSError as error:
        full = _storage(error, task["folder"])
        _say(error={"kind": "StorageFault", "what": full.what, "why": full.why, "do": full.do})
        return 1
    _say(done=True)
    return 0


def _fetch(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / pins.SOURCE_FILE
    with locks.held(folder / "fetch.lock", _waits(folder / "fetch.lock")):
        if checked.is_right(target, pins.SOURCE_BYTES, pins.SOURCE_SHA256):
            return  # another process fetched it while this one waited
        _clear(folder, FETCHING)
        _need_room(folder, ROOM_FETCH + ROOM_WRITE)
        with _temporary(folder, FETCHING) as work:
            download(work, lambda count: _say(bytes=count))
            unpack(work, work / pins.SOURCE_FILE)
            os.replace(work / pins.SOURCE_FILE, target)
            _settle(folder)
        checked.remember(target, pins.SOURCE_SHA256, folder)


def _write(folder: Path) -> None:
    source, target = folder / pins.SOURCE_FILE, folder / pins.WIDE_FILE
    with locks.held(folder / "write.lock"):
        if checked.is_right(target, pins.WIDE_BYTES, pins.WIDE_SHA256):
            return
        if not checked.is_right(source, pins.SOURCE_BYTES, pins.SOURCE_SHA256):
            raise MissingPiece(
                f"The weights of {pins.TITLE} are damaged.",
                f"{source} is not the file that was published.",
                f"Fetch them again: {pins.FETCH_COMMAND}",
            )
        _clear(folder, WRITING)
        _need_room(folder, ROOM_WRITE)
        with _temporary(folder, WRITING) as work:
            _, digest = widen(source, work / pins.WIDE_FILE)
            if digest != pins.WIDE_SHA256:
                raise StorageFault(
                    f"The weights of {pins.TITLE} could not be written as 32-bit floats.",
                    f"What was written to {folder} has the SHA-256 {digest[:12]}… instead of {pins.WIDE_SHA256[:12]}….",
                    "Check the disk and the installed numpy and gguf, then ask again.",
                )
            os.replace(work / pins.WIDE_FILE, target)
            _settle(folder)
        checked.remember(target, pins.WIDE_SHA256, folder)


def _waits(path: Path) -> Callable[[], None]:
    """What to say while another process holds the lock `path`: that it does, and how far its download is."""

    def tell() -> None:
        others = sum(size_of(other) for other in path.parent.glob(FETCHING + "*"))
        _say(waits=True, bytes=min(others, pins.WHEEL_BYTES))

    return tell


@contextmanager
def _temporary(folder: Path, prefix: str) -> Iterator[Path]:
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _clear(folder: Path, prefix: str) -> None:
    """Remove what a process that broke off left behind; the lock says that none is at it."""
    for old in folder.glob(prefix + "*"):
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old, ignore_errors=True)


def _need_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise StorageFault(
            f"There is no room for the weights of {pins.TITLE} in {folder}.",
            f"They need {megabytes(wanted)}; {megabytes(free)} are free.",
            "Make room, or name another folder: `data` under `[paths]` in settings.toml, or XDG_DATA_HOME.",
        )


def _storage(error: OSError, folder: str) -> StorageFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        do = f"Make room for {megabytes(ROOM_FETCH + ROOM_WRITE)}, then: {pins.FETCH_COMMAND}"
    else:
        do = "Name a folder that can be written: `data` under `[paths]` in settings.toml, or XDG_DATA_HOME."
    return StorageFault(
        f"The weights of {pins.TITLE} could not be written to {folder}.", f"{error.strerror or error}.", do
    )


def _settle(folder: Path) -> None:
    """Bring the folder's own entry to the disk, so that a name that was given stands after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _say(**line: Any) -> None:
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _end()


def _end_with_asker() -> None:
    pipe: BinaryIO = sys.stdin.buffer
    while pipe.read(1):
        continue
    _end()


def _end() -> None:
    end_running()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
