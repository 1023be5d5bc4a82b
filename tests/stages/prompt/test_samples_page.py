"""One column asked again and again: distinct answers, their share, what differs; stopped and opened."""

from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.stages.prompt.pages.samples import Samples
from genai_tui.stages.prompt.sheet import Column, Sheet
from genai_tui.stages.prompt.trying import Inputs
from genai_tui.store.generations import page_generations
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, a_terminal, opened


class Page:
    """The page, and what it gave back."""

    def __init__(self, project: Project, model: str, **more: Any) -> None:
        self.opened: list[Generation] = []
        self.page = Samples(
            project, Sheet(template="Ticket: {{ ticket }}", parameters={"temperature": 0}), Column(model),
            Inputs({"ticket": "x"}), on_open=self.opened.append, **more,
        )  # fmt: skip

    @classmethod
    async def open(cls, panes: Panes, project: Project, model: str = "fake/say-billing", **more: Any) -> "Page":
        page = cls(project, model, **more)
        await panes.app.push_screen(page.page)
        return page


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_same_answers_are_one_row(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        page = await Page.open(panes, project, expected="billing", command="genai-tui prompt run 1")
        await panes.until(lambda: panes.shows("5 of 5 answered · all the same"))
        assert "5× 100%" in panes.part("#samples")
        assert "…" not in panes.part("#samples").split("\n")[0]  # at temperature 0, too
        assert "temperature  0: samples differ little" in panes.part("#sample")
        assert "expected     billing" in panes.part("#sample")
        assert "✔ billing" in panes.part("#samples")
        await panes.press("plus")
        await panes.until(lambda: panes.shows("10 of 10 answered"))
        repeats = sorted(each.repeat for each in page_generations(project.reader, purpose="try"))
        assert repeats == list(range(10))
        await panes.press("y")
        await panes.until(lambda: "genai-tui prompt run 1 --samples 10" in panes.last_line)
        await panes.press("enter")
        await panes.until(lambda: page.opened)
        assert page.opened[0].text == "billing"


async def test_what_differs_is_marked_against_the_commonest(project: Project) -> None:
    async with opened(project, terminal=a_terminal(NO_COLOR="1")) as panes:
        page = await Page.open(panes, project, number=1)
        await panes.until(lambda: panes.shows("1 of 1 answered"))
        [first] = page.page.came
        texts = ["a money ticket", "a money ticket", "a tech ticket"]
        page.page.came = [
            Generation("try", "fake", "m", text, "stop", Usage(1, 1), 0.0, Moments(1.0), id=first.id) for text in texts
        ]
        await page.page._list()
        await panes.press("down")
        await panes.until(lambda: panes.shows("against the commonest"))
        assert panes.shows("- a money ticket + a tech ticket")
        strong = [words.text for line in page.page.detail.lines for words in line.words if words.role == "strong"]
        assert strong == ["money", "tech"]


async def test_a_stop_keeps_what_came(project: Project, fake: FakeEndpoint) -> None:
    async with opened(project) as panes:
        await Page.open(panes, project, "fake/stall", number=3)
        await panes.until(lambda: panes.shows("Ticket:") and fake.asked("stall") == 3)
        await panes.press("plus")
        assert "still coming" in panes.last_line
        await panes.press("ctrl+c")
        await panes.until(lambda: panes.shows("0 of 3 answered"))
        assert panes.shows("Stopped; what came is kept.")
        kept = page_generations(project.reader, purpose="try")
        assert [each.finish_reason for each in kept] == ["cancelled"] * 3


async def test_going_back_stops_and_keeps_what_came(project: Project, fake: FakeEndpoint) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project, "fake/stall", number=2)
        await panes.until(lambda: panes.shows("Ticket:") and fake.asked("stall") == 2)
        await panes.press("h")
        await panes.until(lambda: page_generations(project.reader, purpose="try"))
        assert panes.where == "Home"
        assert not page.opened


async def test_a_failure_is_a_row_with_its_reason(project: Project) -> None:
    async with opened(project) as panes:
        await Page.open(panes, project, "fake/fault-400", number=2)
        await panes.until(lambda: "!" in panes.part("#samples").split("\n")[1])
        assert panes.shows("0 of 2 answered")
        assert panes.part("#sample").count("✘") == 1
        await panes.press("question_mark")
        assert panes.shows("The same question asked several times")
