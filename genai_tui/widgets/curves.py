"""Curves over steps: several series in one plane, each with a line or a sign of its own, told by more than colour."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import Role
from genai_tui.widgets.plot import MARGIN, Axis, around, draw_axes

STEADY = 12  # a smoothed line is the mean of so large a part of its steps around each
DOTTED = 3  # columns from one sign to the next where a series has a value in most of them
Series = Sequence[tuple[int, float | None]]


class Curve(NamedTuple):
    """Values by step, in the order of steps; a `sign` marks single points, without one it is a line."""

    name: str
    points: Series
    sign: str = ""
    role: Role = "text"


class Window(NamedTuple):
    """How curves are looked at: a logarithmic axis, and the step that the cursor stands on."""

    log: bool = False
    cursor: int | None = None


def draw_curves(
    canvas: Canvas, top: int, height: int, curves: Sequence[Curve], window: Window = Window(), *, along: str = "step",
    smooth: bool = False,
) -> None:  # fmt: skip
    """Draw curves over one axis, of steps or what else they go `along`.

    Values that are not finite leave a gap, as do those ≤ 0 on a log axis. `smooth`: a line of many steps is their
    mean as it moves, over a dot for each.
    """
    known = {curve.name: _known(curve.points, window.log) for curve in curves}
    values = [value for points in known.values() for _, value in points]
    width, rows = canvas.width - MARGIN - 2, height - 2
    if not values or width < 10 or rows < 3:
        return
    steps = [step for points in known.values() for step, _ in points]
    low, high = around(values, least=1e-6)
    up = Axis(low, high, _log_said, ticks=_decades(low, high, rows // 3)) if window.log else Axis(low, high, _said)
    across = Axis(min(steps), max(max(steps), min(steps) + 1), lambda step: f"{step:,.0f}", along)
    draw_axes(canvas, MARGIN, top, width, rows, across, up)
    if window.cursor is not None and across.low <= window.cursor <= across.high:
        x = MARGIN + 1 + across.at(window.cursor, width)
        for row in range(top, top + rows):
            canvas.put(x, row, "┊", "soft")
    bottom = top + rows - 1
    for curve in curves:
        points = known[curve.name]
        around_each = len(points) // STEADY if smooth and not curve.sign else 0
        if around_each > 2:
            for step, value in points:
                canvas.put(MARGIN + 1 + across.at(step, width), bottom - up.at(value, rows), _dot(canvas), "soft")
            points = _moving(points, around_each)
        places = {x: bottom - up.at(value, rows) for x, value in _cells(points, across, width).items()}
        if curve.sign:
            every = (
                DOTTED if len(places) > width // DOTTED else 1
            )  # a sign in each column would cover what lies under it
            for x, y in places.items():
                if x % every == 0:
                    canvas.put(MARGIN + 1 + x, y, curve.sign, curve.role)
        else:
            _line(canvas, places, curve.role)


def draw_legend(canvas: Canvas, y: int, curves: Sequence[Curve], window: Window = Window(), pinned: str = "") -> None:
    """Sign, name and value of each curve, the last or at the cursor; beside it how far it is from the pinned one."""
    x = 1
    base = next((value_at(curve.points, window.cursor) for curve in curves if curve.name == pinned), None)
    for curve in curves:
        value = value_at(curve.points, window.cursor)
        said = "–" if value is None else _said(value)
        if value is not None and base is not None:
            said += " pinned" if curve.name == pinned else f" ({value - base:+.3g})"
        text = f"{curve.sign or '─'} {curve.name} {said}"
        if x + width_of(canvas.look.text(text)) > canvas.width - 1:
            canvas.put(x, y, canvas.look.signs["ellipsis"], "soft")
            return
        end = canvas.put(x, y, curve.sign or "─", curve.role)
        end = canvas.put(end + 1, y, curve.name, "soft")
        x = canvas.put(end + 1, y, said, "strong") + 3


def value_at(points: Series, step: int | None) -> float | None:
    """The value at a step or, where it has none there, at the last before it; without a step the last of all."""
    known = [(at, value) for at, value in points if value is not None and (step is None or at <= step)]
    return known[-1][1] if known else None


def _known(points: Series, log: bool) -> list[tuple[int, float]]:
    if log:
        return [(step, math.log10(value)) for step, value in points if value is not None and value > 0]
    return [(step, value) for step, value in points if value is not None and math.isfinite(value)]


def _decades(low: float, high: float, most: int) -> tuple[float, ...]:
    """Logarithms, within a range of them, of round numbers: 1, 2 and 5 of each power of ten, 1 and 3, or 1 alone."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    found: tuple[float, ...] = ()
    for parts in ((1, 2, 5), (1, 3), (1,)):
        each = (power + math.log10(part) for power in powers for part in parts)
        found = tuple(tick for tick in each if low <= tick <= high)
        if len(found) <= max(2, most):
            break
    return found


def _cells(points: Sequence[tuple[int, float]], across: Axis, width: int) -> dict[int, float]:
    """The mean of what falls into each column."""
    sums: dict[int, tuple[float, int]] = {}
    for step, value in points:
        total, count = sums.get(x := across.at(step, width), (0.0, 0))
        sums[x] = (total + value, count + 1)
    return {x: total / count for x, (total, count) in sorted(sums.items())}


def _moving(points: Sequence[tuple[int, float]], over: int) -> list[tuple[int, float]]:
    """The mean of so many values around each."""
    sums = [0.0, *accumulate(value for _, value in points)]
    spans = ((max(0, at - over // 2), min(len(points), at + over // 2 + 1)) for at in range(len(points)))
    return [(step, (sums[to] - sums[at]) / (to - at)) for (step, _), (at, to) in zip(points, spans, strict=True)]


def _dot(canvas: Canvas) -> str:
    return "." if canvas.look.ascii else "·"  # which in ASCII would be the sign of the line


def _line(canvas: Canvas, places: dict[int, int], role: Role) -> None:
    """A line through places from the left to the right, level within a column, upright at its end."""
    columns = sorted(places)
    for number, x in enumerate(columns):
        y = places[x]
        after = columns[number + 1] if number + 1 < len(columns) else x + 1
        canvas.fill(MARGIN + 1 + x, y, after - x, "─", role)
        if number + 1 < len(columns) and (below := places[after]) != y:
            turn = MARGIN + after
            first, last = ("╮", "╰") if below > y else ("╯", "╭")
            canvas.put(turn, y, first, role)
            for row in range(min(y, below) + 1, max(y, below)):
                canvas.put(turn, row, "│", role)
            canvas.put(turn, below, last, role)


def _said(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}"
    return f"{value:.1e}"


def _log_said(value: float) -> str:
    return _said(10**value)
