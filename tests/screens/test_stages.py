"""The screens of the stages: the scope is written, a model is chosen, a prompt is tried."""

import asyncio
import sqlite3

import pytest

from genai_tui.project import Project
from genai_tui.store.choices import save_choice
from genai_tui.store.drafts import save_draft
from genai_tui.store.processes import this_process
from genai_tui.store.scopes import current_scope
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.typed import kept


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
    dead = this_process()._replace(pid=2**22 - 1, started=1)
    with sqlite3.connect(empty.database) as connection:
        assert connection.execute("SELECT count(*) FROM draft").fetchone()[0] == 1
        connection.execute("UPDATE draft SET pid = ?, started = ?", (dead.pid, dead.started))
    connection.close()
    async with opened(empty) as panes:
        await panes.press("1")
        await panes.until(lambda: panes.app.typed.of("scope"))
        await panes.press("enter")
        assert panes.app.screen.box.value == "Sort tick"  # type: ignore[attr-defined]


async def test_what_was_left_is_there_for_who_asks_second_and_whoever_asked_first_may_go(empty: Project) -> None:
    dead = this_process()._replace(pid=2**22 - 1, started=1)
    await empty.writer.put(save_draft("scope", dead, {"problem": "Sort tick"}))
    async with opened(empty) as panes:
        typed = panes.app.typed
        first = asyncio.create_task(typed.take_up())
        await asyncio.sleep(0)
        second = asyncio.create_task(typed.take_up())
        first.cancel()
        await second
        assert typed.of("scope") == {"problem": "Sort tick"}


async def test_what_is_on_its_way_to_the_store_when_the_program_ends_is_kept(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("1", "enter", *"Sort tick")
        on_its_way = asyncio.ensure_future(panes.app.typed._save())
        await asyncio.sleep(0)
        panes.app.save_now()
        assert "Sort tick" in kept(empty)
        await on_its_way


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
@pytest.mark.parametrize("stage", ["1"])
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
        assert "half a sen" in kept(empty)


async def test_no_endpoint_is_contacted_until_one_asks(sample: Project, endpoint: FakeEndpoint) -> None:
    async with opened(sample, (100, 30)) as panes:
        await panes.press("2")
        assert panes.shows("embedded/smollm2-135m in use")
        await panes.press("3", "4", "2")
        assert endpoint.received == []
        await panes.press("l")
        await panes.until(lambda: "models of 1 endpoints" in panes.last_line)
        assert panes.shows("fake/example-org/large:free")
        await panes.press("slash", *"large", "enter", "u", *"cheap", "enter")
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
        assert "fake/echo" in panes.text.split("\n")[0]


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


@pytest.mark.parametrize("number", [5, 7, 8])
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

    for stage in (STAGES[number - 1] for number in (5, 7, 8)):
        for command, _ in import_module(f"{stage.folder}.screen").SCREEN.EXIST:
            words = command.split()
            where, _, attribute = BY_NAME[words[1]].where.partition(":")
            found = getattr(import_module(where), attribute)
            if len(words) > 2:
                assert words[2] in found.commands, command
