"""The README is true: its tables are what the program says, its pictures and commands are there."""

import re
from pathlib import Path

from tests.readme import README, written_readme

TEXT = README.read_text("utf-8")
BLOCKS = re.findall(r"```(?:sh|bash)\n(.*?)\n```", TEXT, re.S)


def test_its_tables_are_what_the_program_says() -> None:
    assert written_readme(TEXT) == TEXT


def test_its_first_two_blocks_are_one_line_each() -> None:
    assert [block.count("\n") for block in BLOCKS[:2]] == [0, 0]
    assert "genai-tui sample" in BLOCKS[0]
    assert "pytest" in BLOCKS[1]


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert pictures
    assert [name for name in pictures if not (README.parent / name).is_file()] == []


def test_nothing_stands_at_the_top_that_does_not_belong_there() -> None:
    allowed = {
        "pyproject.toml", "genai_tui", "tests", "screenshots", "README.md", "LICENSE", "CHANGELOG.md", ".ci",
        ".gitignore", ".pre-commit-config.yaml",
    }  # fmt: skip
    made = re.compile(
        r"\.git$|\.venv|__pycache__|\..*_cache$|\.hypothesis$|.*\.egg-info$|genai-sample$|\.cache$|snapshot_report"
    )
    there = {path.name for path in Path(README.parent).iterdir() if not made.match(path.name)}
    assert there <= allowed, there - allowed
