"""How values are written into the database, and read back as they were.

Text is stored as text, so that `sqlite3`, datasette or pandas can read it. A lone surrogate (half a character, as some
endpoints send) has no UTF-8: it is stored as the noncharacter U+10FFFF and its four hexadecimal digits, and
U+10FFFF itself as U+10FFFF and `----`, so that what is read is what was written. NUL is stored as it is.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

MARK = "\U0010ffff"
_LARGEST = 2**63 - 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # `json.dumps` would make one each time
_UNSAFE = re.compile(f"[\ud800-\udfff{MARK}]")
_PACKED = re.compile(f"{MARK}([0-9a-f-]{{4}})")


def pack_text(text: str) -> str:
    """`text` as it can be stored."""
    if text.isascii():
        return text
    return _UNSAFE.sub(lambda hit: MARK + ("----" if hit[0] == MARK else f"{ord(hit[0]):04x}"), text)


def unpack_text(text: str) -> str:
    """What `pack_text` was given."""
    if MARK not in text:
        return text
    return _PACKED.sub(lambda hit: MARK if hit[1] == "----" else chr(int(hit[1], 16)), text)


def pack_json(value: Any) -> str:
    """`value` as compact JSON in its own order (order matters to models, in schemas), ready to be stored."""
    return pack_text(_encode(value))


def unpack_json(text: str) -> Any:
    """What `pack_json` was given; tuples are lists."""
    return json.loads(unpack_text(text))


def pack_optional(value: Any) -> str | None:
    """`value` as JSON, NULL for None."""
    return None if value is None else pack_json(value)


def unpack_optional(text: str | None) -> Any:
    """What `pack_optional` was given."""
    return None if text is None else unpack_json(text)


def small(number: int | None) -> int | None:
    """`number` within the 64 bits that SQLite holds: a larger count is no count, but no reason to lose an answer."""
    return None if number is None else max(-_LARGEST, min(_LARGEST, int(number)))


def utc(seconds: float | None = None) -> str:
    """A moment (seconds since 1970; now) as UTC, ISO 8601 with milliseconds and `Z`."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
