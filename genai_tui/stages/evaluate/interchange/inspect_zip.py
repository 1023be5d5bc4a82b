"""Inspect's own log, the zip archive called .eval, as the JSON log that `inspect log convert` makes of it.

Nothing is unpacked beside it: of its members those of the log are read one by one, and their sizes are looked at first.
"""

import json
import re
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from genai_tui.datasets.jsons import Broken, Decoder
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.no_text import ZIP
from genai_tui.stages.evaluate.interchange.logged import object_of

LARGEST = 1_000_000_000  # bytes of the unpacked log
_HEADER, _BEGUN = "header.json", "_journal/start.json"  # the latter alone of a log that was never ended
_SAMPLE = re.compile(r"samples/(.+)_epoch_(\d+)\.json")
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


def unpacked(path: Path) -> BinaryIO | None:
    """The JSON log, on disk without a name; None where the file is no such archive, or packed as we cannot read it.

    A sample stands on a line of its own. Raises FileFault for one that is damaged, larger than is read, or than the
    disk has room for.
    """
    try:
        if not path.is_file() or not _begins(path):
            return None
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            head = members.get(_HEADER) or members.get(_BEGUN)
            samples = [info for name, info in members.items() if _SAMPLE.fullmatch(name)]
            if head is None or not all(info.compress_type in _READ for info in (head, *samples)):
                return None
            if any(info.flag_bits & _ENCRYPTED for info in (head, *samples)):
                return None
            size = sum(info.file_size for info in (head, *samples))
            if size > LARGEST:
                what = f"{path} holds a log of {size / 1e9:,.1f} GB; at most {LARGEST / 1e9:g} GB are read."
                raise file_fault(what, "", "Write a smaller one: inspect eval --limit N")
            return _as_json(path, archive, head, samples)
    except (EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, UnicodeDecodeError) as fault:
        raise file_fault(f"{path} is a zip archive that is damaged.", str(fault), "Fetch or write it again.") from None
    except OSError as fault:  # the disk it is unpacked on, or a place in it that is none
        do = f"Look at the room in {tempfile.gettempdir()}; if there is some, fetch or write the file again."
        raise file_fault(f"{path} cannot be unpacked.", fault.strerror or str(fault), do) from None


def _begins(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(ZIP)) == ZIP
    except OSError:
        return False  # who opens it as a text says why


def _as_json(path: Path, archive: zipfile.ZipFile, head: zipfile.ZipInfo, samples: list[zipfile.ZipInfo]) -> BinaryIO:
    top = _object(path, head, archive.read(head))
    top.pop("samples", None)
    if head.filename == _BEGUN:
        top["status"] = "started"
    ids = object_of(object_of(top.get("eval")).get("dataset")).get("sample_ids")
    rank = {str(each): number for number, each in enumerate(ids if isinstance(ids, list) else ())}

    def place(info: zipfile.ZipInfo) -> tuple[int, int, str]:
        found = _SAMPLE.fullmatch(info.filename)
        assert found is not None, "only samples are sorted"
        return int(found[2]), rank.get(found[1], len(rank)), info.filename

    made = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as what reads it
    made.write(json.dumps(top).removesuffix("}").encode("utf-8", "surrogatepass"))
    made.write(b', "samples": [' if top else b'"samples": [')
    for number, info in enumerate(sorted(samples, key=place)):
        data = archive.read(info)
        _object(path, info, data)
        made.write(b",\n" if number else b"\n")
        made.write(b" ".join(data.splitlines()))
    made.write(b"\n]}")
    made.seek(0)
    return cast(BinaryIO, made)


def _object(path: Path, info: zipfile.ZipInfo, data: bytes) -> dict[str, Any]:
    """The object that a member holds. Raises FileFault."""
    try:
        value = Decoder().alone(data.decode())
    except (Broken, UnicodeDecodeError) as fault:
        raise file_fault(f"{path}: {info.filename} is no JSON.", str(fault), "Fetch or write it again.") from None
    if not isinstance(value, dict):
        raise file_fault(f"{path}: {info.filename} is no object.", "", "Fetch or write it again.")
    return value
