"""Reading a file of text that people write: bounded, so that a device or a pipe without end is refused."""

from typing import BinaryIO

from genai_tui.errors import FileFault

MOST_BYTES = 64_000_000


def read_text(stream: BinaryIO, name: str, most: int = MOST_BYTES) -> str:
    """All of a stream as UTF-8, with or without a BOM. Raises FileFault: too long, or no UTF-8; and OSError."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise FileFault(f"{name} is longer than {most // 1_000_000} MB.", "", "Give a file that people wrote.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        byte = fault.object[fault.start]
        raise FileFault(f"{name} is not UTF-8.", f"Byte {fault.start} is {byte:#04x}.") from fault
