"""Remembers which large files were checked: a SHA-256 is taken again only when the file has changed."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

BOOK = "checked.json"


def is_right(path: Path, size: int, sha256: str) -> bool:
    """Whether `path` has that size and SHA-256. Reads the whole file unless it is known and unchanged."""
    try:
        return path.stat().st_size == size and sha256_of(path, path.parent) == sha256
    except OSError:
        return False


def is_known(path: Path, sha256: str, folder: Path) -> bool:
    """Whether `path` was found to have that SHA-256 before, and has not changed since. Reads no weights."""
    try:
        return _book(folder).get(_key(path, folder)) == [*_stamp(path), sha256]
    except OSError:
        return False


def sha256_of(path: Path, folder: Path, progress: Callable[[int], None] | None = None) -> str:
    """SHA-256 of `path`, remembered in `folder` by size, time and inode. `progress` is told the bytes read.

    Raises OSError where it cannot be read.
    """
    stamp = _stamp(path)
    entry = _book(folder).get(_key(path, folder))
    if isinstance(entry, list) and entry[:-1] == stamp:
        return str(entry[-1])
    import hashlib

    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done)
    remember(path, digest.hexdigest(), folder)
    return digest.hexdigest()


def remember(path: Path, sha256: str, folder: Path) -> None:
    """Write down in `folder` what `path` is. Where that cannot be written nothing is kept: it is only taken again."""
    with suppress(OSError):
        write_json(folder / BOOK, {**_book(folder), _key(path, folder): [*_stamp(path), sha256]})


def _key(path: Path, folder: Path) -> str:
    return path.name if path.parent == folder else str(path)


def write_json(path: Path, value: Any) -> None:
    """Replace the JSON file `path` in one step, readable by its owner alone."""
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _book(folder: Path) -> dict[str, Any]:
    try:
        value = json.loads((folder / BOOK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
