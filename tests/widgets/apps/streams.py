"""Three views side by side; the middle one gets hostile answers byte by byte, the next after each key `x`."""

import asyncio
import json
import os
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.events import Key

sys.path.insert(0, str(Path(__file__).parents[3]))

from genai_tui.widgets.stream import StreamView  # noqa: E402
from tests.support.hostile import HOSTILE  # noqa: E402


class Streams(App[None]):
    CSS = "Screen { layout: horizontal; }"

    def compose(self) -> ComposeResult:
        self.names = iter(HOSTILE)
        self.views = [StreamView(name) for name in ("Left", "Hostile", "Right")]
        yield from self.views

    def on_mount(self) -> None:
        self.views[1].focus()
        for view in (self.views[0], self.views[2]):
            view.feed("a quiet neighbour\n" * 15)
            view.finish()
        self.tell("ready")

    def on_key(self, event: Key) -> None:
        if event.key == "x":
            self.run_worker(self.stream(next(self.names)))

    async def stream(self, name: str) -> None:
        hostile = self.views[1]
        hostile.clear()
        hostile.begin()
        for number, char in enumerate(HOSTILE[name]):
            hostile.feed(char)
            if number % 500 == 0:
                await asyncio.sleep(0)
        hostile.finish()
        while not hostile.settled:
            await asyncio.sleep(0.01)
        self.call_after_refresh(self.tell, name)

    def tell(self, name: str) -> None:
        os.write(3, json.dumps({"came": name}).encode() + b"\n")


Streams(ansi_color=True).run()
