"""What an answer belongs to: its row, what it was asked with, and what stood there before."""

from genai_tui.project import Project
from genai_tui.store.datasets import find_dataset, find_example
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, opened
from tests.support.playground import A, B, D, add_column, tries, use_model


def expected(project: Project, row: int) -> str:
    return str(find_example(project.reader, find_dataset(project.reader), "dev", row).expected)


async def asked(panes: Panes, part: str = A, words: str = "expected") -> None:
    await panes.press("r")
    await panes.until(lambda: words in panes.part(part) and not panes.app.screen.running)  # type: ignore[attr-defined]


async def test_an_answer_says_its_row_and_that_another_stands_there_now(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, f"fake/say-{expected(sample, 1)}")
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3")
        await asked(panes)
        assert "dev:1 · ✔ as expected" in panes.part(A)
        assert not panes.app.screen.slots[0].view.faded  # type: ignore[attr-defined]
        await panes.press("right")
        assert "A ✔ dev:1" in panes.text.split("\n")[2]
        assert " A ✔ " in panes.part(A).split("\n")[0]
        assert "dev:1 v3" in panes.part(A).split("\n")[0]
        assert "r asks dev:2" in panes.part(A)
        assert panes.app.screen.slots[0].view.faded  # type: ignore[attr-defined]
        await panes.press("left")
        assert "dev:1" not in panes.text.split("\n")[2]
        assert not panes.app.screen.slots[0].view.faded  # type: ignore[attr-defined]


async def test_an_answer_is_soft_once_what_is_sent_is_another(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        await asked(panes)
        await panes.press("f")
        await panes.until(lambda: "what is sent has changed since" in panes.part(A))
        await panes.press("f", "f")
        await panes.until(lambda: "has changed" not in panes.part(A))


async def test_a_try_comes_back_with_its_row_and_undo_brings_back_all(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, f"fake/say-{expected(sample, 3)}")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "right", "right")
        await asked(panes)
        await add_column(panes, "v2")
        await panes.press("right")
        await asked(panes, B)
        await panes.press("H")
        await panes.until(lambda: panes.where == "History")
        await panes.press("end", "enter")
        await panes.until(lambda: panes.where == "PromptScreen" and "dev row 3" in panes.part("#inputs"))
        assert expected(sample, 3) in panes.part("#inputs")
        assert "dev:3 · ✔ as expected" in panes.part(A)
        assert len(panes.app.screen.asked) == 1  # type: ignore[attr-defined]
        await panes.press("h", "3", "u")
        assert len(panes.app.screen.asked) == 2  # type: ignore[attr-defined]
        assert "dev row 4" in panes.part("#inputs")
        assert "dev:4" in panes.part(A)
        assert "dev:4" in panes.part(B)
        await panes.press("H")
        await panes.until(lambda: panes.where == "History")
        await panes.press("end", "enter")
        await panes.until(lambda: panes.where == "PromptScreen" and "dev row 3" in panes.part("#inputs"))
        before = len(tries(sample))
        await asked(panes)
        assert "✔ as expected" in panes.part(A)
        assert len(tries(sample)) == before + 1


async def test_a_fifth_column_is_refused_where_its_name_is_typed(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        for _ in range(3):
            await add_column(panes, "v2")
        assert "v2" in panes.part(D)
        await panes.press("c")
        await panes.until(lambda: "4 columns are all there is room for" in panes.last_line)
        assert "4 columns are all there is room for" in panes.last_line
        await panes.press("s", "K", "enter")
        assert panes.where == "AddColumn"
        assert "4 columns are all there is room for" in panes.last_line
        await panes.press("escape")
        assert len(panes.app.screen.asked) == 4  # type: ignore[attr-defined]


async def test_what_is_pressed_while_answers_come_is_told(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/stall")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "streaming" in panes.part(A))
        await panes.press("r")
        assert "^c stops them, and then r asks again" in panes.last_line
        await add_column(panes, "v2")
        assert "the next run asks it too" in panes.last_line
        await panes.press("ctrl+c")
        await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
        assert len(tries(sample)) == 1
