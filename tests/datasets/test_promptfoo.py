"""Files that promptfoo tests name: what lies beside the file is read as data, everything else is refused."""

from pathlib import Path
from typing import Any

import pytest

from genai_tui.datasets import ImportOptions, import_file
from genai_tui.datasets.benchmarks import INSTRUCTIONS
from genai_tui.datasets.promptfoo import is_equality
from genai_tui.stages.evaluate.scorers.ifeval import INSTRUCTIONS as CHECKED
from genai_tui.stages.evaluate.scorers.ifeval import OTHER_NAMES


def rows(path: Path) -> list[Any]:
    result = import_file(path, ImportOptions(split="dev", format="promptfoo"))
    return [example.inputs for _, _, batch in result.batches() for example in batch]


def test_variables_come_from_files_beside(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("alpha {{x}}\n", "utf-8-sig")
    (tmp_path / "docs" / "b.txt").write_text("beta")
    (tmp_path / "one.json").write_text('{"k": [1, "ü"]}')
    (tmp_path / "two.yaml").write_text("k: no\n")
    (tmp_path / "tests.yaml").write_text(
        "- vars: {doc: 'file://docs/*.txt', n: 1}\n"
        "- vars: {doc: file://one.json}\n"
        "- vars: {doc: file://two.yaml}\n"
        "- vars: {doc: 'see file://docs/a.txt'}\n"
    )
    assert rows(tmp_path / "tests.yaml") == [
        {"doc": "alpha {{x}}", "n": 1},
        {"doc": "beta", "n": 1},
        {"doc": '{"k":[1,"ü"]}'},
        {"doc": '{"k":"no"}'},
        {"doc": "see file://docs/a.txt"},
    ]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "tests.yaml").write_text("- vars: {q: file://link.txt}\n- vars: {q: x}\n")
    result = import_file(inside / "tests.yaml", ImportOptions(split="dev"))
    assert [row.line for row in result.rejected] == [1]
    assert "folder" in result.rejected[0].reason


@pytest.mark.parametrize(
    ("text", "equality"),
    [
        ("yes", True), ("Note: all good", True), ("equals:yes", True), ("contains:yes", False), ("is-json", False),
        ("not-contains:x", False), ("levenshtein(3):x", False), ("regex:^a$", False), ("llm-rubric: polite", False),
        ("fn: output", False), ("file://check.py", False), ("contains yes", True), ("containsx:y", True),
        ("not-equals:x", False),        ("a\nb: c", True), ("equals:\nx", True),
    ],
)  # fmt: skip
def test_text_whose_colon_follows_no_type_is_equality(text: str, equality: bool) -> None:
    assert is_equality(text) is equality


def test_the_instructions_are_those_that_are_checked() -> None:
    assert {*CHECKED, *OTHER_NAMES} == INSTRUCTIONS
