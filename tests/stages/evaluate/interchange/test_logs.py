"""Logs of lm-eval and Inspect as runs: what counts, what is left out, and that they pair with what was asked here."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from tests.support.commands import genai

CASES = os.environ.get("GENAI_TUI_CASES", "")
NO_CASES = "GENAI_TUI_CASES names no folder of cases"


def cases() -> list[Any]:
    folder = Path(CASES) / "files"
    if not CASES or not folder.is_dir():
        return [pytest.param(Path(), id="none", marks=pytest.mark.skip(reason=NO_CASES))]
    found = [path.parent for path in sorted(folder.glob("*/expected.json"))]
    return [
        pytest.param(path, id=path.name)
        for path in found
        if json.loads((path / "expected.json").read_text())["command"][:2] == ["eval", "import"]
    ]


@pytest.mark.parametrize("folder", cases())
def test_cases_of_logs(project: Path, folder: Path) -> None:
    case = json.loads((folder / "expected.json").read_text())
    expect = case["expect"]
    words = [str(folder / case["file"]) if word == "FILE" else word for word in case["command"]]
    ended = genai(*words, "--json", cwd=project)
    assert ended.code == expect["exit"], ended.err
    said = (ended.out + ended.err).lower()
    for word in expect.get("says", []):
        assert word.lower() in said
    if ended.code:
        return
    found = ended.json
    assert [row["line"] for row in found["rejected"]] == [row["line"] for row in expect["rejected"]]
    for key in ("n", "answered", "failed"):
        assert found[key] == expect[key]
    assert found["scores"].keys() == expect["scores"].keys()
    for name, wanted in expect["scores"].items():
        assert found["scores"][name]["n"] == wanted["n"]
        assert found["scores"][name]["value"] == pytest.approx(wanted["value"], abs=1e-9)
    if "first" in expect:
        row = json.loads(genai("eval", "export", str(found["run"]), cwd=project).out.splitlines()[0])
        assert {"inputs": row["inputs"], "expected": row["expected"], "answer": row["text"]} == expect["first"]


def sample(number: int, filter_name: str | None, score: float, **more: Any) -> str:
    values = {
        "doc_id": number,
        "doc": {"question": f"{number}?"},
        "target": str(number),
        "arguments": {"gen_args_0": {"arg_0": f"{number}?", "arg_1": {"until": ["\n"]}}},
        "resps": [[f"I say {number}"]],
        "filtered_resps": [str(number)],
        "exact_match": score,
    }
    return json.dumps(values | ({} if filter_name is None else {"filter": filter_name}) | more)


def imported(project: Path, name: str, text: str, *words: str, code: int = 0) -> Any:
    file = project / name
    file.write_text(text, encoding="utf-8")
    ended = genai("eval", "import", file, *words, "--json", cwd=project)
    assert ended.code == code, ended.err
    return ended.error if code else ended.json


def test_a_log_pairs_with_the_same_rows_imported_as_data_and_can_be_scored_again(project: Path) -> None:
    text = "\n".join(sample(number, "none", float(number % 2)) for number in range(4))
    first = imported(project, "samples_sums_2026-01-01T00-00-00.000000.jsonl", text)
    again = imported(project, "other.jsonl", text.replace('"exact_match": 0.0', '"exact_match": 1.0'))
    compared = genai("eval", "compare", str(first["run"]), str(again["run"]), "--json", cwd=project).json
    assert (compared["n"], compared["better"], compared["worse"]) == (4, 2, 0)
    assert compared["scorer"] == "exact_match,none"
    data = genai("data", "import", project / "other.jsonl", "--name", "rows", "--split", "dev", "--json", cwd=project)
    assert data.json["rows"] == 4
    rows = [genai("data", "show", f"dev:{n}", "--dataset", name, "--json", cwd=project).json["inputs"]
            for name in ("rows", "other") for n in range(1, 5)]  # fmt: skip
    assert rows[:4] == rows[4:]
    scored = genai("eval", "rescore", str(first["run"]), "--scorer", "contains", "--json", cwd=project).json
    assert scored["scores"]["contains"]["value"] == 1
    assert scored["scores"]["exact_match,none"]["value"] == 0.5
    refused = genai("eval", "rescore", str(again["run"]), "--json", cwd=project)
    assert refused.code == 2


def test_samples_without_filters_are_numbered_and_choices_are_the_likeliest(project: Path) -> None:
    choice = {
        "arguments": [["Q", " Paris"], ["Q", " Rome"]],
        "resps": [[["-3.5", "False"]], [["-1.25", "True"]]],
        "filtered_resps": [],
    }
    lines = [sample(0, None, 1.0), sample(0, None, 0.0), sample(1, None, 0.0, **choice), sample(1, None, 1.0, **choice)]
    found = imported(project, "samples_x.jsonl", "\n".join(lines))
    assert {name: value["value"] for name, value in found["scores"].items()} == {
        "exact_match#1": 0.5,
        "exact_match#2": 0.5,
    }
    assert "filter" in found["warnings"][0]["text"]
    rows = [json.loads(line) for line in genai("eval", "export", str(found["run"]), cwd=project).out.splitlines()]
    assert [row["text"] for row in rows] == ["I say 0", "Rome"]


def test_a_choice_is_the_likeliest_after_the_question_not_without_it(project: Path) -> None:
    arguments = {
        f"gen_args_{place}": {"arg_0": asked, "arg_1": said}
        for place, (asked, said) in enumerate([("Q", " Paris"), ("Q", " Rome"), ("", " Paris"), ("", " Rome")])
    }
    resps = [[[chance, "False"]] for chance in ("-2.5", "-3.5", "-2.25", "-1.5")]
    text = sample(0, "none", 1.0, arguments=arguments, resps=resps, metrics=["exact_match"])
    imported(project, "samples_x.jsonl", text)
    assert json.loads(genai("eval", "export", "1", cwd=project).out)["text"] == "Paris"


def test_a_continuation_alone_is_an_answer_where_the_model_would_have_written_it(project: Path) -> None:
    arguments = {"gen_args_0": {"arg_0": "Q", "arg_1": " Rome"}}
    lines = [
        sample(number, "none", float(greedy), arguments=arguments, resps=[[["-1.5", str(greedy)]]])
        for number, greedy in enumerate((True, False))
    ]
    imported(project, "samples_x.jsonl", "\n".join(lines))
    rows = [json.loads(line) for line in genai("eval", "export", "1", cwd=project).out.splitlines()]
    assert [row["text"] for row in rows] == ["Rome", ""]


@pytest.mark.parametrize("more", [{"metrics": ["perplexity", "exact_match"]}, {}])
def test_a_perplexity_that_is_a_likelihood_for_a_document_is_not_taken(project: Path, more: dict[str, Any]) -> None:
    text = sample(0, "none", 1.0, perplexity=-1.5, **more)
    found = imported(project, "samples_x.jsonl", text)
    assert list(found["scores"]) == ["exact_match,none"]
    assert [each["text"].split()[0] for each in found["warnings"]] == ["perplexity"]


def test_a_bad_line_is_rejected_and_a_score_that_is_none_is_left_out(project: Path) -> None:
    lines = [sample(0, "a", 1.0), "{broken", sample(0, "a", 1.0), sample(1, "a", float("nan")), '{"doc_id": 2}']
    found = imported(project, "samples_x.jsonl", "\n".join(lines))
    assert [row["line"] for row in found["rejected"]] == [2, 3, 5]
    assert (found["n"], found["scores"]["exact_match,a"]["n"]) == (2, 1)
    assert imported(project, "rows.jsonl", '{"q": "a"}\n', code=2)["exit"] == 2


def inspect_log(*samples: dict[str, Any], **top: Any) -> str:
    whole = {
        "version": 2,
        "status": "success",
        "eval": {"task": "sums", "model": "org/model", "dataset": {"samples": len({s["id"] for s in samples})}},
        "samples": list(samples),
    }
    return json.dumps(whole | top, indent=1)


def inspect_sample(name: str, epoch: int, value: Any, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": [{"type": "text", "text": f"so {name}"}]}
    return {
        "id": name,
        "epoch": epoch,
        "input": f"{name}?",
        "target": name,
        "messages": [],
        "output": {"choices": [{"message": message, "stop_reason": "max_tokens"}], "time": 1.5},
        "scores": {"match": {"value": value, "answer": name}},
    } | more


def test_verdicts_of_inspect_in_words_numbers_and_parts(project: Path) -> None:
    text = inspect_log(
        inspect_sample("a", 1, "C"),
        inspect_sample("b", 1, "P"),
        inspect_sample("c", 1, True),
        inspect_sample("d", 1, "0.25"),
        inspect_sample("e", 1, {"x": 1, "y": "I"}),
        inspect_sample("f", 1, "fine"),
        inspect_sample("g", 1, "C", error={"message": "broke"}),
        inspect_sample("h", 1, "C", input="attachment://1", attachments={"1": "long?"}),
    )
    found = imported(project, "log.json", text)
    assert (found["n"], found["answered"], found["failed"]) == (8, 7, 1)
    assert found["scores"]["match"]["n"] == 6  # e has parts and f no number; g failed and counts
    assert found["scores"]["match"]["value"] == pytest.approx((1 + 0.5 + 1 + 0.25 + 0 + 1) / 6)
    assert found["scores"]["match.x"] == pytest.approx(found["scores"]["match.x"] | {"value": 0.5, "n": 2})
    assert any("fine" in warned["text"] for warned in found["warnings"])
    rows = [json.loads(line) for line in genai("eval", "export", str(found["run"]), cwd=project).out.splitlines()]
    assert rows[7]["inputs"] == {"input": "long?"}
    assert (rows[0]["text"], rows[0]["finish_reason"], rows[0]["latency_s"]) == ("so a", "length", 1.5)


def test_an_unfinished_log_is_taken_with_a_warning(project: Path) -> None:
    text = inspect_log(inspect_sample("a", 1, "C"), inspect_sample("a", 2, "I"), status="error")
    text = text.replace('"samples": 1', '"samples": 5')
    found = imported(project, "log.json", text, "--model", "named")
    said = " ".join(warned["text"] for warned in found["warnings"])
    assert "error" in said
    assert "1 of 5" in said
    assert found["n"] == 2
    assert "inspect/named" in genai("candidate", "list", cwd=project).out


def test_a_run_exported_as_an_inspect_log_comes_back_with_its_scores(project: Path) -> None:
    text = inspect_log(*(inspect_sample(name, epoch, "C" if name == "a" else "I") for epoch in (1, 2) for name in "ab"))
    first = imported(project, "log.json", text)
    back = genai("eval", "export", str(first["run"]), "--format", "inspect", cwd=project).out
    again = imported(project, "again.json", back)
    assert again["scores"] == first["scores"]
    assert (again["candidate"], json.loads(back)["eval"]["model"]) == (first["candidate"], "org/model")
    compared = genai("eval", "compare", str(first["run"]), str(again["run"]), "--json", cwd=project).json
    assert (compared["n"], compared["same"]) == (2, 2)


def test_what_was_asked_stands_in_an_exported_log_as_inspect_has_it(project: Path) -> None:
    with_choices = inspect_log(inspect_sample("a", 1, "C", choices=["x", "y"]))
    first = imported(project, "log.json", with_choices)
    back = genai("eval", "export", str(first["run"]), "--format", "inspect", cwd=project).out
    assert json.loads(back)["samples"][0]["choices"] == ["x", "y"]
    again = imported(project, "again.json", back)
    assert genai("eval", "compare", str(first["run"]), str(again["run"]), "--json", cwd=project).json["n"] == 1
    other = imported(project, "samples_x.jsonl", sample(0, "none", 1.0))
    [asked] = json.loads(genai("eval", "export", str(other["run"]), "--format", "inspect", cwd=project).out)["samples"]
    assert json.loads(asked["input"]) == {"question": "0?"}
    assert [turn["role"] for turn in asked["messages"]] == ["assistant"]


def test_an_input_that_is_a_list_of_no_turns_is_text_in_an_exported_log(project: Path) -> None:
    (project / "log.json").write_text(inspect_log(inspect_sample("a", 1, "C", input=["one", 2])))
    assert genai("eval", "import", "log.json", cwd=project).code == 0
    [asked] = json.loads(genai("eval", "export", "1", "--format", "inspect", cwd=project).out)["samples"]
    assert asked["input"] == '["one", 2]'


def test_a_log_that_is_a_run_already_is_that_run(project: Path) -> None:
    text = inspect_log(inspect_sample("a", 1, "C"), inspect_sample("b", 1, "I"))
    first = imported(project, "log.json", text)
    again = imported(project, "log.json", text)
    assert (again["run"], first["already"], again["already"]) == (first["run"], False, True)
    assert len(genai("eval", "list", "--json", cwd=project).json["runs"]) == 1
    said = genai("eval", "import", "log.json", cwd=project).err
    assert said == "log.json is run 1 already: no copy is made, which would be compared with itself.\n"
    other = imported(project, "log.json", text, "--name", "other")
    refused = genai("eval", "compare", "1", str(other["run"]), "--json", cwd=project)
    assert (refused.code, "are one log, imported twice" in refused.error["what"]) == (2, True)
    assert not imported(project, "log.json", inspect_log(inspect_sample("a", 1, "I")))["already"]


def test_a_log_whose_import_was_killed_is_imported_anew(project: Path) -> None:
    (project / "log.json").write_text(inspect_log(*(inspect_sample(str(n), 1, "C") for n in range(4000))))
    words = [sys.executable, "-m", "genai_tui", "eval", "import", "log.json", "--json"]
    with Project.open(project) as opened, subprocess.Popen(words, cwd=project, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not opened.reader.rows("SELECT 1 FROM generation LIMIT 1"):
            pass
        process.kill()
    assert process.returncode == -signal.SIGKILL
    [half] = genai("eval", "list", "--json", cwd=project).json["runs"]
    assert half["state"] == "interrupted"
    ended = genai("eval", "import", "log.json", "--json", cwd=project)
    assert (ended.json["run"], ended.json["already"], ended.json["n"]) == (2, False, 4000)


def test_who_answered_elsewhere_is_not_asked_and_long_names_stand_in_line(project: Path) -> None:
    imported(project, "samples_sums.jsonl", "\n".join(sample(number, "none", 1.0) for number in range(2)))
    lines = genai("eval", "show", "1", cwd=project).out.splitlines()[2:]
    assert lines[:2] == ["  exact_match,none 1.000, 95 % 0.342–1.000, n = 2", "  latency          –"]
    error = genai("eval", "run", "c1", "--json", cwd=project).error
    assert error["what"].startswith("c1 came with an imported run")
    assert error["do"].startswith("Make a candidate of a model that answers here")


def inspect_file(project: Path, **more: Any) -> Path:
    """An Inspect log of one sample, with other keys at its top."""
    one = {
        "id": 1, "epoch": 1, "input": "2+2?", "target": "4", "messages": [],
        "output": {"choices": [{"message": {"role": "assistant", "content": "4"}, "stop_reason": "stop"}]},
        "scores": {"match": {"value": "C"}},
    }  # fmt: skip
    top = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "plan": {}, "samples": [one], **more}
    file = project / "log.json"
    file.write_text(json.dumps({key: value for key, value in top.items() if value is not None}))
    return file


@pytest.mark.parametrize(
    ("results", "name"),
    [({"scorer": {"name": "match"}}, "match"), ({"scores": [{"name": "includes"}]}, "includes"), ({}, "score")],
)
def test_a_log_of_the_first_version_has_one_score_without_a_name(
    project: Path, results: dict[str, Any], name: str
) -> None:
    one = {"id": 1, "epoch": 1, "input": "2+2?", "target": "4", "messages": [], "output": {"completion": "4"},
           "score": {"value": "P", "answer": "4"}}  # fmt: skip
    file = inspect_file(project, version=1, samples=[one], results=results)
    found = genai("eval", "import", file, "--json", cwd=project)
    assert found.code == 0, found.err
    assert {key: value["value"] for key, value in found.json["scores"].items()} == {name: 0.5}


def test_a_log_without_scores_scores_nothing(project: Path) -> None:
    one = {"id": 1, "epoch": 1, "input": "2+2?", "target": "4", "messages": [], "output": {"completion": "4"}}
    failed = {**one, "id": 2, "error": {"message": "boom"}}
    found = genai("eval", "import", inspect_file(project, samples=[one, failed]), "--json", cwd=project).json
    assert (found["n"], found["failed"]) == (2, 1)
    assert list(found["scores"].values()) == [{"value": None, "low": None, "high": None, "n": 0}]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"samples": None}, "is an Inspect log without samples"),
        ({"samples": []}, "No answer of"),
    ],
)
def test_a_log_without_answers_is_called_what_it_is(project: Path, more: dict[str, Any], says: str) -> None:
    refused = genai("eval", "import", inspect_file(project, **more), "--json", cwd=project)
    assert (refused.code, says in refused.error["what"]) == (2, True)
    assert genai("data", "list", "--json", cwd=project).json["datasets"] == []


def test_a_log_that_lacks_samples_says_how_many(project: Path) -> None:
    file = inspect_file(project, results={"total_samples": 5, "completed_samples": 1})
    warnings = genai("eval", "import", file, "--json", cwd=project).json["warnings"]
    assert [each["text"] for each in warnings] == ["The log has 1 of 5 samples."]
    for words in (("resume", "1"), ("explain-cache", "1", "1")):
        assert "was imported" in genai("eval", *words, "--json", cwd=project).error["what"]


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 2, "status": "success", "eval": {"model": "m/x"}, "samples": [ONE], "samples": []}',
        '{"version": 2, "status": "success", "eval": {"model": "m/x", "model": "m/y"}, "samples": [ONE]}',
    ],
)
def test_a_log_whose_key_stands_twice_is_no_log(project: Path, text: str) -> None:
    one = {"id": 1, "epoch": 1, "input": "q", "target": "a", "scores": {"match": {"value": "C"}}}
    error = imported(project, "log.json", text.replace("ONE", json.dumps(one)), code=2)
    assert "stands twice" in error["what"]
    assert genai("eval", "list", "--json", cwd=project).json["runs"] == []


def test_where_every_sample_failed_they_are_wrong_by_what_they_were_to_be_scored_by(project: Path) -> None:
    failed = {"id": 1, "epoch": 1, "input": "q", "target": "a", "error": {"message": "boom"}}
    results = {"scores": [{"name": "match", "scorer": "match"}, {"name": "tone", "scorer": "graded"}]}
    file = inspect_file(project, samples=[failed, {**failed, "id": 2}], results=results)
    found = genai("eval", "import", file, "--json", cwd=project).json
    assert (found["n"], found["failed"]) == (2, 2)
    assert {name: (value["value"], value["n"]) for name, value in found["scores"].items()} == {
        "match": (0.0, 2), "graded.tone": (0.0, 2)
    }  # fmt: skip


def test_without_results_the_scores_are_those_of_the_scorers_that_the_log_names(project: Path) -> None:
    failed = {"id": 1, "epoch": 1, "input": "q", "target": "a", "scores": {}, "error": {"message": "boom"}}
    graded = {"name": "graded", "metrics": {"tone": [], "tact": []}}
    scorers = [{"name": "match", "metrics": [{"name": "mean"}]}, graded]
    ran = {"task": "t", "model": "m", "scorers": scorers}
    found = imported(project, "log.json", inspect_log(failed, eval=ran, status="error"))
    assert {name: (value["value"], value["n"]) for name, value in found["scores"].items()} == {
        "match": (0.0, 1), "graded.tone": (0.0, 1), "graded.tact": (0.0, 1)
    }  # fmt: skip


def test_turns_pair_whatever_ids_inspect_drew_for_them(project: Path) -> None:
    runs = []
    for model in ("a", "b"):
        turns = [{"id": f"{model}{n}", "role": role, "content": "hi"} for n, role in enumerate(("system", "user"))]
        text = inspect_log(inspect_sample("x", 1, "C", input=turns), eval={"task": "t", "model": model})
        runs.append(str(imported(project, "log.json", text)["run"]))
    compared = genai("eval", "compare", *runs, "--json", cwd=project).json
    assert (compared["n"], compared["same"]) == (1, 1)
    row = json.loads(genai("eval", "export", "1", cwd=project).out)
    assert row["inputs"]["input"] == [{"role": "system", "content": "hi"}, {"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"results": {"gsm8k": {"exact_match,none": 0.5}}, "configs": {}, "versions": {}}', "lm-eval's samples"),
        ('{"a": {"b": 1}}', "nor an Inspect log"),
    ],
)
def test_what_is_no_log_is_told_so_and_not_asked_for_columns(project: Path, text: str, says: str) -> None:
    error = imported(project, "results.json", text, code=2)
    assert says in error["what"]
    assert "--input" not in error["do"]


def test_a_sample_stands_once_for_an_epoch_whatever_the_epochs_are_called(project: Path) -> None:
    def one(epoch: Any, value: str = "C") -> dict[str, Any]:
        return {"id": 1, "epoch": epoch, "input": "q", "target": "a", "scores": {"match": {"value": value}}}

    samples = [one(2), one(10**30, "I"), one(2, "I"), one("3"), one(True), one(-1)]
    found = genai("eval", "import", inspect_file(project, samples=samples), "--json", cwd=project).json
    assert (found["n"], found["scores"]["match"]["value"]) == (2, 0.5)
    assert [row["reason"] for row in found["rejected"]] == [
        "the sample 1 stands twice for the epoch 2",
        *(f"its epoch is {epoch}, no number from 1" for epoch in ("3", "True", "-1")),
    ]
    rows = [json.loads(line) for line in genai("eval", "export", "1", cwd=project).out.splitlines()]
    assert [(row["row"], row["repeat"]) for row in rows] == [(1, 0), (1, 1)]


def test_a_log_over_test_is_a_look_at_it(project: Path) -> None:
    for model in "abcdefghij":
        log = inspect_file(project, eval={"task": "t", "model": model})
        ended = genai("eval", "import", log, "--split", "test", "--json", cwd=project)
    assert "test was looked at 10 times" in ended.err


def test_a_score_that_cannot_be_reckoned_with_is_left_out(project: Path) -> None:
    text = "\n".join([sample(0, "none", 1e308), sample(1, "none", 1e308), sample(2, "none", 1.0)])
    assert imported(project, "samples_huge.jsonl", text)["scores"]["exact_match,none"]["n"] == 1


def test_whole_numbers_beyond_all_doubles_are_no_scores_and_no_times(project: Path) -> None:
    text = "\n".join([sample(0, "none", 10**400, resps=[[[10**400, False]]]), sample(1, "none", 1.0)])
    assert imported(project, "samples_huge.jsonl", text)["scores"]["exact_match,none"]["n"] == 1
    samples = [
        inspect_sample("a", 1, 10**400),
        inspect_sample("b", 1, "C", output={"completion": "b", "time": 10**400}),
    ]
    found = imported(project, "log.json", inspect_log(*samples))
    assert (found["answered"], found["scores"]["match"]["n"], found["latency_s"]["p50"]) == (2, 1, 1.5)


@pytest.mark.parametrize("words", [(), ("--format", "lm-eval")])
def test_an_object_that_is_no_log_is_called_that_and_no_column_is_asked_for(
    project: Path, words: tuple[str, ...]
) -> None:
    refused = imported(project, "rows.json", '{"a": {"b": 1}, "c": {"d": 2}}', *words, code=2)
    assert "is neither lm-eval's samples nor an Inspect log" in refused["what"]
    assert "--input" not in refused["do"]
