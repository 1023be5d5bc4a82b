"""When a request is asked again, and after how long: as the server says, else with back-off and jitter."""

import json
import math
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from genai_tui.inference.usage import number

MOST_WAIT_S = 60.0
LOADING_S = 300.0
FIRST_BACK_OFF_S = 0.5
LONGEST_BACK_OFF_S = 8.0

_BUDGET = re.compile(
    r"(?:x-|anthropic-)?rate-?limit-(?:(remaining|reset)(?:-(.+))?|(.+?)-(remaining|reset))", re.IGNORECASE
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)", re.IGNORECASE)
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_TRY_AGAIN = re.compile(r"(?:try again|retry|wait)\D{0,24}?((?:\d+(?:\.\d+)?\s*[a-zµ]+\s*)+)", re.IGNORECASE)
_WORDS = re.compile(r"(\d+(?:\.\d+)?)\s*(milliseconds?|seconds?|secs?|minutes?|mins?|hours?|days?|ms|[dhms])\b", re.I)


@dataclass(frozen=True)
class Waiting:
    """A wait that a user sees: how long in seconds, and why."""

    seconds: float
    why: str


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds. The first byte of a local endpoint may need a model to be loaded."""

    connect: float = 10.0
    first_byte: float = 60.0
    first_byte_local: float = 300.0
    between: float = 60.0
    after_finish: float = 3.0
    waiting: float = MOST_WAIT_S
    loading: float = LOADING_S


def back_off(attempt: int) -> float:
    """Seconds before the try after `attempt` failures (1 is the first), doubled each time, with jitter."""
    longest = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.75, 1.0)


def stated_wait(headers: Mapping[str, str], body: Any = None, *, now: float | None = None) -> float | None:
    """How many seconds a server asks to wait; None where it says nothing that can be believed.

    In this order: retry-after-ms, Retry-After (seconds, fraction, HTTP date), the reset of the budget that is used
    up, the body's own figure. `headers` have names in lower case, `body` is its JSON; `now` is the wall clock.
    """
    now = time.time() if now is None else now
    milliseconds = _positive(number(headers.get("retry-after-ms")))
    if milliseconds is not None:
        return milliseconds / 1000
    for found in (_retry_after(headers, now), used_up_reset(headers, now=now), _body_wait(body, now)):
        if found is not None:
            return found
    return None


def _positive(value: float | None) -> float | None:
    return value if value is not None and value >= 0 else None


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = number(text)
    if seconds is not None:
        return _positive(seconds)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return _positive(duration(text))
    try:  # measured by the server's own clock where it tells it
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return max(0.0, at - now)
    return max(0.0, at - now)


def duration(text: str) -> float | None:
    """`6m0s`, `1.2s`, `500ms`, `1h2m` in seconds; None where it is none."""
    text = text.strip()
    pieces = list(_DURATION.finditer(text))
    if not pieces or "".join(piece[0] for piece in pieces) != text.replace(" ", ""):
        return None
    return sum(float(piece[1]) * _UNITS[piece[2].lower()] for piece in pieces)


def reset_seconds(text: str, now: float) -> float | None:
    """Seconds until a rate-limit reset: a duration, bare seconds, a moment since 1970 (s or ms), or an ISO date."""
    value = number(text)
    if value is not None:
        if value < 0:
            return None
        if value >= 1e11:
            return max(0.0, value / 1000 - now)
        return max(0.0, value - now) if value >= 1e9 else value
    found = duration(text)
    if found is not None:
        return found
    try:
        return max(0.0, datetime.fromisoformat(text.strip()).timestamp() - now)
    except ValueError:
        return None


def budgets(headers: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The rate-limit headers by budget (`requests`, `tokens`, ""): what remains, and when it is reset."""
    found: dict[str, dict[str, str]] = {}
    for name, value in headers.items():
        if "limit" not in name:
            continue  # nearly all
        match = _BUDGET.fullmatch(name.replace("rate-limit", "ratelimit"))
        if match:
            kind, budget = (match[1], match[2] or "") if match[1] else (match[4], match[3])
            found.setdefault(budget.lower(), {})[kind.lower()] = value
    return found


def used_up_reset(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Seconds until the budget that is used up is reset; where several are, the longest."""
    now = time.time() if now is None else now
    waits: list[float] = []
    unknown: list[float] = []
    for budget in budgets(headers).values():
        wait = reset_seconds(budget.get("reset", ""), now)
        if wait is None:
            continue
        if "remaining" not in budget:
            unknown.append(wait)
            continue
        left = number(budget["remaining"])
        if left is not None and left <= 0:
            waits.append(wait)
    if waits:
        return max(waits)
    # Some send a reset alone; a short one is worth obeying, a long one may be another budget's
    return unknown[0] if len(unknown) == 1 and unknown[0] <= MOST_WAIT_S else None


def _body_wait(body: Any, now: float) -> float | None:
    """A wait that stands in the body: retryDelay, estimated_time, headers passed on, or words of the sentence."""
    for holder in _objects(body):
        for name in ("retryDelay", "retry_delay", "retry_after", "retry_after_seconds", "estimated_time"):
            value = holder.get(name)
            found = number(value) if not isinstance(value, str) else (number(value) or duration(value))
            if found is not None and found >= 0:
                return found
        passed_on = holder.get("headers")
        if isinstance(passed_on, dict):
            inner = {str(k).lower(): str(v) for k, v in passed_on.items()}
            found = _retry_after(inner, now)
            found = used_up_reset(inner, now=now) if found is None else found
            if found is not None:
                return found
    match = _TRY_AGAIN.search(json.dumps(body, ensure_ascii=False)) if body else None
    return worded(match[1]) if match else None


def worded(text: str) -> float | None:
    """`7.66s`, `1m30s`, `20 seconds` in seconds, as sentences write it."""
    found = duration(text.strip())
    if found is not None:
        return found
    units = {"milliseconds": 1e-3, "millisecond": 1e-3, "ms": 1e-3}
    pieces = [(float(m[1]), m[2].lower()) for m in _WORDS.finditer(text)]
    return sum(value * units.get(unit, _UNITS.get(unit[0], 1.0)) for value, unit in pieces) if pieces else None


def _objects(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    if depth > 6:
        return []
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        found.append(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += _objects(item, depth + 1)
    return found


def spoken(seconds: float) -> str:
    """`seconds` as a person says it: 45 s, 3 min, 1 h 5 min."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    whole = math.ceil(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = math.ceil(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{math.ceil(hours / 24)} days"
