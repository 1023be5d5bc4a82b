"""Values as JSON, as JSON.stringify writes them."""

import math
from typing import Any

from genai_tui.answering.nunjucks.values import LONGEST, UNDEFINED, Function, Meter, Safe, fits, text, truthy
from genai_tui.records.javascript import as_text, double, keys, quoted


def dump(value: Any, spaces: Any, meter: Meter) -> Any:
    """A value as JSON; undefined where it is no value of JSON. `spaces`: how far each step goes in, or what with."""
    if value is UNDEFINED or isinstance(value, Function):
        return UNDEFINED
    step = ""
    if isinstance(spaces, str):
        step = spaces[:10]
    elif isinstance(spaces, int | float) and not isinstance(spaces, bool) and truthy(spaces):
        step = " " * int(max(0, min(10, spaces)))
    pieces: list[str] = []
    _Writer(pieces, step, meter).write(value, "\n")
    fits(sum(map(len, pieces)), meter)
    return "".join(pieces)


class _Writer:
    def __init__(self, pieces: list[str], step: str, meter: Meter) -> None:
        self.pieces = pieces
        self.step = step
        self.meter = meter
        self.length = 0

    def write(self, value: Any, line: str) -> None:
        self.meter.spend(1)
        if isinstance(value, Safe):
            value = {"val": value.text, "length": len(value.text)}
        if isinstance(value, dict):
            there = [key for key in keys(value) if value[key] is not UNDEFINED and not isinstance(value[key], Function)]
            colon = ": " if self.step else ":"
            self._all("{}", [(quoted(key) + colon, value[key]) for key in there], line)
        elif isinstance(value, list):
            self._all("[]", [("", item) for item in value], line)
        else:
            self._put(_plain(value, self.meter))

    def _all(self, brackets: str, items: list[tuple[str, Any]], line: str) -> None:
        inner = line + self.step
        self._put(brackets[0])
        for place, (before, item) in enumerate(items):
            self._put(("," if place else "") + (inner if self.step else "") + before)
            self.write(item, inner)
        self._put((line if items and self.step else "") + brackets[1])

    def _put(self, piece: str) -> None:
        self.length += len(piece)
        if self.length > LONGEST:
            fits(self.length, self.meter)
        self.pieces.append(piece)


def _plain(value: Any, meter: Meter) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is None or value is UNDEFINED or isinstance(value, Function):
        return "null"
    if isinstance(value, int | float) and not math.isfinite(double(value)):
        return "null"
    return as_text(value) if not isinstance(value, list | dict) else text(value, meter)
