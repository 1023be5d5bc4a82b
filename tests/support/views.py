"""An app of nothing but views in which answers stream."""

from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from genai_tui.widgets.look import Look, make_look
from genai_tui.widgets.stream import StreamView


class Views(App[None]):
    """Views side by side."""

    CSS = "Screen { layout: horizontal; }"

    def __init__(self, *views: StreamView, look: Look | None = None) -> None:
        super().__init__(ansi_color=True)
        self.views = views
        self.look = look or make_look()

    def compose(self) -> ComposeResult:
        yield from self.views

    def on_mount(self) -> None:
        self.views[0].focus()


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app work until it is so."""
    for _ in range(2000):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came to it")


async def settled(pilot: Pilot[Any], *views: StreamView) -> None:
    """Let the app work until all that came is in rows."""
    await until(pilot, lambda: all(view.settled for view in views))
    await pilot.pause()
