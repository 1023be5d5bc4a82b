"""The playground: what is sent at the left, what comes back at the right, by keyboard alone."""

import asyncio

import pytest

from genai_tui.project import Project
from genai_tui.store.datasets import find_dataset, find_example
from genai_tui.store.prompts import find_prompt, latest_prompt
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import a_terminal, opened
from tests.support.playground import A, B, C, D, add_column, tries, use_model


async def test_the_latest_version_stands_there_and_no_box_has_the_keys(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        assert panes.app.focused is None
        assert "Sort the support ticket" in panes.part("#system")
        assert "{{ ticket }}" in panes.part("#template")
        assert "[few 5]" in panes.part("#examples")
        assert "dark mode" in panes.part("#examples")
        assert "dev row 1 of 60" in panes.part("#inputs")
        await panes.until(lambda: "≈ 179" in panes.part("#gauge"))
        assert "tok" in panes.part("#template").split("\n")[0]
        assert "v3 5-shot" in panes.part(A)
        assert "temperature 0 · max 6 · output: free text" in panes.part("#gauge")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_an_answer_streams_and_is_kept(sample: Project, endpoint: FakeEndpoint, size: tuple[int, int]) -> None:
    await use_model(sample, "fake/say-hello_there_you")
    async with opened(sample, size) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        for words in ("hello there you", "✘ not as expected", "first token", "in 3 out", "$?"):
            assert words in panes.part(A)
        [kept] = tries(sample)
        assert (kept.text, kept.prompt) == ("hello there you", 3)
    assert endpoint.asked("say-hello_there_you") == 1


async def test_the_expected_answer_is_marked(sample: Project, endpoint: FakeEndpoint) -> None:
    expected = find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected
    await use_model(sample, f"fake/say-{expected}")
    async with opened(sample) as panes:
        await panes.press("3", "ctrl+r")
        await panes.until(lambda: "✔ as expected" in panes.part(A))
        assert "A ✔" in panes.text.split("\n")[2]


async def test_four_columns_answer_side_by_side_and_one_is_stopped_alone(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        for words in ("v2", "fake/stall", "fake/fault-401 v1 temperature=1"):
            await add_column(panes, words)
        assert "v1" in panes.part(D)
        await panes.press("c")
        assert "4 columns are all there is room for" in panes.last_line
        await panes.press(*"a/b", "enter")  # typed on, it runs no command
        assert "4 columns are all there is room for" in panes.last_line
        await panes.press("escape", "r")
        await panes.until(lambda: "expected" in panes.part(A) and "expected" in panes.part(B))
        await panes.until(lambda: "401" in panes.part(D) and "My" in panes.part(C))
        assert "!" in panes.part(D).split("\n")[0]
        assert panes.app.screen.running  # type: ignore[attr-defined]
        await panes.press("shift+tab", "shift+tab", "ctrl+c")
        await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
        ends = sorted((each.model_id, each.finish_reason) for each in tries(sample))
        assert ("stall", "cancelled") in ends
        assert [model for model, _ in ends] == ["fault-401", "say-first", "say-first", "stall"]
        await panes.press("C")
        assert "Taken away" in panes.last_line
        assert len(panes.app.screen.asked) == 3  # type: ignore[attr-defined]
        assert "C !" in panes.part(D).split("\n")[0]
        await panes.press("u")
        assert len(panes.app.screen.asked) == 4  # type: ignore[attr-defined]


async def test_below_a_hundred_columns_tabs_show_which_still_runs(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3")
        await add_column(panes, "fake/stall")
        await panes.press("r")
        await panes.until(lambda: "B ▸" in panes.text.split("\n")[2] and "A ✘" in panes.text.split("\n")[2])
        assert "first" in panes.part(A)
        assert "Template" not in panes.text
        await panes.press("ctrl+c")
        await panes.until(lambda: "B !" in panes.text.split("\n")[2])


@pytest.mark.parametrize("key", ["ctrl+c", "escape"])
async def test_a_stopped_answer_keeps_what_came(sample: Project, endpoint: FakeEndpoint, key: str) -> None:
    await use_model(sample, "fake/stall")
    async with opened(sample) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: panes.app.screen.slots[0].view.text)  # type: ignore[attr-defined]
        await panes.press(key)
        await panes.until(lambda: tries(sample))
        [kept] = tries(sample)
        assert kept.finish_reason == "cancelled"
        assert kept.text
        assert kept.usage is not None
        await panes.until(lambda: "stopped" in panes.part(A))
        assert "expected" not in panes.part(A)  # half an answer is not a wrong one
        assert panes.where == "PromptScreen"


async def test_an_answer_goes_on_while_another_screen_is_looked_at(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/slow-30")
    async with opened(sample) as panes:
        await panes.press("3", "r", "1")
        await panes.until(lambda: tries(sample))
        await panes.press("3")
        await panes.until(lambda: "tok/s" in panes.part(A))


async def test_a_failure_says_what_why_and_what_to_do(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/fault-401")
    async with opened(sample) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "asks for a key" in panes.part(A))
        assert "A !" in panes.text.split("\n")[2]
        await panes.press("y")
        await panes.until(lambda: "characters" in panes.last_line)
        await use_model(sample, "fake/say-fine")
        await panes.press("r")
        await panes.until(lambda: "fine" in panes.part(A))
        assert "asks for a key" not in panes.part(A)


async def test_zero_one_few_and_how_they_are_picked(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "f")
        await panes.until(lambda: "[zero]" in panes.part("#examples"))
        await panes.until(lambda: "v3* zero-shot" in panes.part(A))
        await panes.press("f")
        await panes.until(lambda: "[one]" in panes.part("#examples"))
        await panes.press("f")
        await panes.until(lambda: "[few 5]" in panes.part("#examples"))
        await panes.press("p")
        await panes.until(lambda: "similar" in panes.part("#examples"))
        shown = panes.part("#examples")
        await panes.press("right")
        await panes.until(lambda: panes.part("#examples") != shown)
        assert "dev row 2 of 60" in panes.part("#inputs")
        await panes.press("p", "p")
        await panes.until(lambda: "dark mode" in panes.part("#examples"))


async def test_an_example_is_added_from_train_alone_taken_away_and_brought_back(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "tab", "tab", "tab", "G", "enter", *"7", "enter")
        await panes.until(lambda: "[few 6]" in panes.part("#examples"))
        await panes.press("G", "enter", "ctrl+u", *"dev:1", "enter")
        await panes.until(lambda: "train only" in panes.last_line)
        await panes.press("escape", "g", "delete")
        assert "[few 5]" in panes.part("#examples")
        assert "dark mode" not in panes.part("#examples")
        await panes.press("u")
        assert "dark mode" in panes.part("#examples")
        await panes.press("enter")
        assert panes.shows("Please add a dark mode to the app.")


async def test_a_row_is_typed_and_what_was_typed_before_comes_back(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        await panes.press("w", "ctrl+u", *"test:7", "enter")
        assert "test row 7 of 200" in panes.part("#inputs")
        await panes.press("w", "ctrl+u", *"dev:900", "enter")
        assert "no row dev:900" in panes.last_line
        await panes.press("escape", "tab", "tab", "tab", "tab", "enter", "ctrl+a", *"My ", "escape")
        assert "typed" in panes.part("#inputs").split("\n")[0]
        await panes.press("right", "u")
        assert "typed" in panes.part("#inputs").split("\n")[0]


async def test_the_sheet_is_saved_and_compared_with_its_parent(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "s")
        assert "version 3: nothing in it was changed" in panes.last_line
        await panes.press("enter", "tab", *"Ticket: ", "ctrl+s")
        await panes.until(lambda: "Saved: version 4, from v3" in panes.last_line)
        assert find_prompt(sample.reader, "4").parent == 3
        await panes.press("ctrl+g")
        await panes.until(lambda: panes.where == "Difference")
        assert panes.shows("v3 → v4")
        assert panes.shows("Ticket:")
        await panes.press("escape")
        assert panes.where == "PromptScreen"


async def test_versions_are_gone_back_to_and_what_stood_there_comes_back(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", "tab", *"Hey ", "escape", "v", "end", "enter")
        await panes.until(lambda: "Version 1 stands here" in panes.last_line)
        assert "[zero]" in panes.part("#examples")
        await panes.press("u")
        assert "Hey" in panes.part("#template")
        assert "[few 5]" in panes.part("#examples")


async def test_a_fault_of_the_template_is_shown_at_its_line(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/echo")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", "tab", "ctrl+end", "enter", *"{{ ticket", "escape")
        await panes.until(lambda: "✘" in panes.part("#template"))
        await panes.press("r")
        await panes.until(lambda: "fault" in panes.part(A))
        assert not tries(sample)


async def test_parameters_and_schema_count_at_once(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, 'fake/say-{"a":1}')
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "o", "enter", "ctrl+u", *"0.5", "enter")
        assert panes.where == "SettingsPage"
        await panes.press("G", "enter", *"top_k=40", "enter", "escape")
        assert "temperature 0.5 · max 6 · top-k 40" in panes.part("#gauge")
        await panes.press("r")
        await panes.until(lambda: tries(sample))
        [body] = [asked.json for asked in endpoint.received if asked.path.endswith("/chat/completions")]
        assert (body["temperature"], body["top_k"]) == (0.5, 40)


async def test_the_command_is_the_one_that_asks_the_same(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        assert panes.app.screen.command() == "genai-tui prompt run 3 --row dev:1"  # type: ignore[attr-defined]
        await panes.press("f")
        await panes.until(lambda: "[zero]" in panes.part("#examples"))
        assert panes.app.screen.command() == "genai-tui prompt run 1 --row dev:1"  # type: ignore[attr-defined]
        await panes.press("f", "p")
        command = panes.app.screen.command()  # type: ignore[attr-defined]
        assert command.startswith("genai-tui prompt save - --from 3 <<'END'")
        assert "genai-tui prompt run g1:" in command


async def test_a_draft_is_kept_at_each_change_and_forgotten_when_it_is_saved(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", "tab", *"Ticket: ")
        await panes.until(lambda: sample.reader.rows("SELECT 1 FROM draft"))
        await panes.press("ctrl+s")
        await panes.until(lambda: not sample.reader.rows("SELECT 1 FROM draft"))
        saved = latest_prompt(sample.reader)
        assert saved is not None
        assert saved.number == 4


@pytest.mark.parametrize("size", [(40, 10), (120, 12), (18, 4), (60, 17), (30, 8), (150, 50)])
async def test_in_any_size_every_part_is_reached_and_nothing_is_lost(
    sample: Project, endpoint: FakeEndpoint, size: tuple[int, int]
) -> None:
    await use_model(sample, "fake/slow-20")
    async with opened(sample, size) as panes:
        await panes.press("3")
        for _ in range(7):
            await panes.press("tab")
            part = panes.app.screen.part  # type: ignore[attr-defined]
            assert part is not None
            assert part.region.height >= 1
        if getattr(panes.app.focused, "TEXT_BOX", False):
            await panes.press("escape")
        await panes.press("r")
        for width, height in ((120, 36), (18, 4), (80, 24), size):
            await panes.pilot.resize_terminal(width, height)
            await panes.pilot.pause()
        await panes.until(lambda: tries(sample))
        assert len(panes.app.screen.slots[0].view.text.split()) == 6  # type: ignore[attr-defined]


async def test_a_part_has_the_whole_page_on_z_boxes_too(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", "tab", "escape", "z")
        assert "Template" in panes.text
        assert "System" not in panes.text
        assert "Variables" not in panes.text
        await panes.press("z")
        assert "System" in panes.text
        assert "Variables" in panes.text


async def test_a_project_without_anything_can_be_written_into_at_once(empty: Project, endpoint: FakeEndpoint) -> None:
    await use_model(empty, "fake/echo")
    async with opened(empty) as panes:
        await panes.press("3", "right")
        assert "Import one" in panes.last_line
        await panes.press("s")
        assert "nothing to send" in panes.last_line
        await panes.press("f")
        await panes.until(lambda: "dataset" in panes.last_line)
        await panes.press("enter", "tab", *"Hello {{ name }}", "escape", "tab", "tab", "enter", *"you", "ctrl+r")
        await panes.until(lambda: "Hello you" in panes.part(A))
        await panes.press("ctrl+s")
        await panes.until(lambda: latest_prompt(empty.reader) is not None)
        await asyncio.sleep(0)


async def test_a_plain_screen_reads_and_moves(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-yes")
    async with opened(sample, terminal=a_terminal(ACCESSIBLE="1")) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        assert not set(panes.text) & set("─│▓░")


async def test_a_model_that_nobody_lists_is_added_as_it_is_typed(sample: Project, endpoint: FakeEndpoint) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "c", *"fake/slow-60")
        assert "fake/slow-60" in panes.part(LineTable).split("\n")[1]
        assert "enter adds it" in panes.part(LineTable)
        await panes.press("escape", "c")
        assert "fake/slow-60" in panes.part(LineEdit)  # what was typed is kept
        await panes.press("enter")
        assert "fake/slow-60" in panes.part(B)


async def test_the_models_that_endpoints_list_are_offered(sample: Project, endpoint: FakeEndpoint) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "c", *"fake/")
        await panes.until(lambda: "fake/" in panes.part(LineTable))
