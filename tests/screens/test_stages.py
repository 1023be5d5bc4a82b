"""The screens of the stages: the scope is written, a model is chosen, a prompt is tried."""

import asyncio

import pytest

from genai_tui.project import Project
from genai_tui.store.choices import save_choice
from genai_tui.store.generations import page_generations
from genai_tui.store.scopes import current_scope
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import a_terminal, opened


async def use(project: Project, model: str) -> None:
    await project.writer.put(save_choice("model", model))


async def test_a_field_of_the_scope_is_written_and_undone(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "down", "down", "down", "enter", *"0.9", "enter")
        await panes.until(lambda: "version 1" in panes.last_line)
        assert current_scope(empty.reader).target == 0.9
        await panes.press("enter", "ctrl+u", *"0.8", "enter")
        await panes.until(lambda: current_scope(empty.reader).target == 0.8)
        await panes.press("u")
        await panes.until(lambda: current_scope(empty.reader).target == 0.9)
        await panes.press("h")
        assert panes.app.board is not None
        assert panes.app.board.stages[0].state == "started"


async def test_a_wrong_value_is_said_and_the_text_stays(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "down", "down", "down", "enter", *"90", "enter")
        await panes.until(lambda: panes.shows("Not saved"))
        assert panes.shows("target is a fraction between 0 and 1")
        assert panes.app.screen.box.value == "90"  # type: ignore[attr-defined]
        assert current_scope(empty.reader).version == 0


async def test_the_first_esc_leaves_the_box_and_the_text_is_there_again(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "enter", *"Sort tickets")
        await panes.press("escape")
        assert panes.where == "ScopeScreen"
        await panes.press("enter")
        assert panes.app.screen.box.value == "Sort tickets"  # type: ignore[attr-defined]
        await panes.press("escape", "escape")
        assert panes.where == "Home"


async def test_what_was_typed_is_back_after_a_crash(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "enter", *"Sort tick")
        panes.app.save_now()
    from genai_tui.store.processes import this_process

    dead = this_process()._replace(pid=2**22 - 1, started=1)
    import sqlite3

    with sqlite3.connect(empty.database) as connection:
        assert connection.execute("SELECT count(*) FROM draft").fetchone()[0] == 1
        connection.execute("UPDATE draft SET pid = ?, started = ?", (dead.pid, dead.started))
    connection.close()
    async with opened(empty) as panes:
        await panes.press("1")
        await panes.until(lambda: panes.app.typed.of("scope"))
        await panes.press("enter")
        assert panes.app.screen.box.value == "Sort tick"  # type: ignore[attr-defined]


async def test_a_field_with_a_draft_says_so_and_values_have_their_units(empty: Project) -> None:
    from genai_tui.stages.scope.setting import changed
    from genai_tui.store.scopes import save_scope

    fields = {"target": "0.9", "latency_p95_s": "0.3", "budget_usd": "5", "requests_a_month": "120000"}
    await empty.writer.put(save_scope(changed(current_scope(empty.reader), fields)))
    async with opened(empty) as panes:
        await panes.press("1", "enter", *"half a sen", "escape")
        assert "typed, not saved" in next(line for line in panes.text.split("\n") if "problem" in line)
        for words in ("0.90", "0.3 s", "$5.00", "120,000"):
            assert panes.shows(words), words
        await panes.press("enter", "enter")
        await panes.until(lambda: "Saved" in panes.last_line)
        assert not panes.shows("typed, not saved")


@pytest.mark.parametrize("size", [(40, 10), (18, 4)])
@pytest.mark.parametrize("stage", ["1", "2"])
async def test_lists_have_rows_on_a_low_screen(sample: Project, stage: str, size: tuple[int, int]) -> None:
    async with opened(sample, size) as panes:
        await panes.press(stage, "space")
        assert panes.app.screen.table.region.height >= 2  # type: ignore[attr-defined]
        assert "▸" in panes.text
        await panes.press("enter")
        assert panes.app.screen.table.region.height >= 1  # type: ignore[attr-defined]


async def test_all_fields_are_seen_at_the_usual_size(empty: Project) -> None:
    from genai_tui.stages.scope.screen import FIELDS

    async with opened(empty, (80, 24)) as panes:
        await panes.press("1")
        assert all(panes.shows(field.name) for field in FIELDS)


