"""Hostile text reaches a terminal harmless from every command, and a pipe as it was."""

import contextlib
import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.commands import genai
from tests.support.fake_endpoint import serve_in_thread
from tests.support.far_end import FarEnd, plain_environment

EVIL = "\x1b]0;pwned\x07\x1b[31mred\x1b[2J\u202ereverse\x9b5m\x07\x08end"
OBEYED = re.compile("\x1b(?!\\[K)|[\x00-\x08\x0b\x0c\x0e-\x1a\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose name, dataset, prompts, scope and candidate are hostile."""
    folder = tmp_path / "work"
    assert genai("init", folder, "--name", f"name {EVIL}").code == 0
    rows = [{"ticket": f"{EVIL} {n}", "label": f"{EVIL} {n % 2}"} for n in range(12)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = genai("data", "import", "rows.jsonl", "--expected", "label", "--name", "rows", cwd=folder)
    assert done.code == 0, done.err
    assert genai("prompt", "save", "-", "--note", EVIL, cwd=folder, stdin=f"{EVIL} {{{{ ticket }}}}").code == 0
    assert genai("scope", "set", f"problem={EVIL}", "metric=exact", "target=0.9", cwd=folder).code == 0
    return folder


def on_a_terminal(project: Path, home: Path, *words: str, **environ: str) -> tuple[int, str]:
    """The exit code, and what the command wrote to a terminal."""
    program = FarEnd([sys.executable, "-m", "genai_tui", *words], plain_environment(home, **environ))
    with contextlib.closing(program):
        code = program.end(60)
        return code, program.output.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "words",
    [
        ("status",), ("next",), ("data", "list"), ("data", "show", "dev:1"), ("data", "show", "dev:1", "--json"),
        ("prompt", "list"), ("prompt", "show", "1"), ("prompt", "export", "1"), ("scope", "show"), ("status", "--json"),
        ("prompt", "run", EVIL), ("prompt", "list", "--json"), ("candidate", "show", EVIL), ("data", "show", EVIL),
        ("data", "import", EVIL.replace("/", "")), ("model", "use", EVIL), ("endpoint", "test", EVIL),
    ],
    ids=lambda words: "-".join(word if word.isascii() and word.isprintable() else "evil" for word in words),
)  # fmt: skip
def test_a_command_writes_nothing_that_a_terminal_obeys(words: tuple[str, ...], project: Path, home: Path) -> None:
    code, written = on_a_terminal(project, home, "-p", str(project), *words)
    assert code in (0, 2)
    assert written.strip()
    assert OBEYED.search(written) is None, repr(written)


@pytest.mark.parametrize("model", ["echo", "fault-400", "html"])
def test_answers_and_errors_of_an_endpoint_are_harmless_on_a_terminal(model: str, project: Path, home: Path) -> None:
    with serve_in_thread() as fake:
        words = ("-p", str(project), "prompt", "run", "1", "--row", "dev:1", "--model", f"openai/{model}")
        code, written = on_a_terminal(project, home, *words, OPENAI_BASE_URL=fake.url)
    assert code in (0, 2, 3)
    assert OBEYED.search(written) is None, repr(written)


def test_a_terminal_without_utf8_gets_no_byte_above_127(project: Path, home: Path) -> None:
    for words in (("status",), ("data", "show", "dev:1"), ("doctor",), ("prompt", "show", "1")):
        _, written = on_a_terminal(project, home, "-p", str(project), *words, LANG="C", LC_ALL="C")
        assert written.isascii(), repr(written)


def test_a_pipe_gets_the_answer_as_it_was(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_in_thread() as fake:
        monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
        said = genai("prompt", "run", "1", "--row", "dev:1", "--model", "openai/echo", cwd=project)
        asked = fake.requests[-1].json["messages"][-1]["content"]
    assert said.out == asked + "\n"
    assert OBEYED.search(said.err) is None
