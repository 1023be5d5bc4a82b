"""What safetensors files say of their tensors: shapes and types from the headers alone, of one file or of many shards.

Format: huggingface/safetensors README (Apache-2.0): eight bytes with the length of a JSON header, then the header.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from genai_tui.errors import FileFault
from genai_tui.estimation.reading.opened import parsed, read_json, read_start, regular_size

MOST_HEADER = 32 * 2**20
MOST_SHARDS = 1000
MOST_INDEX = 32 * 2**20
MOST_NUMBERS = 10**16
MOST_DIMENSIONS = 8
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
_PRECISIONS = {"F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8", "I8": "int8"}


@dataclass(frozen=True)
class Stored:
    """Tensors of a checkpoint: name to shape, how many numbers they hold, how many bytes all files take."""

    shapes: Mapping[str, tuple[int, ...]]
    numbers: int
    file_bytes: int
    precision: str | None
    missing: int = 0
    """Shards that the index names and the folder lacks."""


def stored_in(path: Path) -> Stored:
    """The tensors of one .safetensors file. Raises FileFault where its header is damaged, or the file was cut off."""
    return _together([_header(path)], regular_size(path), 0)


def stored_by_index(path: Path) -> Stored:
    """The tensors of all shards that an index names, of those that are there. Raises FileFault."""
    index = read_json(path, MOST_INDEX)
    named = index.get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(file, str) for file in named.values()):
        raise FileFault(f"{path} is no index of safetensors.", "It has no weight_map of file names.")
    files = sorted(set(named.values()))
    if len(files) > MOST_SHARDS or any(Path(file).name != file for file in files):
        raise FileFault(f"{path} is no index of safetensors.", "It names too many files, or files elsewhere.")
    there = [path.parent / file for file in files if (path.parent / file).exists()]
    if not there:
        raise FileFault(f"None of the {len(files)} files that {path} names is there.", "", "Fetch the weights too.")
    return _together([_header(file) for file in there], sum(map(regular_size, there)), len(files) - len(there))


def _header(path: Path) -> Mapping[str, Any]:
    size = regular_size(path)
    start = read_start(path, 8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= length <= min(size - 8, MOST_HEADER):
        raise FileFault(
            f"{path} is no safetensors file, or a damaged one.",
            f"It promises a header of {length:,} bytes in a file of {size:,}.",
            "Fetch it again, and compare its size with the publisher's.",
        )
    header = parsed(read_start(path, 8 + length)[8:], f"The header of {path}")
    ends = max((_end(entry) for name, entry in header.items() if name != "__metadata__"), default=0)
    if 8 + length + ends > size:
        raise FileFault(
            f"{path} is a damaged or unfinished safetensors file.",
            f"Its tensors end at byte {8 + length + ends:,}, the file at {size:,}.",
            "Fetch it again, and compare its size with the publisher's.",
        )
    return header


def _end(entry: object) -> int:
    """Where a tensor ends, in bytes after the header; 0 where it is not said."""
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    return max((end for end in offsets if type(end) is int), default=0) if isinstance(offsets, list) else 0


def _is_shape(shape: object) -> TypeGuard[list[int]]:
    """A few sides that could be those of a tensor: thousands of huge ones would take minutes to multiply."""
    return (
        isinstance(shape, list)
        and len(shape) <= MOST_DIMENSIONS
        and all(type(side) is int and 0 <= side < 2**48 for side in shape)
    )


def _together(headers: Iterable[Mapping[str, Any]], file_bytes: int, missing: int) -> Stored:
    shapes: dict[str, tuple[int, ...]] = {}
    kinds: Counter[str] = Counter()
    for header in headers:
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            shape = entry.get("shape") if isinstance(entry, dict) else None
            if not _is_shape(shape):
                raise FileFault("The header of the safetensors file is damaged.", f"{name[:60]} has no shape.")
            shapes[name] = tuple(shape)
            kinds[str(entry.get("dtype"))[:12]] += math.prod(shape)
    numbers = sum(kinds.values())
    if not shapes:
        raise FileFault("The safetensors file holds no tensors.", "", "Give the file of the model's weights.")
    if numbers > MOST_NUMBERS:
        raise FileFault(
            "The header of the safetensors file is damaged.", "It promises more weights than any model has."
        )
    most = kinds.most_common(1)
    return Stored(shapes, numbers, file_bytes, _PRECISIONS.get(most[0][0]) if most else None, missing)
