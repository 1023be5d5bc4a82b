"""Rows on their way from a file into the store: packed once, and kept on disk meanwhile, where they are many."""

import hashlib
import marshal
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from json.encoder import encode_basestring
from typing import IO, Any, NamedTuple

from genai_tui.records.datasets import Example
from genai_tui.records.hashing import canonical_json
from genai_tui.store.imports import NO_TAGS, Contents, content_digests, hashes
from genai_tui.store.values import pack_json, pack_text, unpack_json

BLOCK = 20_000  # rows that are kept, read and stored at once, unless they are large:
BLOCK_BYTES = 8_000_000
HELD_BYTES = 16_000_000  # of rows that are not written to the disk and read again
_PLAIN = 2  # the version of marshal that does not look for what is the same: twice as fast
_REMEMBERED = 1_000  # answers: labels come again and again


class Packed(NamedTuple):
    """A good row: the numbers of its inputs and its answer, which splits hang on, and what the store takes.

    Without `hashes` it has no tags, and is stored as canonical JSON: its hash is then made when it is stored.
    """

    group: int
    answer: int
    line: int
    inputs: bytes
    expected: str | None
    tags: str = NO_TAGS
    hashes: tuple[bytes, bytes] | None = None


class PackedMany(NamedTuple):
    """Good rows without tags, one on each line from `line` on: of each what `Packed` has."""

    groups: Sequence[int]
    answers: Sequence[int]
    line: int
    inputs: Sequence[bytes]
    expected: Sequence[str | None]
    hashes: Sequence[tuple[bytes, bytes]] = ()


class Packer:
    """Packs rows; remembers the answers it saw."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, str, int]] = {}

    def pack(self, inputs: dict[str, Any], expected: Any, tags: tuple[str, ...], line: int) -> Packed:
        """The row with these values. Its hashes are those of the records."""
        stored, canonical = _object(inputs)
        answer, canonical_answer, number = self._answer(expected)
        group = number_of(canonical.encode("utf-8", "surrogatepass"))
        given = answer if expected is not None else None
        if not tags and stored == canonical and answer == canonical_answer:
            return Packed(group, number, line, stored.encode(), given)
        packed_tags = pack_json(tags)
        both = hashes(stored, answer, packed_tags, canonical, canonical_answer)
        return Packed(group, number, line, stored.encode(), given, packed_tags, both)

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


def number_of(canonical: bytes) -> int:
    """The 64-bit number of a value, from its canonical JSON."""
    return int.from_bytes(hashlib.sha256(canonical).digest()[-8:])


def numbers_of(canonicals: Iterable[bytes]) -> "array[int]":
    """`number_of` of many."""
    digests = array("Q", b"".join([hashlib.sha256(canonical).digest() for canonical in canonicals]))
    if sys.byteorder == "little":
        digests.byteswap()
    return digests[3::4]  # the last 8 of 32 bytes


def _answer(stored: str, canonical: str) -> tuple[str, str, int]:
    return stored, canonical, number_of(canonical.encode("utf-8", "surrogatepass"))


def _object(values: dict[str, Any]) -> tuple[str, str]:
    """An object as it is stored, and as its hash takes it; quickly where all its values are text."""
    try:
        parts = [f"{encode_basestring(name)}:{encode_basestring(value)}" for name, value in values.items()]
    except TypeError:
        return pack_json(values), canonical_json(values)
    written = "{" + ",".join(parts) + "}"
    ordered = [part for _, part in sorted(zip(values, parts, strict=True))]
    return pack_text(written), written if ordered == parts else "{" + ",".join(ordered) + "}"


class Block(NamedTuple):
    """Rows as they were kept. Tags and hashes stand under the number of the row, where it has its own."""

    lines: list[int]
    inputs: list[bytes]
    expected: list[str | None]
    tags: dict[int, str]
    hashes: dict[int, tuple[bytes, bytes]]

    def contents(self) -> Contents:
        """The rows as the store takes them."""
        content = content_digests(self.inputs, ["null" if answer is None else answer for answer in self.expected])
        exact = content
        if self.hashes:
            exact = content.copy()
            for number, both in self.hashes.items():
                exact[number], content[number] = both
        tags = [NO_TAGS] * len(self.lines)
        for number, given in self.tags.items():
            tags[number] = given
        return Contents(b"".join(exact), b"".join(content), tags, self.expected, self.inputs)

    def examples(self) -> Iterator[Example]:
        """The rows as examples."""
        for number, line in enumerate(self.lines):
            expected = self.expected[number]
            yield Example(
                unpack_json(self.inputs[number].decode()),
                None if expected is None else unpack_json(expected),
                tuple(unpack_json(self.tags.get(number, NO_TAGS))),
                line,
            )


class Spool:
    """Packed rows in the order in which they came: the first few in memory, the others on disk.

    With `give` they are not kept here but given away, block by block.
    """

    def __init__(self, give: Callable[[Block], None] | None = None) -> None:
        self._give = give
        self._first: list[Block] = []
        self._held = 0  # bytes of them
        self._start()

    @cached_property
    def _file(self) -> IO[bytes]:
        """What is not held lies here, as long as there is somebody who reads it."""
        from tempfile import TemporaryFile

        return TemporaryFile()

    def _start(self) -> None:
        self._waiting = Block([], [], [], {}, {})
        self._bytes = 0

    def add(self, packed: Packed) -> None:
        """One row more."""
        waiting, number = self._waiting, len(self._waiting.lines)
        if packed.hashes is not None:
            waiting.hashes[number] = packed.hashes
            waiting.tags[number] = packed.tags
        waiting.lines.append(packed.line)
        waiting.inputs.append(packed.inputs)
        waiting.expected.append(packed.expected)
        self._bytes += len(packed.inputs) + len(packed.expected or "")
        self._close_if_full()

    def extend(self, packed: PackedMany) -> None:
        """Many rows more."""
        waiting, number = self._waiting, len(self._waiting.lines)
        waiting.hashes.update(enumerate(packed.hashes, number))
        waiting.lines.extend(range(packed.line, packed.line + len(packed.inputs)))
        waiting.inputs.extend(packed.inputs)
        waiting.expected.extend(packed.expected)
        self._bytes += sum(map(len, packed.inputs)) + sum(len(answer or "") for answer in packed.expected)
        self._close_if_full()

    def _close_if_full(self) -> None:
        if len(self._waiting.lines) >= BLOCK or self._bytes >= BLOCK_BYTES:
            self.close()

    def close(self) -> None:
        """Write what waits; no row comes any more, or a block is full."""
        if self._give is not None:
            self._give(self._waiting)
        elif self._held < HELD_BYTES:
            self._first.append(self._waiting)
            self._held += self._bytes
        else:
            block = marshal.dumps(tuple(self._waiting), _PLAIN)
            self._file.write(len(block).to_bytes(8))
            self._file.write(block)
        self._start()

    def blocks(self) -> Iterator[Block]:
        """The rows again, a block at a time."""
        yield from self._first
        if self._held < HELD_BYTES:
            return
        self._file.seek(0)
        while size := self._file.read(8):
            yield Block(*marshal.loads(self._file.read(int.from_bytes(size))))  # noqa: S302 - this process wrote it
