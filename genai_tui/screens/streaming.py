"""Answers into views: what comes is fed, how long it takes is said once a second, how it ended is shown."""

import gc
import time
from collections.abc import AsyncIterable, Callable, Sequence
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.records.generations import Generation
from genai_tui.widgets.answer_signs import state_of
from genai_tui.widgets.stream import StreamView

if TYPE_CHECKING:
    from genai_tui.answering.together import Came


async def stream_columns(
    views: Sequence[StreamView], answers: AsyncIterable["Came"], ended: Callable[[int, "Came"], None]
) -> None:
    """Feed what comes to the views, side by side; `ended` is told of each answer at its end.

    Where this is cancelled, the views keep what came and are marked as cut.
    """
    began, timer, first = time.monotonic(), None, True

    def tell(views: Sequence[StreamView] = views) -> None:
        seconds = time.monotonic() - began
        for view in views:
            if view.coming:
                since = "" if view.look.plain else f", {seconds:.0f} s"  # a second each would be read aloud
                view.show_status(f"{view.state}{since} · ^c stops it")

    for view in views:
        view.begin()
    tell()
    if views:
        timer = views[0].set_interval(1.0, tell)
    try:
        async for came in answers:
            if first:
                spare_collector()
                first = False
            view = views[came.place]
            waited = view.state == "waiting"
            view.feed_reasoning(came.reasoning)
            view.feed(came.text)
            if waited and view.state == "streaming":
                tell([view])
            if came.ended:
                end(view, came.generation, came.error)
                ended(came.place, came)
    finally:
        if timer is not None:
            timer.stop()
        for view in views:
            if view.coming:
                view.finish("cut")


def spare_collector() -> None:
    """Once, when the first answer comes and all is imported: leave what there is by then out of the collector's walks.

    Such a walk over the whole program took 50 to 100 ms, several times a minute while answers stream.
    """
    if not gc.get_freeze_count():
        gc.freeze()


def end(view: StreamView, generation: Generation | None, error: GenaiError | None = None) -> None:
    """Show how an answer ended: whole, cut, or not at all, with why."""
    failure = generation.error if generation is not None else None
    if failure is not None:
        error = GenaiError(failure.what, failure.why, failure.do)
    view.show_status("")
    if error is not None:
        view.fail(error)
    else:
        view.finish("cut" if generation is None else state_of(generation, None))


def show_whole(view: StreamView, generation: Generation) -> None:
    """Show an answer that was recorded."""
    view.clear()
    view.feed_reasoning(generation.reasoning)
    view.feed(generation.text)
    end(view, generation)
    view.show_start()
