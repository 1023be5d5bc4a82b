"""Results of promptfoo as runs: a run for each prompt and provider, with promptfoo's verdicts, and there and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Ended, genai


def result(place: int, test: int, success: bool, **more: Any) -> dict[str, Any]:
    """One result as promptfoo writes it (taken from its output, in short)."""
    output = f"Say {'ab'[test]}"
    parts = [
        {"pass": success, "score": int(success), "reason": "r",
         "assertion": {"type": "equals", "value": "Say {{x}}"}, "metadata": {"renderedAssertionValue": output}},
    ]  # fmt: skip
    return {
        "cost": 0.25, "error": None if success else "Expected …", "latencyMs": 20, "namedScores": {"tone": 0.5},
        "gradingResult": {"pass": success, "score": 0.5, "reason": "because", "componentResults": parts},
        "prompt": {"raw": output, "label": "Say {{x}}"}, "promptIdx": place, "testIdx": test, "success": success,
        "provider": {"id": "openai:chat:small", "label": ""}, "score": 0.5, "failureReason": int(not success),
        "response": {"output": output, "cached": False, "tokenUsage": {"prompt": 3, "completion": 2, "total": 5}},
        "testCase": {"vars": {"x": "ab"[test]}, "assert": [{"type": "equals", "value": "Say {{x}}"}]},
        "vars": {"x": "ab"[test]}, **more,
    }  # fmt: skip


def imported(project: Path, *results: dict[str, Any], version: int = 3) -> Ended:
    prompts = [{"raw": f"{word} {{{{x}}}}", "label": f"{word} {{{{x}}}}"} for word in ("Say", "Repeat")]
    document = {
        "evalId": "eval-1", "config": {"description": "words"}, "shareableUrl": None,
        "results": {"version": version, "timestamp": "t", "prompts": prompts, "results": results, "stats": {}},
    }  # fmt: skip
    (project / "results.json").write_text(json.dumps(document))
    return genai("eval", "import", "results.json", "--json", cwd=project)


def rows(project: Path, run: int) -> list[dict[str, Any]]:
    ended = genai("eval", "export", str(run), cwd=project)
    return [json.loads(line) for line in ended.out.splitlines()]


def test_each_prompt_is_a_run_and_they_pair(project: Path) -> None:
    ended = imported(project, result(0, 0, True), result(1, 0, False), result(0, 1, True), result(1, 1, True))
    assert ended.code == 0, ended.err
    first, second = [json.loads(line) for line in ended.out.splitlines()]
    assert (first["n"], first["cost_usd"], first["usage"]) == (2, 0.5, {"input_tokens": 6, "output_tokens": 4})
    assert first["latency_s"]["p50"] == 0.02
    assert {name: value["value"] for name, value in second["scores"].items()} == {
        "promptfoo": 0.5, "promptfoo.tone": 0.5
    }  # fmt: skip
    assert first["candidate"] != second["candidate"]
    assert [(row["inputs"], row["expected"], row["text"]) for row in rows(project, first["run"])] == [
        ({"x": "a"}, "Say a", "Say a"), ({"x": "b"}, "Say b", "Say b")
    ]  # fmt: skip
    compared = genai("eval", "compare", first["run"], second["run"], "--json", cwd=project).json
    assert (compared["scorer"], compared["n"], compared["worse"]) == ("promptfoo", 2, 1)
    again = genai("eval", "rescore", second["run"], "--scorer", "exact", "--json", cwd=project).json
    assert again["scores"]["exact"]["value"] == 1


def test_what_was_not_answered_counts_as_wrong_and_a_fault_names_its_line(project: Path) -> None:
    failed = result(0, 1, False, failureReason=2, error="rate limit", response={"error": "rate limit"})
    broken = [result(0, 0, True, vars=None), result(True, 0, True), {**result(0, 0, True), "success": None}]
    told = imported(project, result(0, 0, True), failed, *broken).json
    assert (told["n"], told["failed"], told["scores"]["promptfoo"]["value"]) == (2, 1, 0.5)
    assert [row["reason"] for row in told["rejected"]] == [
        "it has no vars", "its promptIdx is True, no number from 0", "it does not say its success"
    ]  # fmt: skip
    assert rows(project, 1)[1]["error"].startswith("rate limit")


def document(*results: dict[str, Any], before: str = "", inner: str = "") -> str:
    """Results as promptfoo writes them with -o, a line each value; `before` and `inner` are more of it, as text."""
    text = json.dumps({"evalId": "e", "results": {"results": results, "version": 3}}, indent=2)
    text = text.replace('"evalId"', before + '"evalId"', 1)
    return text.replace('"version"', inner + '"version"', 1)


def taken(project: Path, text: str, *words: str) -> Ended:
    (project / "results.json").write_text(text)
    return genai("eval", "import", "results.json", *words, "--json", cwd=project)


def test_whole_numbers_beyond_all_doubles_are_no_cost_and_no_score(project: Path) -> None:
    huge = {"cost": 10**400, "latencyMs": 10**400, "namedScores": {"tone": 10**400}}
    found = imported(project, result(0, 0, True), result(0, 1, True, **huge)).json
    assert (found["latency_s"]["p50"], found["scores"]["promptfoo.tone"]["n"]) == (0.02, 1)
    assert [row["cost_usd"] for row in rows(project, found["run"])] == [0.25, None]


def test_rows_have_the_lines_that_they_begin_at(project: Path) -> None:
    good, bad = result(0, 0, True), result(0, 1, True, vars=None)
    told = taken(project, text := document(good, bad, good)).json
    [rejected] = told["rejected"]
    assert (told["n"], text.splitlines()[rejected["line"] - 1].strip()) == (2, "{")
    assert rejected["line"] == 5 + len(json.dumps(good, indent=2).splitlines())


def test_a_key_that_stands_twice_costs_its_row_or_the_file(project: Path) -> None:
    doubled = json.dumps(result(0, 1, True)).replace('"cost"', '"cost": 1, "cost"', 1)
    rest = document(result(0, 0, True)).partition('"results": [')
    told = taken(project, f"{rest[0]}{rest[1]}{doubled},{rest[2]}").json
    assert [row["reason"] for row in told["rejected"]] == ["the key 'cost' stands twice in an object"]
    for text in (document(result(0, 0, True), before='"evalId": "f", '), document(inner='"version": 4, ')):
        refused = taken(project, text)
        assert (refused.code, "stands twice in an object" in refused.error["what"]) == (2, True)


@pytest.mark.parametrize("words", [(), ("--format", "promptfoo")])
def test_results_that_break_off_are_refused_with_the_line(project: Path, words: tuple[str, ...]) -> None:
    text = document(result(0, 0, True))
    refused = taken(project, text[: len(text) // 2], *words)
    assert (refused.code, "the file is no json" in refused.error["what"]) == (2, True)
    [place] = refused.error["rejected"]
    assert f"results.json:{place['line']}:" in refused.error["what"]


@pytest.mark.parametrize(
    ("version", "results", "says"), [(2, [result(0, 0, True)], "version 2"), (3, [], "No answer of")]
)
def test_results_without_answers_are_refused(project: Path, version: int, results: Any, says: str) -> None:
    refused = imported(project, *results, version=version)
    assert (refused.code, says in refused.error["what"]) == (2, True)
    assert genai("data", "list", "--json", cwd=project).json["datasets"] == []


def test_a_run_exported_as_promptfoo_writes_it_comes_back_with_its_scores(project: Path) -> None:
    (project / "c.yaml").write_text("""
