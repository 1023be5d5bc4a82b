"""What a job should take and took, in words."""

import re
from collections.abc import Mapping
from typing import Any

GB = 1e9
HIDDEN = ("key",)  # what measurements of the same kind are kept under
_NAMED = re.compile(r"(?P<name>[^/(]+?)(?: \((?P<unit>[^)]+)\))?(?:/(?P<part>.+))?")


def figures_said(figures: Mapping[str, Any]) -> str:
    """Figures with their units, as `figure_list` has them."""
    return " · ".join(figure_list(figures))


def figure_list(figures: Mapping[str, Any], only: str = "") -> list[str]:
    """Figures as `figure_said` says each, or `only` one; behind `wall_s` stand `wall_low_s` and `wall_high_s`."""
    found = []
    for name, value in figures.items():
        if name in HIDDEN or name.endswith(("_low_s", "_high_s")) or only not in ("", name):
            continue
        said = figure_said(name, value)
        low, high = (figures.get(f"{name.removesuffix('_s')}_{end}_s") for end in ("low", "high"))
        if said and low is not None and high is not None:
            said += f" ({seconds_said(low)} to {seconds_said(high)})"
        found += [said] if said else []
    return found


def figure_said(name: str, value: Any) -> str:
    """One figure; empty where it is unknown.

    A name that ends in `_s` is seconds, in `_bytes` bytes, in `_usd` US dollars; `left_s` is what is left;
    `memory (GB)/gpu` is the memory of the GPU in GB, `tokens a second` is a rate.
    """
    if value is None or isinstance(value, (dict, list)):
        return ""
    words = name.replace("_", " ")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name.endswith("_per_s"):
            return f"{value:,.4g} {words[:-6]}/s"
        if name.endswith(" a second"):
            return f"{value:,.4g} {words[:-9]}/s"
        if name == "left_s":
            return left_said(value)
        if name.endswith("_s"):
            return f"{words[:-2]} {seconds_said(value)}"
        if name.endswith("_bytes"):
            return f"{words[:-6]} {value / GB:.2f} GB"
        if name.endswith("_usd"):
            return f"{words[:-4]} ${value:,.4g}"
    named = _NAMED.fullmatch(words)
    if named is not None:
        words = " ".join(part for part in (named["part"], named["name"]) if part)
    unit = f" {named['unit']}" if named is not None and named["unit"] and not isinstance(value, str) else ""
    return f"{words} {value:,.4g}{unit}" if isinstance(value, float) else f"{words} {value}{unit}"


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


def left_said(seconds: float) -> str:
    """The time that is left, as roughly as it is known: ≈ 75 s left, ≈ 12 min left, ≈ 2.8 h left."""
    if seconds < 100:
        return f"≈ {seconds:.0f} s left"
    minutes = seconds / 60
    return f"≈ {minutes:.0f} min left" if minutes < 100 else f"≈ {minutes / 60:.1f} h left"
