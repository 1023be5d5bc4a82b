"""The screen of Scope by keyboard: the form, what follows while one types, versions, files, a critique."""

import os
import stat
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.stages.scope.claims import examples_to_meet
from genai_tui.stages.scope.fields import FIELDS
from genai_tui.store.choices import save_choice
from genai_tui.store.scopes import current_scope, find_scope, page_scopes
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, a_terminal, opened

PLACES = {field.key: place for place, field in enumerate(FIELDS)}


async def go_to(panes: Panes, key: str) -> None:
    """The form, with the cursor on a field."""
    if panes.where != "ScopeScreen":
        await panes.press("1")
    await panes.press("home", *["down"] * PLACES[key])


def version(project: Project) -> int:
    return current_scope(project.reader).version


async def test_what_is_typed_counts_at_once_and_is_no_version_before_enter(empty: Project) -> None:
    async with opened(empty, (120, 36)) as panes:
        await panes.press("1")
        assert panes.shows("How narrow: unknown")
        await go_to(panes, "metric")
        await panes.press("enter", *"exact", "enter")
        await go_to(panes, "target")
        await panes.press("enter", *"0.8")
        assert panes.shows(f"≈ {examples_to_meet(0.8, 0.9):,}")
        await panes.press("5")
        assert panes.shows(f"≈ {examples_to_meet(0.85, 0.925):,}")
        assert panes.shows("with what is typed")
        assert current_scope(empty.reader).target is None
        await panes.press("enter")
        await panes.until(lambda: current_scope(empty.reader).target == 0.85)
        assert not panes.shows("with what is typed")


