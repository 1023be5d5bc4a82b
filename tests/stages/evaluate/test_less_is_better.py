"""Metrics by which less is better: refusals, personal data, time. Their target is at most; 0 is right, not wrong."""

import math
from pathlib import Path
from typing import get_args

import pytest

from genai_tui.board import gather
from genai_tui.project import Project
from genai_tui.records.runs import Value
from genai_tui.records.scales import bound, is_right, sign_of, standing
from genai_tui.stages.evaluate.rivals import changed
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.contract import Better
from genai_tui.stages.evaluate.scorers.registry import NAMES
from genai_tui.store.results import Wish, answers_with, ids_of
from genai_tui.store.runs import find_run
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.runs_by_command import ROWS, evaluated, project

__all__ = ["project"]

NEEDS = {"similarity": "similarity:model=a/b", "judge": "judge:model=a/b", "json-schema": 'json-schema:schema="{}"'}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("pass@k", "promptfoo")])
def test_the_name_of_a_scorer_tells_the_way_that_its_class_does(name: str) -> None:
    better = find_scorer(NEEDS.get(name, name)).better
    assert better in get_args(Better)
    assert (sign_of(name) < 0) == (better == "lower")


@pytest.mark.parametrize(
    ("scorer", "value", "target", "said"),
    [
        ("refusal", Value(0.05, 0.01, 0.09, 100), 0.1, "met"),
        ("refusal", Value(0.05, 0.01, 0.20, 100), 0.1, "reached"),
        ("latency:to=first-token", Value(2.0, 1.5, 2.5, 100), 1.0, "missed"),
        ("exact", Value(0.95, 0.91, 0.98, 100), 0.9, "met"),
        ("exact", Value(0.95, 0.85, 0.98, 100), 0.9, "reached"),
        ("exact", Value(0.05, 0.01, 0.09, 100), 0.1, "missed"),
        ("exact", Value(None, None, None, 0), 0.1, ""),
    ],
)
def test_met_is_the_worse_end_of_the_interval(scorer: str, value: Value, target: float, said: str) -> None:
    assert standing(scorer, value, target) == said


def test_right_is_none_of_it_and_a_measure_calls_nothing_wrong() -> None:
    assert [is_right("refusal", value) for value in (0.0, 1.0, None)] == [True, False, False]
    assert [is_right("exact", value) for value in (0.0, 1.0, None)] == [False, True, False]
    assert is_right("latency", 12.0)
    assert (bound("personal-data"), bound("exact")) == ("≤", "≥")


def refusing_run(folder: Path) -> None:
    """Run 1 refuses everything, run 2 nothing, both by `refusal`."""
    for model in ("label-I am sorry, but I cannot help with that.", "label-a"):
        assert evaluated(folder, model, "--scorer", "refusal").code == 0


def test_refusals_are_what_is_wrong_and_stand_first(project: Path) -> None:
    refusing_run(project)
    with Project.open(project) as opened:
        reader = opened.reader
        assert len(ids_of(reader, 1, "refusal", Wish("wrong"))) == ROWS
        assert len(ids_of(reader, 2, "refusal", Wish("wrong"))) == 0
        assert len(ids_of(reader, 2, "refusal", Wish("right"))) == ROWS
        assert [each.right for each in answers_with(reader, "refusal", [1, ROWS + 1])] == [False, True]
        assert len(ids_of(reader, 2, "latency", Wish("wrong"))) == 0
        both = changed(reader, find_run(reader, 1), find_run(reader, 2), "refusal")
        assert (len(both.better), len(both.worse), len(both.both_wrong)) == (ROWS, 0, 0)


def test_a_gate_and_the_board_ask_for_at_most_the_target(project: Path) -> None:
    assert genai("scope", "set", "metric=refusal", "target=0.1", cwd=project).code == 0
    refusing_run(project)
    refused = genai("eval", "gate", "1", cwd=project)
    assert refused.code == 1
    assert "the target of at most 0.1 is not met" in refused.out
    passed = genai("eval", "gate", "2", "--json", cwd=project)
    assert passed.code == 0
    [target] = [each for each in passed.json["checks"] if each["name"] == "target"]
    assert target["met"]
    assert 0 < target["value"] < 0.1  # the high end of the interval
    stages = genai("status", "--json", cwd=project).json["stages"]
    assert "refusal ≤ 0.10" in stages[0]["summary"]
    assert stages[5]["state"] == "done"
    assert "best 0.00" in stages[5]["summary"]
    assert "target ≤ 0.10  MET" in stages[5]["summary"]
    with Project.open(project) as opened:
        assert [each.best for each in gather(opened).iterations] == [False, True]


def test_what_an_answer_costs_is_never_told_as_zero(project: Path, fake: FakeEndpoint) -> None:
    prices = ("--input-usd-per-million", "2", "--output-usd-per-million", "8")
    assert genai("endpoint", "add", "paid", "--url", fake.url, *prices, cwd=project).code == 0
    for name, model in (("short", "label-a"), ("long", "label-a b c d e f g h")):
        words = ("candidate", "make", "--model", f"paid/{model}", "--prompt", "1", "--name", name)
        assert genai(*words, cwd=project).code == 0
        assert genai("eval", "run", name, "--scorer", "cost", "--scorer", "exact", cwd=project).code == 0
    value = genai("eval", "show", "1", "--json", cwd=project).json["scores"]["cost"]["value"]
    places = 2 - math.floor(math.log10(value))
    told = f"{value:.{places}f}"
    assert float(told) == pytest.approx(value, rel=0.01)
    for words in (
        ("show", "1"), ("show", "1", "--by", "expected"), ("list",), ("leaderboard", "--scorer", "cost"),
        ("gate", "1", "--scorer", "cost", "--target", "1"), ("export", "1", "--format", "markdown"),
        ("export", "1", "--format", "html"),
    ):  # fmt: skip
        assert told in genai("eval", *words, cwd=project).out, words
    for words in (("compare", "1", "2"), ("gate", "2", "--scorer", "cost", "--against", "1")):
        said = genai("eval", *words, cwd=project).out
        assert "+0.0000" in said, said
        assert "+0.000," not in said
    gate = genai("eval", "gate", "1", "--max-cost", "0.00001", cwd=project).out
    assert "the limit is $0.00001." in gate
    assert "e-05" not in gate


@pytest.fixture
def by_length(project: Path) -> Path:
    """A run whose leading scorer counts words."""
    assert evaluated(project, "label-a", "--scorer", "length").code == 0
    return project


async def test_groups_of_what_is_no_right_or_wrong_are_sums_and_means(by_length: Path) -> None:
    with Project.open(by_length) as opened_project:
        async with opened(opened_project) as panes:
            await panes.press("6")
            await panes.until(lambda: panes.where == "Evaluate")
            await panes.press("e", "t")
            await panes.until(lambda: "1.00" in panes.part("#groups"))
            assert "mean" in panes.part("#groups").split("\n")[0]
            assert "right" not in panes.part("#groups").split("\n")[0]
