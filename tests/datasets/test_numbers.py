"""Numbers of JSON are kept as they were written; one that cannot be is rounded, and that is said, or its row is out."""

import json
from pathlib import Path

import pytest

from tests.support.commands import Ended, genai

FILES = {
    "a.jsonl": '{{"q": {0}, "a": "x", "unused": 0.12345678901234567890}}\n{{"q": 1.5, "a": "y"}}\n',
    "a.json": '[{{"q": {0}, "a": "x"}}, {{"q": 1.5, "a": "y"}}]',
    "b.json": '{{"q": {0},\n "a": "x"}}\n{{"q": 1.5,\n "a": "y"}}',
}


def imported(folder: Path, name: str, number: str) -> Ended:
    (folder / name).write_text(FILES[name].format(number))
    assert genai("init", folder / "p").code == 0
    words = ("--input", "q", "--expected", "a", "--split", "dev", "--json")
    return genai("data", "import", folder / name, *words, cwd=folder / "p")


def first(folder: Path) -> object:
    return json.loads(genai("data", "show", "dev:1", "--json", cwd=folder / "p").out)["inputs"]["q"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("0.1234567890123456789012", 0.12345678901234568),
        ('{"deep": [0.1234567890123456789012]}', {"deep": [0.12345678901234568]}),
        ("0.1000000000000000055511151231257827", 0.1),
        ("1e-400", 0.0),
    ],
)
def test_what_is_rounded_is_said_with_its_line(tmp_path: Path, name: str, number: str, kept: object) -> None:
    ended = imported(tmp_path, name, number)
    assert first(tmp_path) == kept
    [warning] = [each for each in ended.json["warnings"] if "rounded" in each["text"]]
    assert warning["line"] == 1
    assert warning["text"].startswith("One row has a number with more digits than are kept")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("-0.8414709848078965", -0.8414709848078965),
        ("0.10000000000000000000", 0.1),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("5e-324", 5e-324),
        ("0e-400", 0.0),
        ('"0.1234567890123456789012"', "0.1234567890123456789012"),
    ],
)
def test_what_is_kept_whole_is_not_remarked(tmp_path: Path, name: str, number: str, kept: object) -> None:
    ended = imported(tmp_path, name, number)
    assert first(tmp_path) == kept
    assert not [each for each in ended.json["warnings"] if "rounded" in each["text"]]


@pytest.mark.parametrize("name", FILES)
def test_what_is_beyond_all_numbers_is_out(tmp_path: Path, name: str) -> None:
    ended = imported(tmp_path, name, "1e400")
    assert ended.json["rows"] == 1
    [fault] = ended.json["rejected"]
    assert "infinity" in fault["reason"]
