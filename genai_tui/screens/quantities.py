"""What a job measured step by step, by quantity: what belongs in one plane, in which order, by which name."""

from collections.abc import Mapping
from typing import Any

from genai_tui.widgets.curves import Series

FIRST = ("loss", "rate", "gradient", "tokens a second", "memory (GB)", "gpu use (%)")  # then the others, by name
NO_GPU = {"memory (GB)/cpu": "memory (GB)"}  # there is no other memory to tell it from
GPU_USE, OF_CPU, OF_GPU = "gpu use (%)", "memory (GB)/cpu", "memory (GB)/gpu"


def by_quantity(measured: Mapping[str, Series]) -> dict[str, dict[str, Series]]:
    """Curves by their quantity and their part: `loss/train` and `loss/dev` are both loss; the rest stand alone."""
    found: dict[str, dict[str, Series]] = {}
    for name, points in measured.items():
        quantity, _, part = name.partition("/")
        found.setdefault(quantity, {})[part or quantity] = points
    return {name: found[name] for name in sorted(found, key=_place)}


def short(quantity: str) -> str:
    """Its name where there is little room, without its unit: `memory`, `tokens/s`."""
    return quantity.partition(" (")[0].replace(" a second", "/s")


def live(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured last, what one looks for first in front; and what is known of a GPU where something trains."""
    names = sorted(metrics, key=lambda name: (name != "left_s", *_place(name.partition("/")[0]), "/train" not in name))
    found = {name: metrics[name] for name in names}
    if OF_GPU in metrics:
        found.setdefault(GPU_USE, "unknown")
    elif OF_CPU in metrics:
        found = {NO_GPU.get(name, name): value for name, value in found.items()} | {"gpu": "none"}
    return found


def _place(quantity: str) -> tuple[int, str]:
    return (FIRST.index(quantity) if quantity in FIRST else len(FIRST), quantity)
