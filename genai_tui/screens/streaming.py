"""One answer into one view: what comes is fed, how long it takes is said once a second."""

import time
from collections.abc import AsyncIterator

from genai_tui.records.generations import Generation
from genai_tui.widgets.stream import StreamView


async def stream_into(view: StreamView, items: AsyncIterator[str | Generation]) -> Generation | None:
    """Feed the texts of `items` to `view`; returns the generation that came last. Raises what `items` raises."""
    began, came = time.monotonic(), 0

    def tell() -> None:
        seconds = time.monotonic() - began
        view.show_status(f"{'streaming' if came else 'waiting'}, {seconds:.0f} s · ^c stops it")

    view.begin()
    tell()
    timer = view.set_interval(1.0, tell)
    try:
        async for item in items:
            if isinstance(item, Generation):
                return item
            came += len(item)
            view.feed(item)
    finally:
        timer.stop()
        view.finish()
    return None
