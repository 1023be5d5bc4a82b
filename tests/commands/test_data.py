"""Datasets by command: the documents that other programs rely on, what is refused, what a signal leaves."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import genai


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project, with a file of 20 rows beside it."""
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    (folder / "faq.csv").write_text("q,a,t\n" + "".join(f"question {n},{'xy'[n % 2]},hard\n" for n in range(20)))
    return folder


def count(project: Path, table: str) -> int:
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        [(number,)] = database.execute(f"SELECT count(*) FROM {table}")
    return int(number)


def test_an_import_says_exactly_what_was_settled(project: Path) -> None:
    with (project / "faq.csv").open("a") as file:
        file.write("too,many,cells,here\nno answer,,hard\n")
    ended = genai("data", "import", "faq.csv", "--input", "q", "--expected", "a", "--tag", "t", "--json", cwd=project)
    assert ended.code == 0
    assert ended.json == {
        "dataset": "faq",
        "version": 1,
        "rows": 21,
        "splits": {"train": 13, "dev": 3, "test": 5},
        "rejected": [{"line": 22, "reason": "it has 4 cells, the header has 3"}],
        "warnings": [{"line": 23, "text": "One row has no expected answer (no expected); it is kept with null."}],
    }
    assert ended.err == ""


def test_a_dry_run_shows_the_mapping_and_stores_nothing(project: Path) -> None:
    found = genai("data", "import", "faq.csv", "--expected", "a", "--dry-run", "--json", cwd=project).json
    assert found["mapping"]["inputs"] == {"q": "q", "t": "t"}
    assert found["mapping"]["expected"] == "a"
    assert found["version"] is None
    assert found["rows"] == sum(found["splits"].values()) == 20
    assert genai("data", "list", "--json", cwd=project).json == {"datasets": []}
    assert count(project, "example") == 0


def test_a_row_is_shown_as_it_was_settled(project: Path) -> None:
    words = ["--input", "q", "--expected", "a", "--tag", "t", "--split", "dev", "--name", "mine"]
    assert genai("data", "import", "faq.csv", *words, cwd=project).code == 0
    assert genai("data", "show", "dev:3", "--json", cwd=project).json == {
        "row": 3,
        "split": "dev",
        "inputs": {"q": "question 2"},
        "expected": "x",
        "tags": ["hard"],
        "line": 4,
    }
    said = genai("data", "show", "dev:3", "--dataset", "mine", cwd=project)
    assert said.out == "q: question 2\nexpected: x\ntags: hard\n"


@pytest.mark.parametrize("row", ["dev", "dev:0", "dev:21", "all:1", "dev:x", "dev:" + "9" * 30, "train:1"])
def test_rows_that_are_none_are_refused(project: Path, row: str) -> None:
    assert genai("data", "import", "faq.csv", "--split", "dev", cwd=project).code == 0
    ended = genai("data", "show", row, "--json", cwd=project)
    assert ended.code == ended.error["exit"] == 2
    assert ended.out == ""


def test_versions_splits_and_the_dataset_in_use(project: Path) -> None:
    assert genai("data", "import", "faq.csv", "--expected", "a", cwd=project).code == 0
    (project / "more.csv").write_text("q,a\none,x\n")
    again = genai("data", "import", "more.csv", "--name", "faq", "--split", "dev", "--json", cwd=project).json
    assert (again["version"], again["rows"], again["splits"]) == (2, 1, {"train": 12, "dev": 1, "test": 5})
    assert genai("data", "import", "more.csv", "--split", "test", cwd=project).code == 0
    assert genai("data", "use", "more", "--json", cwd=project).json == {"dataset": "more", "version": 1}
    listed = genai("data", "list", "--json", cwd=project).json["datasets"]
    assert [(d["dataset"], d["version"], d["rows"], d["in_use"]) for d in listed] == [
        ("faq", 2, 18, False),
        ("more", 1, 1, True),
    ]
    assert "stratified by expected" in listed[0]["split_way"]
    assert genai("data", "use", "nope", cwd=project).code == 2


