"""Words that no command can do anything with are refused with a sentence: exit 2, never a defect of ours."""

import os
import threading
from pathlib import Path

import pytest

from genai_tui.project import Project
from tests.support.commands import genai, genai_process

HUGE = "99999999999999999999999"


@pytest.mark.parametrize(
    "words",
    [
        ("prompt", "history", "--limit", HUGE),
        ("prompt", "run", "1", "--row", f"dev:{HUGE}"),
        ("prompt", "run", HUGE),
        ("prompt", "history", "--prompt", HUGE),
        ("prompt", "save", "-", "--few-shot", HUGE),
        ("data", "back", HUGE),
        ("data", "split", "--seed", HUGE),
    ],
)
def test_a_number_that_nothing_counts_to(sample: Project, words: tuple[str, ...]) -> None:
    ended = genai(*words, cwd=sample.folder, stdin="Hello {{ ticket }}")
    assert (ended.code, ended.out) == (2, "")
    assert "inside genai-tui" not in ended.err


@pytest.mark.parametrize("pair", ["\udcff=1", "ticket=\udcff"])
def test_a_variable_that_is_no_text(sample: Project, pair: str) -> None:
    ended = genai_process("prompt", "wire", "1", "--var", pair, "--var", "ticket2=x", cwd=sample.folder)
    assert ended.code == 2
    assert "UTF-8" in ended.err


@pytest.mark.parametrize("command", ["save", "import"])
def test_a_file_without_end(sample: Project, command: str) -> None:
    ended = genai("prompt", command, "/dev/zero", cwd=sample.folder)
    assert ended.code == 2
    assert "/dev/zero is longer than 64 MB" in ended.err


def test_a_pipe_with_a_name_is_read_to_its_end(sample: Project, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_text, args=("Say {{ what }}.",))
    writing.start()
    ended = genai("prompt", "save", pipe, cwd=sample.folder)
    writing.join()
    assert (ended.code, ended.err.split(",")[0]) == (0, "It is prompt 4")


def test_a_long_template_of_many_variables_is_filled_in(sample: Project) -> None:
    ended = genai("prompt", "save", "-", cwd=sample.folder, stdin="a {{ ticket }} " * 80_000)
    assert ended.code == 0
    ended = genai("prompt", "wire", "4", "--as", "messages", "--var", "ticket=b", cwd=sample.folder)
    assert (ended.code, ended.out.count("a b ")) == (0, 79_999 + ("a b " in ended.out[-60:]))


def test_a_long_list_of_messages_is_not_called_front_matter(sample: Project, tmp_path: Path) -> None:
    (tmp_path / "chat.yaml").write_text(f"- role: user\n  content: {'long ' * 210_000}\n")
    ended = genai("prompt", "import", tmp_path / "chat.yaml", cwd=sample.folder)
    assert ended.code == 2
    assert "chat.yaml is longer than 1,000,000 characters" in ended.err
    assert "front matter" not in ended.err.lower()
