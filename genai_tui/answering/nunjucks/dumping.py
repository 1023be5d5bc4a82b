"""The filter `dump`: values as JSON, as JSON.stringify writes them."""

from typing import Any

from genai_tui.answering.nunjucks.values import LONGEST, UNDEFINED, Function, Meter, Safe, fits, truthy
from genai_tui.records.javascript import UNSAID, write_json


def dump(value: Any, spaces: Any, meter: Meter) -> Any:
    """A value as JSON; undefined where it is no value of JSON. `spaces`: how far each step goes in, or what with.

    Raises TooMuch.
    """
    step = ""
    if isinstance(spaces, str):
        step = spaces[:10]
    elif isinstance(spaces, int | float) and not isinstance(spaces, bool) and truthy(spaces):
        step = " " * int(max(0, min(10, spaces)))
    pieces: list[str] = []
    length = 0

    def put(piece: str) -> None:
        nonlocal length
        length += len(piece)
        if length > LONGEST:
            fits(length, meter)
        pieces.append(piece)

    def replaced(item: Any) -> Any:
        meter.spend(1)
        if isinstance(item, Safe):
            return {"val": item.text, "length": len(item.text)}
        return UNSAID if item is UNDEFINED or isinstance(item, Function) else item

    top = replaced(value)
    if top is UNSAID:
        return UNDEFINED
    write_json(top, put, step, replaced)
    fits(length, meter)
    return "".join(pieces)
