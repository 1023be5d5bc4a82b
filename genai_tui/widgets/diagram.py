"""The lifecycle as eight boxes and the arrows between them: where each stands, how it is drawn, where a key leads.

Pure over a width and the status of the stages. The boxes of a phase share a column; Evaluate has one of its own,
between what adapts a model and what ships it. The arrows are the course of the work.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from genai_tui.lifecycle import PHASES, STAGES, Stage
from genai_tui.records.stages import StageStatus
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.look import SIGN_ROLES, Role

Direction = Literal["left", "right", "up", "down"]
SMALLEST, WIDEST, ROOMY = 76, 148, 100
ROWS, MOST_ROWS = 12, 24  # rows of the whole diagram: on the smallest screen, and where there is no end of room
COMFORTABLE = 18  # rows at which every box has four lines
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
    """Where everything stands at one size: a box a stage, the columns of the phases, the width, the rows."""

    boxes: tuple[Box, ...]
    columns: tuple[tuple[int, int], ...]
    width: int
    rows: int


def lay_out(width: int, statuses: Sequence[StageStatus], height: int = ROWS) -> Diagram:
    """Place the boxes in `width` columns (at least SMALLEST) and at most `height` rows (ROWS, where there are fewer).

    Boxes grow with the room: until every line of theirs is seen, and until it looks as if they had room to spare.
    """
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
    need = _needed(statuses, [size - 3 for size in sizes])
    loop_need = need[2] + need[3] + need[4]
    rows = max(ROWS, min(height, MOST_ROWS, max(COMFORTABLE, loop_need, need[6] + need[7] + 1)))
    tall = max(5, min(rows, max(need[0], need[1])))
    third = _share(rows, need[2:5], 4)
    deploy, augment = _share(rows - 1, need[6:8], 5)
    fourth, fifth = third[0], third[0] + third[1]
    places = {
        1: (0, 0, tall), 2: (1, 0, tall), 3: (2, 0, third[0]), 4: (2, fourth, third[1]), 5: (2, fifth, third[2]),
        6: (3, 1, fifth), 7: (4, 0, deploy), 8: (4, deploy + 1, augment),
    }  # fmt: skip
    boxes = tuple(
        Box(stage, columns[column][0], y, columns[column][1], height)
        for stage, (column, y, height) in sorted(places.items())
    )
    return Diagram(boxes, tuple(columns), usable - margin, rows)


def _needed(statuses: Sequence[StageStatus], inner: Sequence[int]) -> list[int]:
    """The height at which each box shows all of its lines."""
    column_of = (0, 1, 2, 2, 2, 3, 4, 4)
    return [len(box_lines(status, inner[column])) + 2 for status, column in zip(statuses, column_of, strict=True)]


def _share(rows: int, needed: Sequence[int], least: int) -> list[int]:
    """Heights that together are `rows`: `least` each, then what each one needs, then one after the other."""
    heights = [least] * len(needed)
    for _ in range(rows - least * len(needed)):
        lacking = [need - height for need, height in zip(needed, heights, strict=True)]
        worst = lacking.index(max(lacking)) if max(lacking) > 0 else heights.index(min(heights))
        heights[worst] += 1
    return heights


def box_lines(status: StageStatus, width: int, text: Callable[[str], str] = str) -> list[str]:
    """The lines of one box: its sign and what matters most, as `text` writes it here, wrapped to `width`."""
    lines = list(status.lines) or ["not begun"]
    lines[0] = _SIGN + lines[0]
    return [piece for line in lines for piece in wrap(text(line), width)]


def title_of(stage: Stage) -> str:
    """The title of a box as it stands in its border."""
    return f" {stage.number} {stage.title} "


def draw(canvas: Canvas, top: int, diagram: Diagram, statuses: Sequence[StageStatus]) -> None:
    """Draw boxes and arrows with the diagram's first row at `top`; which box is chosen its title says."""
    for box, stage, status in zip(diagram.boxes, STAGES, statuses, strict=True):
        _frame(canvas, top, box, title_of(stage), PHASE_ROLES[stage.phase])
        _fill(canvas, top, box, status, stage.question)
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


def _fill(canvas: Canvas, top: int, box: Box, status: StageStatus, question: str) -> None:
    """The lines of a box; one that has nothing to say yet asks its question, where that fits whole."""
    inner, rows = box.width - 3, box.height - 2
    lines = box_lines(status, inner, canvas.look.text)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1] + canvas.look.signs["ellipsis"]]
    quiet: Role = "soft" if status.state == "empty" else "text"
    y = top + box.y + 1
    for row, line in enumerate(lines):
        if row == 0:
            canvas.put(box.x + 2, y, canvas.look.signs[status.state], SIGN_ROLES[status.state])
            canvas.put(box.x + 4, y, line.removeprefix(_SIGN), quiet, inner - 2)
        else:
            canvas.put(box.x + 2, y + row, line, quiet, inner)
    asked = wrap(question[0].upper() + question[1:], inner - 1) if status.state == "empty" else []
    if canvas.width >= ROOMY and len(lines) + len(asked) <= rows:
        for row, line in enumerate(asked, len(lines)):
            canvas.put(box.x + 2, y + row, line, "soft", inner)


def _arrows(canvas: Canvas, top: int, diagram: Diagram) -> None:
    one, two, three, four, five, six, seven, eight = diagram.boxes
    for source, target, row in ((one, two, 2), (two, three, 2), (six, seven, 2)):
        canvas.put(source.right, top + row, "├", PHASE_ROLES[STAGES[source.stage - 1].phase])
        canvas.fill(source.right + 1, top + row, target.x - source.right - 2, "─", "soft")
        canvas.put(target.x - 1, top + row, "▶", "soft")
    for source, row in ((three, 2), (four, four.y + 2)):
        gap = six.x - source.right - 1
        canvas.put(source.right + 1, top + row, "◀" + "─" * (gap - 2) + "▶", "soft")
    middle = six.x + six.width // 2
    canvas.put(middle, top + six.bottom + 1, "▲", "soft")
    canvas.put(five.right + 1, top + five.y + 2, "◀" + "─" * (middle - five.right - 2) + "╯", "soft")
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
