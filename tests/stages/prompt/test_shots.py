"""Zero, one, a few: one control that finds its way back; examples that never come from dev or test."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.errors import UsageFault
from genai_tui.project import Project
from genai_tui.stages.prompt import shots
from genai_tui.stages.prompt.sheet import Sheet
from tests.support.playground import TICKETS, project_with

TRAIN = {ticket for ticket, _ in TICKETS["train"]}
SHEET = Sheet("S", "Ticket: {{ ticket }}")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with 12 rows of train, 4 of dev, 3 of test."""
    with project_with(tmp_path / "p") as opened:
        yield opened


def tickets(sheet: Sheet) -> list[str]:
    """What the fixed examples show."""
    return [example.inputs["ticket"] for example in sheet.examples.fixed]


def several(project: Project, number: int) -> Sheet:
    """A sheet that shows so many."""
    return shots.turn(project, shots.turn(project, SHEET, number), number)


def test_one_control_goes_round_and_shows_the_same_rows_again(project: Project) -> None:
    one = shots.turn(project, SHEET)
    few = shots.turn(project, one)
    zero = shots.turn(project, few)
    assert [sheet.examples.count for sheet in (one, few, zero)] == [1, 3, 0]
    assert tickets(few)[:1] == tickets(one)
    assert set(tickets(few)) <= TRAIN
    again = shots.turn(project, zero)
    assert again.examples == one.examples
    assert shots.turn(project, again).examples == few.examples


def test_examples_of_ones_own_stay_when_there_are_to_be_more(project: Project) -> None:
    mine = shots.add(project, SHEET, "train:7")
    few = shots.turn(project, mine)
    assert tickets(few)[0] == TICKETS["train"][6][0]
    assert len(set(tickets(few))) == 3


def test_the_way_of_picking_turns_and_fixed_ones_come_back(project: Project) -> None:
    few = several(project, 4)
    similar = shots.pick(project, few)
    diverse = shots.pick(project, similar)
    fixed = shots.pick(project, diverse)
    assert [sheet.examples.pick for sheet in (similar, diverse, fixed)] == ["similar", "diverse", "fixed"]
    assert {sheet.examples.count for sheet in (similar, diverse, fixed)} == {4}
    assert fixed.examples == few.examples
    others = shots.pick(project, fixed, "fixed", seed=5)
    assert tickets(others) != tickets(fixed)


def test_a_rule_of_one_and_of_a_few_keeps_its_way_of_picking(project: Project) -> None:
    similar = shots.pick(project, several(project, 3), "similar")
    zero = shots.turn(project, similar)
    one = shots.turn(project, zero)
    assert (one.examples.pick, one.examples.number) == ("similar", 1)
    assert shots.turn(project, one).examples == similar.examples


def test_one_example_is_added_and_removed(project: Project) -> None:
    sheet = shots.add(project, shots.add(project, SHEET, "train:1"), "train:2")
    assert tickets(sheet) == [TICKETS["train"][0][0], TICKETS["train"][1][0]]
    assert tickets(shots.remove(sheet, 0)) == tickets(sheet)[1:]


def test_the_row_that_is_asked_is_no_example(project: Project) -> None:
    similar = shots.pick(project, several(project, 2), "similar")
    inputs = {"ticket": TICKETS["train"][4][0]}
    shown = shots.shown(project, similar, inputs)
    assert inputs not in [example.inputs for example in shown]  # it gives its answer away


@pytest.mark.parametrize("row", ["dev:1", "test:1", "train:13", "train:x", "7"])
def test_no_row_but_one_of_train_can_be_an_example(project: Project, row: str) -> None:
    with pytest.raises(UsageFault):
        shots.add(project, SHEET, row)


def test_what_cannot_be_done_says_so(project: Project) -> None:
    rule = shots.pick(project, several(project, 2), "diverse")
    for change in (
        lambda: shots.add(project, rule, "train:1"),
        lambda: shots.remove(SHEET, 0),
        lambda: shots.pick(project, SHEET),
    ):
        with pytest.raises(UsageFault):
            change()


