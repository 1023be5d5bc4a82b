"""Figures that were given to an estimate: a number within sense, or a sentence that says why not."""

from genai_tui.errors import UsageFault

LARGEST = 1e27
"""Beyond any count of parameters, tokens or dollars there will be in this program's life."""


def amount(what: str, value: float, *, high: float = LARGEST, zero: bool = False) -> float:
    """`value` as it is, where it is a number above 0 (or 0, where `zero`) and at most `high`. Raises UsageFault."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN differs from itself
        raise UsageFault(
            f"The {what} must be a number", f"{str(value)[:40]!r} is none.", f"Give the {what} as a number."
        )
    if value < 0 or (value == 0 and not zero):
        raise UsageFault(
            f"The {what} cannot be {_short(value)}",
            f"It must be {'0 or more' if zero else 'more than 0'}.",
            "Give another number.",
        )
    if value > high:
        raise UsageFault(
            f"The {what} cannot be {_short(value)}",
            f"Nothing is estimated beyond {_short(high)}.",
            f"Give at most {_short(high)}.",
        )
    return value


def count(what: str, value: int, *, high: float = LARGEST, zero: bool = False) -> int:
    """`value` as it is, where it is a whole number as `amount` wants it. Raises UsageFault."""
    amount(what, value, high=high, zero=zero)
    if int(value) != value:
        raise UsageFault(f"The {what} must be a whole number", f"{_short(value)} is none.", f"Give a whole {what}.")
    return int(value)


def _short(value: float) -> str:
    """A number for a sentence: 1,000, 0.5 or 1e+30; integers too long for a float are only called so."""
    try:
        return f"{value:,}" if isinstance(value, int) and abs(value) < 1e9 else f"{value:.3g}"
    except OverflowError:
        return "so large" if value > 0 else "so far below 0"
