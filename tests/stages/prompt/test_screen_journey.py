"""The product's own test: by keyboard alone at 80×24 on the sample, with the real model, from a prompt to its score."""

import pytest

from genai_tui.project import Project
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import find_run
from tests.support.panes import opened
from tests.support.weights import _warm_runtime, fetched_weights, warm_server, weights  # noqa: F401 - fixtures

MOST_KEYS = 40


@pytest.mark.usefixtures("warm_server")
async def test_from_a_changed_template_to_all_of_dev_in_under_forty_keys(sample: Project) -> None:
    pressed = 0
    async with opened(sample, (80, 24)) as panes:

        async def press(*keys: str) -> None:
            nonlocal pressed
            pressed += len(keys)
            await panes.press(*keys)

        await press("3")
        await press("enter", "tab", *"Ticket: ", "escape")  # into the template
        assert "Ticket: {{ ticket }}" in panes.part("#template")
        for shown in ("[zero]", "[one]", "[few 5]"):
            await press("f")
            await panes.until(lambda: shown in panes.part("#examples"))  # noqa: B023 - waited for within the turn
        await press("r")
        await panes.until(lambda: "as expected" in panes.part("#answer-a"))
        assert "✔" in panes.part("#answer-a") or "✘" in panes.part("#answer-a")
        await press("s")
        await panes.until(lambda: "Saved: version 4, from v3" in panes.last_line)
        await press("d")
        await panes.until(lambda: panes.shows("Ticket:"))
        assert panes.where == "Difference"
        await press("escape", "a")
        await panes.until(lambda: panes.where == "AllOfDev")
        await panes.until(lambda: "n = 60" in panes.text and "95 %" in panes.text, turns=20_000)  # sixty answers
        await panes.until(lambda: find_run(sample.reader, 1).result is not None)
        assert pressed < MOST_KEYS, pressed
    assert find_prompt(sample.reader, "4").parent == 3
    run = find_run(sample.reader, 1)
    assert run.result is not None
    assert run.result.scores["exact"].n == 60