prompts: ['Say {{x}}', 'Repeat {{x}}']
providers: [echo]
tests:
  - {vars: {x: a}, assert: [{type: equals, value: 'Say {{x}}', metric: said}]}
  - {vars: {x: b}, assert: [{type: contains, value: '{{x}}'}]}
""")
    ran = genai("eval", "run", "--config", "c.yaml", "--repeats", "2", "--json", cwd=project)
    ours = [json.loads(line) for line in ran.out.splitlines()]
    text = genai("eval", "export", "1", "2", "--format", "promptfoo", cwd=project).out
    for form in ("promptfoo", "jsonl", "csv", "junit", "html"):  # the mark by which templates are known here
        assert "nunjucks" not in genai("eval", "export", "1", "2", "--format", form, cwd=project).out
    (project / "back.json").write_text(text)
    ended = genai("eval", "import", "back.json", "--json", cwd=project)
    assert ended.code == 0, ended.err
    back = [json.loads(line) for line in ended.out.splitlines()]
    assert [run["scores"]["promptfoo"] for run in back] == [run["scores"]["promptfoo"] for run in ours]
    assert [run["scores"]["promptfoo.said"]["value"] for run in back] == [1, 0]
    assert [(run["n"], run["usage"]) for run in back] == [(run["n"], run["usage"]) for run in ours]