async def test_a_draft_is_saved_within_a_second_of_the_last_key(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "enter", *"half a sen")
        await panes.until(lambda: empty.reader.rows("SELECT 1 FROM draft"))


async def test_no_endpoint_is_contacted_until_one_asks(sample: Project, endpoint: FakeEndpoint) -> None:
    async with opened(sample, (100, 30)) as panes:
        await panes.press("2")
        assert panes.shows("embedded/smollm2-135m in use")
        await panes.press("3", "4", "2")
        assert endpoint.received == []
        await panes.press("l")
        await panes.until(lambda: "models of 1 endpoints" in panes.last_line)
        assert panes.shows("fake/example-org/large:free")
        await panes.press("slash", *"large", "enter", "enter")
        await panes.until(lambda: sample.model_in_use == "fake/example-org/large:free")
        assert "fake/example-org/large:free" in panes.text.split("\n")[0]


async def test_an_endpoint_that_fails_is_said(sample: Project, endpoint: FakeEndpoint) -> None:
    endpoint.key = "another"
    async with opened(sample, (100, 30)) as panes:
        await panes.press("2", "l")
        await panes.until(lambda: panes.shows("did not list their models"))
        assert "✘" in panes.text


async def test_a_model_is_taken_by_its_name(sample: Project, endpoint: FakeEndpoint) -> None:
    async with opened(sample) as panes:
        await panes.press("2", "m", *"nobody/x", "enter")
        await panes.until(lambda: panes.shows("There is no endpoint"))
        await panes.press("ctrl+u", *"fake/echo", "enter")
        await panes.until(lambda: sample.model_in_use == "fake/echo")


async def test_versions_are_listed_and_the_chosen_one_is_shown(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        assert panes.shows("v3 · 5-shot · from v2")
        assert panes.shows("dev row 1 of 60")
        await panes.press("k", "k", "space")
        await panes.until(lambda: panes.shows("v1 · zero-shot"))
        await panes.press("right")
        assert panes.shows("dev row 2 of 60")
        await panes.press("r", "ctrl+u", *"test:7", "enter")
        assert panes.shows("test row 7 of 200")
        await panes.press("r", "ctrl+u", *"dev:900", "enter")
        assert "no row dev:900" in panes.last_line
        assert panes.shows("test row 7 of 200")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_an_answer_streams_and_is_kept(sample: Project, endpoint: FakeEndpoint, size: tuple[int, int]) -> None:
    await use(sample, "fake/say-hello_there_you")
    async with opened(sample, size) as panes:
        await panes.press("3", "enter")
        await panes.until(lambda: "expected" in panes.part("#answer"))
        answer = panes.part("#answer")
        assert "hello there you" in answer
        assert "first token" in answer
        assert "✘ not as expected" in answer
        assert "hello there you" in panes.part("#tries")
        [kept] = page_generations(sample.reader, purpose="try")
        assert kept.text == "hello there you"
        assert kept.prompt == 3
    assert endpoint.asked("say-hello_there_you") == 1


async def test_the_expected_answer_is_marked(sample: Project, endpoint: FakeEndpoint) -> None:
    from genai_tui.store.datasets import find_dataset, find_example

    expected = find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected
    await use(sample, f"fake/say-{expected}")
    async with opened(sample) as panes:
        await panes.press("3", "ctrl+r")
        await panes.until(lambda: "✔ as expected" in panes.part("#answer"))


@pytest.mark.parametrize("key", ["ctrl+c", "escape"])
async def test_a_stopped_answer_keeps_what_came(sample: Project, endpoint: FakeEndpoint, key: str) -> None:
    await use(sample, "fake/stall")
    async with opened(sample) as panes:
        await panes.press("3", "enter")
        await panes.until(lambda: panes.app.screen.answer.text)  # type: ignore[attr-defined]
        await panes.press(key)
        await panes.until(lambda: page_generations(sample.reader, purpose="try"))
        [kept] = page_generations(sample.reader, purpose="try")
        assert kept.finish_reason == "cancelled"
        assert kept.text
        await panes.until(lambda: "· stopped" in panes.part("#answer"))
        assert "expected" not in panes.part("#answer")  # half an answer is not a wrong one
        assert panes.where == "PromptScreen"


async def test_an_answer_goes_on_while_another_screen_is_looked_at(sample: Project, endpoint: FakeEndpoint) -> None:
    await use(sample, "fake/slow-30")
    async with opened(sample) as panes:
        await panes.press("3", "enter", "1")
        await panes.until(lambda: page_generations(sample.reader, purpose="try"))
        await panes.press("3")
        await panes.until(lambda: "tok/s" in panes.part("#answer"))


async def test_a_failure_says_what_why_and_what_to_do(sample: Project, endpoint: FakeEndpoint) -> None:
    await use(sample, "fake/fault-401")
    async with opened(sample) as panes:
        await panes.press("3", "enter")
        await panes.until(lambda: panes.shows("Not answered"))
        assert "✘" in panes.text
        await panes.press("y")
        await panes.until(lambda: "characters" in panes.last_line)
        await use(sample, "fake/say-fine")
        await panes.press("enter")
        await panes.until(lambda: "fine" in panes.part("#answer"))
        assert not panes.shows("Not answered")


async def test_typed_variables_are_asked_and_are_a_draft(sample: Project, endpoint: FakeEndpoint) -> None:
    await use(sample, "fake/echo")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "v", "ctrl+u", *"my own words", "enter")
        assert panes.shows("Variables · typed")
        await panes.press("enter")
        await panes.until(lambda: "my own words" in panes.part("#answer"))
        assert panes.app.typed.of("prompt") == {"ticket": "my own words"}
        await panes.press("y")
        await panes.until(lambda: "--var 'ticket=my own words'" in panes.last_line)


