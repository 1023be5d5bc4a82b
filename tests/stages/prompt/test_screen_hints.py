"""What the playground says so that nobody has to guess: names to use, rows, tokens, where things stand."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.datasets import use_dataset
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.prompts import save_prompt
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.playground import project_with, use_model

WIDE = {"ticket": "I was billed twice", "customer": "Ada", "plan": "pro", **{f"column_{n}": str(n) for n in range(40)}}


def with_columns(project: Project) -> None:
    """One row of dev with many columns."""
    [version] = project.writer.put_now(begin_import("tickets", "", "given"))
    project.writer.put_now(add_examples(version, "dev", 1, [Example(WIDE, "billing")]))
    project.writer.put_now(finish_import(version), use_dataset("tickets"))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_columns_of_a_row_are_named_as_they_are_written_in_a_text(
    empty: Project, size: tuple[int, int]
) -> None:
    with_columns(empty)
    async with opened(empty, size) as panes:
        await panes.press("3")
        assert "Names to use: {{ ticket }} {{ customer }}" in panes.part("#inputs")
        assert "asks for no variable" not in panes.text
        await panes.press("enter", "tab", *"{{ ticket }}", "escape")
        await panes.until(lambda: "I was billed twice" in panes.part("#inputs"))
        named = " ".join(panes.part("#inputs").split())
        assert "Names to use: {{ customer }} {{ plan }} {{ column_0 }}" in named
        assert "{{ ticket }}" not in named
        rows = panes.part("#inputs").rstrip().split("\n")
        assert rows[-1].endswith("…")  # forty do not fit
        assert sum("{{" in row for row in rows) <= 3


async def test_one_row_of_dev_is_said_as_one(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    with project_with(tmp_path / "one", endpoint, rows={"dev": [("a ticket", "bug")]}) as project:
        project.writer.put_now(save_prompt(Prompt((Message("user", "{{ ticket }}"),))))
        await use_model(project, "fake/say-bug")
        async with opened(project, (120, 36)) as panes:
            await panes.press("3", "a")
            await panes.until(lambda: panes.where == "MayCost")
            assert panes.shows("the 1 row of dev, once, of fake/say-bug")
            await panes.press("Y")
            await panes.until(lambda: panes.shows("the 1 row of dev, once"))


async def test_the_parts_of_the_tokens_sum_to_the_whole(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        await panes.until(lambda: "format" in panes.part("#gauge"))
        counts = panes.app.screen.counts  # type: ignore[attr-defined]
        added = counts.whole - counts.system - counts.template - counts.examples
        assert f"{added:,} format, ≈ {counts.whole:,} tok" in panes.part("#gauge")


@pytest.mark.parametrize(("size", "said"), [((80, 60), "The tab Sent"), ((120, 60), "At the left stands")])
async def test_help_says_where_things_stand_at_this_width(sample: Project, size: tuple[int, int], said: str) -> None:
    async with opened(sample, size) as panes:
        await panes.press("3", "question_mark")
        assert panes.shows(said)


async def test_tab_takes_the_value_that_is_typed_and_goes_to_the_next_parameter(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "o", "enter", *"0.5", "tab", "enter", *"0.9", "tab")
        assert panes.where == "SettingsPage"
        await panes.press("enter", *"many", "tab")
        assert "max_tokens cannot be many" in panes.last_line
        await panes.press("ctrl+u", *"9", "shift+tab", "tab")
        assert panes.app.focused.__class__.__name__ == "TextEdit"
        await panes.press("escape", "escape")
        assert "temperature 0.5 · max 9 · top-p 0.9" in panes.part("#gauge")


async def test_what_is_typed_into_an_open_filter_takes_the_place_of_the_last_one(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "v", "slash", *"zebra", "enter")
        assert "Nothing matches" in panes.text
        await panes.press("slash", *"ticket", "enter")
        assert "/ticket" in panes.part("#versions")
        assert "zebraticket" not in panes.text
        await panes.press("slash", "end", *"s", "enter")  # moving keeps it
        assert "/tickets" in panes.part("#versions")


async def test_words_are_found_in_what_goes_over_the_wire(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "f", "f", "x")
        await panes.until(lambda: panes.shows("user"))
        await panes.press("slash", *"USER")
        await panes.until(lambda: "1 of " in panes.text)
        await panes.press("enter")
        assert "2 of " in panes.text
        await panes.press("up")
        assert "1 of " in panes.text
        await panes.press("slash", "escape")
        assert panes.where == "Wire"
        await panes.press("slash", *"zebra")
        assert "none" in panes.text
        assert "USERzebra" not in panes.text
