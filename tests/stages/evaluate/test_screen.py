"""Stage 6 by keyboard: runs are started, watched, stopped and gone on with; compared; looked into; led onward."""

import asyncio
import json
from pathlib import Path

import pytest

from genai_tui.datasets import ImportOptions, import_file
from genai_tui.datasets.storing import store_import
from genai_tui.project import Project
from genai_tui.stages.evaluate.describing import DESCRIPTIONS
from genai_tui.stages.evaluate.interchange.importing import store_log
from genai_tui.stages.evaluate.interchange.logs import read_logs
from genai_tui.stages.evaluate.scorers.registry import NAMES
from genai_tui.stages.evaluate.screen import Evaluate
from genai_tui.store.datasets import all_datasets, find_dataset, find_example
from genai_tui.store.runs import find_run
from genai_tui.widgets.line_table import LineTable
from tests.support.evaluate_screen import at_examples, at_six, made, measured, project, type_over
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened

__all__ = ["project"]


async def test_with_nothing_measured_it_says_what_would_be_here_and_the_key(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        assert "No run yet" in panes.part("#runs")
        for key, box in (("i", "import the log"), ("m", "measure the configuration")):  # named there, and at work
            assert f"{key} " in panes.part("#runs")
            assert f" {key} " in panes.last_line
            await panes.press(key)
            assert panes.shows(box)
            await panes.press("escape")
        for key, said in (("c", "Nothing to compare"), ("e", "No answers yet"), ("u", "No judge yet")):
            await panes.press(key)
            assert panes.shows(said)
            assert panes.shows("Press a to measure") or panes.shows("Press a and give")


@pytest.mark.parametrize("letter", ["r", "c", "e", "d", "s", "u"])
async def test_what_comes_to_a_tab_that_is_gone_already_does_nothing(project: Project, letter: str) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press(letter)
        screen, board = panes.app.screen, panes.app.board
        assert isinstance(screen, Evaluate)
        pane = screen.pane
        await pane.remove()  # as at the end of the app, where a board is still read
        screen.show_board(board)
        for table in pane.query(LineTable):
            pane.post_message(LineTable.Moved(table, None))
            if (moved := getattr(pane, "on_line_table_moved", None)) is not None:
                moved(LineTable.Moved(table, None))
        assert pane.page is screen
        await panes.press("question_mark")
        assert panes.where == "Help"


async def test_every_tab_is_reached_by_its_letter_and_by_the_arrows(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        for letter, part in (("c", "#rivals"), ("e", "#examples"), ("d", "#versions"), ("s", "#scorers"),
                             ("u", "#judged"), ("r", "#runs")):  # fmt: skip
            await panes.press(letter)
            assert panes.app.focused is panes.app.screen.query_one(part)
        for part in ("#rivals", "#examples", "#versions", "#scorers", "#judged", "#runs"):
            await panes.press("right")
            assert panes.app.focused is panes.app.screen.query_one(part)
        await panes.press("left")
        assert panes.app.focused is panes.app.screen.query_one("#judged")


async def test_a_run_is_started_with_its_estimate_first_and_goes_on_elsewhere(project: Project) -> None:
    made(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a")
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        assert panes.shows("tokens ≈")
        assert panes.shows("8 times out of 10")
        await panes.press("y")
        assert panes.shows("genai-tui eval run c1 --split dev --scorer exact")
        await panes.press("r", "1")  # begun, and away
        await panes.until(lambda: find_run(project.reader, 1).state == "done" if _runs(project) else False)
        await panes.press("6")
        await panes.until(lambda: panes.shows("0.67"))
        row = panes.part("#runs").split("\n")[1]
        assert row.split()[:2] == ["▸", "#1"]
        assert "0.67 ±" in row
        assert panes.shows("12 of 12 answered; none failed")


async def test_esc_goes_one_step_back_to_where_one_came_from(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("enter")
        assert panes.where == "ExamplePage"
        await panes.press("escape")
        assert panes.app.focused is panes.app.screen.query_one("#examples")
        await panes.press("w", "escape")  # what was chosen among the answers goes first
        assert panes.app.focused is panes.app.screen.query_one("#examples")
        await panes.press("escape")
        assert panes.app.focused is panes.app.screen.query_one("#runs")
        await panes.press("l", "enter")
        assert panes.app.focused is panes.app.screen.query_one("#examples")
        await panes.press("escape")
        assert panes.where == "Leaderboard"
        assert panes.part("#leaders").split("\n")[1].startswith("▸")
        await panes.press("escape")
        assert panes.app.focused is panes.app.screen.query_one("#runs")
        for tab, part, inner in (("c", "#rivals", "#changed"), ("d", "#versions", "#rows")):
            await panes.press(tab)
            await panes.until(lambda inner=inner: panes.app.screen.query_one(inner, LineTable).count)
            await panes.press("enter")
            assert panes.app.focused is panes.app.screen.query_one(inner)
            await panes.press("escape")
            assert panes.app.focused is panes.app.screen.query_one(part)
        await panes.press("e", "escape")  # a tab that was chosen by its key is no step
        assert panes.where == "Home"


def _runs(project: Project) -> int:
    row = project.reader.one("SELECT count(*) FROM run")
    return row[0] if row else 0


async def test_a_run_that_failed_does_not_tell_how_long_the_next_takes(project: Project) -> None:
    await measured(project, "fault-400")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "space")
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        assert panes.shows("not known before the first answers")


async def test_a_limit_of_money_is_a_number_that_can_be_kept(project: Project) -> None:
    made(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "tab", *["down"] * 5, "enter")
        for typed in ("nan", "inf", "-1"):
            await type_over(panes, typed)
            assert "It is at least $0, and finite." in panes.last_line
        await type_over(panes, "$2.5")
        await panes.until(lambda: "max cost    2.5" in panes.text)


SLOW = """
import pathlib, time

while not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.01)

def right(text, expected):
    return text == expected
"""


async def test_a_function_that_scores_is_loaded_while_keys_are_answered(project: Project) -> None:
    made(project, "label-billing")
    mine = project.folder / "mine.py"
    mine.write_text(SLOW)
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "tab", "down", "enter")
        await type_over(panes, "exct")
        await panes.until(lambda: "Did you mean exact?" in panes.last_line)
        await type_over(panes, f"{mine}:right")
        await panes.until(lambda: "Making the scorers" in panes.last_line)
        await panes.press("escape", "down")  # its imports go on
        await panes.until(lambda: "▸ rows" in panes.part("#settings"))
        assert "mine.py" not in panes.part("#settings")
        (project.folder / "go").touch()
        await panes.until(lambda: "8 times out of 10" not in panes.text)
        assert "exact" not in panes.part("#settings")


async def test_a_candidate_made_elsewhere_meanwhile_can_be_measured(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a")
        await panes.until(lambda: panes.where == "Starting" and panes.shows("No candidate yet"))
        assert "3 playground  esc back" in panes.last_line
        assert "begin" not in panes.last_line
        with Project.open(project.folder) as elsewhere:
            made(elsewhere, "label-billing")
        await panes.until(lambda: "label-billing" in panes.part("#candidates"))
        assert "space choose" in panes.last_line
        assert not panes.shows("12: 1 × 12 rows")
        await panes.press("space")
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        assert _runs(project) == 0


async def test_measuring_on_test_says_that_it_counts_as_a_look(project: Project) -> None:
    made(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a", "w")
        await panes.until(lambda: panes.shows("counts as a look: 0 so far"))
        await panes.press("r")
        await panes.until(lambda: panes.shows("test was looked at 1×"))
        assert find_run(project.reader, 1).split == "test"


async def test_a_run_that_is_begun_is_the_chosen_one_wherever_the_cursor_stood(project: Project) -> None:
    await measured(project, "label-billing", "label-technical", "label-neither")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("end")
        assert "▸ #1" in panes.part("#runs")
        await panes.press("a", "space", "r")
        await panes.until(lambda: "▸ #4" in panes.part("#runs"))
        await panes.until(lambda: find_run(project.reader, 4).state == "done")
        await panes.until(lambda: panes.shows("#4 c1 zero-shot / dev"))


async def test_a_run_is_stopped_keeps_what_came_and_goes_on(project: Project, fake: FakeEndpoint) -> None:
    made(project, "slow-150")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press(
            "a", "tab", "down", "down", "down", "down", "enter", "backspace", "1", "enter"
        )  # one in flight
        assert "1" in panes.part("#settings").split("\n")[5]
        await panes.press("r")
        await panes.until(lambda: panes.shows(" of 12") and panes.shows("a second"))
        await panes.until(lambda: fake.asked("slow-150") >= 2)
        await panes.press("x")
        await panes.until(lambda: find_run(project.reader, 1).state == "stopped" and find_run(project.reader, 1).result)
        result = find_run(project.reader, 1).result
        assert result is not None
        assert 0 < result.n < 12
        await panes.until(lambda: panes.shows("! stopped"))
        await panes.press("o")
        await panes.until(lambda: find_run(project.reader, 1).state == "done")
        assert find_run(project.reader, 1).result.n == 12  # type: ignore[union-attr]


async def test_failures_count_as_wrong_and_are_shown_with_their_reason(project: Project) -> None:
    await measured(project, "fault-400")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.until(lambda: panes.shows("12 failed and count as wrong"))
        await panes.until(lambda: "It says:" in panes.part("#run"))  # why, and what to do
        assert "fake refuses the request as it is written (400). It says:" in panes.part("#run")
        assert "p50" not in panes.part("#run")
        await panes.press("enter")
        await panes.until(lambda: panes.part("#examples").count("!") == 12 or "!" in panes.part("#examples"))
        assert panes.app.focused is panes.app.screen.query_one("#examples")


async def test_two_runs_are_compared_on_the_examples_both_have(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        await panes.until(lambda: "better 8" in panes.part("#against"))
        assert "same 0" in panes.part("#against")
        assert "worse 4" in panes.part("#against")
        assert "difference +0.33" in panes.part("#against")
        assert "McNemar exact" in panes.part("#against")
        assert "technical" in panes.part("#failures")
        await panes.press("c")
        await panes.until(lambda: "Got worse" in panes.part("#changed"))
        assert panes.part("#changed").count("✔ technical") == 4
        await panes.press("w")
        await panes.until(lambda: panes.part("#changed").count("✔ billing") == 8)
        await panes.press("y")
        assert panes.shows("genai-tui eval compare 1 2")


def imported(project: Project, folder: Path) -> None:
    """A run of another program, over rows of its own and by a scorer of its own."""
    log = folder / "samples_boolq.jsonl"
    log.write_text("".join(
        json.dumps({"doc_id": n, "doc": {"q": n}, "target": "1", "arguments": [[f"q{n}", {}]], "resps": [["1"]],
                    "filtered_resps": ["1"], "exact_match": 1.0}) + "\n"
        for n in range(12)
    ))  # fmt: skip
    store_log(project, read_logs(log)[0], "boolq", "dev", log.name)


async def test_a_run_is_held_against_one_that_it_can_be_compared_with(project: Project, tmp_path: Path) -> None:
    await measured(project, "label-billing")
    imported(project, tmp_path)
    await measured(project, "label-technical")
    async with opened(project, (100, 36)) as panes:
        await at_six(panes)
        await panes.until(lambda: panes.shows("better 4 · same 0 · worse 8"))
        assert panes.shows("#3 against #1, the 12 examples both have")
        await panes.press("c")
        await panes.until(lambda: panes.shows("Against #1"))


async def test_why_two_runs_cannot_be_compared_stands_there_whole_with_what_to_do(project: Project) -> None:
    await measured(project, "label-billing")
    await measured(project, "label-technical", scorers=("length",))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.until(lambda: "not both scored" in panes.part("#against"))
        assert " ".join(panes.part("#against").split()).endswith(
            "Score it without asking again: S on run 2 in Runs, by exact"
        )
        await panes.press("c")
        await panes.until(lambda: "not both scored" in panes.part("#difference"))
        assert " ".join(panes.part("#difference").split()).endswith(
            "Score it without asking again: S on run 2 in Runs, by exact"
        )


async def test_runs_over_other_rows_are_said_to_be_that_and_not_to_be_scored_again(
    project: Project, tmp_path: Path
) -> None:
    await measured(project, "label-billing")
    imported(project, tmp_path)
    async with opened(project, (100, 36)) as panes:
        await at_six(panes)
        await panes.until(lambda: "no example in common" in panes.part("#against"))
        said = " ".join(panes.part("#against").split())
        assert "Run 1 is over tickets v1 dev, run 2 over boolq v1 dev." in said
        assert said.endswith("Measure one as the other was: o on boolq in Datasets, then a: c1 over dev")
        assert "rescore" not in said


async def test_who_was_measured_is_named_where_there_is_little_room(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project, (60, 20)) as panes:
        await at_six(panes)
        assert [row.split()[1] for row in panes.part("#runs").replace("▸", " ").split("\n")[1:3]] == ["c2", "c1"]
        await panes.press("c")
        await panes.until(lambda: "c2" in panes.part("#rivals") or "c1" in panes.part("#rivals").split("\n")[1])
        assert "+0.33" in panes.part("#rivals")


async def test_an_answer_without_anything_to_judge_it_by_is_not_drawn_as_wrong(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "half.csv"
    file.write_text("ticket,expected\nfirst,billing\nsecond,\n")
    store_import(project.writer, project.reader, import_file(file, ImportOptions(split="dev")), "half", "dev")
    await measured(project, "label-technical", dataset="half")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("enter")
        await panes.until(lambda: "second" in panes.part("#examples") and "first" in panes.part("#examples"))
        signs = {
            line.split()[-1]: line.replace("▸", " ").split()[0] for line in panes.part("#examples").split("\n")[1:3]
        }
        assert signs == {"first": "✘", "second": "○"}


async def test_repeats_of_one_row_are_told_apart(project: Project) -> None:
    await measured(project, "label-billing", repeats=2)
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("enter")
        await panes.until(lambda: "repeat 2" in panes.part("#examples"))
        rows = panes.part("#examples").split("\n")[1:]
        assert "repeat" not in rows[0]


async def test_several_against_one_are_corrected_after_holm(project: Project) -> None:
    await measured(project, "label-billing", "label-technical", "label-neither")
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        await panes.press("end", "b")  # the first run is the baseline
        assert panes.shows("Run 1 is the baseline")
        await panes.press("c")
        await panes.until(lambda: "2 at once: p by Holm" in panes.part("#rivals"))
        rows = panes.part("#rivals").split("\n")[1:3]
        assert "0.016" in rows[0]  # 8 to nothing by McNemar is 0.0078, the smaller of two
        assert "worse" in rows[0]
        await panes.until(lambda: "(McNemar exact); p = 0.016 among all (Holm)" in panes.part("#difference"))


async def test_runs_that_can_be_compared_stand_before_those_that_cannot(project: Project, tmp_path: Path) -> None:
    await measured(project, "label-billing", "label-technical")
    imported(project, tmp_path)
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("end", "b", "c")
        await panes.until(lambda: "no example in common" in panes.part("#rivals"))
        rows = panes.part("#rivals").split("\n")[1:3]
        assert "#2" in rows[0]
        assert "#3" in rows[1]


async def test_pairs_of_two_runs_become_preferences(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("c")
        await panes.until(lambda: "Got worse" in panes.part("#changed"))
        await panes.press("m")
        await panes.until(lambda: panes.shows("12 pairs"))
    rows = project.reader.rows("SELECT chosen, first_text, second_text, source FROM preference")
    assert (
        sorted(rows)
        == [("first", "technical", "billing", "scorer")] * 4 + [("second", "technical", "billing", "scorer")] * 8
    )


async def test_examples_show_the_worst_first_by_group_and_by_words(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("enter")
        await panes.until(lambda: "worst first" in panes.part("#examples"))
        rows = panes.part("#examples").split("\n")[1:]
        assert ["✘" in row for row in rows[:5]] == [True] * 4 + [False]
        await panes.until(lambda: "expected" in panes.part("#answer") and "technical" in panes.part("#answer"))
        await panes.press("w")
        await panes.until(lambda: "wrong answers" in panes.part("#examples"))
        assert panes.part("#examples").split("\n")[0].rstrip(" ─").endswith("4")
        await panes.press("t", "t")
        await panes.until(
            lambda: "4× technical → billing" in panes.part("#groups").replace("   ", " ").replace("  ", " ")
        )
        await panes.press("enter")
        await panes.until(lambda: "expected technical, got billing" in panes.part("#examples"))
        await panes.press("escape")
        await panes.until(lambda: "all answers" in panes.part("#examples"))
        await panes.press("slash", *"ticket 11", "enter")
        await panes.until(lambda: "/ticket 11" in panes.part("#examples"))
        assert "dev ticket 11" in panes.part("#examples")


async def test_each_class_stands_behind_the_confusion_with_precision_recall_f1_and_how_often_it_is_expected(
    project: Project,
) -> None:
    await measured(project, "label-billing", scorers=("exact", "labels"))
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("t", "t")
        await panes.until(lambda: "technical → billing" in " ".join(panes.part("#groups").split()))
        assert panes.shows("t each class")
        await panes.press("t")
        await panes.until(lambda: "technical" in panes.part("#groups") and "recall" in panes.part("#groups"))
        head, *rows = [line.split() for line in panes.part("#groups").split("\n") if line.strip()]
        assert [word for word in head if word in ("precision", "recall", "F1", "n")] == [
            "precision",
            "recall",
            "F1",
            "n",
        ]
        assert ["billing", "0.67", "1.00", "0.80", "8"] in [row[-5:] for row in rows]
        assert ["technical", "0.00", "0.00", "0.00", "4"] in [row[-5:] for row in rows]
        await panes.press("enter")  # it leads nowhere
        assert panes.shows("t by length")
        await panes.press("escape")
        await panes.until(lambda: "✘" in panes.part("#examples"))


async def test_where_there_is_no_group_no_key_opens_one(project: Project) -> None:
    await measured(project, "label-technical")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("t")
        await panes.until(lambda: "enter its answers" in panes.last_line)
        await panes.press("t", "t", "t", "t")  # by tag
        await panes.until(lambda: panes.shows("No row has a tag."))
        assert "enter its answers" not in panes.last_line


async def test_a_run_without_a_scorer_of_classes_says_which_would_be_one(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("t", "t", "t")
        await panes.until(lambda: "No scorer of this run reads answers as classes" in panes.part("#groups"))
        assert "by labels: nothing is asked anew" in " ".join(panes.part("#groups").split())


async def test_one_example_whole_with_what_others_answered(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("enter")
        await panes.until(lambda: panes.shows("✔ #1 c1"))
        assert panes.where == "ExamplePage"
        assert panes.part("#example").split("\n")[1].startswith(" ticket  dev ticket")  # before what was made of it
        assert panes.shows("Ticket: dev ticket")  # the message as it was sent
        assert panes.shows("✘ exact")


async def test_repeats_of_another_candidate_stand_under_the_first_of_them(project: Project) -> None:
    await measured(project, "label-technical", repeats=3)
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("enter")
        await panes.until(lambda: panes.shows("✔ #1 c1"))
        lines = panes.part("#example").split("\n")
        at = next(place for place, line in enumerate(lines) if "#1 c1" in line)
        assert [line.split() for line in lines[at + 1 : at + 3]] == [["✔", "technical"]] * 2
        assert lines[at].index("technical") == lines[at + 1].index("technical")


async def test_an_example_opens_in_the_playground_with_its_row_and_model(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_examples(panes)
        await panes.press("p")
        await panes.until(lambda: panes.where == "PromptScreen" and panes.shows("c1 stands here"))
        assert "Ticket: {{ ticket }}" in panes.part("#template")
        await panes.until(lambda: "dev:" in panes.text or "dev row" in panes.text)
        assert "dev ticket" in panes.text
        await panes.press("escape", "escape")  # the first takes the message away
        assert panes.where == "Evaluate"
        assert "c1" in panes.part("#examples")
        await panes.press("escape", "escape")  # to the runs, and from where nothing was handed over home
        assert panes.where == "Home"


async def test_wrong_answers_become_a_dataset_for_fine_tuning(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("e", "f", "enter")
        await panes.until(lambda: panes.shows("4 rows are in the dataset failures-1"))
    found = find_dataset(project.reader, "failures-1")
    assert found.splits == {"train": 4}
    assert {find_example(project.reader, found, "train", n).expected for n in range(1, 5)} == {"technical"}
    assert find_dataset(project.reader).name == "tickets"


async def test_rows_of_test_are_not_trained_on(project: Project) -> None:
    await measured(project, "label-billing", split="test")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("e", "f", "enter")
        await panes.until(lambda: panes.shows("Rows of test are not trained on"))
        assert [each.name for each in all_datasets(project.reader)] == ["tickets"]


async def test_a_row_is_edited_and_one_added_each_as_a_new_version(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d")
        await panes.until(lambda: "[dev]" in panes.part("#rows"))
        await panes.press("tab", "enter", "down", "enter", "end", *"!!", "ctrl+s")  # the first row's expected answer
        await panes.until(lambda: panes.shows("tickets v2") and panes.where == "Evaluate")
        assert find_example(project.reader, find_dataset(project.reader), "dev", 1).expected == "technical!!"
        await panes.press("plus", "enter", *"a new one", "escape", "down", "enter", *"billing", "escape", "s")
        await panes.until(lambda: find_dataset(project.reader).version == 3)
    assert find_example(project.reader, find_dataset(project.reader), "dev", 13).inputs == {"ticket": "a new one"}


async def test_answers_are_scored_by_another_scorer_without_being_asked_again(
    project: Project, fake: FakeEndpoint
) -> None:
    await measured(project, "label-billing")
    asked = fake.asked("label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("s", "slash", *"starts", "enter", "enter", "enter")
        await panes.until(lambda: "starts-with" in find_run(project.reader, 1).scorers)
    assert fake.asked("label-billing") == asked


async def test_a_leaderboard_and_plots_are_drawn_in_any_terminal(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project, (100, 30)) as panes:
        await at_six(panes)
        await panes.press("l")
        rows = panes.part("#leaders").split("\n")[1:3]
        assert ["c2" in rows[0], "c1" in rows[1]] == [True, True]  # the better one first
        await panes.press("escape", "v")
        assert "#2 c2" in panes.part("#plot")
        assert "┬" in panes.part("#plot")
        assert panes.part("#plot").rstrip().split("\n")[-1].split() == ["#1", "#2", "run"]  # each run once
        await panes.press("v", "v")
        assert "against latency" in panes.part("#plot")
        assert "c2" in panes.part("#plot")


async def test_a_leaderboard_is_of_one_dataset_and_doubts_a_part(project: Project, tmp_path: Path) -> None:
    await measured(project, "label-billing")
    await measured(project, "label-technical", rows=5)
    file = tmp_path / "more.csv"
    file.write_text("ticket,expected\n" + "".join(f"{n},billing\n" for n in range(4)))
    store_import(project.writer, project.reader, import_file(file, ImportOptions(split="dev")), "more", "dev")
    await measured(project, "label-neither", dataset="more")
    async with opened(project, (100, 30)) as panes:
        await at_six(panes)
        await panes.press("end", "l")  # the first run is over tickets
        await panes.until(lambda: panes.shows("exact over tickets dev; ! a part"))
        rows = panes.part("#leaders").split("\n")[1:3]
        assert ["!" in row for row in rows if " c2 " in row] == [True]
        assert "c3" not in panes.part("#leaders")
        await panes.press("d")
        assert panes.shows("exact over more dev")
        assert "c3" in panes.part("#leaders")


async def test_a_judge_that_always_prefers_the_first_answer_is_said_to_be_biased(project: Project) -> None:
    await measured(project, "label-billing", scorers=("judge:model=fake/say-first,mode=pairwise",))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("u")
        await panes.until(lambda: "biased towards the first answer" in panes.part("#trust"))
        assert "Nobody has labelled any of its answers" in panes.part("#trust")
        assert "0.50" in panes.part("#judged")  # every pair is a tie


async def test_a_dataset_is_checked(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d", "x")
        await panes.until(lambda: panes.where == "Checked")
        assert panes.shows("No row of dev or test stands among the examples of a prompt")


async def test_a_run_of_another_process_is_watched(project: Project) -> None:
    """What another writer stores is seen without this screen having begun it."""
    await measured(project, "label-technical")
    other = Project.open(project.folder)
    async with opened(project) as panes:
        await at_six(panes)
        task = asyncio.create_task(measured(other, "slow-60"))
        await panes.until(lambda: panes.shows("#2"))
        await panes.until(lambda: panes.shows("of 12"))
        await task
        await panes.until(lambda: find_run(project.reader, 2).state == "done")
        assert _runs(project) == 2
    other.close()


@pytest.mark.parametrize(("score", "half", "said"), [("includes", 0, True), ("exact", 0.5, False)])
async def test_what_an_imported_run_can_show_is_told_by_what_its_scores_are(
    project: Project, score: str, half: float, said: bool
) -> None:
    """A share has a smallest difference under whatever name; a mean has none, though a scorer of ours has its name."""
    samples = [{"id": n, "epoch": 1, "input": f"{n}?", "target": "1", "messages": [], "output": {"completion": "1"},
                "scores": {score: {"value": n % 2 or half}}} for n in range(40)]  # fmt: skip
    file = project.folder / "log.json"
    file.write_text(json.dumps({"version": 2, "status": "success", "eval": {"model": "m"}, "samples": samples}))
    store_log(project, read_logs(file)[0], "sums", "dev", file.name)
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        await panes.until(lambda: "p50" in panes.part("#run"))
        await panes.app.workers.wait_for_complete()
        await panes.pilot.pause()
        assert ("40 examples show a difference" in panes.part("#run")) == said


@pytest.mark.parametrize("size", [(18, 4), (40, 12), (80, 24), (150, 50)])
async def test_every_tab_and_key_works_at_any_size(project: Project, size: tuple[int, int]) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project, size) as panes:
        await at_six(panes)
        for tab in "rcedsu":
            await panes.press(tab, "down", "tab", "z", "z", "end", "home")
            assert panes.where == "Evaluate"
            assert panes.text.strip()


def test_every_scorer_is_described() -> None:
    assert set(DESCRIPTIONS) == set(NAMES)


async def test_who_was_measured_is_not_marked_to_be_measured_again(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("a")
        await panes.until(lambda: panes.shows("Choose who is measured: space."))
        assert "○" in panes.part("#candidates").split("\n")[1]
        await panes.press("r")
        assert panes.shows("Choose a candidate first: space.")
        await panes.press("space")
        await panes.until(lambda: panes.shows("0: 1 × 12 rows, less 12 in the cache"))
        assert panes.shows("$0")
        await panes.press("escape")
        made(project, "label-technical")
        await panes.press("a")
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        assert [line.lstrip(" ▸").split()[:2] for line in panes.part("#candidates").split("\n")[1:3]] == [
            ["✔", "c2"], ["○", "c1"],
        ]  # fmt: skip
