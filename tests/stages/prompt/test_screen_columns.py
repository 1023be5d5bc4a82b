"""Answers while they come: stopped alone and all at once, scrolled, resized; hostile ones beside each other."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.prompt.pages.slots import Slot
from genai_tui.store.generations import page_generations
from genai_tui.store.prompts import save_prompt
from genai_tui.untrusted import harmless
from genai_tui.widgets.cells import width_of
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread
from tests.support.hostile import HOSTILE
from tests.support.panes import Panes, opened
from tests.support.playground import A, B, add_column, project_with, use_model

WORDS = " ".join(f"word{number}" for number in range(400))


def slots(panes: Panes) -> list[Slot]:
    found: list[Slot] = panes.app.screen.asked  # type: ignore[attr-defined]
    return found


async def go_to(panes: Panes, slot: Slot) -> None:
    """Walk to an answer."""
    while panes.app.screen.part is not slot.view:  # type: ignore[attr-defined]
        await panes.press("tab")


def prompted(folder: Path, fake: FakeEndpoint, ticket: object) -> Project:
    """A project whose one prompt is the ticket of its one row, and nothing else."""
    project = project_with(folder, fake, rows={"dev": [(ticket, "x")]})
    project.writer.put_now(save_prompt(Prompt((Message("user", "{{ ticket }}"),))))
    return project


async def test_one_is_stopped_alone_and_then_all_at_once_and_what_came_is_kept(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, "fake/stall")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        for _ in range(3):
            await add_column(panes, "fake/stall")
        await panes.press("r")
        await panes.until(lambda: all(slot.view.text for slot in slots(panes)))
        await go_to(panes, slots(panes)[1])
        await panes.press("ctrl+c")
        assert "3 still answer" in panes.last_line
        await panes.until(lambda: "stopped" in panes.part(B))
        assert [slot.running for slot in slots(panes)] == [True, False, True, True]
        assert len(page_generations(sample.reader, purpose="try")) == 1
        await panes.press("ctrl+c")
        await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
        kept = page_generations(sample.reader, purpose="try")
        assert [each.finish_reason for each in kept] == ["cancelled"] * 4
        assert all(each.text and each.usage is not None for each in kept)
        assert all("stopped" in slot.view.text_on_screen() and slot.view.text for slot in slots(panes))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_one_reads_on_where_one_was_while_it_streams_and_the_window_changes(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with serve_in_thread() as fake, prompted(tmp_path / "p", fake, WORDS) as project:
        await use_model(project, "fake/held-300")
        async with opened(project, size) as panes:
            await panes.press("3", "r")
            [slot] = slots(panes)
            await panes.until(lambda: "word299" in slot.view.text)
            await go_to(panes, slot)
            await panes.press("home")
            for width, height in ((60, 20), (150, 50), size):
                await panes.pilot.resize_terminal(width, height)
                await panes.pilot.pause()
                await panes.until(lambda: "word0 " in panes.part(A))
            before = panes.part(A).split("\n")[1:6]
            fake.go_on.set()
            await panes.until(lambda: project.reader.rows("SELECT 1 FROM generation"))
            await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
            assert panes.part(A).split("\n")[1:6] == before
            await panes.press("end")
            await panes.until(lambda: "word399" in panes.part(A))
            assert slot.view.text == WORDS
            [kept] = page_generations(project.reader, purpose="try")
            assert kept.text == WORDS


async def test_hostile_answers_in_four_columns_leave_each_other_their_places(tmp_path: Path) -> None:
    """Letter by letter over the wire, all at once, while keys are pressed."""
    names = ("tabs", "right to left", "joined emoji", "escape sequences")
    texts = [HOSTILE["tabs"], *(HOSTILE[name][:1_500] for name in names[1:])]
    ticket = dict(zip("abcd", texts, strict=True))
    with serve_in_thread() as fake, prompted(tmp_path / "p", fake, ticket) as project:
        for letter in "bcda":
            messages = (Message("user", f"{{{{ ticket.{letter} }}}}"),)
            project.writer.put_now(save_prompt(Prompt(messages)))  # v2 to v5; the latest stands in the first column
        await use_model(project, "fake/letters-700")
        async with opened(project, (160, 36)) as panes:
            await panes.press("3")
            for version in ("v2", "v3", "v4"):
                await add_column(panes, version)
            await panes.press("r")
            borders = [slot.view.region.x for slot in slots(panes)]
            await panes.until(lambda: all(slot.view.text for slot in slots(panes)))
            for go_on in (False, True):
                assert panes.app.screen.running  # type: ignore[attr-defined]
                if go_on:
                    fake.go_on.set()
                part = panes.app.screen.part  # type: ignore[attr-defined]
                await panes.press("tab")
                assert panes.app.screen.part is not part  # type: ignore[attr-defined]
            await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
            assert [slot.view.text for slot in slots(panes)] == [harmless(text) for text in texts]
            assert sorted(each.text for each in page_generations(project.reader, purpose="try")) == sorted(texts)
            rows = panes.text.split("\n")
            assert not set(panes.text) & set("\x1b\x9b\x9d\x07\r\u202e\u200b")
            assert all(width_of(row) <= 160 for row in rows)
            heading = next(row for row in rows if " A " in row and " D " in row)
            for letter, start in zip("ABCD", borders, strict=True):
                assert f" {letter} " in heading[start : start + 5]


async def test_an_answer_is_unfolded_rendered_searched_and_given_the_page(tmp_path: Path) -> None:
    text = "# A heading\n\n" + "some **bold** words\n\n" * 40 + "a needle"
    with serve_in_thread() as fake, prompted(tmp_path / "p", fake, text) as project:
        await use_model(project, "fake/reasoning")
        async with opened(project, (120, 36)) as panes:
            await panes.press("3", "r")
            await panes.until(lambda: not panes.app.screen.running and slots(panes)[0].generation)  # type: ignore[attr-defined]
            await go_to(panes, slots(panes)[0])
            await panes.press("home")
            assert "reasoning 14 chars" in panes.part(A)
            assert "Let me think." not in panes.part(A)
            await panes.press("R")
            assert "Let me think." in panes.part(A)
            await panes.press("R")
            assert "Let me think." not in panes.part(A)
            assert "**bold**" in panes.part(A)
            await panes.press("m")
            await panes.until(lambda: "some bold words" in panes.part(A))
            await panes.press("m")
            await panes.until(lambda: "**bold**" in panes.part(A))
            assert "Template" in panes.text
            await panes.press("z")
            assert "Template" not in panes.text
            await panes.press("z", "slash", *"needle", "enter")
            await panes.until(lambda: "a needle" in panes.part(A))
