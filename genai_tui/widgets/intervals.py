"""Scores on an axis from 0 to 1, each with its 95 % interval and the target marked: the iterations on the board."""

from collections.abc import Sequence

from genai_tui.records.stages import Iteration
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import Role

NAME, LABEL, SCORE = 5, 12, 6


def columns(width: int, iterations: Sequence[Iteration]) -> tuple[int, int, int]:
    """Where the axis begins and how wide it is, and how wide the model column is (0: left out) at this width."""
    widest = max((width_of(each.model) for each in iterations), default=12)
    model = min(widest, max(0, width - 70), 28)
    start = 1 + NAME + LABEL + (model + 1 if model else 0) + SCORE + 1
    return start, max(8, width - start - 8), model


def draw_axis(canvas: Canvas, y: int, width: int, iterations: Sequence[Iteration], target: float | None) -> None:
    """Numbers of the axis on the header row `y`: 0, the target, 1."""
    start, length, _ = columns(width, iterations)
    if not iterations and target is None:
        return
    for value, text in ((0.0, " 0 "), (1.0, " 1 ")):
        canvas.put(_at(start, length, value) - 1, y, text, "head")
    if target is not None:
        text = f" {target:.2f} "
        canvas.put(max(start + 3, min(_at(start, length, target) - 3, start + length - 7)), y, text, "strong")


def draw_rows(canvas: Canvas, y: int, width: int, iterations: Sequence[Iteration], target: float | None) -> None:
    """One row for each iteration from row `y` on: name, what it is, score, and its interval on the axis."""
    start, length, model = columns(width, iterations)
    for row, each in enumerate(iterations, y):
        canvas.put(1, row, each.candidate, "strong" if each.best else "text", NAME - 1)
        canvas.put(1 + NAME, row, each.label, "text", LABEL - 1)
        if model:
            canvas.put(1 + NAME + LABEL, row, each.model, "soft", model)
        canvas.put(start - SCORE - 1, row, f"{each.value:.2f}", "strong" if each.best else "text")
        if target is not None:
            canvas.put(_at(start, length, target), row, canvas.look.signs["target"], "soft")
        low, high, here = (_at(start, length, value) for value in (each.low, each.high, each.value))
        role: Role = "warn" if each.doubt else "good" if each.met else "text"
        canvas.fill(low, row, high - low + 1, "─", role)
        canvas.put(low, row, "├", role)
        canvas.put(high, row, "┤", role)
        canvas.put(here, row, canvas.look.signs["point"], role)
        sign = canvas.look.signs["best" if each.best else "attention"]
        if each.doubt or each.best:  # a word is all there is room for: it begins with what it is
            said = each.doubt.partition(" ")[0] or "best"
            canvas.put(start + length + 1, row, f"{sign} {said}", "warn" if each.doubt else "strong")


def _at(start: int, length: int, value: float) -> int:
    return start + round(max(0.0, min(1.0, value)) * (length - 1))
