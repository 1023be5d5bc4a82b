"""The box of one line in the playground: what it offers, what becomes of mistakes, and that nothing typed is lost."""

from pathlib import Path

from genai_tui.project import Project
from genai_tui.store.processes import this_process
from tests.support.panes import Panes, opened
from tests.support.typed import change_drafts, its_program_ends, kept


def typed(panes: Panes) -> str:
    return panes.part("#box").strip()


async def test_what_a_box_offers_is_replaced_by_typing_and_kept_by_moving(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "w", *"dev:7", "enter")
        assert "dev row 7 of 60" in panes.part("#inputs")
        await panes.press("w", "end", "0", "enter")
        assert "dev row 10 of 60" not in panes.part("#inputs")
        await panes.press("escape")


async def test_a_number_alone_is_a_row_of_the_split_that_stands_there(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "w", *"14", "enter")
        assert "dev row 14 of 60" in panes.part("#inputs")


async def test_after_a_mistake_the_box_stays_open_with_text_and_reason(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "w", *"dev:999", "enter")
        assert "no row dev:999" in panes.last_line
        assert typed(panes) == "row ▸ dev:999"
        await panes.press("backspace", "backspace", "enter")
        assert "dev row 9 of 60" in panes.part("#inputs")
        assert not panes.app.screen.query_one("#box").display


async def test_a_long_reason_does_not_cover_the_box(sample: Project) -> None:
    async with opened(sample, (40, 12)) as panes:
        await panes.press("3", "w", *"dev:999", "enter")
        assert panes.shows("Rows are counted from 1.")
        assert "row ▸ dev:999" in panes.text


async def test_a_row_that_train_does_not_have_leaves_the_box_open(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "tab", "tab", "tab", "end", "enter", *"999999", "enter")
        await panes.until(lambda: "no row train:999999" in panes.last_line)
        assert typed(panes) == "row of train ▸ 999999"


async def test_what_was_typed_into_a_box_and_left_is_there_after_a_restart(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "w", *"test:1", "escape", "w")
        assert typed(panes) == "row ▸ test:1"
        await panes.until(lambda: "test:1" in kept(sample))
    its_program_ends(sample)
    async with opened(sample) as panes:
        await panes.press("3", "w")
        assert typed(panes) == "row ▸ test:1"
        await panes.press("enter", "w")
        assert "test row 1" in panes.part("#inputs")


async def test_without_its_folder_of_drafts_a_project_opens_and_what_is_typed_comes_back(sample: Project) -> None:
    folder: Path = sample.folder / ".genai" / "drafts"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    async with opened(sample) as panes:
        await panes.press("3", "enter", *"typed ", "escape")
        await panes.until(lambda: "typed Sort" in kept(sample))
    its_program_ends(sample)
    async with opened(sample) as panes:
        await panes.press("3")
        assert "typed Sort" in panes.part("#system")


async def test_of_what_two_programs_left_the_newest_stands_there_and_the_other_is_taken_up_on_request(
    sample: Project,
) -> None:
    for typed_there in ("FROMA", "FROMB"):
        async with opened(sample) as panes:
            await panes.press("3", "enter", *typed_there)
            await panes.until(lambda word=typed_there: word in kept(sample))  # type: ignore[misc]
        change_drafts(sample, f"host = 'elsewhere {typed_there}' WHERE host NOT LIKE 'elsewhere%'")  # it goes on there
    change_drafts(sample, f"host = '{this_process().host}', pid = 2147483647, started = id")
    for _ in range(2):
        async with opened(sample) as panes:
            await panes.press("3")
            assert "FROMB" in panes.part("#system")
            await panes.until(lambda: "another draft, from" in panes.last_line)
        assert "FROMA" in kept(sample)
        its_program_ends(sample)
    async with opened(sample) as panes:
        await panes.press("3", "ctrl+s")  # saving this one does not forget the other
        await panes.until(lambda: "FROMB" not in kept(sample))
        await panes.press("tab", *"AFTER", "escape", "colon", *"other draft", "enter")
        await panes.until(lambda: "FROMA" in panes.part("#system"))
        await panes.press("colon", *"other draft", "enter")
        await panes.until(lambda: "AFTER" in panes.part("#system"))
        assert "FROMA" in kept(sample)
        await panes.press("colon", *"other draft", "enter")
        await panes.until(lambda: "FROMA" in panes.part("#system"))
        await panes.until(lambda: "AFTER" in kept(sample))
    its_program_ends(sample)
    async with opened(sample) as panes:
        await panes.press("3")
        assert "FROMA" in panes.part("#system")