def test_a_file_fault_names_its_line_and_stores_nothing(project: Path) -> None:
    (project / "bad.csv").write_bytes(b"q,a\nx,1\nit\x92s,2\n")
    ended = genai("data", "import", "bad.csv", "--expected", "a", "--json", cwd=project)
    assert ended.code == 2
    assert ended.out == ""
    assert [row["line"] for row in ended.error["rejected"]] == [3]
    assert "utf-8" in ended.error["what"]
    assert count(project, "dataset_version") == 0


def test_no_good_row_gives_all_that_were_rejected(project: Path) -> None:
    (project / "bad.csv").write_text("q,a\nx,1,2\ny\n")
    ended = genai("data", "import", "bad.csv", "--expected", "a", "--json", cwd=project)
    assert ended.code == 2
    assert [row["line"] for row in ended.error["rejected"]] == [2, 3]


@pytest.mark.parametrize(
    "words",
    [
        ["--split", "dev", "--seed", "1"],
        ["--ratios", "0.5,0.5"],
        ["--format", "parquet"],
        ["--format", "nope"],
        ["--name", " "],
        ["--input", "nope"],
        ["--encoding", "klingon"],
        ["--split", "all"],
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense_are_wrong_usage(project: Path, words: list[str]) -> None:
    ended = genai("data", "import", "faq.csv", "--json", *words, cwd=project)
    assert ended.code == ended.error["exit"] == 2
    assert ended.out == ""


def test_what_is_hostile_reaches_people_harmless(project: Path) -> None:
    path = project / "x\x1b]0;title\x07.csv"
    path.write_text("q\x1b[2J,a\n\x1b[31mred\u202e,1\nbad,1,\x1b[2J\n")
    ended = genai("data", "import", path, "--expected", "a", "--split", "dev", "--name", "ok", cwd=project)
    assert ended.code == 0
    assert "\x1b" not in ended.err
    nope = genai("data", "import", path, "--input", "\x1b[2Jcol", cwd=project)
    assert nope.code == 2
    assert "\x1b" not in nope.err
    shown = genai("data", "show", "dev:1", "--json", cwd=project)
    assert "\x1b" not in shown.out
    assert shown.json["inputs"] == {"q\x1b[2J": "\x1b[31mred\u202e"}


def test_rows_are_taken_from_standard_input(project: Path) -> None:
    found = genai("data", "import", "-", "--name", "piped", "--json", cwd=project, stdin="q,a\nx,1\n").json
    assert (found["dataset"], found["rows"]) == ("piped", 1)


@pytest.mark.parametrize("name", ["large.csv", "large.jsonl"])
@pytest.mark.parametrize("where", ["genai_tui.datasets.keeping.Keeping.put", "genai_tui.datasets.storing.add_places"])
def test_a_signal_in_the_middle_leaves_nothing(project: Path, name: str, where: str) -> None:
    with (project / name).open("w") as file:
        file.write("q,a\n" if name == "large.csv" else "")
        for number in range(60_000):
            row = {"q": f"text {number}", "a": "x"}
            file.write((",".join(row.values()) if name == "large.csv" else json.dumps(row)) + "\n")
    holder, called = where.rsplit(".", 1)
    code = (
        "import os, pkgutil, signal, genai_tui.datasets\n"
        f"holder = pkgutil.resolve_name({holder!r})\n"
        f"whole, calls = getattr(holder, {called!r}), []\n"
        "def third(*given):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 3: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return whole(*given)\n"
        f"setattr(holder, {called!r}, third)\n"
        "from genai_tui.cli import run\n"
        f"raise SystemExit(run(['data', 'import', {name!r}, '--input', 'q', '--expected', 'a']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert "Traceback" not in done.stderr
    assert genai("data", "list", "--json", cwd=project).json == {"datasets": []}
    assert count(project, "membership") == 0


def test_without_a_project_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("q,a\nx,1\n")
    ended = genai("data", "import", "a.csv", "--json", cwd=tmp_path)
    assert ended.code == 2
    assert "genai-tui init" in ended.error["do"]