@pytest.mark.parametrize(("rows", "goes"), [(0, []), (1, [1, 0, 1]), (2, [1, 2, 0])])
def test_train_may_be_small(tmp_path: Path, rows: int, goes: list[int]) -> None:
    train = [(f"t{n}", "x") for n in range(rows)]
    with project_with(tmp_path / "p", rows={"train": [*train, ("no answer", None)], "dev": [("d", "x")]}) as project:
        sheet = SHEET
        if not goes:
            with pytest.raises(UsageFault):
                shots.turn(project, sheet)
        for count in goes:
            sheet = shots.turn(project, sheet)
            assert sheet.examples.count == count


ROWS = st.lists(st.tuples(st.text("ab ", max_size=3), st.sampled_from(["a", "b"]) | st.none()), max_size=6)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("turn"), st.integers(2, 5)),
        st.tuples(st.sampled_from(["fixed", "similar", "diverse"]), st.none() | st.integers(0, 99)),
        st.tuples(st.just("add"), st.sampled_from(["train:1", "train:2", "dev:1", "test:1", "test:2"])),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS, ROWS, CHANGES, st.text("ab ", max_size=3))
def test_examples_never_come_from_dev_or_test(
    tmp_path_factory: pytest.TempPathFactory, train: list, dev: list, test: list, changes: list, asked: str
) -> None:
    """Whatever the rows, the seeds and the numbers, and whatever is done one after the other; rows of train that
    stand in dev or test as well count as theirs.
    """
    rows = {"train": train, "dev": dev, "test": test}
    measured = {ticket for ticket, _ in (*dev, *test)}
    usable = {ticket for ticket, expected in train if expected is not None} - measured
    with project_with(tmp_path_factory.mktemp("p") / "p", rows=rows) as project:
        sheet = SHEET
        for what, value in changes:
            with suppress(UsageFault):
                sheet = _changed(project, sheet, what, value)
            for ticket in (asked, *measured, *usable):
                with suppress(UsageFault):
                    shown = shots.shown(project, sheet, {"ticket": ticket})
                    assert {example.inputs["ticket"] for example in shown} <= usable
                    assert all(example.expected is not None for example in shown)


def _changed(project: Project, sheet: Sheet, what: str, value: object) -> Sheet:
    match what:
        case "turn":
            return shots.turn(project, sheet, value)  # type: ignore[arg-type]
        case "add":
            return shots.add(project, sheet, value)  # type: ignore[arg-type]
    return shots.pick(project, sheet, what, seed=value)  # type: ignore[arg-type]


FRESH = """
import json, sys
from genai_tui.project import Project
from genai_tui.stages.prompt import shots
from genai_tui.stages.prompt.sheet import Sheet
with Project.open(sys.argv[1]) as project:
    said = []
    for way in ("similar", "diverse", "fixed"):
        for seed in (0, 1, 7):
            sheet = shots.pick(project, shots.turn(project, shots.turn(project, Sheet("", "x"))), way, seed=seed)
            shown = shots.shown(project, sheet, {"ticket": "money about crashes"})
            said.append([[example.inputs, example.expected] for example in shown])
print(json.dumps(said))
"""


def test_the_same_seed_picks_the_same_in_a_fresh_process(project: Project) -> None:
    words = [sys.executable, "-c", FRESH, project.folder]
    said = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    here = []
    for way in ("similar", "diverse", "fixed"):
        for seed in (0, 1, 7):
            sheet = shots.pick(project, several(project, 3), way, seed=seed)  # type: ignore[arg-type]
            shown = shots.shown(project, sheet, {"ticket": "money about crashes"})
            here.append([[example.inputs, example.expected] for example in shown])
    assert said == here
    assert len({json.dumps(each) for each in here}) > 3  # and other seeds pick others
