"""Files that are read for a card: regular ones, opened without waiting, and never more of them than a bound."""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_tui.errors import FileFault

MOST_CONFIG = 4 * 2**20


def regular_size(path: Path) -> int:
    """Bytes of the regular file at `path`, or where it links to. Raises FileFault for anything else."""
    try:
        found = path.stat()
    except (OSError, ValueError) as fault:
        raise FileFault(f"{path} cannot be read.", f"{getattr(fault, 'strerror', None) or fault}.") from fault
    if not stat.S_ISREG(found.st_mode):
        raise FileFault(f"{path} is no file.", "It is a pipe, a device, a socket or a folder.", "Give the file itself.")
    return found.st_size


def read_start(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file. Raises FileFault for what is none or cannot be read."""
    regular_size(path)
    try:
        # Without waiting, and asked again once it is open: a pipe may have taken the file's place.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileFault(f"{path} is no file.", "It is a pipe, a device, a socket or a folder.")
            return file.read(most)
    except OSError as fault:
        raise FileFault(f"{path} cannot be read.", f"{fault.strerror or fault}.") from fault


def read_json(path: Path, most: int = MOST_CONFIG) -> Mapping[str, Any]:
    """The JSON object in a file of at most `most` bytes. Raises FileFault for anything else."""
    size = regular_size(path)
    if size > most:
        raise FileFault(
            f"{path} is {size:,} bytes long.",
            f"A configuration is a few thousand; more than {most // 2**20} MiB are not read.",
            "Take the config.json that is published with the model.",
        )
    return parsed(read_start(path, most), str(path))


def parsed(data: bytes, name: str) -> Mapping[str, Any]:
    """The JSON object in `data`. Raises FileFault for anything else."""
    try:
        found = json.loads(data)
    except RecursionError as fault:
        raise FileFault(f"{name} is nested too deeply to be read.", "No configuration is.") from fault
    except ValueError as fault:
        raise FileFault(
            f"{name} is no JSON that can be read.", f"{str(fault)[:200]}.", "Fetch it again from the publisher."
        ) from fault
    if not isinstance(found, dict):
        raise FileFault(f"{name} is no configuration.", "It holds no JSON object.")
    return found
