"""Plots: round numbers, what nobody beats, and points that stand where they belong."""

import pytest

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.look import make_look
from genai_tui.widgets.plot import Axis, Point, draw_interval, draw_plane, nice, pareto


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 2.3, [0.0, 0.5, 1.0, 1.5, 2.0]),
        (-3.0, 41.0, [0.0, 10.0, 20.0, 30.0, 40.0]),
        (5.0, 5.0, [5.0]),
    ],
)
def test_an_axis_has_round_numbers(low: float, high: float, numbers: list[float]) -> None:
    assert nice(low, high) == pytest.approx(numbers)


def test_the_front_has_what_nobody_beats() -> None:
    points = [Point(3, 0.9, "c"), Point(1, 0.5, "a"), Point(2, 0.4, "worse and dearer"), Point(3, 0.8, "worse")]
    assert [points[place].name for place in pareto(points)] == ["a", "c"]


def test_an_interval_spans_its_cells() -> None:
    canvas = Canvas(21, 1, make_look())
    draw_interval(canvas, 0, 0, 21, Axis(0, 1), 0.5, 0.25, 0.75, mark=1.0)
    assert canvas.text() == "     ├────●────┤    ┊"


def test_points_stand_where_they_belong_in_any_drawing() -> None:
    for ascii_only, sign in ((False, "●"), (True, "*")):
        canvas = Canvas(47, 12, make_look(ascii_only=ascii_only))
        points = [Point(0, 0, "low"), Point(10, 1, "high")]
        draw_plane(canvas, 0, 12, Axis(0, 10), Axis(0, 1), points, joined=(0, 1))
        rows = canvas.text().split("\n")
        assert rows[0].rstrip().endswith(sign)
        assert rows[9].split(sign)[1].lstrip("─-").startswith("low")
        assert all(char.isascii() for char in canvas.text()) is ascii_only


def test_a_plane_without_room_draws_nothing() -> None:
    canvas = Canvas(12, 3, make_look())
    draw_plane(canvas, 0, 3, Axis(0, 1), Axis(0, 1), [Point(0, 0, "a")])
    assert not canvas.text().strip()