async def test_a_budget_holds_from_the_next_question_on(sample: Project, endpoint: FakeEndpoint) -> None:
    from genai_tui.stages.scope.setting import changed
    from genai_tui.store.scopes import save_scope

    async def budget(value: str) -> None:
        await sample.writer.put(save_scope(changed(current_scope(sample.reader), {"budget_usd": value})))

    await use(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter")
        await panes.until(lambda: "#1 " in panes.part("#tries"))
        await budget("1")  # and nobody says what this endpoint costs
        await panes.press("enter")
        await panes.until(lambda: panes.shows("cannot be kept"))
        assert endpoint.asked("say-yes") == 1
        await panes.press("i")
        assert "no answer yet" in panes.last_line
        await budget("")
        await panes.press("enter")
        await panes.until(lambda: endpoint.asked("say-yes") == 2)


async def test_hostile_answers_reach_no_cell(sample: Project, endpoint: FakeEndpoint) -> None:
    from genai_tui.records.generations import Generation, Moments
    from genai_tui.store.generations import save_generation

    evil = "\x1b]0;title\x07\u202eevil\x9b31m[/nope]\x00" + "x" * 200_000
    moments = Moments(0.0, 0.1, 0.2, 0.2, 0.3, 1.0)
    await sample.writer.put(
        save_generation(Generation("try", evil[:40], evil[:40], evil, evil[:40], None, None, moments))
    )
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "tab", "tab", "tab", "tab", "enter")
        await panes.until(lambda: "evil" in panes.part("#answer"))
        assert not set(panes.text) & set("\x1b\x07\x9b\u202e\x00")


async def test_a_plain_screen_shows_whole_lines_only(sample: Project, endpoint: FakeEndpoint) -> None:
    await use(sample, "fake/stall")
    async with opened(sample, terminal=a_terminal(ACCESSIBLE="1")) as panes:
        await panes.press("3", "enter")
        await panes.until(lambda: panes.app.screen.answer.text)  # type: ignore[attr-defined]
        came = panes.app.screen.answer.text.strip()  # type: ignore[attr-defined]
        assert came not in panes.part("#answer")
        await panes.press("ctrl+c")
        await panes.until(lambda: came in panes.part("#answer"))


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (120, 12), (40, 10)])
async def test_the_theme_has_every_cell(sample: Project, size: tuple[int, int]) -> None:
    async with opened(sample, size) as panes:
        for key in ("1", "2", "3", "tab", "4"):
            await panes.press(key)
            for strip in panes.app.screen._compositor.render_strips():
                for segment in strip:
                    assert segment.style is not None
                    assert segment.style.bgcolor is not None
                    assert segment.style.bgcolor.number is not None, segment


