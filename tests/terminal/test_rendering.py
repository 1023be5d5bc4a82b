"""What is written: no colour, sign or question beyond the terminal's; the size as the kernel has it."""

import re
import signal
import time

import pytest

COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


def codes(output):
    """All numbers of all SGR sequences."""
    return [code for sequence in COLOURS.findall(bytes(output)) for code in sequence[2:-1].split(b";")]


@pytest.mark.parametrize("filters", ["", "none"])
def test_no_color_writes_no_colour_at_all_and_bold_stays(little, filters):
    app = little("box", NO_COLOR="1", FILTERS=filters)
    app.keys(b"abc")
    app.send(b"\x11")
    assert app.end() == 0
    found = set(codes(app.output))
    assert b"1" in found
    assert not {c for c in found if c and (30 <= int(c) <= 49 or 90 <= int(c) <= 107)}


@pytest.mark.parametrize("term", ["xterm-16color", "linux", "screen", "ansi", "xterm"])
def test_sixteen_colours_means_none_of_more(little, term):
    app = little("box", TERM=term, COLORTERM="truecolor" if term != "xterm" else "")
    app.keys(b"abc")
    found = codes(app.output)
    assert b"38" not in found
    assert b"48" not in found
    assert {c for c in found if c and (30 <= int(c) <= 47 or 90 <= int(c) <= 107)}


def test_256_colours_means_no_true_ones(little):
    app = little("box")
    assert b";5;" in b"".join(COLOURS.findall(bytes(app.output)))
    assert not re.search(rb"\x1b\[[0-9;]*[34]8;2;", app.output)


@pytest.mark.parametrize(
    "locale", [{"LANG": "C"}, {"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, {"DRAWING": "ascii"}, {"LC_CTYPE": "POSIX"}]
)
def test_without_utf8_no_byte_is_above_127_and_what_follows_stays_in_its_column(little, locale):
    app = little("box", **locale)
    app.keys("grüße 日本 👩\u200d👩\u200d👧 e\u0301".encode())
    assert app.screen()[0].startswith("gr?n | ???? | + ready")
    app.send(b"\x11")
    assert app.end() == 0
    assert max(app.output) < 128


def test_with_lc_ctype_of_a_mac_signs_are_drawn(little):
    app = little(LANG="C", LC_CTYPE="UTF-8")
    assert app.screen()[0].startswith("grün │ 日本 │ ✔ ready")


def test_stale_columns_and_lines_are_not_believed(little):
    app = little(COLUMNS="300", LINES="3")
    assert len([line for line in app.screen() if line.strip()]) >= 1
    app.resize(100, 30)
    assert app.wait_report("size") == [100, 30]


@pytest.mark.parametrize("size", [(18, 4), (46, 19), (1, 1), (600, 150), (681, 180)])
def test_any_size_starts_and_answers(little, size):
    app = little("box", size=size, ready=False)
    assert app.wait_report("ready") == list(size)
    assert app.keys(b"abc") == ["a", "b", "c"]
    app.send(b"\x11")
    assert app.end() == 0


def test_the_first_paint_covers_every_cell_of_a_terminal_without_alternate_screen(little):
    app = little(TERM="screen")
    assert app.output.index(b"\x1b[H\x1b[J") < app.output.index(b"ready")
    app.send(b"\x11")
    assert app.end() == 0
    assert app.output.rindex(b"\x1b[H\x1b[J") < app.output.rindex(b"\x1b[?1049l")
    assert not any(line.strip() for line in app.screen())


def test_a_storm_of_sizes_is_laid_out_ten_times_a_second_and_for_the_last(little):
    app = little()
    began = time.monotonic()
    for columns in range(60, 160):
        app.resize(columns, 24)
        app.kill(signal.SIGWINCH)
        app.quiet(0.01)
    app.resize(90, 30)
    laid_out = 0
    while app.wait_report("size") != [90, 30]:
        laid_out += 1
    assert laid_out <= 10 * (time.monotonic() - began) + 2
    assert b"\x1b[2J" not in app.output


def test_ctrl_l_paints_everything(little):
    app = little()
    app.quiet(0.3)
    before = len(app.output)
    app.send(b"\x0c")
    app.wait_for(b"ready", since=before)
    app.keys(b"")
    painted = app.screen(since=before)
    assert painted == app.screen()


def test_nothing_is_written_while_nothing_happens(little):
    app = little("box")
    app.keys(b"a")
    while not app.quiet(0.3):
        pass
    assert app.quiet(1.5)


def test_a_terminal_that_takes_nothing_stops_nothing_and_is_painted_when_it_does_again(little):
    app = little()
    before = len(app.output)
    app.send(b"\x1b[18~")
    app.deaf = True
    app.wait_report("flooded")
    app.deaf = False
    app.wait_for(b"ready", since=before)
    assert app.keys(b"k") == ["k"]
    assert app.screen()[0].startswith("grün")
