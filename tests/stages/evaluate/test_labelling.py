"""People label answers right or wrong: in the app one key each, by command; a judge is held against what they say."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate.labelling import draw, people_of, person
from genai_tui.store.labels import Label, draw_unlabelled, labels_of, labels_of_run, save_label
from genai_tui.store.runs import find_run
from tests.stages.evaluate.test_finding import Judging, shown
from tests.support.commands import genai
from tests.support.evaluate_screen import at_examples, at_six, measured, project
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread
from tests.support.panes import opened
from tests.support.runs_by_command import ROWS, evaluated
from tests.support.runs_by_command import project as by_command

__all__ = ["by_command", "project"]

JUDGE = "judge:model=openai/just"


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with serve_in_thread(Judging()) as endpoint:
        yield endpoint


def mine(project: Project) -> list[Label]:
    return [label for labels in labels_of_run(project.reader, 1).values() for label in labels]


async def test_one_key_an_answer_and_u_takes_it_back(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("L")
        await panes.until(lambda: panes.shows("0 of 12 labelled") and panes.shows("expected"))
        assert not panes.shows("✔ exact")  # nobody is led by the score
        assert not panes.shows("✘ exact")
        await panes.press("r")
        await panes.until(lambda: panes.shows("1 of 12 labelled"))
        first = mine(project)
        assert [(label.person, label.right) for label in first] == [(person(), True)]
        await panes.press("w")
        await panes.until(lambda: panes.shows("2 of 12 labelled"))
        await panes.press("u")
        await panes.until(lambda: len(mine(project)) == 1 and panes.shows("has no label of yours"))
        assert mine(project) == first


async def test_all_of_a_run_are_walked_through_each_once(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("L")
        for done in range(12):
            await panes.until(lambda done=done: panes.shows(f"{done} of 12 labelled") and panes.shows("expected"))
            await panes.press("r" if done % 2 else "w")
        await panes.until(lambda: panes.shows("Every answer of run 1 has your label."))
        assert sorted(label.generation for label in mine(project)) == list(range(1, 13))
        await panes.press("r")  # nothing is left to be labelled
        assert len(mine(project)) == 12


async def test_an_opened_answer_is_labelled_with_a_reason_beside_its_scores(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("enter")
        await panes.until(lambda: panes.shows("✘ exact"))
        await panes.press("b", *"too short", "enter")
        await panes.until(lambda: panes.shows("because too short"))
        await panes.press("w")
        await panes.until(lambda: panes.shows("✘ a person") and panes.shows(f"wrong {person()} too short"))
        [label] = mine(project)
        assert (label.right, label.reason) == (False, "too short")
        await panes.press("b", *" indeed", "enter")  # of the label that stands there
        await panes.until(lambda: mine(project)[0].reason == "too short indeed")
        await panes.press("u", "u")
        await panes.until(lambda: mine(project) == [])
        assert not panes.shows("a person")


async def test_the_screen_says_how_far_a_judge_agrees_with_people(project: Project) -> None:
    await measured(project, "label-billing", scorers=("judge:model=fake/just",))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("u")
        await panes.until(lambda: panes.shows("Nobody has labelled any of its answers"))
        rows = project.reader.rows(
            "SELECT g.id, e.expected FROM generation g JOIN example e ON e.id = g.example WHERE g.purpose = 'run'"
        )
        for number, expected in rows:
            project.writer.put_now(save_label(Label(number, "ada", float(expected == '"billing"'))))
        await panes.press("r", "u")
        await panes.until(lambda: "kappa 1.00" in panes.part("#trust"))
        assert "12 labels" in " ".join(panes.part("#trust").split())
        assert "0.6 is not reached" in " ".join(panes.part("#trust").split())  # twelve, however equal, are few


def test_a_gate_goes_by_labels_that_are_kept(by_command: Path) -> None:
    told = evaluated(by_command, "label-a", "--scorer", JUDGE).json
    words = ("eval", "gate", told["run"], "--scorer", JUDGE, "--target", "0.3", "--json")
    assert "Nobody has labelled" in genai(*words, cwd=by_command).error["why"]
    for row in range(1, ROWS + 1):
        said = "right" if row % 2 else "wrong"  # every other one expects a
        assert genai("eval", "label", told["run"], row, said, "--by", "ada", cwd=by_command).code == 0
    assert genai(*words, cwd=by_command).code == 0
    [known] = shown(by_command, told["run"])["judges"].values()
    assert (known["agreement"]["value"], known["agreement"]["n"]) == (1.0, ROWS)
    for row in range(1, ROWS, 4):  # somebody is of another mind: evenly divided says nothing
        assert genai("eval", "label", told["run"], row, "wrong", "--by", "grace", cwd=by_command).code == 0
    [known] = shown(by_command, told["run"])["judges"].values()
    assert known["agreement"]["n"] == ROWS - 10


def test_a_label_by_command_is_kept_shown_exported_and_taken_away(by_command: Path) -> None:
    run = evaluated(by_command, "label-a").json["run"]
    words = ("eval", "label", run, "2")
    assert "Nobody has labelled" in genai(*words, cwd=by_command).err
    told = genai(*words, "wrong", "--reason", "It is b.", "--json", cwd=by_command).json
    assert told["labels"] == [{"person": person(), "label": "wrong", "value": 0.0, "reason": "It is b."}]
    assert "It is b." in genai(*words, cwd=by_command).out
    lines = [json.loads(line) for line in genai("eval", "export", run, cwd=by_command).out.splitlines()]
    assert [line["labels"] for line in lines[:3]] == [[], [{"person": person(), "value": 0, "reason": "It is b."}], []]
    assert genai(*words, "right", "--remove", cwd=by_command).code == 2
    assert genai(*words, "--remove", "--json", cwd=by_command).json["labels"] == []
    assert genai(*words, "--remove", cwd=by_command).code == 2
    assert genai("eval", "label", run, "99", "right", cwd=by_command).code == 2


def test_answers_are_drawn_from_all_of_a_run_and_failures_never(by_command: Path) -> None:
    run = evaluated(by_command, "each-2-400", "--max-in-flight", "1").json["run"]
    with Project.open(by_command) as project:
        found = find_run(project.reader, run)
        lot, seen = random.Random(0), set[int]()
        while (number := draw_unlabelled(project.reader, run, "ada", lot)) is not None:
            assert number not in seen
            seen.add(number)
            project.writer.put_now(save_label(Label(number, "ada", 1.0)))
        assert len(seen) == ROWS // 2
        assert draw(project.reader, found, "ada") == (None, len(seen), len(seen))
        assert draw(project.reader, found, "grace").labelled == 0
        assert set(people_of(project.reader, run).values()) == {"right"}
        assert labels_of(project.reader, min(seen)) == [Label(min(seen), "ada", 1.0)]


async def test_a_key_that_comes_too_early_labels_nothing_unseen(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("L")
        await panes.until(lambda: panes.shows("0 of 12 labelled") and panes.shows("expected"))
        for _ in range(3):
            panes.app.screen.action_label(1.0)  # type: ignore[attr-defined]  # three keys in one turn of the loop
        await panes.until(lambda: panes.shows("1 of 12 labelled") and panes.shows("expected"))
        assert len(mine(project)) == 1
        await panes.press("u")
        await panes.until(lambda: mine(project) == [])
