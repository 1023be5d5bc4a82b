"""The views of the playground for the bench of streaming: URL MODEL COLUMNS; it reports on descriptor 3."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import psutil
from textual.app import App, ComposeResult
from textual.events import Key

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from genai_tui.inference.ask import ask  # noqa: E402
from genai_tui.inference.requests import Access, Request  # noqa: E402
from genai_tui.inference.transports import Transport, open_transport  # noqa: E402
from genai_tui.records.endpoints import Endpoint  # noqa: E402
from genai_tui.records.prompts import Message  # noqa: E402
from genai_tui.screens.streaming import spare_collector  # noqa: E402
from genai_tui.untrusted import harmless  # noqa: E402
from genai_tui.widgets.canvas import Canvas  # noqa: E402
from genai_tui.widgets.painted import Painted  # noqa: E402
from genai_tui.widgets.stream import StreamView  # noqa: E402

TURN_S = 0.01


def report(**told: object) -> None:
    """One JSON line."""
    os.write(3, json.dumps(told).encode() + b"\n")


class Keys(Painted):
    """A line that counts keys."""

    DEFAULT_CSS = "Keys { height: 1; dock: bottom; }"
    count = 0

    def paint(self, canvas: Canvas) -> None:
        canvas.put(0, 0, f"key {self.count} was pressed")


class Bench(App[None]):
    """So many views side by side, each with an answer of its own."""

    CSS = "Screen { layout: horizontal; }"

    def __init__(self, url: str, model: str, columns: int) -> None:
        super().__init__(ansi_color=True)
        self.url, self.model = url, model
        self.views = [StreamView() for _ in range(columns)]
        self.keys = Keys()
        self.busiest = 0.0

    def compose(self) -> ComposeResult:
        for number, view in enumerate(self.views):
            view.set_heading("ABCD"[number], "bench/a-model", "v4 3-shot")
            yield view
        yield self.keys

    def on_mount(self) -> None:
        self.run_worker(self.stream())
        self.run_worker(self.watch())
        self.set_interval(1.0, self.tell)

    def on_key(self, event: Key) -> None:
        if event.character == "x":
            self.keys.count += 1
            self.keys.repaint()

    async def watch(self) -> None:
        """The most that the event loop computes between two moments at which it could answer a key."""
        while True:
            began = time.thread_time()
            await asyncio.sleep(TURN_S)
            self.busiest = max(self.busiest, time.thread_time() - began)

    def tell(self) -> None:
        report(rss=psutil.Process().memory_info().rss, cpu=time.process_time(), busy=self.busiest)
        self.busiest = 0.0

    async def one(self, view: StreamView, transport: Transport) -> str:
        async def reach() -> Access:
            return Access(self.url)

        view.begin()
        request = Request(self.model, (Message("user", "Go on."),))
        asking = ask(request, Endpoint("bench", self.url), access=reach, transport=transport)
        async for delta in asking:
            if view.state == "waiting":
                spare_collector()
            view.feed(delta.text)
        view.finish()
        return asking.answer.text

    async def stream(self) -> None:
        async with open_transport("aiohttp") as transport:
            texts = await asyncio.gather(*(self.one(view, transport) for view in self.views))
        while not all(view.settled for view in self.views):
            await asyncio.sleep(TURN_S)
        whole = [view.text == harmless(text) for view, text in zip(self.views, texts, strict=True)]
        report(done={"whole": all(whole), "characters": len(texts[0])})


if __name__ == "__main__":
    Bench(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
