"""Several answers into several views: each shows how it stands and how it ended, also where all are stopped."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from genai_tui.answering.together import Came
from genai_tui.errors import GenaiError, NoAnswer
from genai_tui.records.generations import Failure, Generation, Moments
from genai_tui.screens.streaming import show_whole, stream_columns
from genai_tui.widgets.stream import StreamView
from tests.support.views import Views, settled

WHOLE = Generation("try", "fake", "echo", "billing", "stop", None, None, Moments(0.0))


async def given(*came: Came) -> AsyncIterator[Came]:
    for each in came:
        yield each


async def half_of(came: asyncio.Event) -> AsyncIterator[Came]:
    """Half an answer, whose other half never comes."""
    yield Came(0, "half of")
    came.set()
    await asyncio.Event().wait()


async def test_each_view_shows_its_answer_and_how_it_ended() -> None:
    views = [StreamView() for _ in range(4)]
    for letter, view in zip("ABCD", views, strict=True):
        view.set_heading(letter, f"fake/{letter}")
    told: list[tuple[int, str]] = []

    def ended(place: int, came: Came) -> None:
        told.append((place, views[place].state))

    broken = replace(WHOLE, text="half", error=Failure("The answer was cut.", "It closed.", "Ask again."))
    async with Views(*views).run_test(size=(160, 12)) as pilot:
        await stream_columns(
            views,
            given(
                Came(0, "bill"), Came(1, reasoning="Let me think."), Came(2, "half"), Came(1, "tech"), Came(0, "ing"),
                Came(0, ended=True, generation=WHOLE), Came(2, ended=True, generation=broken),
                Came(3, ended=True, error=NoAnswer("Nobody answers.")),
                Came(1, ended=True, generation=replace(WHOLE, finish_reason="length")),
            ),
            ended,
        )  # fmt: skip
        await settled(pilot, *views)
        assert told == [(0, "done"), (2, "cut"), (3, "failed"), (1, "cut")]
        assert views[0].text_on_screen().split("\n")[1] == " billing"
        assert "reasoning 13 chars" in views[1].text_on_screen()
        assert "Ask again." in views[2].text_on_screen()
        assert "Nobody answers." in views[3].text_on_screen()
        assert all("stops it" not in view.text_on_screen() for view in views)


async def test_what_is_stopped_keeps_what_came() -> None:
    view, came = StreamView("Answer"), asyncio.Event()
    async with Views(view).run_test(size=(40, 12)) as pilot:
        task = asyncio.create_task(stream_columns([view], half_of(came), lambda place, ended: None))
        await came.wait()
        assert "stops it" in view.text_on_screen()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await settled(pilot, view)
        assert (view.state, view.text) == ("cut", "half of")


async def test_an_answer_that_was_recorded_is_shown_as_it_was() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(40, 12)) as pilot:
        view.fail(GenaiError("an earlier one"))
        show_whole(view, replace(WHOLE, text="word\n" * 50, reasoning="thought", finish_reason="cancelled"))
        await settled(pilot, view)
        assert view.state == "cut"
        assert view.text_on_screen().split("\n")[1:3] == [" ▸ reasoning 7 chars, R shows it", " word"]
        assert "earlier" not in view.plain_text()


async def test_it_says_streaming_as_soon_as_something_came() -> None:
    view, came = StreamView("Answer"), asyncio.Event()
    async with Views(view).run_test(size=(40, 12)):
        task = asyncio.create_task(stream_columns([view], half_of(came), lambda place, ended: None))
        await came.wait()
        assert view.status[0].startswith("streaming")
        task.cancel()
        await asyncio.wait([task])
