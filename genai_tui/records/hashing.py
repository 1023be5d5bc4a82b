"""Identity by content: canonical JSON and tagged hashes."""

import hashlib
import json
import math
from typing import Any

TAG = "g1:"
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical_json(value: Any) -> str:
    """`value` as JSON with sorted keys, no spaces, and whole floats as integers (so `0` and `0.0` are one).

    Raises ValueError for NaN and infinities, TypeError for what is no JSON.
    """
    return _encode(_plain(value))


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`, tagged `g1:` so that a later scheme cannot be confused with it."""
    return TAG + hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value
