"""The lifecycle as eight boxes and the arrows between them: where each stands, how it is drawn, where a key leads.

Pure over a width and the status of the stages. The boxes of a phase share a column; Evaluate has one of its own,
between what adapts a model and what ships it. The arrows are the course of the work.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from genai_tui.lifecycle import PHASES, STAGES, Stage
from genai_tui.records.stages import StageStatus
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.look import SIGN_ROLES, Role

Direction = Literal["left", "right", "up", "down"]
SMALLEST, WIDEST, ROOMY = 76, 148, 100
ROWS = 12
_SIGN = "@@"  # keeps the place of the sign and its blank while lines are wrapped
PHASE_ROLES: dict[str, Role] = dict(zip(PHASES, ("phase0", "phase1", "phase2", "phase3"), strict=True))


class Box(NamedTuple):
    """One box: its corner, its width and height in cells, the number of its stage."""

    stage: int
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The column of its right border."""
        return self.x + self.width - 1

    @property
    def bottom(self) -> int:
        """The row of its lower border."""
        return self.y + self.height - 1


class Diagram(NamedTuple):
    """Where everything stands at one width: a box a stage, the columns of the phases, how far apart columns are."""

    boxes: tuple[Box, ...]
    columns: tuple[tuple[int, int], ...]
    width: int


def lay_out(width: int, statuses: Sequence[StageStatus]) -> Diagram:
    """Place the boxes in `width` columns (at least SMALLEST); boxes of the first two stages grow with their lines."""
    usable, margin = min(width, WIDEST), 1 if width >= ROOMY else 0
    loop = 5 if width >= ROOMY else 3
    room = usable - 2 * margin - loop - 3
    sizes = [room // 5] * 5
    for column in (3, 2, 1, 0, 4)[: room % 5]:
        sizes[column] += 1
    gaps = (1, 1, loop, 1, 0)
    columns, x = [], margin
    for size, gap in zip(sizes, gaps, strict=True):
        columns.append((x, size))
        x += size + gap
    inner = [size - 3 for size in sizes]
    lines = [len(box_lines(status, inner[min(number, 1)])) for number, status in enumerate(statuses[:2])]
    tall = max(5, min(ROWS, max(lines, default=3) + 2))
    deploy = 5
    places = {
        1: (0, 0, tall), 2: (1, 0, tall), 3: (2, 0, 4), 4: (2, 4, 4), 5: (2, 8, 4),
        6: (3, 1, 8), 7: (4, 0, deploy), 8: (4, deploy + 1, ROWS - deploy - 1),
    }  # fmt: skip
    boxes = tuple(
        Box(stage, columns[column][0], y, columns[column][1], height)
        for stage, (column, y, height) in sorted(places.items())
    )
    return Diagram(boxes, tuple(columns), usable - margin)


def box_lines(status: StageStatus, width: int) -> list[str]:
    """The lines of one box: its sign and what matters most, wrapped to `width`."""
    lines = list(status.lines) or ["not started"]
    lines[0] = _SIGN + lines[0]
    return [piece for line in lines for piece in wrap(line, width)]


def title_of(stage: Stage) -> str:
    """The title of a box as it stands in its border."""
    return f" {stage.number} {stage.title} "


def draw(canvas: Canvas, top: int, diagram: Diagram, statuses: Sequence[StageStatus]) -> None:
    """Draw boxes and arrows with the diagram's first row at `top`; which box is chosen its title says."""
    for box, stage, status in zip(diagram.boxes, STAGES, statuses, strict=True):
        _frame(canvas, top, box, title_of(stage), PHASE_ROLES[stage.phase])
        _fill(canvas, top, box, status)
    _arrows(canvas, top, diagram)


def draw_phases(canvas: Canvas, y: int, diagram: Diagram) -> None:
    """The line above the boxes: each phase over its columns."""
    spans = ((0, 0), (1, 1), (2, 3), (4, 4))
    for phase, (first, last) in zip(PHASES, spans, strict=True):
        x, end = diagram.columns[first][0], sum(diagram.columns[last])
        role = PHASE_ROLES[phase]
        canvas.fill(x, y, end - x, "─", role)
        canvas.put(x + 1, y, f" {phase} ", role, end - x - 1)


def _frame(canvas: Canvas, top: int, box: Box, title: str, role: Role) -> None:
    y, width = top + box.y, box.width
    canvas.put(box.x, y, "╭" + "─" * (width - 2) + "╮", role)
    for row in range(y + 1, top + box.bottom):
        canvas.put(box.x, row, "│", role)
        canvas.put(box.right, row, "│", role)
    canvas.put(box.x, top + box.bottom, "╰" + "─" * (width - 2) + "╯", role)
    canvas.put(box.x + 1, y, title, role, width - 2)


def _fill(canvas: Canvas, top: int, box: Box, status: StageStatus) -> None:
    inner, rows = box.width - 3, box.height - 2
    lines = box_lines(status, inner)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1] + canvas.look.signs["ellipsis"]]
    quiet: Role = "soft" if status.state == "empty" else "text"
    for row, line in enumerate(lines):
        y = top + box.y + 1 + row
        if row == 0:
            canvas.put(box.x + 2, y, canvas.look.signs[status.state], SIGN_ROLES[status.state])
            canvas.put(box.x + 4, y, line.removeprefix(_SIGN), quiet, inner - 2)
        else:
            canvas.put(box.x + 2, y, line, quiet, inner)


