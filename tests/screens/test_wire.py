"""What reaches a real terminal: bytes a key, no colour where none is wanted, no letter a locale has not."""

import re
import statistics

import pytest

from genai_tui.project import Project
from tests.support.far_end import far, press

WALK = (
    b"\x1b[C",
    b"\x1b[B",
    b"1",
    b"j",
    b"\r",
    b"x",
    b"\x1b",
    b"2",
    b"j",
    b"3",
    b"\t",
    b"x",
    b"\x1b",
    b"f",
    b"6",
    b"?",
    b"\x1b",
    b":",
    b"th",
    b"\x1b",
    b"J",
    b"h",
)
SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def parameters(output: bytes) -> list[list[int]]:
    """The parameters of every SGR sequence."""
    return [[int(n) for n in re.findall(rb"\d+", found)] for found in SGR.findall(output)]


def test_a_move_is_a_few_hundred_bytes_a_stage_a_few_thousand_and_nothing_is_nothing(sample: Project) -> None:
    with far(sample) as end:
        diagram = [
            press(end, key) for key in (b"\x1b[D", b"\x1b[D", b"\x1b[C", b"\x1b[C", b"\x1b[C", b"\x1b[C", b"\x1b[B")
        ]
        stages = [press(end, key) for key in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"1", b"3")]
        press(end, b"1")
        rows = [press(end, b"j") for _ in range(6)]
        assert 0 < statistics.median(diagram) <= 400, diagram
        assert 0 < statistics.median(rows) <= 400, rows
        assert 0 < max(stages) <= 9000, stages
        assert end.quiet(1.5)
        end.send(b"\x11")
        assert end.end() == 0


@pytest.mark.parametrize("term", ["xterm-256color", "linux", "vt100"])
def test_without_colour_no_colour_sequence_is_written(sample: Project, term: str) -> None:
    with far(sample, NO_COLOR="1", TERM=term) as end:
        for key in WALK:
            press(end, key)
        end.send(b"\x11")
        assert end.end() == 0
        found = {number for numbers in parameters(bytes(end.output)) for number in numbers}
        assert found <= {0, 1, 4, 7}
        assert 7 in found


@pytest.mark.parametrize("term", ["linux", "xterm-16color", "screen"])
def test_with_sixteen_colours_none_of_more_is_written(sample: Project, term: str) -> None:
    with far(sample, TERM=term, COLORTERM="") as end:
        for key in WALK:
            press(end, key)
        end.send(b"\x11")
        assert end.end() == 0
        found = parameters(bytes(end.output))
        assert not [numbers for numbers in found if 38 in numbers or 48 in numbers]
        assert any(30 <= number <= 37 or 90 <= number <= 97 for numbers in found for number in numbers)


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": "C"}, {"LC_CTYPE": "POSIX", "LANG": "C.UTF-8"}])
def test_without_utf8_no_byte_is_above_127(sample: Project, locale: dict[str, str]) -> None:
    with far(sample, **({"LANG": "C"} | locale)) as end:
        for key in WALK:
            press(end, key)
        end.send(b"\x11")
        assert end.end() == 0
        assert not [byte for byte in end.output if byte > 127]


def test_every_cell_is_painted_in_the_first_frame(sample: Project) -> None:
    """GNU screen has no alternate screen: what a shell left there must be covered."""
    with far(sample) as end:
        assert all(len(line) == 80 for line in end.screen())
        painted = re.findall(rb"\x1b\[(\d+);\d+H", bytes(end.output))
        assert {int(row) for row in painted} >= set(range(2, 25))
