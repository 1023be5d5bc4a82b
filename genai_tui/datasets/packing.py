"""Rows on their way from a file into the store: packed once, and kept on disk meanwhile, not in memory."""

import hashlib
import json
import marshal
import tempfile
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from genai_tui.records.datasets import Example
from genai_tui.records.hashing import canonical_json
from genai_tui.store.datasets import packed_columns
from genai_tui.store.values import pack_json, pack_text, unpack_json

BLOCK = 5_000  # rows that are kept, read and stored at once
_PLAIN = 2  # the version of marshal that does not look for what is the same: twice as fast
_REMEMBERED = 1_000  # answers: labels come again and again


class Packed(NamedTuple):
    """A good row: the numbers of its inputs and its answer, which splits hang on, and what the store takes."""

    group: int
    answer: int
    line: int
    columns: tuple[Any, ...]


class Packer:
    """Packs rows; remembers the answers it saw."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, str, int]] = {}

    def pack(self, inputs: dict[str, Any], expected: Any, tags: tuple[str, ...], line: int) -> Packed:
        """The row with these values. Its hashes are those of the records."""
        stored, canonical = _object(inputs)
        answer, canonical_answer, number = self._answer(expected)
        group = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()
        columns = packed_columns(stored, answer, pack_json(tags), canonical, canonical_answer)
        return Packed(int.from_bytes(group[-8:]), number, line, columns)

    def _answer(self, expected: Any) -> tuple[str, str, int]:
        if not isinstance(expected, str):
            return _answer(pack_json(expected), canonical_json(expected))
        found = self._answers.get(expected)
        if found is None:
            canonical = encode_basestring(expected)
            found = _answer(pack_text(canonical), canonical)
            if len(self._answers) < _REMEMBERED:
                self._answers[expected] = found
        return found


def _answer(stored: str, canonical: str) -> tuple[str, str, int]:
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()
    return stored, canonical, int.from_bytes(digest[-8:])


def _object(values: dict[str, Any]) -> tuple[str, str]:
    """An object as it is stored, and as its hash takes it; quickly where all its values are text."""
    try:
        parts = [f"{encode_basestring(name)}:{encode_basestring(value)}" for name, value in values.items()]
    except TypeError:
        return pack_json(values), canonical_json(values)
    written = "{" + ",".join(parts) + "}"
    names = list(values)
    if len(names) < 2 or names == sorted(names):
        return pack_text(written), written
    return pack_text(written), canonical_json(values)


class Spool:
    """Packed rows on disk, in the order in which they came."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as there is somebody who reads it
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, packed: Packed) -> None:
        """One row more."""
        self._waiting.append((packed.line, *packed.columns))
        if len(self._waiting) >= BLOCK:
            self.close()

    def close(self) -> None:
        """Write what waits; no row comes any more, or a block is full."""
        block = marshal.dumps(self._waiting, _PLAIN)
        self._file.write(len(block).to_bytes(8))
        self._file.write(block)
        self._waiting = []

    def blocks(self) -> Iterator[list[tuple[Any, ...]]]:
        """The rows again, a block at a time: (line, *what the store takes)."""
        self._file.seek(0)
        while size := self._file.read(8):
            yield marshal.loads(self._file.read(int.from_bytes(size)))  # noqa: S302 - this process wrote it


def unpacked(line: int, _exact: bytes, _hash: str, tags: str, expected: str | None, inputs: str) -> Example:
    """The example that was packed."""
    return Example(
        unpack_json(inputs), None if expected is None else unpack_json(expected), tuple(json.loads(tags)), line
    )
