"""A scorer that falls over an answer: the run goes on, the answer counts as wrong, and both are told and logged."""

import json
from pathlib import Path

from tests.support.commands import genai, genai_process
from tests.support.runs_by_command import candidate, project

__all__ = ["project"]

DEEP = "(" * 600  # more than the library that reads patterns can go down


def imported(project: Path, *rows: object) -> None:
    text = "".join(json.dumps({"ticket": f"{n}", "label": row}) + "\n" for n, row in enumerate(rows))
    words = ("data", "import", "-", "--name", "odd", "--format", "jsonl", "--expected", "label", "--split", "dev")
    assert genai(*words, cwd=project, stdin=text).code == 0


def test_a_scorer_that_falls_over_an_example_fails_that_one_alone(project: Path, home: Path) -> None:
    imported(project, "a", DEEP, "a")
    words = ("eval", "run", candidate(project, "label-a"), "--dataset", "odd", "--scorer", "regex")
    found = genai_process(*words, "--json", cwd=project)  # with a log of its own
    assert found.code == 0, found.err
    score = found.json["scores"]["regex"]
    assert (found.json["state"], found.json["answered"], score["value"], score["n"]) == ("done", 3, 2 / 3, 3)
    [failed] = found.json["without_value"]
    assert (failed["scorer"], failed["answers"]) == ("regex", 1)
    assert failed["reason"].startswith("The scorer has a defect: RecursionError")
    told = genai("eval", "show", "1", cwd=project).out
    assert "! regex gave 1 answer no value, which counts as wrong: The scorer has a defect: RecursionError" in told
    log = (home / ".local/state/genai-tui/log").read_text()
    assert "_regex_core.py" in log  # where it happened
    assert "RecursionError" in log


def test_what_a_function_of_ones_own_fails_on_is_counted(project: Path) -> None:
    (project / "mine.py").write_text("def judge(text, example):\n    return 1 / (int(example['expected']) - 1)\n")
    imported(project, "1", "2", "1")
    words = ("eval", "run", candidate(project, "label-a"), "--dataset", "odd", "--scorer", "mine.py:judge")
    told = genai(*words, cwd=project).out
    assert "! mine.py:judge gave 2 answers no value, which count as wrong: ZeroDivisionError" in told


def test_rows_without_an_expected_label_are_left_out_of_f1(project: Path) -> None:
    imported(project, "a", None, "b")
    words = ("eval", "run", candidate(project, "label-a"), "--dataset", "odd", "--scorer", "labels-f1", "--json")
    assert genai(*words, cwd=project).json["scores"]["labels-f1"]["n"] == 2
    shown = genai("eval", "show", "1", "--by", "class", "--json", cwd=project).json
    assert [(each["label"], each["n"], each["precision"]) for each in shown["classes"]] == [("a", 1, 0.5), ("b", 1, 0)]


def test_a_run_over_a_part_says_so(project: Path) -> None:
    told = genai("eval", "run", candidate(project, "label-a"), "--limit", "1", "--repeats", "2", cwd=project).out
    assert told.startswith("run 1  c1 over dev (the first row): done\n  answered 2 of 2, none failed\n")


def test_a_score_that_nothing_could_be_judged_by_says_so(project: Path) -> None:
    imported(project, None, None)
    words = ("eval", "run", candidate(project, "label-a"), "--dataset", "odd")
    assert "  exact        –, no answer could be judged\n" in genai(*words, cwd=project).out
