"""What is said in the last line: whole, however long; and esc, which takes it away before it leaves."""

import pytest

from genai_tui.project import Project
from genai_tui.screens import base
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.playground import use_model

LONG = "The rows of dev are for measuring, and so an example that is shown may never be taken from them: it would tell."


async def test_a_long_message_is_said_whole_over_the_lowest_rows_and_moves_nothing(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3")
        before = panes.text.split("\n")
        panes.app.say(LONG)
        await panes.until(lambda: panes.shows(LONG))
        assert panes.text.split("\n")[:-2] == before[:-2]
        await panes.press("f")
        assert not panes.shows("The rows of dev are for measuring")


async def test_the_first_esc_takes_a_message_away_the_next_leaves(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "u")
        assert "Nothing was taken away" in panes.text
        await panes.press("escape")
        assert (panes.where, "Nothing was taken away" in panes.text) == ("PromptScreen", False)
        await panes.press("escape")
        assert panes.where == "Home"


async def test_an_esc_at_the_end_of_an_answer_does_not_leave(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-hello")
    async with opened(sample) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "expected" in panes.part("#answer-a"))
        await panes.press("escape")  # it was meant for the answer, which has ended meanwhile
        assert panes.where == "PromptScreen"
        await panes.press("escape")
        assert panes.where == "Home"


async def test_one_esc_too_many_in_the_palette_does_not_leave_the_stage(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "colon", "escape", "escape")
        assert panes.where == "PromptScreen"


async def test_an_esc_some_time_after_the_palette_leaves(sample: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "colon", "escape")
        monkeypatch.setattr(base, "JUST_ENDED_S", 0.0)  # as if that second were over
        await panes.press("escape")
        assert panes.where == "Home"


async def test_the_place_is_written_whole_and_help_is_headed_by_it(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "v")
        assert "versions" in panes.text.split("\n")[0]
        await panes.press("question_mark")
        assert "Help · Prompt · versions" in panes.text
    async with opened(sample, (40, 10)) as panes:
        await panes.press("3", "o")
        assert "parameters" in panes.text.split("\n")[0]


async def test_a_sum_without_a_price_has_a_word_where_there_is_room(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-hello")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "$? no price known" in panes.text.split("\n")[0])


@pytest.mark.parametrize("word", ["template", "system", "temperature", "schema", "few-shot", "curl"])
async def test_the_palette_finds_things_by_what_people_call_them(sample: Project, word: str) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "colon", *word, "enter")
        assert panes.where != "Palette"
        assert "No command has" not in panes.text
