"""Time to the first token, and time a request: ours over both transports, the plain `openai` client, bare aiohttp.

    python tests/bench/first_token.py [--requests 60] [--json]

One fake endpoint in a process of its own; the four ask it in turn, the same question, in one run; medians are compared.
The server's own time is in all of them. Nothing is asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from genai_tui.inference.ask import ask  # noqa: E402
from genai_tui.inference.requests import Access, Request  # noqa: E402
from genai_tui.inference.transports import Transport, open_transport  # noqa: E402
from genai_tui.records.endpoints import Endpoint  # noqa: E402
from genai_tui.records.prompts import Message  # noqa: E402

MODEL = "count-50"
QUESTION = "Count, please."
Timed = Callable[[], Awaitable[tuple[float, float]]]


def serve(pipe: Connection) -> None:
    """The fake endpoint, until the pipe closes."""
    from tests.support.fake_endpoint import FakeEndpoint

    async def run() -> None:
        async with FakeEndpoint() as endpoint:
            pipe.send(endpoint.url)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(run())


def ours(url: str, transport: Transport) -> Timed:
    """Asking as the program does it."""
    endpoint = Endpoint("bench", url)
    request = Request(MODEL, (Message("user", QUESTION),))

    async def reach() -> Access:
        return Access(url)

    async def once() -> tuple[float, float]:
        began = time.perf_counter()
        first = 0.0
        asking = ask(request, endpoint, access=reach, transport=transport)
        async for delta in asking:
            if delta.text and not first:
                first = time.perf_counter() - began
        assert asking.answer.text.split()[-1] == "50"
        return first, time.perf_counter() - began

    return once


def typed(url: str) -> Timed:
    """The `openai` client as its manual shows it."""
    import openai

    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)

    async def once() -> tuple[float, float]:
        began = time.perf_counter()
        first = 0.0
        stream = await client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content and not first:
                first = time.perf_counter() - began
        return first, time.perf_counter() - began

    return once


def bare(url: str, session: Any) -> Timed:
    """aiohttp with nothing around it: bytes are looked at, not read."""
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }

    async def once() -> tuple[float, float]:
        began = time.perf_counter()
        first = 0.0
        async with session.post(f"{url}/chat/completions", json=body) as reply:
            async for piece in reply.content.iter_any():
                if not first and b'"content": "1' in piece:
                    first = time.perf_counter() - began
        return first, time.perf_counter() - began

    return once


async def measure(url: str, count: int) -> dict[str, dict[str, float]]:
    """Medians in milliseconds, of the first token and of the whole answer, by who asked."""
    import aiohttp

    async with open_transport("openai") as slow, open_transport("aiohttp") as fast, aiohttp.ClientSession() as session:
        ways = {
            "openai client, typed": typed(url),
            "ours over openai": ours(url, slow),
            "bare aiohttp": bare(url, session),
            "ours over aiohttp": ours(url, fast),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(count + 5):
            for name, once in ways.items():
                taken = await once()
                if turn >= 5:
                    times[name].append(taken)
    return {
        name: {
            "first_token_ms": statistics.median(t[0] for t in taken) * 1000,
            "whole_ms": statistics.median(t[1] for t in taken) * 1000,
        }
        for name, taken in times.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        found = asyncio.run(measure(here.recv(), options.requests))
    finally:
        here.send("over")
        server.join(5)
    if options.json:
        print(json.dumps(found))
        return
    print(f"medians of {options.requests}, 50 tokens, Python {platform.python_version()}, {platform.platform()}")
    for name, row in found.items():
        print(f"{name:22} first token {row['first_token_ms']:6.2f} ms   whole {row['whole_ms']:6.2f} ms")
    for name, base in (("ours over openai", "openai client, typed"), ("ours over aiohttp", "bare aiohttp")):
        added = found[name]["first_token_ms"] - found[base]["first_token_ms"]
        ratio = found[name]["whole_ms"] / found[base]["whole_ms"]
        print(f"{name} against {base}: first token {added:+.2f} ms, whole {ratio:.2f} x")


if __name__ == "__main__":
    main()
