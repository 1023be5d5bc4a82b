"""The start is fast: what is loaded in a fresh interpreter, looked at, not guessed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "openai", "aiohttp", "xllamacpp", "tiktoken", "genai_prices", "sqlite_utils", "numpy", "pandas", "pydantic",
    "tomlkit", "minijinja", "jsonschema", "ruamel", "gguf", "httpx2", "requests", "keyring", "torch", "transformers",
    "pyarrow",
}  # fmt: skip


def loaded(code: str, cwd: Path) -> set[str]:
    """The modules that are loaded after `code` has run in a fresh interpreter."""
    ending = "\nimport json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code + ending], capture_output=True, text=True, check=True, cwd=cwd)
    return set(json.loads(ended.stdout.splitlines()[-1]))


def command(*words: str) -> str:
    """Code that runs the command line with these words."""
    given = f"import sys; sys.argv[1:] = {list(words)!r}; from genai_tui.__main__ import main"
    return f"{given}\ntry: main()\nexcept SystemExit: pass"


def tops(modules: set[str]) -> set[str]:
    """The first parts of dotted names."""
    return {name.partition(".")[0] for name in modules}


def test_version_is_answered_before_click_is_imported(tmp_path: Path) -> None:
    assert not tops(loaded(command("--version"), tmp_path)) & {"click", "textual", "platformdirs", *HEAVY}


def test_help_imports_no_command_module(tmp_path: Path) -> None:
    modules = loaded(command("--help"), tmp_path)
    assert not tops(modules) & {"click", "textual", *HEAVY}
    ours = {name for name in modules if name.startswith("genai_tui.")}
    assert ours <= {"genai_tui.__main__", "genai_tui.commands", "genai_tui.commands.table"}


def test_importing_the_library_loads_nothing_else(tmp_path: Path) -> None:
    modules = loaded("import genai_tui; genai_tui.__version__", tmp_path)
    assert {name for name in modules if name.startswith("genai_tui")} == {"genai_tui"}


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("next",), ("prompt", "list"), ("scope", "show")])
def test_reading_a_project_loads_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    loaded(command("init", "."), tmp_path)
    assert not tops(loaded(command(*words), tmp_path)) & {"textual", *HEAVY}


def test_no_work_of_a_stage_loads_a_screen(tmp_path: Path) -> None:
    code = "\n".join(
        f"import genai_tui.stages.{name}"
        for name in ("scope.setting", "prompt.files", "prompt.trying", "prompt.saving", "scope.status", "prompt.status")
    )
    assert not tops(loaded(code, tmp_path)) & {"textual", "click", "rich"}


def test_version_loads_next_to_nothing(tmp_path: Path) -> None:
    more = loaded(command("--version"), tmp_path) - loaded("pass", tmp_path)
    assert {name for name in more if not name.startswith("genai_tui")} == set(), more
