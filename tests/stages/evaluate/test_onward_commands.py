"""What the screen shows and does beside a score, by command: who leads, what changed, what is confused, onward."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.stages.evaluate.test_finding import shown
from tests.support.commands import genai, import_csv, tickets
from tests.support.runs_by_command import ROWS, candidate, evaluated, project

__all__ = ["project"]


def test_the_leaderboard_ranks_the_last_run_of_each_candidate(project: Path) -> None:
    assert "Nothing was measured" in genai("eval", "leaderboard", cwd=project).err
    for model in ("label-c", "label-a", "label-c"):
        evaluated(project, model)
    told = genai("eval", "leaderboard", "--json", cwd=project).json
    assert (told["split"], told["scorer"]) == ("dev", "exact")
    assert [(row["place"], row["candidate"], row["run"], row["value"]) for row in told["candidates"]] == [
        (1, "c2", 2, 0.5), (2, "c1", 3, 0.0),
    ]  # fmt: skip
    assert all(row["low"] <= row["value"] <= row["high"] for row in told["candidates"])
    lines = genai("eval", "leaderboard", cwd=project).out.splitlines()
    assert "0.500, 95 % 0.352–0.648, n = 40" in lines[1]
    assert genai("eval", "leaderboard", "--scorer", "nobody", cwd=project).code == 2


def test_the_leaderboard_ranks_over_one_dataset_and_marks_runs_over_other_rows(project: Path) -> None:
    evaluated(project, "label-a")
    import_csv(project, tickets(4, "ab"), split="test")  # a version more, with the same rows of dev
    evaluated(project, "label-b")
    told = genai("eval", "leaderboard", "--split", "dev", "--json", cwd=project).json
    assert [(row["run"], row["other_rows"]) for row in told["candidates"]] == [(2, False), (1, False)]
    import_csv(project, "ticket,label\nnew,b\n")
    evaluated(project, "label-b")
    told = genai("eval", "leaderboard", "--json", cwd=project).json
    assert [(row["run"], row["version"], row["other_rows"]) for row in told["candidates"]] == [
        (3, 3, False), (1, 1, True)
    ]  # fmt: skip
    lines = genai("eval", "leaderboard", cwd=project).out.splitlines()
    assert [line.endswith("! other rows") for line in lines[1:3]] == [False, True]
    import_csv(project, tickets(2, "a"), name="easy")
    evaluated(project, "label-a", "--dataset", "easy")
    told = genai("eval", "leaderboard", "--json", cwd=project).json
    assert (told["dataset"], [row["run"] for row in told["candidates"]]) == ("easy", [4])
    listed = genai("eval", "list", "--json", cwd=project).json["runs"]
    assert [(run["run"], run["dataset"], run["version"]) for run in listed] == [
        (4, "easy", 1), (3, "tickets", 3), (2, "tickets", 2), (1, "tickets", 1)
    ]  # fmt: skip
    assert " easy dev " in genai("eval", "list", cwd=project).out
    again = genai("eval", "leaderboard", "--dataset", "tickets", "--json", cwd=project).json
    assert [row["run"] for row in again["candidates"]] == [3, 1]


def test_where_less_is_better_the_least_leads(project: Path) -> None:
    for model in ("say-I_cannot_help.", "label-a"):
        evaluated(project, model, "--scorer", "refusal")
    told = genai("eval", "leaderboard", "--scorer", "refusal", "--json", cwd=project).json
    assert [row["candidate"] for row in told["candidates"]] == ["c2", "c1"]


def test_candidates_are_compared_by_their_runs_over_the_same_rows(project: Path) -> None:
    a = evaluated(project, "label-a").json["run"]
    b = evaluated(project, "label-b").json["run"]
    import_csv(project, tickets(4, "b"), name="other")
    evaluated(project, "label-b", "--dataset", "other")
    told = genai("eval", "compare", a, "c2", "--json", cwd=project).json
    assert (told["a"], told["b"], told["n"]) == (a, b, ROWS)
    gate = genai("eval", "gate", a, "--against", "c2", "--json", cwd=project).json
    assert f"than run {b}: " in gate["checks"][-1]["sentence"]


def test_candidates_are_compared_over_a_split_that_all_have(project: Path) -> None:
    import_csv(project, tickets(10, "ab", "mail"), split="test")
    a, b = (evaluated(project, model).json["run"] for model in ("label-a", "label-b"))
    evaluated(project, "label-a", "--split", "test")  # the last word comes first, where all have one
    for words in (("c1", "c2"), ("c1", str(b)), (str(a), "c2")):
        told = genai("eval", "compare", *words, "--json", cwd=project).json
        assert (told["a"], told["b"]) == (a, b)


def test_what_changed_is_listed(project: Path) -> None:
    a, b = (evaluated(project, model).json["run"] for model in ("label-a", "label-b"))
    told = genai("eval", "compare", a, b, "--changed", "3", "--json", cwd=project).json
    worse, better = told["changed"]["worse"], told["changed"]["better"]
    assert (len(worse), len(better)) == (3, 3)
    assert {(row["expected"], row["before"], row["after"]) for row in worse} == {("a", "a", "b")}
    assert {(row["expected"], row["before"], row["after"]) for row in better} == {("b", "a", "b")}
    assert "changed" not in genai("eval", "compare", a, b, "--json", cwd=project).json
    said = genai("eval", "compare", a, b, "--changed", "1", cwd=project)
    assert "got worse, 1 of them:" in said.out
    assert "ticket 0" in said.out
    said = genai(
        "eval", "compare", a, evaluated(project, "say-a", "--no-cache").json["run"], "--changed", "3", cwd=project
    )
    assert said.out.splitlines()[-2:] == ["got worse: none", "got better: none"]


def test_a_run_says_which_failures_it_has_and_what_helps(project: Path) -> None:
    number = evaluated(project, "each-2-400").json["run"]
    told = genai("eval", "show", number, cwd=project).out
    assert "answered 20 of 40, 20 failed and count as wrong" in told
    assert (
        "  20 × openai refuses the request as it is written (400). It says: “An example of 400.”\n      Change" in told
    )
    [kind] = genai("eval", "show", number, "--json", cwd=project).json["failures"]
    assert (kind["answers"], kind["exit"]) == (20, 2)
    nothing = genai("eval", "run", candidate(project, "fault-400"), cwd=project)
    assert nothing.code == 2
    assert "latency      –\n" in nothing.out
    assert "answered 0 of 40, 40 failed" in genai("eval", "show", "2", cwd=project).out


def test_confusion_is_told(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    assert shown(project, run, "--by", "confusion")["confusion"] == [{"n": ROWS // 2, "expected": "b", "got": "a"}]
    assert "expected" in genai("eval", "show", run, "--by", "confusion", cwd=project).out


def test_wrong_answers_become_a_dataset_and_pairs_preferences(project: Path) -> None:
    a, b = (evaluated(project, model).json["run"] for model in ("label-a", "label-b"))
    made = genai("eval", "failures", a, "--json", cwd=project).json
    assert made == {"dataset": f"failures-{a}", "version": 1, "rows": ROWS // 2}
    assert genai("data", "show", "train:1", "--dataset", f"failures-{a}", "--json", cwd=project).json["expected"] == "b"
    told = genai("eval", "prefer", a, b, "--json", cwd=project).json
    assert told == {"a": a, "b": b, "scorer": "exact", "preferences": ROWS}
    assert genai("eval", "prefer", a, b, "--json", cwd=project).json["preferences"] == 0
    assert genai("eval", "prefer", a, a, cwd=project).code == 2


def test_what_could_not_be_judged_is_not_among_what_is_wrong(project: Path) -> None:
    rows = '{"ticket": "1", "label": "a"}\n{"ticket": "2", "label": "b"}\n{"ticket": "3", "label": null}\n'
    words = ("data", "import", "-", "--name", "some", "--format", "jsonl", "--expected", "label", "--split", "dev")
    assert genai(*words, cwd=project, stdin=rows).code == 0
    told = evaluated(project, "label-a", "--dataset", "some", "--scorer", "exact", "--scorer", "labels").json
    assert [value["n"] for value in told["scores"].values()] == [2, 2]
    for scorer in ("exact", "labels"):
        wrong = genai("eval", "show", "1", "--failures", "--scorer", scorer, "--json", cwd=project).json
        assert (wrong["wrong"], [row["expected"] for row in wrong["wrong_answers"]]) == (1, ["b"])
    mixed = genai("eval", "show", "1", "--by", "confusion", "--scorer", "labels", "--json", cwd=project).json
    assert [(row["expected"], row["got"]) for row in mixed["confusion"]] == [("b", "a")]
    classes = genai("eval", "show", "1", "--by", "class", "--scorer", "labels", "--json", cwd=project).json["classes"]
    assert sum(each["n"] for each in classes) == 2


def test_lists_tell_times_by_the_readers_clock(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated(project, "label-a", "--limit", "1")
    begun = genai("eval", "list", cwd=project).out.splitlines()[1].rsplit("  ", 1)[1]
    monkeypatch.setenv("TZ", "Etc/GMT-9")  # nine hours ahead
    time.tzset()
    try:
        later = genai("eval", "list", cwd=project).out.splitlines()[1].rsplit("  ", 1)[1]
        data = genai("data", "list", cwd=project).out
    finally:
        monkeypatch.undo()
        time.tzset()
    assert datetime.fromisoformat(later) - datetime.fromisoformat(begun) == timedelta(hours=9)
    assert later[:10] in data


def test_where_there_is_nothing_to_part_by_no_bare_header_stands(project: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "2").json["run"]
    shown = genai("eval", "show", run, "--by", "tag", cwd=project)
    assert "low" not in shown.out
    assert shown.err == "There is nothing to part it by: no row has a tag.\n"
