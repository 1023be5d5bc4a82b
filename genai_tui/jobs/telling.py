"""What a job should take and took, in words."""

from collections.abc import Mapping
from typing import Any

GB = 1e9


def figures_said(figures: Mapping[str, Any]) -> str:
    """Figures with their units: a name that ends in `_s` is seconds, in `_bytes` bytes, in `_usd` US dollars."""
    return " · ".join(said for name, value in figures.items() if (said := figure_said(name, value)))


def figure_said(name: str, value: Any) -> str:
    """One figure; empty where it is unknown."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    words = name.replace("_", " ")
    if name.endswith("_per_s") and isinstance(value, (int, float)):
        return f"{value:,.4g} {words[:-6]}/s"
    if name.endswith("_s") and isinstance(value, (int, float)):
        return f"{words[:-2]} {seconds_said(value)}"
    if name.endswith("_bytes") and isinstance(value, (int, float)):
        return f"{words[:-6]} {value / GB:.2f} GB"
    if name.endswith("_usd") and isinstance(value, (int, float)):
        return f"{words[:-4]} ${value:,.4g}"
    return f"{words} {value:,.4g}" if isinstance(value, float) else f"{words} {value}"


def seconds_said(seconds: float) -> str:
    """A span of time as people say it: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
