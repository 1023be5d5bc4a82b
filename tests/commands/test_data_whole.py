"""`data export`, `data split`, `data check` by command: round trips, what cannot be held, what makes scores untrue."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import genai

TALK = [{"role": "user", "content": "Hours?"}]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    return folder


def put(project: Path, rows: list[Any], *words: str, name: str = "d") -> None:
    path = project / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = genai("data", "import", path, *words, cwd=project)
    assert ended.code == 0, ended.err


def shown(project: Path, reference: str, dataset: str) -> Any:
    row = genai("data", "show", reference, "--dataset", dataset, "--json", cwd=project).json
    return row["inputs"], row["expected"], row["tags"]


def checks(project: Path, code: int = 0) -> dict[str, Any]:
    ended = genai("data", "check", "--json", cwd=project)
    assert ended.code == code, ended.err
    found: dict[str, Any] = ended.json
    assert found["ok"] is (code == 0)
    return {one["name"]: one for one in found["checks"]} | {"": found}


def test_jsonl_comes_back_as_it_was(project: Path) -> None:
    rows = [
        {"q": "x", "n": 1, "expected": ["a", "b"], "tags": ["t", "u"]},
        {"q": "=\u2028\n", "n": {"k": [1.5, None]}, "expected": None},
        {"q": "", "n": 2**70, "expected": ""},
    ]
    put(project, rows, "--split", "dev")
    out = project / "out.jsonl"
    found = genai("data", "export", "--split", "dev", "--output", out, "--json", cwd=project).json
    assert found == {
        "dataset": "d", "version": 1, "rows": 3, "format": "jsonl", "output": str(out), "lost": [],
    }  # fmt: skip
    assert genai("data", "import", out, "--split", "dev", "--name", "again", cwd=project).code == 0
    for number in (1, 2, 3):
        assert repr(shown(project, f"dev:{number}", "again")) == repr(shown(project, f"dev:{number}", "d"))
    assert genai("data", "export", cwd=project).out == out.read_text()


@pytest.mark.parametrize("expected", [["a", "b"], [{"function": {"name": "f"}}], {"k": 1}, None])
def test_a_single_row_of_lists_comes_back_as_it_was(project: Path, expected: Any) -> None:
    put(project, [{"messages": TALK, "expected": expected}], "--input", "messages", "--expected", "expected",
        "--split", "train")  # fmt: skip
    out = project / "out.jsonl"
    assert genai("data", "export", "--output", out, cwd=project).code == 0
    ended = genai("data", "import", out, "--split", "train", "--name", "again", "--json", cwd=project)
    assert (ended.code, ended.json["rows"]) == (0, 1)
    assert shown(project, "train:1", "again") == shown(project, "train:1", "d")


def test_csv_comes_back_as_it_was(project: Path) -> None:
    rows = [
        {"q": 'a "b", c\nd', "w;x": " y", "expected": "1,5", "tags": ["t"]},
        {"q": "007", "w;x": "ü", "expected": None},
    ]
    put(project, rows, "--split", "dev")
    out = project / "out.csv"
    assert genai("data", "export", "--format", "csv", "--output", out, cwd=project).code == 0
    assert genai("data", "import", out, "--split", "dev", "--name", "again", cwd=project).code == 0
    for number in (1, 2):
        assert shown(project, f"dev:{number}", "again") == shown(project, f"dev:{number}", "d")


@pytest.mark.parametrize("name", ["\ufeffq", "<html>", "[1]", '{"q"}', "#", "🙂"])
def test_the_first_name_of_a_csv_is_no_mark_and_no_other_format(project: Path, name: str) -> None:
    put(project, [{name: "x", "expected": "y"}], "--split", "dev")
    out = project / "out.csv"
    assert genai("data", "export", "--output", out, cwd=project).code == 0
    assert genai("data", "import", out, "--split", "dev", "--name", "again", cwd=project).code == 0
    assert shown(project, "dev:1", "again") == ({name: "x"}, "y", [])


def test_csv_says_what_it_cannot_hold(project: Path) -> None:
    put(project, [{"q": 1, "expected": " "}, {"q": "#N/A", "expected": "x", "tags": ["t", "u"]}], "--split", "dev")
    ended = genai("data", "export", "--format", "csv", cwd=project)
    assert list(csv.reader(io.StringIO(ended.out))) == [
        ["q", "expected", "tags"],
        ["1", " ", ""],
        ["#N/A", "x", "t, u"],
    ]
    for words in ("written as JSON", "blank expected", "error of a spreadsheet", "Several tags"):
        assert words in ended.err


def test_chats_come_back_as_they_were(project: Path) -> None:
    call = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    rows = [
        {"messages": [*TALK, {"role": "assistant", "content": "9 to 5"}]},
        {"messages": TALK},
        {"messages": [*TALK, {"role": "assistant", "content": None, "tool_calls": call}]},
        {"messages": [*TALK, {"role": "assistant", "content": "no", "weight": 0}]},
    ]
    put(project, rows, "--format", "openai-chat", "--split", "train")
    out = project / "out.jsonl"
    found = genai("data", "export", "--format", "openai-chat", "--output", out, "--json", cwd=project).json
    assert found["lost"] == []
    assert [json.loads(line) for line in out.read_text().splitlines()] == rows
    assert genai("data", "import", out, "--split", "train", "--name", "again", cwd=project).code == 0
    assert genai("data", "export", "--output", out, cwd=project).code == 0
    assert genai("data", "import", out, "--split", "train", "--name", "plain", cwd=project).code == 0
    for number in range(1, 5):
        for name in ("again", "plain"):
            assert shown(project, f"train:{number}", name) == shown(project, f"train:{number}", "d")


def test_a_text_is_a_conversation_and_its_losses_are_told(project: Path) -> None:
    put(project, [{"q": "x", "expected": ["a", "b"], "tags": ["t"]}, {"q": "y", "expected": 5}], "--split", "dev")
    ended = genai("data", "export", "--format", "openai-chat", cwd=project)
    assert [json.loads(line)["messages"] for line in ended.out.splitlines()] == [
        [{"role": "user", "content": "x"}, {"role": "assistant", "content": "a"}],
        [{"role": "user", "content": "y"}, {"role": "assistant", "content": "5"}],
    ]
    for words in ("Tags", "the first is written", "no text", "comes back as messages"):
        assert words in ended.err


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"q": "x", "r": "y", "expected": "z"}, ["--format", "openai-chat"]),
        ({"inputs": {"expected": "x"}, "a": "y"}, ["--format", "jsonl"]),
        ({"inputs": {" q": "x"}, "a": "y"}, ["--format", "csv"]),
        ({"q": "x"}, ["--split", "test"]),
        ({"q": "x"}, ["--output", "/nowhere/a.jsonl"]),
        ({"q": "x"}, ["--json", "--format", "csv"]),
    ],
)
def test_what_cannot_be_exported_is_refused(project: Path, row: dict[str, Any], words: list[str]) -> None:
    columns = ["--input", "inputs.expected"] if "expected" in row.get("inputs", {}) else []
    columns = ["--input", "inputs. q"] if " q" in row.get("inputs", {}) else columns
    put(project, [row], "--split", "dev", *columns)
    ended = genai("data", "export", *words, cwd=project)
    assert ended.code == 2
    assert not (project / "a.jsonl").exists()


def test_an_output_that_cannot_be_written_whole_stays_as_it_was(project: Path) -> None:
    put(project, [{"q": "x", "expected": "1"}, {"q": "x", "r": "y"}], "--split", "dev", "--input", "q")
    out = project / "out.jsonl"
    out.write_text("before")
    put(project, [{"x": {"tags": "x"}}], "--split", "dev", "--input", "x.tags", name="bad")
    assert genai("data", "export", "--dataset", "bad", "--output", out, cwd=project).code == 2
    assert out.read_text() == "before"
    assert sorted(path.name for path in project.iterdir()) == [".genai", "bad.jsonl", "d.jsonl", "out.jsonl"]


ROWS = [{"q": f"what about matter {n:03} of kind {'abcde' * (n % 7)}", "expected": "xyz"[n % 3]} for n in range(60)]


def test_a_dataset_is_split_anew_as_a_version(project: Path) -> None:
    put(project, ROWS, "--split", "dev")
    found = genai("data", "split", "--json", cwd=project).json
    assert found["splits"] == {"train": 36, "dev": 9, "test": 15}
    assert (found["version"], found["before"], found["rows"], found["together"]) == (2, 1, 60, 0)
    assert "stratified by expected" in found["split_way"]
    again = genai("data", "split", "--seed", "1", "--ratios", "0.5,0,0.5", "--json", cwd=project).json
    assert again["splits"] == {"train": 30, "dev": 0, "test": 30}
    lines = [
        genai("data", "show", f"{split}:{row}", "--json", cwd=project).json["line"]
        for split, row in (("train", 1), ("train", 2), ("test", 1), ("test", 2))
    ]
    assert lines[0] < lines[1]
    assert lines[2] < lines[3]
    assert genai("data", "back", "1", cwd=project).code == 0
    assert genai("data", "list", "--json", cwd=project).json["datasets"][0]["splits"]["dev"] == 60


def test_the_split_is_that_of_an_import(project: Path) -> None:
    put(project, ROWS, name="imported")
    put(project, ROWS, "--split", "test", name="anew")
    assert genai("data", "split", "--dataset", "anew", cwd=project).code == 0
    for split, count in (("train", 36), ("dev", 9), ("test", 15)):
        for row in (1, count):
            assert shown(project, f"{split}:{row}", "anew") == shown(project, f"{split}:{row}", "imported")


@pytest.mark.parametrize("words", [["--ratios", "1,1,1"], ["--dataset", "nope"]])
def test_a_split_that_makes_no_sense_is_refused(project: Path, words: list[str]) -> None:
    put(project, ROWS)
    assert genai("data", "split", *words, cwd=project).code == 2
    assert len(genai("data", "list", "--json", cwd=project).json["datasets"]) == 1


def test_near_duplicates_stay_together(project: Path) -> None:
    text = "I have been waiting for my new card {}, which is longer than usual for letters of kind {}"
    kinds = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november".split()
    rows = [
        {"q": text.format(kind * 4, kind * 5) + mark, "expected": "x"} for kind in kinds for mark in ("", "!", " now")
    ]
    put(project, rows)
    assert checks(project)["near-train"]["state"] == "remark"
    found = genai("data", "split", "--near", "--json", cwd=project).json
    assert found["together"] == 28
    assert "near-duplicates" in found["split_way"]
    assert checks(project)["near-train"]["state"] == "ok"
    assert checks(project)["near-duplicates"]["count"] == 28


def test_what_was_split_by_nearness_is_found_to_be(project: Path) -> None:
    """Also where whether a row belongs to others hangs on which of them comes first."""
    text = "the quick brown fox number {} jumps over the lazy dog today"
    put(project, [{"q": text.format(number // 2) + "!" * (number % 2), "expected": "x"} for number in range(60)])
    assert genai("data", "split", "--near", cwd=project).code == 0
    found = checks(project)
    assert found["near-train"]["count"] == 0
    assert found["near-duplicates"]["count"] > 30


def test_a_sound_dataset_passes(project: Path) -> None:
    chosen = [
        f"{a} {b} {c}"
        for a in "ocean forest".split()
        for b in "brings gives takes sees".split()
        for c in "calm joy".split()
    ]
    put(
        project,
        [{"q": text, "expected": "wet" if "ocean" in text else "dry"} for text in chosen],
        "--ratios",
        "0.5,0,0.5",
    )
    found = checks(project)
    assert {one["state"] for name, one in found.items() if name and name != "labels"} == {"ok"}
    assert found[""]["labels"] == {"train": {"wet": 4, "dry": 4}, "test": {"wet": 4, "dry": 4}}
    assert found[""]["length"]["train"].keys() == {"median", "p95", "most"}
    said = genai("data", "check", cwd=project)
    assert said.code == 0
    assert "No row of dev or test stands in train." in said.out


def test_rows_of_test_that_stand_in_train_fail(project: Path) -> None:
    put(project, [{"q": "x", "expected": "1"}, {"q": "y", "expected": "2"}], "--split", "train")
    put(project, [{"q": "z", "expected": "1"}, {"q": "y", "expected": "other"}], "--split", "test")
    put(project, [{"q": "z", "expected": "1"}], "--split", "dev")
    found = checks(project, 1)
    assert (found["measured-in-train"]["state"], found["measured-in-train"]["rows"]) == ("fail", ["test:2"])
    assert (found["test-in-dev"]["state"], found["test-in-dev"]["rows"]) == ("fail", ["dev:1"])
    ended = genai("data", "check", cwd=project)
    assert ended.code == 1
    assert "test:2" in ended.out
    assert "would not be true" in ended.err


def test_rows_of_test_among_the_examples_of_a_prompt_fail(project: Path) -> None:
    put(project, [{"q": f"row {n} {'ab' * n}", "expected": "x"} for n in range(9)], "--split", "train")
    (project / "p.txt").write_text("Say {{ q }}")
    assert genai("prompt", "save", "p.txt", "--few-shot", "2", cwd=project).code == 0
    assert checks(project)["measured-among-examples"]["state"] == "ok"
    train = genai("data", "export", "--split", "train", cwd=project).out
    (project / "test.jsonl").write_text(train)
    (project / "empty.jsonl").write_text('{"q": "another", "expected": "x"}\n')
    words = ["--name", "d", "--split"]
    assert genai("data", "import", "test.jsonl", *words, "test", cwd=project).code == 0
    assert genai("data", "import", "empty.jsonl", *words, "train", cwd=project).code == 0
    found = checks(project, 1)["measured-among-examples"]
    assert (found["state"], found["count"]) == ("fail", 2)
    assert "prompts 1." in found["text"]


def test_what_a_person_should_know_is_remarked(project: Path) -> None:
    rows: list[Any] = [{"q": f"text {n} {'xyz' * n}", "expected": "often"} for n in range(30)]
    rows += [{"q": "again", "expected": "often"}] * 2 + [{"q": "again", "expected": "rare"}]
    rows += [{"q": " ", "expected": "often"}, {"q": "silent", "expected": None}]
    put(project, rows, "--split", "test")
    put(project, [{"q": "z" * 500, "expected": "often"}], "--split", "train")
    found = checks(project)
    counts = {name: one["count"] for name, one in found.items() if name}
    assert {name: counts[name] for name in ("duplicates", "conflicts", "empty-inputs", "no-expected")} == {
        "duplicates": 1, "conflicts": 1, "empty-inputs": 1, "no-expected": 1,
    }  # fmt: skip
    assert found["no-expected"]["rows"] == ["test:35"]
    assert found["no-expected"]["text"].startswith("1 row has no expected answer")
    assert found["empty-inputs"]["text"] == "1 row has blank inputs."
    assert found["duplicates"]["text"] == "1 row came before in the same split: counted twice."
    assert all(found[name]["state"] == "remark" for name in ("duplicates", "conflicts", "labels", "length"))
    for words in ("1 label stands in no row of train (rare)", "1 label has fewer than 5 rows (rare)", "97% are often"):
        assert words in found["labels"]["text"]
