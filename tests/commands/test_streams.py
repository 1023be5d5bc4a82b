"""Standard input, output and error that are closed, full, or that nobody reads."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import genai
from tests.support.far_end import FarEnd, plain_environment

PROGRAM = f"{sys.executable} -m genai_tui"


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `genai-tui` is the program; the exit code of a pipe is that of its first command."""
    script = f'genai-tui() {{ {PROGRAM} "$@"; }}; {line}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(["bash", "-c", script], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    return folder


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("genai-tui status >&-", 0, ""),
        ("genai-tui --version >&-", 0, ""),
        ("genai-tui scope set target=0.5 >&- 2>&- <&-", 0, ""),
        ("genai-tui scope set target=nought 2>&-", 2, ""),
        ("genai-tui prompt save - <&-", 2, "standard input holds no message"),
        ("genai-tui data import - <&-", 2, "stdin is empty"),
        ("genai-tui status >/dev/full", 2, "Standard output could not be written."),
        ("genai-tui --help >/dev/full", 2, "Standard output could not be written."),
        ("genai-tui scope --help >/dev/full", 2, "Standard output could not be written."),
        ("genai-tui scope set target=0.5 2>/dev/full", 0, ""),
        ("genai-tui scope set target=nought 2>/dev/full", 2, ""),
        ("genai-tui --version | true", 141, ""),
        ("genai-tui scope --help | true", 141, ""),
        ("genai-tui status --json | true", 141, ""),
        ("genai-tui scope set target=0.5 2> >(true)", 0, ""),
    ],
)
def test_streams_that_fail_end_in_a_sentence_or_in_silence(line: str, code: int, says: str, project: Path) -> None:
    ended = shell(line, project)
    assert ended.returncode == code, ended.stderr
    assert says in ended.stderr
    if not says:
        assert ended.stderr == ""


INTERRUPTED = """
import signal, sys
import genai_tui.__main__ as program
class Interrupts:
    @staticmethod
    def find_spec(name, *_):
        if name == "genai_tui.cli":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupts)
sys.argv = ["genai-tui", "status"]
program.main()
"""


def test_interrupting_the_program_while_it_starts_is_silence_and_130(project: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=project, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, b"", b"")


def test_no_file_is_opened_in_the_place_of_a_closed_stream(project: Path) -> None:
    code = "import os; from genai_tui.__main__ import _open_what_is_closed as o; o(); print(os.open('/dev/null', 0))"
    ended = shell(f'{sys.executable} -c "{code}" <&- 2>&-', project)
    assert int(ended.stdout) > 2


def test_ctrl_c_ends_the_question_whether_to_fetch_the_weights(project: Path, home: Path) -> None:
    assert genai("prompt", "save", "-", cwd=project, stdin="Hello").code == 0
    words = ("-p", str(project), "prompt", "run", "1")
    program = FarEnd([sys.executable, "-m", "genai_tui", *words], plain_environment(home))
    with contextlib.closing(program):
        program.wait_for(b"Fetch them now")
        program.send(b"\x03")
        assert program.end(20) == 130


def test_a_terminal_that_cannot_write_over_a_line_gets_no_progress(project: Path, home: Path) -> None:
    (project / "rows.csv").write_text("q,a\n" + "".join(f"question {n},{n % 2}\n" for n in range(5)))
    words = ("-p", str(project), "data", "import", str(project / "rows.csv"), "--expected", "a")
    for term, moves in (("xterm", True), ("dumb", False)):
        program = FarEnd([sys.executable, "-m", "genai_tui", *words], plain_environment(home, TERM=term))
        with contextlib.closing(program):
            assert program.end(20) == 0
            assert (b"\x1b[K" in program.output) is moves


def test_progress_is_no_wider_than_the_terminal(project: Path, home: Path) -> None:
    (project / "rows.csv").write_text("q,a\n" + "".join(f"question {n},{n % 2}\n" for n in range(5)))
    words = ("-p", str(project), "data", "import", str(project / "rows.csv"), "--expected", "a")
    for columns, cut in ((80, False), (8, True)):
        program = FarEnd([sys.executable, "-m", "genai_tui", *words], plain_environment(home), size=(columns, 24))
        with contextlib.closing(program):
            assert program.end(20) == 0
            assert b"\x1b[K5 o" in program.output
            assert (b"\x1b[K5 of 5 rows" in program.output) is not cut
