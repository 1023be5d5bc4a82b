"""Runs by command, against an endpoint that speaks real HTTP."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.commands import genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, candidate, evaluated, project

__all__ = ["project"]


def test_a_run_says_its_score_with_interval_and_n(project: Path, fake: FakeEndpoint) -> None:
    told = evaluated(project, "label-a").json
    assert (told["n"], told["answered"], told["failed"]) == (ROWS, ROWS, 0)
    exact = told["scores"]["exact"]
    assert exact["n"] == ROWS
    assert exact["value"] == pytest.approx(0.5)
    assert exact["low"] == pytest.approx(0.351995, abs=1e-6)  # Wilson's, 20 of 40
    assert exact["high"] == pytest.approx(0.648005, abs=1e-6)
    assert fake.asked("label-a") == told["requests"] == ROWS


def test_what_is_tested_is_said(project: Path) -> None:
    told = evaluated(project, "label-a", "--limit", "10", "--repeats", "2").json
    assert (told["n"], told["split"], told["state"]) == (20, "dev", "done")
    assert told["usage"]["input_tokens"] > 0
    assert told["cost_usd"] is None  # nobody says what it costs there
    assert 0 < told["latency_s"]["p50"] <= told["latency_s"]["p95"] <= told["latency_s"]["p99"]


def test_a_failure_counts_as_wrong_and_ends_nothing(project: Path, fake: FakeEndpoint) -> None:
    told = evaluated(project, "each-2-400", "--max-in-flight", "1").json
    assert (told["n"], told["answered"], told["failed"]) == (ROWS, ROWS // 2, ROWS // 2)
    assert told["scores"]["exact"]["n"] == ROWS
    assert told["requests"] == ROWS


def test_a_server_error_now_and_then_loses_nothing(project: Path, fake: FakeEndpoint) -> None:
    told = evaluated(project, "each-20-500").json
    assert (told["answered"], told["failed"]) == (ROWS, 0)
    assert told["requests"] == fake.asked("each-20-500") == ROWS + ROWS // 20


def test_without_retries_it_is_lost(project: Path, fake: FakeEndpoint) -> None:
    told = evaluated(project, "each-20-500", "--retries", "0").json
    assert (told["failed"], told["requests"]) == (ROWS // 20, ROWS)


def test_a_limit_of_requests_a_second_is_kept_after_it_was_met(project: Path, fake: FakeEndpoint) -> None:
    ended = evaluated(project, "rate-20")
    assert ended.json["failed"] == 0
    assert fake.asked("rate-20") <= ROWS * 1.3
    waits = [line for line in ended.err.splitlines() if line.startswith("Waiting")]
    assert waits
    assert all(line != after for line, after in pairwise(waits))  # several requests say it at the same time


@pytest.mark.parametrize(("model", "code"), [("fault-400", 2), ("fault-401", 3)])
def test_where_nothing_was_answered_the_code_says_whose_fault_it_is(project: Path, model: str, code: int) -> None:
    ended = evaluated(project, model, "--limit", "3")
    assert ended.code == code
    assert (ended.json["answered"], ended.json["failed"]) == (0, 3)


def test_a_second_run_asks_nothing_and_says_so(project: Path, fake: FakeEndpoint) -> None:
    first = evaluated(project, "label-a").json
    second = evaluated(project, "label-a").json
    assert (first["cache_hits"], second["cache_hits"], second["requests"]) == (0, ROWS, 0)
    assert fake.asked("label-a") == ROWS
    assert second["latency_s"] == first["latency_s"]
    assert second["scores"] == first["scores"]
    assert evaluated(project, "label-a", "--no-cache").json["requests"] == ROWS
    assert evaluated(project, "label-b").json["requests"] == ROWS  # another model misses
    assert evaluated(project, "label-a", "--repeats", "2").json["requests"] == ROWS  # the second of each


def test_the_cache_explains_itself(project: Path) -> None:
    first, second = evaluated(project, "label-a").json, evaluated(project, "label-a").json
    explained = genai("eval", "explain-cache", second["run"], "1", "--json", cwd=project).json
    assert explained["hit"]
    assert f"run {first['run']}" in explained["why"][0]
    changed = genai("prompt", "save", "-", cwd=project, stdin="---\nparameters: {temperature: 0.5}\n---\n{{ ticket }}")
    assert changed.code == 0
    made = genai("candidate", "make", "--model", "openai/label-a", "--prompt", "2", "--json", cwd=project).json
    third = genai("eval", "run", made["candidate"], "--json", cwd=project).json
    why = genai("eval", "explain-cache", third["run"], "1", "--json", cwd=project).json
    assert not why["hit"]
    assert any(line.startswith("temperature: 0.5, then nothing") for line in why["why"])
    long = "Word " * 100
    assert genai("prompt", "save", "-", cwd=project, stdin=f"{long}this {{{{ ticket }}}}").code == 0
    assert genai("prompt", "save", "-", cwd=project, stdin=f"{long}that {{{{ ticket }}}}").code == 0
    for number in ("3", "4"):
        made = genai("candidate", "make", "--model", "openai/label-a", "--prompt", number, "--json", cwd=project).json
        last = genai("eval", "run", made["candidate"], "--json", cwd=project).json
    why = genai("eval", "explain-cache", last["run"], "1", "--json", cwd=project).json["why"]
    [differs] = [line for line in why if line.startswith("messages: ")]
    assert re.search(r"that ticket 0.*, then ….*this ticket 0", differs)  # where they differ, however long they are


def test_rows_that_stand_twice_are_asked_twice(project: Path, fake: FakeEndpoint) -> None:
    rows = "ticket,label\nsame,a\nsame,a\nother,b\n"
    import_csv(project, rows, name="twice")
    told = evaluated(project, "label-a", "--dataset", "twice").json
    assert (told["n"], told["requests"], told["scores"]["exact"]["n"]) == (3, 3, 3)
    assert told["scores"]["exact"]["value"] == pytest.approx(2 / 3)


def test_a_dead_endpoint_is_not_waited_for_row_by_row(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = candidate(project, "echo")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    ended = genai("eval", "run", name, "--json", "--retries", "0", cwd=project)
    assert ended.code == 3
    assert ended.json["failed"] == ROWS


def test_an_endpoint_that_only_fails_is_asked_once_a_row_after_a_while(project: Path, fake: FakeEndpoint) -> None:
    ended = evaluated(project, "fault-500")
    assert (ended.code, ended.json["failed"]) == (3, ROWS)
    assert ROWS < fake.asked("fault-500") <= 5 * (16 + 8) + ROWS - 24


def test_two_runs_are_compared_on_the_same_examples(project: Path) -> None:
    a, b = evaluated(project, "label-a").json, evaluated(project, "label-c").json
    told = genai("eval", "compare", a["run"], b["run"], "--json", cwd=project).json
    assert (told["n"], told["better"], told["same"], told["worse"]) == (ROWS, 0, ROWS // 2, ROWS // 2)
    assert told["difference"] == pytest.approx(-0.5)
    assert told["low"] < -0.5 < told["high"] < 0
    assert told["p"] == pytest.approx(2 * 0.5 ** (ROWS // 2))
    assert told["test"] == "McNemar exact"


def test_a_gate_lets_pass_or_says_why_not(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    met = genai("eval", "gate", run, "--target", "0.3", "--json", cwd=project)
    assert (met.code, met.json["met"]) == (0, True)
    only_reached = genai("eval", "gate", run, "--target", "0.45", "--json", cwd=project)
    assert only_reached.code == 1
    assert "reached, but not met" in only_reached.error["why"]
    assert genai("eval", "gate", run, "--target", "0.45", "--reached", cwd=project).code == 0
    worse = evaluated(project, "label-c").json["run"]
    refused = genai("eval", "gate", worse, "--against", run, "--json", cwd=project)
    assert refused.code == 1
    assert "worse than run" in refused.error["why"]
    assert genai("eval", "gate", run, "--against", worse, cwd=project).code == 0
    assert genai("eval", "gate", run, cwd=project).code == 2  # nothing is asked


def test_a_limit_in_money_needs_a_price(project: Path, fake: FakeEndpoint) -> None:
    ended = evaluated(project, "label-a", "--max-cost", "1")
    assert (ended.code, ended.out) == (2, "")
    assert "price" in ended.error["what"]
    assert fake.requests == []


def test_a_limit_that_cannot_be_kept_begins_no_run_and_no_job(project: Path, fake: FakeEndpoint) -> None:
    name = candidate(project, "label-a")  # its prompt sets no max_tokens, and nobody knows its context
    for more in ((), ("--background",)):
        ended = genai("eval", "run", name, "--max-tokens", "100000", "--json", *more, cwd=project)
        assert (ended.code, ended.out) == (2, "")
        assert "how long an answer of openai/label-a may get" in ended.error["what"]
    assert genai("eval", "list", "--json", cwd=project).json["runs"] == []
    assert genai("job", "list", "--json", cwd=project).json["jobs"] == []
    assert fake.requests == []


def test_tokens_are_limited_and_what_was_answered_is_kept(project: Path, fake: FakeEndpoint) -> None:
    words = ("prompt", "save", "-")
    text = "---\nparameters: {max_tokens: 50}\n---\nTicket: {{ ticket }}"
    assert genai(*words, cwd=project, stdin=text).code == 0
    name = genai("candidate", "make", "--model", "openai/count-50", "--prompt", "2", "--json", cwd=project)
    ended = genai("eval", "run", name.json["candidate"], "--json", "--max-tokens", "1000", cwd=project)
    assert ended.code == 4
    told = ended.json
    assert told["state"] == "stopped"
    assert 0 < told["n"] < ROWS
    assert told["usage"]["input_tokens"] + told["usage"]["output_tokens"] <= 1000
    asked = fake.asked("count-50")
    more = genai("eval", "resume", told["run"], "--max-tokens", "100000", "--json", cwd=project)
    assert (more.code, more.json["n"], fake.asked("count-50")) == (0, ROWS, ROWS)
    assert asked < ROWS
    nothing = genai("eval", "run", name.json["candidate"], "--max-tokens", "10", "--json", "--no-cache", cwd=project)
    assert (nothing.code, fake.asked("count-50")) == (4, ROWS)


def test_scores_are_added_without_asking(project: Path, fake: FakeEndpoint) -> None:
    run = evaluated(project, "label-a").json["run"]
    told = genai("eval", "rescore", run, "--scorer", "contains", "--json", cwd=project).json
    assert list(told["scores"]) == ["exact", "contains"]
    assert fake.asked("label-a") == ROWS


def test_a_look_at_test_is_counted_once_a_run(project: Path) -> None:
    import_csv(project, "ticket,label\nx,a\n", split="test")
    run = evaluated(project, "label-a", "--split", "test").json["run"]
    genai("eval", "show", run, cwd=project)
    evaluated(project, "label-a")
    evaluated(project, "label-b", "--split", "test")
    stages = genai("status", "--json", cwd=project).json["stages"]
    assert "2 looks at test" in stages[5]["summary"]


def test_an_endpoint_that_the_data_rules_refuse_begins_no_run(project: Path, fake: FakeEndpoint) -> None:
    name = candidate(project, "label-a")
    assert genai("scope", "set", "data_rules=not openai", cwd=project).code == 0
    for words in ((), ("--background",)):
        refused = genai("eval", "run", name, *words, "--json", cwd=project)
        assert (refused.code, refused.out) == (2, "")
        assert "openai may not be asked" in refused.error["what"]
    assert genai("eval", "list", "--json", cwd=project).json["runs"] == []
    assert genai("job", "list", "--json", cwd=project).json["jobs"] == []
    assert fake.asked("label-a") == 0


@pytest.mark.parametrize("name", ["pass@k", "pass@k:k=10", "pass@1"])
def test_programs_are_refused_before_anything_is_asked(project: Path, fake: FakeEndpoint, name: str) -> None:
    ended = evaluated(project, "label-a", "--scorer", name)
    assert (ended.code, ended.out) == (2, "")
    assert ended.error["what"] == (
        "pass@k runs programs that a model wrote, and there is no sandbox to run them in yet."
    )
    assert fake.asked("label-a") == 0
    assert genai("eval", "list", "--json", cwd=project).json["runs"] == []
    run = evaluated(project, "label-a").json["run"]
    assert genai("eval", "rescore", run, "--scorer", name, cwd=project).code == 2


def test_where_nothing_was_answered_an_unknown_price_is_no_zero(project: Path) -> None:
    told = evaluated(project, "fault-500", "--limit", "2", "--retries", "0").json
    assert (told["n"], told["cost_usd"], told["spent_usd"]) == (2, None, None)
    assert "cost         $?, spent $?" in genai("eval", "show", "1", cwd=project).out
    assert "  0 of 2 " in genai("eval", "list", cwd=project).out  # answered
    [leader] = genai("eval", "leaderboard", "--json", cwd=project).json["candidates"]
    assert (leader["cost_usd"], leader["part"]) == (None, True)
    gate = genai("eval", "gate", "1", "--part", "--max-cost", "1", "--json", cwd=project)
    assert (gate.code, gate.json["checks"][-1]["sentence"]) == (
        1, "What an answer costs is not known, the limit is $1."
    )  # fmt: skip


@pytest.mark.parametrize(("usd", "spent"), [(0.0, 0.0), (2.5, None)])
def test_what_is_free_costs_nothing_though_nothing_was_answered(
    project: Path, usd: float, spent: float | None, fake: FakeEndpoint
) -> None:
    prices = ("--input-usd-per-million", str(usd), "--output-usd-per-million", str(usd))
    assert genai("endpoint", "add", "here", "--url", fake.url, *prices, cwd=project).code == 0
    made = genai("candidate", "make", "--model", "here/fault-500", "--prompt", "1", "--json", cwd=project)
    assert made.code == 0, made.err
    words = ("eval", "run", made.json["candidate"], "--limit", "2", "--retries", "0", "--json")
    told = genai(*words, cwd=project).json
    assert (told["failed"], told["cost_usd"], told["spent_usd"]) == (2, spent, spent)


def test_a_value_that_cannot_be_reckoned_with_is_wrong_and_breaks_no_list(project: Path) -> None:
    (project / "mine.py").write_text("def huge(text, expected):\n    return 1e308\n")
    told = evaluated(project, "label-a", "--limit", "3", "--scorer", "mine.py:huge")
    assert (told.code, told.json["scores"]["mine.py:huge"]["value"]) == (0, 0.0)
    [wrong, *_] = genai("eval", "show", "1", "--failures", "--json", cwd=project).json["wrong_answers"]
    assert "cannot be reckoned with" in wrong["reason"]
    assert genai("eval", "list", "--json", cwd=project).code == 0
