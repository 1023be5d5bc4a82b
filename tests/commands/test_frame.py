"""What holds for every command: where options may stand, one voice, exit codes."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from genai_tui.cli import Main
from genai_tui.commands.table import COMMANDS, EXIT_CODES
from tests.support.commands import genai


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project."""
    folder = tmp_path / "work"
    assert genai("init", folder, "--name", "trial").code == 0
    return folder


def test_options_stand_before_or_after_the_words(project: Path, tmp_path: Path) -> None:
    outputs = {
        genai("-p", project, "--json", "status", cwd=tmp_path).out,
        genai("status", "--json", "-p", project, cwd=tmp_path).out,
        genai("status", "--json", f"--project={project}", cwd=tmp_path).out,
        genai("status", "--json", cwd=project).out,
    }
    assert len(outputs) == 1
    [output] = outputs
    assert output.count("\n") == 1


def test_the_nearest_project_upwards_is_meant(project: Path) -> None:
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    assert genai("status", "--json", cwd=deep).json["project"] == "trial"


def test_status_has_its_settled_keys(project: Path) -> None:
    board = genai("status", "--json", cwd=project).json
    assert [stage["number"] for stage in board["stages"]] == list(range(1, 9))
    assert set(board["stages"][0]) == {"number", "key", "title", "phase", "state", "summary"}
    assert {stage["state"] for stage in board["stages"]} == {"empty"}
    assert board["next"]["stage"] == "scope"
    assert board["next"]["evidence"]
    assert board["spend"] == {"usd": 0, "known_usd": 0, "budget_usd": None}
    assert board["jobs"] == {"running": 0}


def test_next_names_evidence_and_command(project: Path) -> None:
    said = genai("next", cwd=project)
    assert "genai-tui scope set" in said.out
    assert "  - " in said.out
    assert genai("next", "--json", cwd=project).json["command"].startswith("genai-tui scope set")


def test_without_a_terminal_the_app_is_the_board(project: Path, tmp_path: Path) -> None:
    board = genai("status", cwd=project).out
    assert genai(cwd=project).out == board
    assert genai(project, cwd=tmp_path).out == board
    assert "\x1b" not in board


def test_a_folder_called_like_a_command_is_the_command_unless_written_as_a_path(project: Path, tmp_path: Path) -> None:
    (tmp_path / "status").mkdir()
    assert genai("init", "./status", cwd=tmp_path).code == 0
    assert genai("status", cwd=tmp_path).code == 2
    assert genai("./status", cwd=tmp_path).code == 0


@pytest.mark.parametrize("words", [("nonsense",), ("status",), ("prompt", "list"), (".",), ()])
def test_where_there_is_no_project_the_command_that_makes_one_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    said = genai(*words, cwd=tmp_path)
    assert said.code == 2
    assert "genai-tui init" in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_word_that_is_nearly_a_command_is_guessed(tmp_path: Path) -> None:
    assert "genai-tui status" in genai("sttus", cwd=tmp_path).err


def test_wrong_usage_is_exit_2_in_both_forms(project: Path) -> None:
    said = genai("prompt", "run", "1", "--samples", "many", cwd=project)
    assert said.code == 2
    assert "many" in said.err
    error = genai("prompt", "run", "1", "--samples", "many", "--json", cwd=project).error
    assert set(error) >= {"what", "why", "do", "exit"}
    assert error["exit"] == 2


def test_quiet_says_nothing_but_data(project: Path) -> None:
    said = genai("scope", "set", "problem=x", "-q", cwd=project)
    assert (said.code, said.out, said.err) == (0, "", "")


def test_every_command_has_its_page(tmp_path: Path) -> None:
    overview = genai("--help", cwd=tmp_path).out
    for entry in COMMANDS:
        assert entry.name in overview
        page = genai(entry.name, "--help", cwd=tmp_path)
        assert page.code == 0, entry.name
        assert f"genai-tui {entry.name}" in page.out
    for code, text in EXIT_CODES:
        assert f"{code}" in overview
        assert text in overview


def test_every_page_of_help_fits_is_whole_and_says_no_inner_name() -> None:
    pages = list(pages_of(Main(), click.Context(Main(), info_name="genai-tui")))
    assert len(pages) > 60
    for path, text in pages:
        assert "None" not in text, path
        assert all(len(line) <= 100 for line in text.splitlines()), path
        assert not any(line.endswith("...") for line in text.splitlines()[1:]), path


def pages_of(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command below with its page of help, itself first."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, name
            yield from pages_of(below, click.Context(below, info_name=name, parent=context))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str, tmp_path: Path) -> None:
    said = genai("completion", shell, cwd=tmp_path)
    assert said.code == 0
    assert "_GENAI_TUI_COMPLETE" in said.out


def test_scope_set_and_show(project: Path) -> None:
    saved = genai("scope", "set", "metric=accuracy", "target=0.9", "--json", cwd=project).json
    assert (saved["version"], saved["metric"], saved["target"]) == (1, "exact", 0.9)
    assert genai("scope", "set", "problem=Sort.", "--json", cwd=project).json["version"] == 2
    assert genai("scope", "show", "--json", cwd=project).json["problem"] == "Sort."
    assert genai("status", "--json", cwd=project).json["stages"][0]["state"] == "done"
    wrong = genai("scope", "set", "target", cwd=project)
    assert wrong.code == 2
    assert "KEY=VALUE" in wrong.err


def test_a_project_that_is_there_is_not_made_again(project: Path) -> None:
    said = genai("init", project)
    assert said.code == 2
    assert "already" in said.err


def test_a_damaged_database_is_a_sentence(project: Path) -> None:
    (project / ".genai" / "project.db").write_bytes(b"no database" * 1000)
    said = genai("status", cwd=project)
    assert said.code == 2
    assert "project.db" in said.err
    assert "Traceback" not in said.err


def test_hostile_names_reach_standard_error_harmless(project: Path) -> None:
    said = genai("\x1b]0;pwned\x07\x1b[31m", cwd=project)
    assert said.code == 2
    assert "\x1b" not in said.err
    assert "pwned" not in said.err
