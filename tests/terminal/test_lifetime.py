"""How it ends: by a key, a signal, a lost line, a defect; each time saved, restored, and with its exit code."""

import json
import os
import re
import signal
import time

import pytest

from genai_tui.terminal.lifetime import ENDING_SIGNALS

QUIT = b"\x11"


def ended(app, code, seconds=20.0):
    """It ended with `code`, saved once, and left the terminal as it was found."""
    assert app.end(seconds) == code
    assert app.wait_report("saved") is True
    assert app.left_on() == []
    assert app.output.endswith(b"\x1b[?25h\x1b[?1049l") or app.output.rindex(b"\x1b[?1049l")
    return bytes(app.output).rpartition(b"\x1b[?1049l")[2].decode()


@pytest.mark.parametrize(("key", "code"), [(QUIT, 0), (b"\x1bOQ", 7)])
def test_a_key_ends_it_with_the_code_of_the_app(little, key, code):
    app = little("box", MOUSE="1")
    app.send(key)
    assert ended(app, code) == ""


def test_modes_go_off_in_their_order(little):
    app = little(MOUSE="1")
    app.send(QUIT)
    app.end()
    off = [b"\x1b[?1006l", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[<u", b"\x1b[?25h", b"\x1b[?1049l"]
    places = [app.output.rindex(mode) for mode in off]
    assert places == sorted(places)


@pytest.mark.parametrize("number", ENDING_SIGNALS, ids=lambda number: number.name)
def test_every_signal_that_ends_saves_and_restores(little, number):
    app = little("box", MOUSE="1")
    app.kill(number)
    ended(app, 128 + number)


def test_a_signal_during_the_start_restores_as_well(little):
    app = little(ready=False)
    app.wait_for(rb"\x1b\[\?1049h")
    app.kill(signal.SIGTERM)
    assert ended(app, 143) == ""


def test_sigterm_while_the_event_loop_is_blocked_saves_and_restores(little):
    app = little("box")
    app.send(b"\x1b[15~")
    assert app.wait_report("blocked")
    app.kill(signal.SIGTERM)
    ended(app, 143)


@pytest.mark.parametrize("ignored", ["", "HUP"])
def test_a_dropped_line_saves_and_ends_within_two_seconds_whatever_signals_come(little, ignored, home):
    app = little("box", IGNORED=ignored)
    app.send(b"text")
    app.hang_up()
    began = time.monotonic()
    assert app.end() == 129
    assert time.monotonic() - began < 2.5
    assert app.wait_report("saved") is True


def test_a_dropped_line_ends_it_though_the_loop_is_blocked(little):
    app = little(IGNORED="HUP")
    app.send(b"\x1b[15~")
    assert app.wait_report("blocked")
    app.hang_up()
    began = time.monotonic()
    assert app.end() == 129
    assert time.monotonic() - began < 2.5
    assert app.wait_report("saved") is True


@pytest.mark.parametrize("end", ["term", "quit"])
def test_where_saving_fails_the_terminal_is_restored_all_the_same(little, end, home):
    app = little(SAVING="fails")
    app.kill(signal.SIGTERM) if end == "term" else app.send(QUIT)
    ended(app, 143 if end == "term" else 0)
    assert "could not be saved" in (home / "state" / "log").read_text()


def test_a_crash_restores_says_where_the_log_is_and_exits_70(little, home):
    app = little("box", OPENAI_API_KEY="sk-verysecret-0123456789abcdef")
    app.send(b"\x1bOR")
    said = ended(app, 70)
    assert "boom" in said
    assert str(home / "state" / "log") in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    lines = [json.loads(line) for line in (home / "state" / "log").read_text().splitlines()]
    assert "action_crash" in lines[-1]["traceback"]
    assert "verysecret" not in (home / "state" / "log").read_text()
    assert "verysecret" not in app.output.decode()


def test_a_crash_where_no_log_can_be_written_still_restores_and_says_so(little, home):
    (home / "state").write_text("a file where the folder should be")
    app = little()
    app.send(b"\x1bOR")
    said = ended(app, 70)
    assert "boom" in said
    assert "cannot be written" in said


def test_an_error_of_the_family_that_nobody_caught_has_its_own_code_and_sentences(little):
    app = little()
    app.send(b"\x1bOS")
    said = ended(app, 2)
    assert re.search(r"What happened\.\s+Why it did\.\s+What to do\.", said)


def test_after_the_end_no_input_is_left_for_the_shell(little):
    app = little()
    app.send(b"\x11rm -rf x\r")
    assert app.end() == 0
    assert app.left_on() == []


def test_sigstop_and_sigcont_from_outside_paint_everything(little):
    app = little("box")
    app.kill(signal.SIGSTOP)
    assert app.stopped()
    app.resize(70, 20)
    before = len(app.output)
    app.kill(signal.SIGCONT)
    app.wait_for(rb"\x1b\[\?1049h.*ready", since=before)
    assert app.wait_report("size") == [70, 20]
    assert app.keys(b"x") == ["x"]
    app.send(QUIT)
    ended(app, 0)


def test_ctrl_z_gives_the_terminal_back_and_coming_back_paints_everything(little):
    app = little("box")
    app.send(b"\x1a")
    assert app.stopped()
    app.wait_for(rb"\x1b\[\?1049l")
    app.quiet(0.1)
    assert app.left_on() == []
    assert f"kill -CONT {app.pid}".encode() in app.output
    before = len(app.output)
    app.kill(signal.SIGCONT)
    app.wait_for(rb"\x1b\[\?1049h.*ready", since=before)
    assert app.keys(b"y")[-1] == "y"
    app.send(b"\x1b[19~")
    assert app.wait_report("content") == "y"
    app.send(QUIT)
    ended(app, 0)


def test_sigterm_ends_it_when_it_was_stopped(little):
    app = little("box")
    app.send(b"\x1a")
    assert app.stopped()
    app.kill(signal.SIGTERM)
    app.kill(signal.SIGCONT)
    assert app.end() == 143
    assert app.left_on() == []


def editor(home, body):
    """A script that stands for the user's editor."""
    script = home / "editor.sh"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return str(script)


def test_an_editor_gets_the_terminal_and_a_sane_environment_and_gives_the_text_back(little, home):
    command = editor(home, 'echo "editing $(cat "$1") $TERM $NO_COLOR" ; read line ; echo "$line" > "$1"')
    app = little("box", EDITOR=command, NO_COLOR="1", TERM="xterm-of-tomorrow")
    app.send(b"\x1b[17~")
    end = app.wait_for(rb"\x1b\[\?1049l.*editing before xterm-256color 1\r\n")
    assert app.left_on() == []
    app.send("né\r")
    assert app.wait_report("edited") == "né\n"
    app.wait_for(rb"\x1b\[\?1049h.*ready", since=end)
    assert app.keys(b"k") == ["k"]


def test_ctrl_c_in_the_editor_does_not_end_the_app(little, home):
    command = editor(home, "trap 'echo caught; exit 3' INT; echo editing; read line")
    app = little(EDITOR=command)
    app.send(b"\x1b[17~")
    app.wait_for(rb"editing\r\n")
    app.send(b"\x03")
    assert "ended with 3" in app.wait_report("edited")
    assert app.keys(b"k") == ["k"]


def test_an_editor_that_is_not_there_gives_the_terminal_back(little):
    app = little(EDITOR="no-such-editor")
    app.send(b"\x1b[17~")
    assert "no program called no-such-editor" in app.wait_report("edited")
    assert app.keys(b"k") == ["k"]
    app.send(QUIT)
    ended(app, 0)


def test_sigterm_while_an_editor_has_the_terminal_saves_and_ends(little, home):
    app = little(EDITOR=editor(home, "echo editing; exec sleep 60"))
    app.send(b"\x1b[17~")
    app.wait_for(rb"editing\r\n")
    app.kill(signal.SIGTERM)
    assert app.end() == 143
    assert app.wait_report("saved") is True
    assert app.left_on() == []


def test_nothing_of_ours_is_left_in_the_temporary_folder(little, home, tmp_path):
    app = little(EDITOR=editor(home, "exit 0"), TMPDIR=str(tmp_path))
    app.send(b"\x1b[17~")
    assert app.wait_report("edited") == "before"
    assert [name for name in os.listdir(tmp_path) if name.startswith("genai-tui")] == []