def _arrows(canvas: Canvas, top: int, diagram: Diagram) -> None:
    one, two, three, four, five, six, seven, eight = diagram.boxes
    for source, target, row in ((one, two, 2), (two, three, 2), (six, seven, 2)):
        canvas.put(source.right, top + row, "├", PHASE_ROLES[STAGES[source.stage - 1].phase])
        canvas.fill(source.right + 1, top + row, target.x - source.right - 2, "─", "soft")
        canvas.put(target.x - 1, top + row, "▶", "soft")
    for source, row in ((three, 2), (four, 6)):
        gap = six.x - source.right - 1
        canvas.put(source.right + 1, top + row, "◀" + "─" * (gap - 2) + "▶", "soft")
    middle = six.x + six.width // 2
    canvas.put(middle, top + six.bottom + 1, "▲", "soft")
    canvas.put(five.right + 1, top + 10, "◀" + "─" * (middle - five.right - 2) + "╯", "soft")
    middle = seven.x + seven.width // 2
    canvas.put(middle, top + seven.bottom, "┬", PHASE_ROLES["INTEGRATE"])
    canvas.put(middle, top + eight.y - 1, "▼", "soft")


_DRAWN: dict[int, dict[Direction, int]] = {
    1: {"right": 2}, 2: {"left": 1, "right": 3},
    3: {"left": 2, "right": 6, "down": 4}, 4: {"right": 6, "up": 3, "down": 5}, 5: {"right": 6, "up": 4},
    6: {"left": 3, "right": 7, "down": 5}, 7: {"left": 6, "down": 8}, 8: {"up": 7},
}  # fmt: skip


def move(diagram: Diagram, chosen: int, direction: Direction, came_from: int = 0) -> int:
    """The stage where an arrow key leads: along a drawn arrow, else to the nearest box on that side, else nowhere.

    From Evaluate back into the loop the key leads to the box that one came from, where it was one of the loop.
    """
    if chosen == 6 and direction == "left" and came_from in (3, 4, 5):
        return came_from
    target = _DRAWN[chosen].get(direction)
    return target if target is not None else nearest(diagram, chosen, direction)


def nearest(diagram: Diagram, chosen: int, direction: Direction) -> int:
    """The box on that side whose middle is nearest (rows count double: cells are tall); else `chosen`."""
    own = diagram.boxes[chosen - 1]
    x, y = _middle(own)
    best, best_distance = chosen, float("inf")
    for box in diagram.boxes:
        to_x, to_y = _middle(box)
        beyond = {
            "left": box.right < own.x,
            "right": box.x > own.right,
            "up": box.bottom < own.y,
            "down": box.y > own.bottom,
        }
        if not beyond[direction]:
            continue
        across = abs(to_y - y) * 4 if direction in ("left", "right") else abs(to_x - x) * 2
        distance = abs(to_x - x) + abs(to_y - y) * 2 + across
        if distance < best_distance:
            best, best_distance = box.stage, distance
    return best


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def at(diagram: Diagram, x: int, y: int) -> int | None:
    """The stage whose box holds this cell, counted from the diagram's first row; None between boxes."""
    for box in diagram.boxes:
        if box.x <= x <= box.right and box.y <= y <= box.bottom:
            return box.stage
    return None
