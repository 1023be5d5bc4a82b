"""The terminal as its environment tells it."""

import os
import subprocess
import sys

import pytest

from genai_tui.terminal.environment import (
    child_environment,
    prepare_environment,
    read_terminal,
    terminfo_has,
)

PLAIN = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "utf8"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "de_DE.Utf8"}, True),
        ({"LANG": "ca_ES.UTF-8@valencia"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "C", "LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_CTYPE": "POSIX"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_ALL": "C.UTF-8", "LC_CTYPE": "C", "LANG": "C"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8"}, True),
        ({"LC_ALL": "UTF-8x"}, False),
    ],
)
def test_the_locale_decides_what_is_drawn(environ, utf8):
    terminal = read_terminal({"TERM": "xterm"} | environ)
    assert terminal.utf8 is utf8
    assert terminal.drawing == ("unicode" if utf8 else "ascii")


def test_the_locale_is_judged_as_it_came_not_as_python_left_it():
    terminal = read_terminal({"TERM": "xterm", "LANG": "C", "LC_CTYPE": "C.UTF-8"}, proc_environ={"LANG": "C"})
    assert terminal.drawing == "ascii"


@pytest.mark.parametrize(("locale", "drawing"), [({"LANG": "C"}, "ascii"), ({"LC_CTYPE": "UTF-8"}, "unicode")])
def test_a_fresh_interpreter_judges_its_first_environment(locale, drawing):
    script = "from genai_tui.terminal.environment import this_terminal; print(this_terminal().drawing)"
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=kept | {"TERM": "xterm"} | locale,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == drawing


@pytest.mark.parametrize("drawing", ["ascii", "unicode"])
def test_the_setting_drawing_beats_the_locale(drawing):
    assert read_terminal(PLAIN, drawing=drawing).drawing == drawing
    assert read_terminal({"TERM": "xterm", "LANG": "C"}, drawing=drawing).drawing == drawing


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "screen.xterm-256color"}, "256"),
        ({"TERM": "screen"}, "16"),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": "xterm-16color", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": "ansi"}, "16"),
        ({"TERM": "xterm-kitty"}, "256"),
        ({"TERM": "xterm-ghostty", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "something-new"}, "16"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "0"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_colours(environ, colours):
    assert read_terminal(environ).colours == colours


@pytest.mark.parametrize(
    ("environ", "ttys", "dumb"),
    [
        ({"TERM": "xterm"}, (True, True), False),
        ({"TERM": "never-heard-of"}, (True, True), False),
        ({"TERM": "dumb"}, (True, True), True),
        ({"TERM": ""}, (True, True), True),
        ({}, (True, True), True),
        ({"TERM": "xterm"}, (False, True), True),
        ({"TERM": "xterm"}, (True, False), True),
    ],
)
def test_where_no_screen_can_be_drawn(environ, ttys, dumb):
    assert read_terminal(environ, stdin_tty=ttys[0], stdout_tty=ttys[1]).dumb is dumb


@pytest.mark.parametrize(
    ("value", "light"),
    [("0;15", True), ("15;0", False), ("0;default;15", True), ("15;8", False), ("0;7", True), ("0;default", None)],
)
def test_a_light_ground_is_only_a_hint_of_colorfgbg(value, light):
    assert read_terminal(PLAIN | {"COLORFGBG": value}).light is light
    assert read_terminal(PLAIN).light is None


def test_the_mouse_is_off_over_ssh_unless_wanted():
    over_ssh = PLAIN | {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
    assert read_terminal(PLAIN).mouse
    assert not read_terminal(over_ssh).mouse
    assert read_terminal(over_ssh, mouse=True).mouse
    assert not read_terminal(PLAIN, mouse=False).mouse


def test_what_stands_between_us_and_the_person():
    assert read_terminal(PLAIN | {"TMUX": "/tmp/tmux-0/default,1,0"}).tmux
    assert read_terminal(PLAIN | {"STY": "1.pts"}).screen
    assert read_terminal(PLAIN | {"TERM": "screen"}).screen
    assert read_terminal(PLAIN | {"TERM_PROGRAM": "vscode"}).keeps_ctrl_keys
    assert read_terminal(PLAIN | {"ZELLIJ": "0"}).keeps_ctrl_keys
    assert not read_terminal(PLAIN).keeps_ctrl_keys
    assert read_terminal(PLAIN | {"ACCESSIBLE": "1"}).plain
    assert read_terminal(PLAIN, plain=True).plain
    assert not read_terminal(PLAIN | {"ACCESSIBLE": "0"}).plain


def test_textual_gets_an_environment_that_fits_and_children_the_one_that_came():
    came = PLAIN | {"COLUMNS": "300", "LINES": "100", "TEXTUAL_ANIMATIONS": "full", "NO_COLOR": "1"}
    environ = dict(came)
    prepare_environment(environ, read_terminal(environ, keyboard="plain"))
    assert "COLUMNS" not in environ
    assert "LINES" not in environ
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert environ["TEXTUAL_SMOOTH_SCROLL"] == "0"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert environ["NO_COLOR"] == "1"
    child = child_environment(environ)
    assert child["TEXTUAL_ANIMATIONS"] == "full"
    assert child["NO_COLOR"] == "1"
    assert "TEXTUAL_COLOR_SYSTEM" not in child
    assert "COLUMNS" not in child


def test_without_a_terminal_columns_are_believed():
    environ = PLAIN | {"COLUMNS": "300"}
    prepare_environment(environ, read_terminal(environ, stdout_tty=False))
    assert environ["COLUMNS"] == "300"


def test_an_editor_gets_a_term_that_the_machine_knows(tmp_path):
    home = {"HOME": str(tmp_path)}
    assert child_environment(PLAIN | home | {"TERM": "xterm-nobody-knows"})["TERM"] == "xterm-256color"
    (tmp_path / ".terminfo" / "x").mkdir(parents=True)
    (tmp_path / ".terminfo" / "x" / "xterm-nobody-knows").touch()
    assert terminfo_has("xterm-nobody-knows", home)
    assert child_environment(PLAIN | home | {"TERM": "xterm-nobody-knows"})["TERM"] == "xterm-nobody-knows"
