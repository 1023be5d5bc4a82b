"""The log: lines of JSON, bounded, without a secret, and in memory where it cannot be written."""

import json
import logging
import stat
import subprocess
import sys

import pytest

from genai_tui.terminal.log import KEPT_IN_MEMORY, LARGEST, JsonLines, LogHandler, log_defect, open_log, without_secrets
from tests.support.far_end import plain_environment


@pytest.fixture
def handler(tmp_path):
    """A handler of a logger of its own."""
    handler = LogHandler(tmp_path / "state" / "log")
    yield handler
    handler.close()


def say(handler, text="text", **more):
    """One record."""
    handler.handle(logging.makeLogRecord({"msg": text, "levelno": 40, "levelname": "ERROR", "name": "here"} | more))


def test_a_line_is_json_with_its_time_in_utc(handler, tmp_path):
    assert not (tmp_path / "state").exists()
    say(handler, "one\ntwo \x1b[31m")
    (line,) = (tmp_path / "state" / "log").read_text().splitlines()
    read = json.loads(line)
    assert read["text"] == "one\ntwo \x1b[31m"
    assert read["time"].endswith("Z")
    assert "\x1b" not in line
    assert stat.S_IMODE((tmp_path / "state" / "log").stat().st_mode) == 0o600
    assert handler.path == tmp_path / "state" / "log"


def test_arguments_that_do_not_fit_raise_nothing(handler):
    say(handler, "%d of %d", args=("one",))
    assert json.loads(handler.file.read_text())["text"] == "%d of %d ('one',)"


def test_it_never_grows_beyond_two_files_of_five_megabytes(handler, tmp_path):
    for _ in range(130):
        say(handler, "x" * 99_000)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "state").iterdir()}
    assert set(sizes) == {"log", "log.1"}
    assert max(sizes.values()) <= LARGEST


def test_what_cannot_be_written_is_kept_in_memory_and_nothing_is_said(tmp_path, capfd):
    (tmp_path / "state").write_text("a file")
    handler = LogHandler(tmp_path / "state" / "log")
    for number in range(KEPT_IN_MEMORY + 5):
        say(handler, f"line {number}")
    assert len(handler.lines) == KEPT_IN_MEMORY
    assert handler.path is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "key sk-proj-ABCDEFGHIJKLMNOP12345",
        "{'api_key': 'abcdefgh12345678'}",
        "https://host/v1?api-key=abcdefgh12345678",
        "hf_ABCDEFGHIJKLMNOPQRST",
    ],
)
def test_what_looks_like_a_key_is_taken_out(text):
    assert "[key]" in without_secrets(text)
    assert not any(part in without_secrets(text) for part in ("abcdefgh", "ABCDEFGH"))


def test_secrets_of_the_environment_are_taken_out_of_text_and_traceback():
    environ = {"MY_TOKEN": "correct horse battery", "SHORT_KEY": "abc", "PATH": "/usr/bin/long"}
    try:
        raise ValueError("with correct horse battery in it")
    except ValueError:
        record = logging.LogRecord(
            "n", 40, "p", 1, "said correct horse battery abc /usr/bin/long", None, sys.exc_info()
        )
    line = JsonLines(environ).format(record)
    assert "correct horse" not in line
    assert "abc /usr/bin/long" in line


def test_a_defect_names_its_log(tmp_path):
    before = logging.getLogger().handlers[:]
    try:
        where = log_defect(ValueError("boom"), tmp_path)
        assert where == str(tmp_path / "log")
        assert "boom" in (tmp_path / "log").read_text()
        assert open_log() is open_log(tmp_path)
    finally:
        for handler in set(logging.getLogger().handlers) - set(before):
            logging.getLogger().removeHandler(handler)
            handler.close()


def test_late_exceptions_go_to_the_log_and_not_to_the_screen(home, tmp_path):
    script = (
        "import sys, threading, warnings; from pathlib import Path; from genai_tui.terminal.log import open_log\n"
        f"open_log(Path({str(tmp_path)!r}))\n"
        "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()\n"
        "class Bad:\n    def __del__(self): raise KeyError('late')\n"
        "b = Bad(); del b\n"
        "warnings.warn('careful')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=plain_environment(home), capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
    log = (tmp_path / "log").read_text()
    assert all(word in log for word in ("ZeroDivisionError", "KeyError", "careful"))
