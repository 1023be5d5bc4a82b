"""`data add`, `data expect`, `data back`: new versions, told by name; what would leak or be lost is refused."""

import json
from pathlib import Path

import pytest

from tests.support.commands import genai

ROWS = "ticket,label\n" + "".join(f"ticket {n},{'ab'[n % 2]}\n" for n in range(20))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    words = ("data", "import", "-", "--name", "tickets", "--format", "csv", "--expected", "label")
    assert genai(*words, cwd=folder, stdin=ROWS).code == 0
    return folder


def row(project: Path, reference: str) -> dict[str, object]:
    shown: dict[str, object] = genai("data", "show", reference, "--json", cwd=project).json
    return shown


def test_a_row_goes_to_the_end_of_its_split_in_a_version_of_its_own(project: Path) -> None:
    before = genai("data", "list", "--json", cwd=project).json["datasets"][0]
    added = genai(
        "data", "add", "--split", "dev", "--var", "ticket=it\nbroke", "--expected", "a", "--tag", "new", "--json",
        cwd=project,
    ).json  # fmt: skip
    place = f"dev:{before['splits']['dev'] + 1}"
    assert (added["dataset"], added["version"], added["before"], added["row"]) == ("tickets", 2, 1, place)
    assert added["splits"] == before["splits"] | {"dev": before["splits"]["dev"] + 1}
    shown = row(project, place)
    assert (shown["inputs"], shown["expected"], shown["tags"]) == ({"ticket": "it\nbroke"}, "a", ["new"])
    assert genai("data", "show", "dev:99", cwd=project).code == 2


def test_a_row_that_stands_there_makes_no_version(project: Path) -> None:
    words = ("data", "add", "--var", "ticket=new", "--expected", "a")
    first = genai(*words, "--json", cwd=project).json
    again = genai(*words, "--json", cwd=project).json
    assert again == first | {"made": False, "before": 2}
    assert f"has this row already, as {first['row']}" in genai(*words, cwd=project).err


def test_what_is_measured_on_is_not_added_to_what_is_shown(project: Path) -> None:
    inputs = row(project, "dev:2")["inputs"]
    refused = genai(
        "data", "add", "--split", "train", "--vars", "-", "--expected", "a", "--json", cwd=project,
        stdin=json.dumps(inputs),
    )  # fmt: skip
    assert refused.code == 2
    assert "as dev:2" in refused.error["what"]
    assert "measured" in refused.error["why"]
    assert "data expect dev:2" in refused.error["do"]
    assert genai("data", "list", "--json", cwd=project).json["datasets"][0]["version"] == 1


def test_the_same_inputs_with_another_answer_are_remarked(project: Path) -> None:
    inputs, expected = row(project, "train:3")["inputs"], row(project, "train:3")["expected"]
    assert expected in ("a", "b")
    added = genai("data", "add", "--vars", "-", "--expected", "c", cwd=project, stdin=json.dumps(inputs))
    assert added.code == 0
    assert "train:3 has the same inputs and expects something else" in added.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--var", "text=x"), "other inputs: ticket"),
        ((), "without inputs"),
        (("--var", "ticket=x\0y"), "NUL"),
        (("--var", "ticket=x", "--dataset", " "), "cannot be the name"),
    ],
)
def test_rows_that_do_not_fit_are_refused(project: Path, words: tuple[str, ...], says: str) -> None:
    refused = genai("data", "add", *words, "--expected", "a", "--json", cwd=project)
    assert refused.code == 2
    assert says in str(refused.error)


def test_a_dataset_begins_with_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    assert genai("init", folder).code == 0
    words = ("data", "add", "--var", "q=1 + 1", "--expected", "2", "--split", "dev", "--json")
    assert "--dataset NAME" in genai(*words, cwd=folder).error["do"]
    made = genai(*words, "--dataset", "sums", cwd=folder).json
    assert (made["dataset"], made["version"], made["before"], made["row"]) == ("sums", 1, None, "dev:1")
    assert genai(*words, cwd=folder).json["made"] is False  # it is the one in use


def test_another_answer_is_expected_and_taken_back(project: Path) -> None:
    before = row(project, "dev:2")
    changed = genai("data", "expect", "dev:2", "  billing\n", "--json", cwd=project).json
    assert (changed["version"], changed["row"], changed["made"]) == (2, "dev:2", True)
    assert row(project, "dev:2") == before | {"expected": "billing"}
    assert genai("data", "expect", "dev:2", "billing", "--json", cwd=project).json["made"] is False
    undone = genai("data", "back", "1", "--json", cwd=project).json
    assert (undone["version"], undone["before"]) == (3, 2)
    assert row(project, "dev:2") == before
    assert genai("data", "expect", "dev:99", "x", cwd=project).code == 2
    assert genai("data", "expect", "dev:2", " ", cwd=project).code == 2
    assert genai("data", "back", "9", cwd=project).code == 2


def test_an_answer_is_a_value_where_one_was_expected(tmp_path: Path) -> None:
    folder = tmp_path / "values"
    assert genai("init", folder).code == 0
    lines = '{"q": "one", "a": {"n": 1}}\n{"q": "two", "a": 2}\n'
    words = (
        "data",
        "import",
        "-",
        "--name",
        "d",
        "--format",
        "jsonl",
        "--input",
        "q",
        "--expected",
        "a",
        "--split",
        "dev",
    )
    assert genai(*words, cwd=folder, stdin=lines).code == 0
    assert genai("data", "expect", "dev:1", '{"n": 2}', cwd=folder).code == 0
    assert row(folder, "dev:1")["expected"] == {"n": 2}
    assert genai("data", "expect", "dev:2", "three", cwd=folder).code == 0
    assert row(folder, "dev:2")["expected"] == "three"


def test_a_prompt_picks_from_the_rows_it_was_saved_with(project: Path) -> None:
    saved = genai(
        "prompt", "save", "-", "--few-shot", "2", "--pick", "similar", "--json", cwd=project, stdin="{{ ticket }}"
    )
    assert saved.code == 0
    assert genai("data", "add", "--var", "ticket=new", "--expected", "a", cwd=project).code == 0
    from genai_tui.project import Project
    from genai_tui.store.prompts import find_prompt

    with Project.open(project) as opened:
        examples = opened.examples_for(find_prompt(opened.reader, "1"), {"ticket": "new"})
    assert len(examples) == 2
    assert all(example.inputs != {"ticket": "new"} for example in examples)
