"""Writes a quantised GGUF file anew with 32-bit floats; the same bytes come out each time.

Runs in a process of its own (`worker`): it needs numpy, a third of a gigabyte and a few seconds.
"""

import hashlib
import math
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

from genai_tui.inference.embedded.gguf_header import MAGIC, GgufHeader, Tensor, read_header

F32 = 0
FILE_TYPE = "general.file_type"
ALL_F32 = 0


def widen(source: Path, target: Path) -> tuple[int, str]:
    """Write `source` to `target` with all weights as 32-bit floats; its size and SHA-256.

    Everything the file says of itself is copied as it stands, but the type of file. `target` must not exist; it is
    on the disk when this returns.
    """
    import numpy

    header = read_header(source)
    stored = numpy.memmap(source, dtype=numpy.uint8, mode="r")[header.data_start :]
    with target.open("xb") as file:
        out = _Hashing(file)
        out.write(_head(source, header))
        for tensor in header.tensors:
            out.write(_weights(tensor, stored))
            out.pad(header.alignment)
        file.flush()
        os.fsync(file.fileno())
    return out.count, out.digest.hexdigest()


class _Hashing:
    """A file being written, counted and hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.count, self.digest = file, 0, hashlib.sha256()

    def write(self, data: Any) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.count += len(data)

    def pad(self, alignment: int) -> None:
        self.write(b"\0" * (-self.count % alignment))


def _head(source: Path, header: GgufHeader) -> bytes:
    parts = [MAGIC, struct.pack("<IQQ", 3, len(header.tensors), len(header.spans))]
    with source.open("rb") as file:
        for key, (begin, end) in header.spans.items():
            file.seek(begin)
            entry = file.read(end - begin)
            parts.append(entry[:-4] + struct.pack("<I", ALL_F32) if key == FILE_TYPE else entry)
    offset = 0
    for tensor in header.tensors:
        name = tensor.name.encode()
        parts.append(struct.pack("<Q", len(name)) + name + struct.pack("<I", len(tensor.shape)))
        parts.append(struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape) + struct.pack("<IQ", F32, offset))
        offset += -(-_bytes(tensor) // header.alignment) * header.alignment
    head = b"".join(parts)
    return head + b"\0" * (-len(head) % header.alignment)


def _bytes(tensor: Tensor) -> int:
    return math.prod(tensor.shape) * 4


def _weights(tensor: Tensor, stored: Any) -> Any:
    import numpy
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    kind = GGMLQuantizationType(tensor.type)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    row = tensor.shape[0] // block * block_bytes
    rows = math.prod(tensor.shape[1:])
    data = stored[tensor.offset : tensor.offset + rows * row].reshape(rows, row)
    if kind in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
        values = data.view("<f4" if kind == GGMLQuantizationType.F32 else "<f2")
    else:
        values = dequantize(data, kind)
    return numpy.ascontiguousarray(values, dtype="<f4").tobytes()
