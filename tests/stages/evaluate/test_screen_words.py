"""What a page says where it is empty or holds a part only: why, and the key that leads on, and no command."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.scopes import Scope
from genai_tui.store.scopes import save_scope
from tests.support.evaluate_screen import at_six, measured, project, type_over
from tests.support.panes import opened

__all__ = ["project"]


async def test_nothing_to_compare_names_the_split_that_has_something_and_the_key(project: Project) -> None:
    await measured(project, "label-technical", "label-billing")
    await measured(project, "label-billing", split="test")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("c")
        await panes.until(lambda: panes.shows("c2 alone was measured over test: it takes two candidates."))
        assert panes.shows(
            "Over dev there are 2: press w to compare those, or a to measure another candidate over test."
        )
        assert "w over dev  a measure" in panes.last_line
        assert "m to preferences" not in panes.last_line
        await panes.press("w")
        await panes.until(lambda: "Got worse" in panes.part("#changed"))
        assert panes.shows("Against #1 c1 / dev")


async def test_a_candidate_that_is_alone_is_said_to_be_that(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("c")
        await panes.until(lambda: panes.shows("c1 alone was measured over dev: it takes two candidates."))
        assert panes.shows("Press a to measure another one over dev.")
        assert " w " not in panes.last_line


async def test_an_empty_choice_of_answers_says_what_there_is_none_of_and_names_keys_that_work(
    project: Project,
) -> None:
    await measured(project, "label-billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("enter", "w", "w", "w")  # wrong, right, failed
        await panes.until(lambda: panes.shows("Run 1 has no failed requests. esc shows all its answers"))
        assert panes.last_line.startswith(" esc all answers  w which  / find")
        assert "playground" not in panes.last_line
        await panes.press("escape")
        await panes.until(lambda: "✘" in panes.part("#examples"))
        assert "enter open" in panes.last_line


async def test_without_a_run_only_keys_that_do_something_are_named(project: Project) -> None:
    async with opened(project, (120, 24)) as panes:
        await at_six(panes)
        for tab, without in (("e", "enter open"), ("s", "score the chosen run"), ("u", "label answers"), ("c", "tab ")):
            await panes.press(tab)
            assert "a measure" in panes.last_line
            assert without not in panes.last_line


async def test_pages_name_keys_and_no_options_of_commands(project: Project) -> None:
    await measured(project, "label-billing", rows=5)
    await measured(project, "label-technical", scorers=("length",))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.until(lambda: panes.shows("S on run 2 in Runs, by exact"))
        await panes.press("down", "t")
        await panes.until(lambda: panes.shows("There is nothing to ask"))
        assert panes.shows("1 opens Scope, where a target is set; b in Runs makes a run the baseline.")
        project.writer.put_now(save_scope(Scope(metric="exact", target=0.6)))
        await panes.press("p")
        await panes.until(lambda: panes.shows("asked the first 5 of 12 rows of dev only; p lets them count."))
        await panes.press("p")
        await panes.until(lambda: panes.shows("They count once p lets them."))
        assert panes.shows("rows every row of its split was asked (p: the first rows are enough)")
        assert "--" not in panes.part("#gate")
        await panes.press("m")
        await panes.until(
            lambda: panes.shows("its score is at the scope's target (m: the end of its interval has to be)")
        )


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_a_run_over_a_part_of_its_split_is_marked(project: Project, size: tuple[int, int]) -> None:
    await measured(project, "label-billing", rows=5)
    await measured(project, "label-technical")
    async with opened(project, size) as panes:
        await at_six(panes)
        whole, part = panes.part("#runs").split("\n")[1:3]
        assert "5/12" in part
        assert "12" in whole
        assert "/12" not in whole
        await panes.press("down")
        await panes.until(lambda: "#1 c1 zero-shot / dev 5/12" in panes.part("#run"))


async def test_where_nothing_was_answered_no_price_is_shown_and_an_unknown_one_is_unknown_everywhere(
    project: Project,
) -> None:
    await measured(project, "fault-400")
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        assert "$" not in panes.part("#runs").split("\n")[1]
        assert "$0.00" in panes.text.split("\n")[0]
    await measured(project, "label-billing")
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        assert "$?" in panes.part("#runs").split("\n")[1]
        assert "$? no price known" in panes.text.split("\n")[0]
        await panes.until(lambda: "· $?" in panes.part("#run"))
        await panes.press("l")
        assert "$?" in panes.part("#leaders")


@pytest.mark.parametrize(
    ("providers", "kinds"),
    [
        ("{id: echo, label: first}", ("short", "polite")),
        (
            "{id: echo, label: first}, {id: openai:chat:m, label: second}",
            ("sec…·sho…", "sec…·pol…", "fir…·sho…", "fir…·pol…"),
        ),
    ],
)
async def test_candidates_of_a_promptfoo_configuration_are_told_apart_by_what_differs(
    project: Project, tmp_path: Path, providers: str, kinds: tuple[str, ...]
) -> None:
    config = tmp_path / "promptfooconfig.yaml"
    config.write_text(
        "prompts: [{label: polite, raw: 'Say {{ word }}'}, {label: short, raw: '{{ word }}'}]\n"
        f"providers: [{providers}]\n"
        "tests: [{vars: {word: yes}, assert: [{type: contains, value: Say}]}]\n"
    )
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("m")
        await type_over(panes, str(config))
        await panes.until(lambda: panes.shows("What it will take"))
        await panes.press("r")
        await panes.until(lambda: panes.shows(f"Run {len(kinds)} is done"))
        rows = panes.part("#runs").split("\n")[1 : len(kinds) + 1]
        assert [row.split("/")[0].split(maxsplit=2)[-1].split(maxsplit=1)[-1].strip() for row in rows] == list(kinds)
