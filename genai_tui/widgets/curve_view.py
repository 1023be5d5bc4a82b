"""The part of a page that shows curves: one quantity of one or several jobs, and a cursor that tells their values."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.curves import Curve, Series, Window, draw_curves, draw_legend, value_at
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted

SIGNS = ("", "●", "○", "×", "+")
ROLES: tuple[Role, ...] = ("text", "good", "key", "warn", "soft")
TITLE = "Curves"
EMPTY = "What it measures step by step stands here as a curve."


class CurveView(Painted, can_focus=True):
    """The curves of one quantity over their steps; where it has the keys, ← and → move the cursor of all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "the cursor a step back", show=False),
        Binding("right", "step(1)", "the cursor a step on", show=False),
        Binding("shift+left", "step(-10)", "the cursor ten steps back", show=False),
        Binding("shift+right", "step(10)", "the cursor ten steps on", show=False),
        Binding("home", "step(-1000000000)", "the cursor to the first step", show=False),
        Binding("end", "step(1000000000)", "the cursor to the last step", show=False),
    ]

    def __init__(self, empty: str = EMPTY) -> None:
        super().__init__(id="curves")
        self.empty = empty
        self.quantity = ""
        self.curves: Sequence[Curve] = ()
        self.pinned = ""
        self.names: Sequence[str] = ()
        self.window = Window()

    def show(self, quantity: str, shown: Sequence[Curve], names: Sequence[str] = (), pinned: str = "") -> None:
        """Other curves, or more of them; those of `pinned` are what the others are held against.

        `names` are all quantities that could be shown: they stand beside one another, this one lit.
        """
        self.quantity, self.curves, self.pinned, self.names = quantity, shown, pinned, names
        self.repaint()

    def turn_axis(self) -> None:
        """A logarithmic axis, or a linear one."""
        self.window = self.window._replace(log=not self.window.log)
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Heading, legend, plane; in plain lines the values alone."""
        heading(canvas, TITLE, self.has_focus)
        if not self.curves:
            canvas.put(2, 1, self.empty, "soft")
            return
        at = "" if self.window.cursor is None else f" at step {self.window.cursor:,}"
        end = canvas.right(canvas.width - 1, 0, f" {'log' if self.window.log else 'linear'}{at} ", "head") - 1
        self._draw_names(canvas, len(TITLE) + 4, end)
        draw_legend(canvas, 1, self.curves, self.window, self.pinned)
        if not canvas.look.plain:
            draw_curves(canvas, 2, canvas.height - 2, self.curves, self.window, smooth=True)

    def _draw_names(self, canvas: Canvas, x: int, end: int) -> None:
        """The quantities, one after the other; where they do not all fit, this one and which of them it is."""
        names = self.names if self.quantity in self.names else (self.quantity, *self.names)
        if x + sum(len(name) + 2 for name in names) > end:
            at = f" {names.index(self.quantity) + 1} of {len(names)} " if len(names) > 1 else ""
            canvas.put(canvas.put(x, 0, f" {self.quantity} ", "railnow", end - x), 0, at, "head", end - x)
            return
        for name in names:
            x = canvas.put(x, 0, f" {name} ", "railnow" if name == self.quantity else "head")

    def steps(self) -> list[int]:
        """Every step of which there is a value."""
        return sorted({step for curve in self.curves for step, _ in curve.points})

    def action_step(self, by: int) -> None:
        """The cursor so many steps on, of those of which there is a value; from none, it begins at the end."""
        steps = self.steps()
        if not steps:
            return
        cursor = self.window.cursor
        nearest = 0 if cursor is None else min(range(len(steps)), key=lambda place: abs(steps[place] - cursor))
        place = len(steps) - 1 if cursor is None else max(0, min(nearest + by, len(steps) - 1))
        self.window = self.window._replace(cursor=steps[place])
        self.repaint()
        say = getattr(self.screen, "say", None)
        if self.look.plain and say is not None:
            say(self.spoken())

    def spoken(self) -> str:
        """The values in words: the last, or at the cursor."""
        at = "" if self.window.cursor is None else f" at step {self.window.cursor:,}"
        said = []
        for curve in self.curves:
            value = value_at(curve.points, self.window.cursor)
            name = "" if curve.name == self.quantity else f"{curve.name} "
            said.append(f"{name}{'unknown' if value is None else format(value, '.4g')}")
        return f"{self.quantity}{at}: {', '.join(said)}"


def as_curves(series: Mapping[str, Series]) -> list[Curve]:
    """The longest as a line, the others by signs of their own."""
    names = sorted(series, key=lambda name: -len(series[name]))
    return [
        Curve(name, series[name], SIGNS[place % len(SIGNS)], ROLES[place % len(ROLES)])
        for place, name in enumerate(names)
    ]