async def test_below_100_columns_the_verdict_has_a_line_and_tab_leads_to_the_rest(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await panes.press("1")
        assert panes.shows("✔ narrow · test ≈ 229 · model up to 1B")
        await go_to(panes, "tasks")
        await panes.press("enter", *", summarisation, chat, code")
        assert panes.shows("wide ·")
        await panes.press("enter", "tab")
        await panes.until(lambda: panes.shows("Four task types and free-form output."))
        assert panes.shows("Split off the classification")
        await panes.press("tab", "enter")
        assert panes.where == "How"
        assert panes.shows("Wilson 1927")


async def test_the_chosen_field_says_what_belongs_there_and_how_it_is_read(empty: Project) -> None:
    async with opened(empty) as panes:
        await go_to(panes, "data_rules")
        await panes.press("space")
        assert panes.shows("Who may be asked: anything")
        await panes.press("enter", *"local; names", "enter")
        await panes.until(lambda: version(empty) == 1)
        assert panes.shows("read as Only models on this machine may be asked")


async def test_examples_are_written_on_a_page_and_kept_as_they_are_typed(empty: Project) -> None:
    async with opened(empty, (120, 36)) as panes:
        await go_to(panes, "examples")
        await panes.press("enter")
        assert panes.where == "Writing"
        await panes.press(*"charged twice => billing", "enter", *"nothing")
        await panes.press("ctrl+s")
        await panes.until(lambda: panes.shows("Line 2 of the examples is none"))
        assert version(empty) == 0
        await panes.press("escape")
        assert panes.where == "ScopeScreen"
        assert panes.shows("not saved")
        await panes.press("enter", "ctrl+end", *" => other", "ctrl+s")
        await panes.until(lambda: version(empty) == 1)
        assert panes.where == "ScopeScreen"
        assert [example.output for example in current_scope(empty.reader).examples] == ["billing", "other"]
        assert panes.shows("2: charged twice → billing …")


async def test_s_saves_all_that_is_typed_as_one_version(empty: Project) -> None:
    async with opened(empty) as panes:
        await go_to(panes, "problem")
        await panes.press("enter", *"Sort tickets.", "escape")
        await go_to(panes, "target")
        await panes.press("enter", *"90", "escape", "s")
        assert panes.shows("target is a fraction between 0 and 1")
        assert version(empty) == 0
        await panes.press("enter", "ctrl+u", *"0.9", "escape", "s")
        await panes.until(lambda: version(empty) == 1)
        scope = current_scope(empty.reader)
        assert (scope.problem, scope.target) == ("Sort tickets.", 0.9)
        assert not panes.shows("not saved")
        await panes.press("s")
        assert "Nothing is typed" in panes.last_line


async def test_saving_one_field_leaves_what_is_typed_in_another(empty: Project) -> None:
    async with opened(empty) as panes:
        await go_to(panes, "problem")
        await panes.press("enter", *"half a sen", "escape")
        await go_to(panes, "target")
        await panes.press("enter", *"0.9", "enter")
        await panes.until(lambda: version(empty) == 1)
        assert panes.app.typed.of("scope") == {"problem": "half a sen"}


async def test_versions_are_compared_noted_and_gone_back_to(sample: Project) -> None:
    async with opened(sample) as panes:
        await go_to(panes, "target")
        await panes.press("enter", "ctrl+u", *"0.95", "enter")
        await panes.until(lambda: version(sample) == 2)
        await panes.press("N", *"agreed", "enter")
        await panes.until(lambda: find_scope(sample.reader, 2).note == "agreed")
        await panes.press("v")
        assert panes.where == "Versions"
        assert panes.shows("target 0.90 → 0.95 “agreed”")
        assert panes.shows("- 0.9 + 0.95")
        await panes.press("m", "down")
        assert panes.shows("From version 2 to 1")
        await panes.press("N", *"a sketch", "enter")
        await panes.until(lambda: find_scope(sample.reader, 1).note == "a sketch")
        await panes.press("y")
        await panes.until(lambda: "genai-tui scope diff 2 1" in panes.last_line)
        await panes.press("enter")
        await panes.until(lambda: version(sample) == 3)
        assert current_scope(sample.reader).target == 0.9
        assert panes.where == "ScopeScreen"


async def test_a_thousand_versions_are_paged(empty: Project) -> None:
    from genai_tui.records.scopes import Scope
    from genai_tui.store.scopes import save_scope

    empty.writer.put_now(*(save_scope(Scope(problem=f"p{number}")) for number in range(1, 1001)))
    async with opened(empty) as panes:
        await panes.press("1", "v")
        assert panes.shows("v1000")
        await panes.press("end")
        assert panes.shows("v1 ")
        assert panes.shows("the first")
        await panes.press("home", *["pagedown"] * 30)
        number = panes.app.screen.table.row[0].version  # type: ignore[attr-defined]
        assert f"v{number}" in panes.text


async def test_markdown_goes_out_and_comes_back(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1", "E", "enter")
        await panes.until(lambda: "stands in" in panes.last_line)
        path = sample.folder / "SCOPE.md"
        await panes.press("E", "enter")
        await panes.until(lambda: "stands in" in panes.last_line)
        path.write_text(path.read_text().replace("**target**: 0.9", "**target**: 0.7"))
        await panes.press("I", "enter")
        await panes.until(lambda: current_scope(sample.reader).target == 0.7)
        assert current_scope(sample.reader).note == "from SCOPE.md"
        path.write_text("## Harm\n")
        await panes.press("E", "enter")
        await panes.until(lambda: "no version of the scope" in panes.last_line)
        assert path.read_text() == "## Harm\n"
        await panes.press("I", "enter")
        await panes.until(lambda: "names no field of the scope" in panes.last_line)


async def test_a_field_goes_through_the_editor(
    sample: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "first line\\nsecond line\\n" > "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    async with opened(sample) as panes:
        await go_to(panes, "harms")
        await panes.press("e")
        await panes.until(lambda: current_scope(sample.reader).harms == "first line\nsecond line")
        await panes.press("enter")
        assert panes.where == "Writing"


async def test_a_critique_of_a_free_model_comes_at_once(sample: Project, endpoint: FakeEndpoint) -> None:
    await sample.writer.put(save_choice("model", "fake/echo"))
    async with opened(sample) as panes:
        await panes.press("1", "c")
        await panes.until(lambda: panes.shows("fake/echo says"))
        assert "Sort an incoming support ticket" in str(endpoint.requests[-1].json)
        [(purpose,)] = sample.reader.rows("SELECT purpose FROM generation")
        assert purpose == "judge"


async def test_a_critique_that_costs_is_asked_after_y(sample: Project, endpoint: FakeEndpoint) -> None:
    await sample.writer.put(save_choice("model", "paid/echo"))
    async with opened(sample) as panes:
        await panes.press("1", "c")
        await panes.until(lambda: panes.shows("paid/echo would be asked"))
        assert panes.shows("at most")
        assert endpoint.requests == []
        await panes.press("Y")
        await panes.until(lambda: panes.shows("paid/echo says"))
        assert len(endpoint.requests) == 1


async def test_the_embedded_model_is_not_asked_for_a_critique(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1", "c")
        await panes.until(lambda: panes.shows("is not capable of a critique"))


async def test_data_rules_hold_in_the_playground_as_soon_as_they_are_saved(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await sample.writer.put(save_choice("model", "fake/echo"))
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: len(endpoint.requests) == 1)
        await go_to(panes, "data_rules")
        await panes.press("enter", "ctrl+u", *"not fake", "enter")
        await panes.until(lambda: version(sample) == 2)
        await panes.press("3", "r")
        await panes.until(lambda: panes.shows("fake may not be asked"))
        assert len(endpoint.requests) == 1


async def test_another_terminals_change_is_shown(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1")
        with Project.open(sample.folder, environ=os.environ) as other:
            from dataclasses import replace

            from genai_tui.store.scopes import save_scope

            other.writer.put_now(save_scope(replace(current_scope(other.reader), budget_usd=12.5)))
        await panes.until(lambda: panes.shows("$12.50"))


@pytest.mark.parametrize("size", [(18, 4), (40, 10), (80, 24), (99, 30), (100, 30), (200, 60)])
async def test_every_key_works_at_every_size(sample: Project, size: tuple[int, int]) -> None:
    async with opened(sample, size) as panes:
        await panes.press("1", "down", "space", "tab", "down", "enter", "escape", "tab", "tab", "enter", "x", "escape")
        await panes.press("v", "escape", "c", "escape", "E", "escape", "z", "z", "question_mark", "escape")
        assert panes.where == "ScopeScreen"
        assert len(page_scopes(sample.reader)) == 1


async def test_without_utf8_signs_are_ascii(sample: Project) -> None:
    async with opened(sample, (120, 36), a_terminal(LANG="C", LC_ALL="C")) as panes:
        await panes.press("1")
        assert panes.text.isascii()
        assert panes.shows("+ One task type")


async def test_plain_speaks_each_field(sample: Project) -> None:
    async with opened(sample, terminal=a_terminal(ACCESSIBLE="1")) as panes:
        await panes.press("1", "down", "down")
        assert "3 of 14: metric: exact" in panes.last_line
