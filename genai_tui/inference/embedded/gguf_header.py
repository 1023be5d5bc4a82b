"""Reads the head of a GGUF file: what it says of itself and where its tensors lie; no weights are read.

The layout is that of the GGUF specification, versions 2 and 3, little-endian. Every length is checked against the
file before it is believed, and bounded: a sparse file of terabytes can promise anything.
"""

import mmap
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genai_tui.errors import FileFault

MAGIC = b"GGUF"
STRING, ARRAY, UINT32 = 8, 9, 4
MOST_VALUES, MOST_TENSORS = 10_000, 200_000
MOST_TEXT = 16 * 2**20
MOST_ENTRIES = (
    4_000_000  # of arrays that must be walked: the largest vocabularies have half a million tokens and merges
)
_SIMPLE = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


@dataclass(frozen=True)
class Tensor:
    """One tensor: dimensions with the innermost first, GGML's number of its type, offset from `data_start`."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says of itself. Arrays are given by their length. `spans` are byte ranges of whole entries."""

    values: dict[str, Any]
    spans: dict[str, tuple[int, int]] = field(repr=False)
    tensors: tuple[Tensor, ...] = field(repr=False)
    data_start: int
    alignment: int
    size: int

    @property
    def architecture(self) -> str:
        """The family of the model, as llama.cpp names it."""
        return str(self.values.get("general.architecture", ""))

    def number(self, key: str, default: int) -> int:
        """A whole number of the architecture, as `context_length`."""
        value = self.values.get(f"{self.architecture}.{key}")
        return value if isinstance(value, int) and not isinstance(value, bool) else default


def read_header(path: Path) -> GgufHeader:
    """The head of the GGUF file at `path`. Raises FileFault for anything else, OSError where it cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise FileFault(f"{path} is no file.", "It is a pipe, a device or a folder.", "Give the file itself.")
    with path.open("rb") as file:
        start = file.read(8)
        if start[:4] != MAGIC:
            raise FileFault(f"{path} is not a GGUF file.", _kind(start), "Take the model's .gguf file.")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _Reading(data).header()
            except (struct.error, ValueError, OverflowError) as error:
                raise FileFault(
                    f"{path} is a damaged or unfinished GGUF file.",
                    f"Its head cannot be read: {_fault(error)}.",
                    "Fetch it again, and compare its size with the publisher's.",
                ) from error


def _fault(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is no UTF-8"
    return "it ends in the middle" if isinstance(error, struct.error) else str(error)


def _kind(start: bytes) -> str:
    if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
        return "It holds pickled Python code, which is never loaded."
    if start[:4] == MAGIC[::-1]:
        return "Its bytes are in the other order (big-endian)."
    if start[8:9] == b"{" or start[:1] == b"{":
        return "It looks like JSON or safetensors."
    return "Its first four bytes are not GGUF."


class _Reading:
    """One pass over the head."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 4
        self._walked = 0

    def header(self) -> GgufHeader:
        version = self._number("I")
        if version not in (2, 3):
            raise ValueError(f"version {version} is not known")
        tensor_count, value_count = self._number("Q"), self._number("Q")
        if max(tensor_count, value_count) > len(self._data) // 8:
            raise ValueError("it promises more than the file can hold")
        if tensor_count > MOST_TENSORS or value_count > MOST_VALUES:
            raise ValueError(f"{tensor_count} tensors and {value_count} values are more than any model has")
        values: dict[str, Any] = {}
        spans: dict[str, tuple[int, int]] = {}
        for _ in range(value_count):
            begin = self._at
            key = self._text()
            values[key] = self._value(self._number("I"))
            spans[key] = (begin, self._at)
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
            raise ValueError("its alignment is no power of two")
        data_start = -(-self._at // alignment) * alignment
        return GgufHeader(values, spans, tensors, data_start, alignment, len(self._data))

    def _tensor(self) -> Tensor:
        name = self._text()
        dimensions = self._number("I")
        if not 1 <= dimensions <= 8:
            raise ValueError(f"a tensor of {dimensions} dimensions")
        shape = tuple(self._number("Q") for _ in range(dimensions))
        return Tensor(name, shape, self._number("I"), self._number("Q"))

    def _value(self, kind: int, depth: int = 0) -> Any:
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            inner, length = self._number("I"), self._number("Q")
            self._skip(inner, length, depth)
            return length
        return self._number(_SIMPLE[kind]) if kind in _SIMPLE else self._refuse(kind)

    def _skip(self, kind: int, length: int, depth: int) -> None:
        if depth > 2:
            raise ValueError("arrays in arrays in arrays")
        if kind in _SIMPLE:
            self._step(length * struct.calcsize("<" + _SIMPLE[kind]))
            return
        if length > len(self._data):
            raise ValueError("an array longer than the file")
        self._walked += length
        if self._walked > MOST_ENTRIES:
            raise ValueError("arrays longer than any vocabulary")
        for _ in range(length):
            if kind == STRING:
                self._step(self._number("Q"))
            else:
                self._value(kind, depth + 1)

    def _number(self, form: str) -> Any:
        (value,) = struct.unpack_from("<" + form, self._data, self._at)
        self._at += struct.calcsize("<" + form)
        return value

    def _text(self) -> str:
        begin = self._at + 8
        length = self._number("Q")
        if length > MOST_TEXT:
            raise ValueError("a text longer than any template")
        self._step(length)
        return self._data[begin : self._at].decode("utf-8")

    def _step(self, count: int) -> None:
        if count > len(self._data) - self._at:
            raise ValueError("it ends in the middle")
        self._at += count

    def _refuse(self, kind: int) -> Any:
        raise ValueError(f"a value of unknown kind {kind}")
