"""The diagram: boxes stand apart at every width, and the arrow keys follow the arrows."""

import pytest

from genai_tui.lifecycle import ARROWS, BY_KEY
from genai_tui.records.stages import Iteration, StageStatus
from genai_tui.widgets import diagram, intervals
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.look import make_look
from tests.support.boards import NOTHING, SAMPLE

LOOK = make_look()


@pytest.mark.parametrize("width", [76, 80, 81, 99, 100, 110, 120, 148, 200, 600])
@pytest.mark.parametrize("board", [SAMPLE, NOTHING])
def test_boxes_stand_apart_and_within_the_screen(width: int, board: object) -> None:
    plan = diagram.lay_out(width, board.stages)  # type: ignore[attr-defined]
    taken: set[tuple[int, int]] = set()
    for box in plan.boxes:
        cells = {(x, y) for x in range(box.x, box.right + 1) for y in range(box.y, box.bottom + 1)}
        assert not cells & taken
        taken |= cells
        assert box.right < width
        assert box.bottom < diagram.ROWS


@pytest.mark.parametrize("height", range(4, 60, 3))
@pytest.mark.parametrize("width", [76, 100, 148])
@pytest.mark.parametrize("board", [SAMPLE, NOTHING])
def test_boxes_grow_with_the_room_and_stay_apart(width: int, height: int, board: object) -> None:
    plan = diagram.lay_out(width, board.stages, height)  # type: ignore[attr-defined]
    assert diagram.ROWS <= plan.rows <= max(diagram.ROWS, height)
    taken: set[tuple[int, int]] = set()
    for box in plan.boxes:
        cells = {(x, y) for x in range(box.x, box.right + 1) for y in range(box.y, box.bottom + 1)}
        assert not cells & taken
        taken |= cells
        assert box.bottom < plan.rows
    assert {box.bottom for box in plan.boxes if box.stage in (5, 8)} == {plan.rows - 1}


def test_with_room_every_line_is_seen_and_an_empty_box_asks_its_question() -> None:
    long = SAMPLE._replace(stages=(*SAMPLE.stages[:2], StageStatus("done", tuple("abcde")), *SAMPLE.stages[3:]))
    for height, seen in ((12, "b…"), (24, "e")):
        plan = diagram.lay_out(120, long.stages, height)
        canvas = Canvas(120, plan.rows, LOOK)
        diagram.draw(canvas, 0, plan, long.stages)
        column = [line[plan.boxes[2].x :][:6].strip("│ ") for line in canvas.text().split("\n")]
        assert seen in column
    assert "What does it need" in canvas.text()


def test_a_line_is_wrapped_as_it_is_written_where_there_is_only_ascii() -> None:
    look = make_look(ascii_only=True)
    stages = (StageStatus("done", ("one task", "exact ≥ 0.90")), *SAMPLE.stages[1:])
    canvas = Canvas(80, diagram.ROWS, look)
    diagram.draw(canvas, 0, diagram.lay_out(80, stages), stages)
    text = canvas.text()
    assert "exact >=" in text
    assert "0.90" in text


@pytest.mark.parametrize("width", [80, 120])
def test_titles_and_what_matters_are_whole(width: int) -> None:
    canvas = Canvas(width, diagram.ROWS, LOOK)
    diagram.draw(canvas, 0, diagram.lay_out(width, SAMPLE.stages), SAMPLE.stages)
    text = canvas.text()
    for words in (
        "1 Scope",
        "4 Fine-tune",
        "6 Evaluate",
        "8 Augment",
        "smollm2-135m",
        "0.96 ±0.03" if width > 80 else "0.96",
    ):
        assert words in text


def test_right_follows_the_course_of_the_work() -> None:
    plan = diagram.lay_out(120, SAMPLE.stages)
    way = [1]
    for _ in range(5):
        way.append(diagram.move(plan, way[-1], "right"))
    assert way == [1, 2, 3, 6, 7, 7]
    assert diagram.move(plan, 7, "down") == 8


def test_every_arrow_can_be_walked_by_one_key() -> None:
    plan = diagram.lay_out(80, SAMPLE.stages)
    for source, target in ARROWS:
        reached = {diagram.move(plan, BY_KEY[source].number, way) for way in ("left", "right", "up", "down")}
        assert BY_KEY[target].number in reached, (source, target)


def test_back_from_evaluate_leads_where_one_came_from() -> None:
    plan = diagram.lay_out(120, SAMPLE.stages)
    assert [diagram.move(plan, 6, "left", came) for came in (0, 3, 4, 5, 7)] == [3, 3, 4, 5, 3]


def test_where_no_arrow_leads_the_nearest_box_is_taken_if_there_is_one() -> None:
    plan = diagram.lay_out(120, SAMPLE.stages)
    assert diagram.move(plan, 8, "left") == 6
    assert diagram.move(plan, 4, "left") == 2
    assert diagram.move(plan, 1, "left") == 1
    assert diagram.move(plan, 3, "up") == 3


def test_every_box_can_be_reached_and_left() -> None:
    plan = diagram.lay_out(80, NOTHING.stages)
    reached, found = {1}, [1]
    while found:
        here = found.pop()
        for way in ("left", "right", "up", "down"):
            there = diagram.move(plan, here, way)
            if there not in reached:
                reached.add(there)
                found.append(there)
    assert reached == set(range(1, 9))


def test_a_box_is_found_by_its_cells() -> None:
    plan = diagram.lay_out(100, SAMPLE.stages)
    for box in plan.boxes:
        assert diagram.at(plan, box.x, box.y) == box.stage
        assert diagram.at(plan, box.right, box.bottom) == box.stage
    assert diagram.at(plan, 0, 11) is None


def axis(value: float, low: float, high: float, target: float | None = 0.9, width: int = 100) -> str:
    canvas = Canvas(width, 2, LOOK)
    found = (Iteration("c1", "zero-shot", "m", value, low, high, 60),)
    intervals.draw_axis(canvas, 0, width, found, target)
    intervals.draw_rows(canvas, 1, width, found, target)
    return canvas.text()


def test_an_interval_stands_on_its_axis_with_the_target_marked() -> None:
    header, row = axis(0.5, 0.4, 0.6).split("\n")
    assert "0.90" in header
    assert "┊" in row
    assert row.index("├") < row.index("●") < row.index("┤") < row.index("┊")
    assert "0.50" in row


@pytest.mark.parametrize(
    ("value", "low", "high"), [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.0, -0.1, 1.2), (0.96, 0.92, 0.98)]
)
def test_scores_at_the_ends_stay_on_the_axis(value: float, low: float, high: float) -> None:
    for width in (50, 80, 148):
        assert "●" in axis(value, low, high, width=width)


def test_a_met_target_is_drawn_in_another_colour_and_sign() -> None:
    canvas = Canvas(100, 1, LOOK)
    intervals.draw_rows(canvas, 0, 100, (Iteration("c1", "x", "m", 0.96, 0.92, 0.98, 200, best=True, met=True),), 0.9)
    assert "good" in canvas.roles[0]
    assert "◀ best" in canvas.text()
