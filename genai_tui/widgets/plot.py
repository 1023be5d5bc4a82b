"""Plots in cells: an interval on an axis, and points on a plane with the best of them joined.

Drawn with signs that terminals of 16 colours, of none and of ASCII have too; nothing is told by colour alone.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import Role

TICKS = 5  # numbers along an axis, at most
MARGIN = 7  # columns of the numbers beside a plane


class Point(NamedTuple):
    """One thing at (x, y), with what is written beside it; `low` and `high` are the interval of y."""

    x: float
    y: float
    name: str
    low: float | None = None
    high: float | None = None
    best: bool = False


class Axis(NamedTuple):
    """What an axis goes from and to, how its numbers are written, and which (without `ticks` round ones)."""

    low: float
    high: float
    said: Callable[[float], str] = "{:g}".format
    title: str = ""
    ticks: tuple[float, ...] = ()

    def at(self, value: float, cells: int) -> int:
        """The cell of a value on an axis of so many; a value beyond an end is at that end."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return round(max(0.0, min(1.0, share)) * (cells - 1))


def nice(low: float, high: float, ticks: int = TICKS) -> list[float]:
    """Round numbers within a range: steps of 1, 2 or 5 times a power of ten, as few as fit."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    step = 10 ** math.floor(math.log10(span / ticks))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= ticks)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def around(values: Sequence[float], *, least: float = 0.0) -> tuple[float, float]:
    """A range with some room around values, at least so wide."""
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, (least - (high - low)) / 2, 1e-9)
    return low - room, high + room


def draw_interval(
    canvas: Canvas,
    x: int,
    y: int,
    width: int,
    axis: Axis,
    value: float,
    low: float | None,
    high: float | None,
    *,
    mark: float | None = None,
    role: Role = "text",
) -> None:
    """A value with its interval on a line of its own, and where `mark` is: `├──●──┤    ┊`, within it `├─┼●──┤`."""
    if mark is not None:
        canvas.put(x + axis.at(mark, width), y, canvas.look.signs["target"], "soft")
    if low is not None and high is not None:
        start, end = axis.at(low, width), axis.at(high, width)
        canvas.fill(x + start, y, end - start + 1, "─", role)
        canvas.put(x + start, y, "├", role)
        canvas.put(x + end, y, "┤", role)
        if mark is not None and start < axis.at(mark, width) < end:
            canvas.put(x + axis.at(mark, width), y, "┼", role)
    canvas.put(x + axis.at(value, width), y, canvas.look.signs["point"], role)


def pareto(points: Sequence[Point]) -> list[int]:
    """The places of points that no other beats: none is as cheap (x) and better (y), or as good and cheaper."""
    order = sorted(range(len(points)), key=lambda place: (points[place].x, -points[place].y))
    front: list[int] = []
    best = -math.inf
    for place in order:
        if points[place].y > best:
            front.append(place)
            best = points[place].y
    return front


def draw_plane(
    canvas: Canvas,
    top: int,
    height: int,
    across: Axis,
    up: Axis,
    points: Sequence[Point],
    *,
    joined: Sequence[int] = (),
    mark: float | None = None,
) -> None:
    """Points between two axes, `joined` places joined by steps, `mark` a line across; names where there is room."""
    left, bottom = MARGIN, top + height - 2
    width, rows = canvas.width - left - 2, height - 2
    if width < 10 or rows < 3:
        return
    draw_axes(canvas, left, top, width, rows, across, up)
    if mark is not None and up.low <= mark <= up.high:
        row = bottom - 1 - up.at(mark, rows)
        for cell in range(0, width, 2):
            canvas.put(left + 1 + cell, row, "·", "soft")
        canvas.right(left, row, up.said(mark), "strong")
    places = [(left + 1 + across.at(each.x, width), bottom - 1 - up.at(each.y, rows)) for each in points]
    _draw_steps(canvas, [places[place] for place in joined], left + width)
    for each, (x, _) in zip(points, places, strict=True):
        if each.low is not None and each.high is not None:
            for row in range(bottom - 1 - up.at(each.high, rows), bottom - up.at(each.low, rows)):
                canvas.put(x, row, "│", "soft")
    taken: set[tuple[int, int]] = set(places)
    front = set(joined)
    for place in sorted(range(len(points)), key=lambda place: place in front):  # over those that they beat
        each, (x, y) = points[place], places[place]
        role: Role = "good" if each.best else "key" if place in front else "text"
        canvas.put(x, y, canvas.look.signs["point" if place in front or not joined else "empty"], role)
        _name(canvas, each.name, x, y, left + width, taken, "strong" if place in front else "text")


def draw_axes(canvas: Canvas, left: int, top: int, width: int, rows: int, across: Axis, up: Axis) -> None:
    """The two axes of a plane at column `left`, with round numbers and the title of the one across."""
    bottom = top + rows
    for row in range(top, bottom):
        canvas.put(left, row, "│", "frame")
    canvas.put(left, bottom, "└", "frame")
    canvas.fill(left + 1, bottom, width, "─", "frame")
    ticks = range(max(2, rows // 3), rows + 1)
    several = (found for count in ticks if len(found := nice(up.low, up.high, count)) > 1)
    for value in list(up.ticks) or next(several, nice(up.low, up.high, 2)):  # one number alone tells nothing of an axis
        row = bottom - 1 - up.at(value, rows)
        canvas.right(left, row, up.said(value), "soft")
        canvas.put(left, row, "┤", "frame")
    end = left
    for value in across.ticks or nice(across.low, across.high):
        text, x = across.said(value), left + 1 + across.at(value, width)
        start = max(left, min(x - width_of(text) // 2, left + width - width_of(text)))
        if start > end:
            canvas.put(x, bottom, "┬", "frame")
            end = canvas.put(start, bottom + 1, text, "soft") + 1
    room = left + width + 1 - width_of(across.title)
    if across.title and room > end:
        canvas.put(room, bottom + 1, across.title, "head")


def _draw_steps(canvas: Canvas, places: Sequence[tuple[int, int]], end: int) -> None:
    """A stair from each place to the next: what can be had for at most so much."""
    for number, (x, y) in enumerate(places):
        after = places[number + 1] if number + 1 < len(places) else (end, y)
        for column in range(x + 1, after[0]):
            canvas.put(column, y, "─", "soft")
        if after[1] < y and after[0] > x:
            canvas.put(after[0], y, "┘", "soft")
            for row in range(after[1] + 1, y):
                canvas.put(after[0], row, "│", "soft")


def _name(canvas: Canvas, name: str, x: int, y: int, end: int, taken: set[tuple[int, int]], role: Role) -> None:
    """Beside the point, else at its other side, else over or under it; nowhere where there is no room."""
    size = width_of(canvas.look.text(name))
    for start, row in ((x + 2, y), (x - size - 1, y), (x - size // 2, y - 1), (x - size // 2, y + 1)):
        cells = {(column, row) for column in range(start - 1, start + size + 1)} - {(x, y)}
        if row >= 0 and start > MARGIN and start + size <= end and not cells & taken:
            canvas.put(start, row, name, role)
            taken |= cells
            return
