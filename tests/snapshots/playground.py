"""The states of the playground, each as what brings it about; nothing in them depends on a clock."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from genai_tui.records.generations import Failure, Generation, Moments, Usage
from genai_tui.screens.pictures import settled
from genai_tui.stages.prompt.pages.slots import Asked
from genai_tui.stages.prompt.screen import PromptScreen
from genai_tui.stages.prompt.sheet import Column

SCHEMA = {"type": "object", "properties": {"category": {"enum": ["billing", "bug"]}}, "required": ["category"]}
LONGEST = 500  # turns of the loop
NOON = "2024-02-03T12:00:00Z"
State = Callable[[Pilot[Any]], Awaitable[None]]
ANSWERS = (
    "billing",
    "This looks like a question about an invoice, so the category is",
    "The customer says that they were charged twice and would like one of the charges back.\n\nCategory:",
    "b",
)


async def opened(pilot: Pilot[Any]) -> PromptScreen:
    """The playground, settled."""
    await keys(pilot, "3")
    screen = pilot.app.screen
    assert isinstance(screen, PromptScreen)
    await settled(pilot)
    return screen


async def keys(pilot: Pilot[Any], *pressed: str) -> None:
    """Press keys, each dealt with before the next."""
    for key in pressed:
        await pilot.press(key)
        for _ in range(LONGEST):
            if pilot.app.typed_ahead.idle:  # type: ignore[attr-defined]
                break
            await pilot.pause(0.01)
        await pilot.pause()


def said(text: str, **more: Any) -> Generation:
    """An answer, 41 ms and 0.2 s after it was asked for."""
    moments = Moments(0.0, 0.0, 0.041, 0.041, 0.241, 1.0)
    given: dict[str, Any] = {"finish_reason": "stop", "usage": Usage(40, 12), "cost_usd": 0.0004, "prompt": 3}
    return Generation("try", "fake", "gpt-x", text, moments=moments, streamed=True, example=1, **(given | more))


async def shown(pilot: Pilot[Any], generation: Generation, output: Any = None) -> None:
    """An answer in the first column."""
    screen = await opened(pilot)
    slot = screen.slots[0]
    row, values = screen.rows.reference, screen.rows.values
    asked = Asked(slot.column, slot.view.model, slot.view.what, row, values, screen.sheet, output)
    screen.put_answer(slot, asked, generation)
    screen.show_part(slot.view)
    screen.show_tabs()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def empty(pilot: Pilot[Any]) -> None:
    await opened(pilot)


async def typing(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await keys(pilot, "enter", "tab", "ctrl+end")
    pilot.app.post_message(Paste("\n{{ ticket"))  # at once: nothing between is looked at, however slow the machine
    await pilot.pause()
    await settled(pilot)


async def streaming(pilot: Pilot[Any]) -> None:
    screen = await opened(pilot)
    others = (Column(version=1), Column("fake/gpt-x"), Column(parameters={"temperature": 1}))
    screen.take(replace(screen.sheet, columns=(Column(), *others)))
    await settled(pilot)
    for slot, text in zip(screen.slots, ANSWERS, strict=True):
        slot.running = True
        slot.view.begin()
        slot.view.feed(text)
        slot.view.show_status("streaming, 3 s · ^c stops it")
        slot.view.text  # noqa: B018 - takes in what came
    screen.show_part(screen.slots[0].view)
    screen.show_tabs()
    await pilot.pause(0.2)


async def cut(pilot: Pilot[Any]) -> None:
    await shown(pilot, said("The customer was charged twi", finish_reason="cancelled"))


async def failed(pilot: Pilot[Any]) -> None:
    failure = Failure("fake asks for a key, and none is set (401).", "It says: “No key.”", "Name its variable.")
    await shown(pilot, said("", error=failure, usage=None, cost_usd=None, finish_reason=None))


async def refused(pilot: Pilot[Any]) -> None:
    await shown(pilot, said("I cannot sort this ticket.", refusal=True, finish_reason="content_filter"))


async def broken(pilot: Pilot[Any]) -> None:
    await shown(pilot, said('{\n  "category": "invoice",\n  "sure": true\n}'), SCHEMA)


async def reasoned(pilot: Pilot[Any]) -> None:
    await shown(pilot, said("billing", reasoning="They were charged twice. That is money. So it is billing."))


async def difference(pilot: Pilot[Any]) -> None:
    screen = await opened(pilot)
    template = "Billing, bug, or account?\nAnswer with one word.\n{{ ticket }}"
    screen.take(replace(screen.sheet, template=template, parameters={"temperature": 0.5}))
    await keys(pilot, "d")


async def history(pilot: Pilot[Any]) -> None:
    screen = await opened(pilot)
    _at_noon(screen)
    await keys(pilot, "H")


async def tree(pilot: Pilot[Any]) -> None:
    screen = await opened(pilot)
    _at_noon(screen)
    await keys(pilot, "v", "t")


async def settings(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await keys(pilot, "o")


async def adding(pilot: Pilot[Any]) -> None:
    await opened(pilot)
    await keys(pilot, "c", "v")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def _at_noon(screen: PromptScreen) -> None:
    """Let everything have been stored on a day that is no longer this year's."""
    assert screen.host.project is not None
    with sqlite3.connect(screen.host.project.database) as connection:
        connection.execute("UPDATE generation SET created = ?", (NOON,))
        connection.execute("UPDATE prompt SET created = ?", (NOON,))
    connection.close()


STATES: dict[str, State] = {
    "empty": empty, "typing": typing, "streaming": streaming, "cut": cut, "failed": failed, "refused": refused,
    "broken": broken, "reasoned": reasoned, "diff": difference, "history": history, "tree": tree, "settings": settings,
    "adding": adding,
}  # fmt: skip