async def test_tabs_fold_where_there_is_no_room(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3")
        assert "Versions" in panes.text
        assert "Tries" not in panes.text
        await panes.press("tab", "tab", "tab")
        assert "Tries" in panes.text
        await panes.pilot.resize_terminal(130, 30)
        await panes.until(lambda: "Versions" in panes.text and "Tries" in panes.text)
        await panes.pilot.resize_terminal(70, 24)
        await panes.until(lambda: "Versions" not in panes.text)


async def test_the_pane_says_which_version_it_shows_while_another_is_chosen(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "k")
        assert "v3 · 5-shot" in panes.part("#shown")
        assert "space shows v2" in panes.part("#shown")
        await panes.press("j")
        assert "space" not in panes.part("#shown")
        await panes.press("k", "space")
        await panes.until(lambda: "v2 · one-shot" in panes.part("#shown"))
        assert "space" not in panes.part("#shown")


@pytest.mark.parametrize("size", [(40, 10), (120, 12), (18, 4), (60, 17)])
async def test_on_a_low_screen_a_column_shows_one_part_and_tab_reaches_all(
    sample: Project, endpoint: FakeEndpoint, size: tuple[int, int]
) -> None:
    await use(sample, "fake/say-yes")
    async with opened(sample, size) as panes:
        await panes.press("3")
        for title in ("Versions", "v3", "Variable", "" if size[1] < 6 else "Answer", "Tries"):
            shown = [line for line in panes.text.split("\n")[1:-1] if line.startswith("─") or " ─ " in line]
            assert len(shown) <= 2, panes.text
            assert not title or any(title in line for line in shown), panes.text
            assert panes.app.focused is not None
            assert panes.app.focused.region.height >= 2
            await panes.press("tab")
        await panes.press("ctrl+r")
        await panes.until(lambda: "yes" in panes.part("#answer"))
        await use(sample, "fake/fault-401")
        await panes.press("ctrl+r")
        await panes.until(lambda: panes.app.screen.fault is not None)  # type: ignore[attr-defined]
        await panes.until(lambda: "Not answered" in panes.text)
        await panes.pilot.resize_terminal(120, 40)
        await panes.until(lambda: panes.shows("Versions") and panes.shows("Tries") and panes.shows("Not answered"))


async def test_each_try_says_whether_it_was_right_and_how_its_numbers_came_about(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    from genai_tui.store.datasets import find_dataset, find_example

    expected = find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "i")
        assert "no answer yet" in panes.last_line
        for count, said in enumerate(("wrong", expected), 1):
            await use(sample, f"fake/say-{said}")
            await panes.press("enter")
            await panes.until(lambda: f"#{count} " in panes.part("#tries"))  # noqa: B023 - waited for within the turn
        tries = panes.part("#tries")
        assert "✘ wrong" in tries
        assert f"✔ {expected}" in tries
        await panes.press("right", "shift+tab", "j", "enter")  # another row is chosen by now
        await panes.until(lambda: "try 1" in panes.part("#answer"))
        assert "✘ not as expected" in panes.part("#answer")
        await panes.press("i")
        for words in ("How try 1 came about", "from sending the request", "as the endpoint counted them", "$?", "stop"):
            assert panes.shows(words), words
        await panes.press("y")
        await panes.until(lambda: "characters" in panes.last_line)
        await panes.press("escape")
        assert panes.where == "PromptScreen"


async def test_a_project_without_prompts_says_how_to_get_one(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("3", "enter", "right", "v", "ctrl+r")
        assert panes.shows("genai-tui prompt save FILE")
        await panes.press("h", "2", "h", "1", "h")
        assert panes.where == "Home"


@pytest.mark.parametrize("number", [4, 5, 6, 7, 8])
async def test_stages_to_come_are_honest(sample: Project, number: int) -> None:
    async with opened(sample, (100, 60)) as panes:
        await panes.press(str(number))
        for words in (
            "WHAT THE PROJECT KNOWS FOR IT",
            "WHAT THIS SCREEN WILL SHOW",
            "COMMANDS THERE ARE",
            "genai-tui ",
        ):
            assert words in panes.text
        await asyncio.sleep(0)


async def test_the_commands_that_pages_name_exist(sample: Project) -> None:
    from importlib import import_module

    from genai_tui.commands.table import BY_NAME
    from genai_tui.lifecycle import STAGES

    for stage in STAGES[3:]:
        for command, _ in import_module(f"{stage.folder}.screen").SCREEN.EXIST:
            words = command.split()
            where, _, attribute = BY_NAME[words[1]].where.partition(":")
            found = getattr(import_module(where), attribute)
            if len(words) > 2:
                assert words[2] in found.commands, command
