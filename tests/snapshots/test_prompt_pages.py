"""A picture of the pages over the playground at both sizes: dark, light, with sixteen colours, without colour."""

import math
from typing import Any

import pytest
from textual.pilot import Pilot

from genai_tui.project import Project
from genai_tui.records.generations import Failure
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictures import settled, steady
from genai_tui.stages.prompt.pages.probabilities import Probabilities
from genai_tui.stages.prompt.pages.samples import Samples
from genai_tui.stages.prompt.sheet import Column
from genai_tui.stages.prompt.trying import Inputs
from tests.snapshots.playground import State, _at_noon, keys, opened, said
from tests.snapshots.test_playground import LOOKS
from tests.support.panes import a_terminal

LIKELIEST = ((("bill", 0.93), ("bug", 0.05)), (("ing", 0.41), ("ed", 0.52), ("s", 0.02)), ((".", 0.99),))


async def versions(pilot: Pilot[Any]) -> None:
    _at_noon(await opened(pilot))
    await keys(pilot, "v")


async def note(pilot: Pilot[Any]) -> None:
    await versions(pilot)
    await keys(pilot, "N", *"three classes named")


async def nothing_fits(pilot: Pilot[Any]) -> None:
    _at_noon(await opened(pilot))
    await keys(pilot, "H", "slash", *"zebra")


async def wire(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await keys(pilot, "right", "x")


async def python(pilot: Pilot[Any]) -> None:
    await wire(pilot)
    await keys(pilot, "p")


async def samples(pilot: Pilot[Any]) -> None:
    screen = await opened(pilot)
    assert screen.host.project is not None
    inputs = Inputs({"ticket": "Charged twice, please refund."})
    page = Samples(
        screen.host.project, screen.sheet, Column(), inputs, on_open=lambda _: None, expected="billing", number=0
    )
    await pilot.app.push_screen(page)
    await pilot.app.workers.wait_for_complete()
    failed = said("", error=Failure("fake answers too many requests (429)."), finish_reason=None, id=5)
    texts = ("billing", "billing", "billing, I would say")
    page.asked, page.came = 4, [*(said(text, id=number) for number, text in enumerate(texts, 2)), failed]
    await page._list()
    await keys(pilot, "down")


async def probabilities(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    logprobs = tuple(
        {
            "token": tops[0][0],
            "logprob": math.log(tops[0][1]),
            "top_logprobs": [{"token": token, "logprob": math.log(share)} for token, share in tops],
        }
        for tops in LIKELIEST
    )
    await pilot.app.push_screen(Probabilities(said("billing.", logprobs=logprobs)))
    await keys(pilot, "down")


STATES: dict[str, State] = {
    "versions": versions, "note": note, "nothing-fits": nothing_fits, "wire": wire, "python": python,
    "samples": samples, "probabilities": probabilities,
}  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("state", STATES)
def test_page(snap_compare: Any, small: Project, state: str, look: str, size: tuple[int, int]) -> None:
    async def walk(pilot: Pilot[Any]) -> None:
        await STATES[state](pilot)
        await settled(pilot)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    theme, environ = LOOKS[look]
    app = GenaiApp(a_terminal(**environ), small, board=steady(small), theme=theme)  # type: ignore[arg-type]
    assert snap_compare(app, run_before=walk, terminal_size=size)
