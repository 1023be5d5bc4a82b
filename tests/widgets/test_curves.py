"""Curves in cells: the line of many steps is their mean as it moves, and every step is still seen."""

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.curves import Curve, draw_curves
from genai_tui.widgets.look import make_look

NOISY = [(step, 5.0 + (2.0 if step % 2 else -2.0)) for step in range(240)]
FEW = NOISY[:10]


def drawn(points: list[tuple[int, float]], *, smooth: bool, ascii_only: bool = False) -> list[str]:
    canvas = Canvas(70, 14, make_look(ascii_only=ascii_only))
    draw_curves(canvas, 0, 14, [Curve("train", points)], smooth=smooth)
    return canvas.text().splitlines()


def test_a_noisy_line_is_its_mean_over_a_dot_for_each_step() -> None:
    rows = drawn(NOISY, smooth=True)
    dotted = [row for row in rows if row.count("·") > 20]
    assert len(dotted) == 2  # high and low
    assert max(row.count("─") for row in rows[:-2]) > 50  # level between them
    assert "╮" not in rows[0]


def test_few_steps_and_lines_of_other_things_are_drawn_as_they_are() -> None:
    rows = drawn(FEW, smooth=True)
    assert not any("·" in row for row in rows)
    assert sum(row.count("╮") + row.count("╯") for row in rows) == len(FEW) - 1
    assert not any("·" in row for row in drawn(NOISY, smooth=False))


def test_in_ascii_dots_and_line_are_told_apart() -> None:
    rows = drawn(NOISY, smooth=True, ascii_only=True)
    assert "".join(rows).isascii()
    assert [row for row in rows if row.count(".") > 20]
    assert max(row.count("-") for row in rows[:-2]) > 50
