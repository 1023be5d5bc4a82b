"""What people hold in place of a file of rows, by its first bytes: a web page, a workbook, an archive, a pointer."""

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from genai_tui.datasets.model import file_fault

PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"
_HTML = re.compile(
    rb"\s*<(?:!--|(?:!doctype\s+html|html|head|body|\?xml|script|style|meta|link|title|table|div)\b)", re.I
)
_LFS = b"version https://git-lfs.github.com/spec/"
_PACKED = (  # what else files are packed by, or are, told by how they begin
    (b"\x1f\x8b", "packed by gzip twice"),
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ\0", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
)
_TABLES = (  # what else tables are kept in
    (b"ARROW1\0\0", "an Arrow (Feather) file"),
    (b"FEA1\0\0\0\0", "a Feather file"),
    (b"\xff\xff\xff\xff", "an Arrow stream, as save_to_disk writes it"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
)


def names_in_zip(stream: BinaryIO) -> list[str]:
    """The names in a zip archive; none where it is damaged."""
    import zipfile

    try:
        return zipfile.ZipFile(stream).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):  # no archive, names not as said, a newer format
        return []


def refuse_others(path: Path, head: bytes, names: list[str]) -> None:
    """Refuse by how it begins what is no text with rows; `names` are those in a zip archive. Raises FileFault."""
    if not head:
        raise file_fault(f"{path} is empty.", "It has no byte.", "Fetch or write it again.")
    text = head.removeprefix(codecs.BOM_UTF8)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.decode("utf-16", "replace").encode("utf-8", "replace")
    if _HTML.match(text):
        title = re.search(rb"<title[^>]*>([^<]{1,200})", text, re.I)
        said = f"its title is {title[1].decode('utf-8', 'replace').strip()!r}" if title else "it begins like one"
        raise file_fault(f"{path} is a web page (html), no data.", said, "Fetch the file itself, signed in if need be.")
    if text.startswith(_LFS):
        raise file_fault(
            f"{path} is a pointer of Git LFS, not the file itself.", "lfs keeps the content elsewhere", "git lfs pull"
        )
    if head.startswith((ZIP, b"\xd0\xcf\x11\xe0")):
        workbook = not head.startswith(ZIP) or b"xl/" in head or any(name.startswith("xl/") for name in names)
        workbook = workbook or (b"[Content_Types].xml" in head and "word/document.xml" not in names)
        sheet = b"opendocument.spreadsheet" in head[:200]
        kind = "an Excel workbook (xlsx)" if workbook else "an OpenDocument sheet" if sheet else "a zip archive"
        do = "Save the sheet as CSV UTF-8." if workbook or sheet else "Unpack it first."
        if path.suffix.lower() == ".eval":
            from shlex import quote

            file = quote(str(path))
            do = f"An Inspect log is turned into JSON by: inspect log convert --to json --output-dir . {file}"
        raise file_fault(f"{path} is {kind}, no text.", "", do)
    packed = next((kind for mark, kind in _PACKED if head.startswith(mark)), None)
    if packed is not None:
        raise file_fault(f"{path} is {packed}, no text.", "", "Unpack it first.")
    table = next((kind for mark, kind in _TABLES if head.startswith(mark)), None)
    if table is not None:
        raise file_fault(f"{path} is {table}, no text.", "", "Write its rows as JSON Lines, CSV or Parquet.")
    parquet = path.name.lower().removesuffix(".gz").endswith(".parquet")
    if parquet and not head.startswith(PARQUET):
        raise file_fault(f"{path} is called .parquet and is no Parquet file.", "", "Give it the name of what it is.")
