"""An estimate as text for 80 columns, and as the JSON that other programs rely on."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from genai_tui.records.estimates import Estimate, Part

WIDE = 80
NAME, VALUE = 26, 18
"""Columns that names and values have at most."""
KEYS = {"bytes": "total_bytes", "GPU-hours": "gpu_hours", "tokens/s": "tokens_per_s", "US dollars": "total_usd"}
BRIEF = {"petaflop/s-days": "PF/s-days"}
STEPS = {
    "bytes": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "MWh": ((1e3, "GWh"), (1.0, "MWh"), (1e-3, "kWh"), (1e-6, "Wh")),
    "tonnes": ((1.0, "t"), (1e-3, "kg"), (1e-6, "g")),
    "seconds": ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
}
"""Units that people read, from the largest; a value is shown in the first that it fills."""


def amount_text(value: float, unit: str) -> str:
    """A value with its unit, in a size that people read: 16.1 GB, 8.19 ms, $0.0028, 1.44e+05 GPU-hours."""
    if unit == "US dollars":
        return f"${value:,.0f}" if value >= 1_000 else f"${value:,.2f}" if value >= 1 else f"${value:.3g}"
    if unit == "of the dense peak":
        return f"{value:.1%} of peak"
    if unit in STEPS:
        if value == 0:
            return f"0 {STEPS[unit][-1][1]}"
        size, name = next(((size, name) for size, name in STEPS[unit] if value >= size), STEPS[unit][-1])
        return f"{round_text(value / size)} {name}"
    if unit == "FLOPs":
        return f"{value:.3g} {unit}"
    return f"{round_text(value)} {BRIEF.get(unit, unit)}".strip()


def estimate_lines(estimate: Estimate, *, sources: bool = False) -> list[str]:
    """The parts aligned, with formulas, then the total with its range."""
    lines = part_lines(estimate.parts, sources=sources)
    return [*lines, "", total_line(estimate)]


def part_lines(parts: Sequence[Part], *, sources: bool = False) -> list[str]:
    """A line a part: name, value, formula; a formula that is too long goes on beneath; sources where asked for.

    Columns are as wide as what stands in them; a part whose name or value is wider than most has a line of its own.
    """
    values = [amount_text(part.value, part.unit) for part in parts]
    names = _column([len(part.name) for part in parts], NAME)
    wide = _column([len(value) for value in values], VALUE)
    indent = " " * (names + wide + 4)
    lines = []
    for part, value in zip(parts, values, strict=True):
        body = textwrap.wrap(part.formula, WIDE - len(indent), break_on_hyphens=False)
        if len(part.name) <= names and len(value) <= wide:
            lines.append(f"{part.name:<{names}}  {value:>{wide}}  {body.pop(0) if body else ''}".rstrip())
        else:
            lines.append(f"{part.name}  {value}")
        lines += [indent + rest for rest in body]
        if sources:
            lines += textwrap.wrap(f"[{part.source}]", WIDE, initial_indent=indent, subsequent_indent=indent)
    return lines


def total_line(estimate: Estimate) -> str:
    """`≈ 31 GB  (29 to 38 GB)`."""
    between = ""
    if estimate.low is not None and estimate.high is not None:
        low, high = amount_text(estimate.low, estimate.unit), amount_text(estimate.high, estimate.unit)
        if low.partition(" ")[2] == high.partition(" ")[2]:
            low = low.partition(" ")[0]
        between = f"  ({low} to {high})"
    return f"≈ {amount_text(estimate.total, estimate.unit)}{between}"


def wrapped(mark: str, sentences: Sequence[str]) -> list[str]:
    """Sentences under a mark, wrapped."""
    lines = []
    for sentence in sentences:
        lines += textwrap.wrap(
            sentence, WIDE, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False
        )
        mark = " " * len(mark)
    return lines


def as_json(estimate: Estimate) -> dict[str, Any]:
    """The total under the name of its unit, its range, the parts, what is assumed, and what was measured."""
    measured = estimate.measured
    return {
        KEYS.get(estimate.unit, "total"): estimate.total,
        "low": estimate.low,
        "high": estimate.high,
        "parts": parts_json(estimate.parts),
        "assumptions": list(estimate.assumptions),
        "measured": measured
        and {"value": measured.value, "ratio": measured.ratio, "of": measured.of, "sentence": measured.sentence},
    }


def parts_json(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Parts with all that is known of them."""
    return [
        {"name": part.name, "value": part.value, "unit": part.unit, "formula": part.formula, "source": part.source}
        for part in parts
    ]


def _column(widths: Sequence[int], most: int) -> int:
    """As wide as the widest that is not wider than `most`."""
    return max((width for width in widths if width <= most), default=0)


def round_text(value: float) -> str:
    """Three digits that count, as people write them up to a thousand million."""
    if value >= 1e9:
        return f"{value:.3g}"
    if value >= 1e6:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
