"""However much of an answer comes at once, the loop has its turns while it is read: keys are answered."""

import asyncio
import json

import pytest

from genai_tui.inference.ask import SLICE, ask
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.transports import open_transport
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message

LETTERS = 3_000


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


BODY = event({"content": "x"}) * LETTERS + event({}, "stop") + b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(BODY)


async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that sends all of its answer in one piece."""
    head = await reader.readuntil(b"\r\n\r\n")
    [size] = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    await reader.readexactly(size)
    writer.write(HEAD + BODY)
    await writer.drain()


@pytest.mark.parametrize("kind", ["aiohttp", "openai"])
async def test_the_loop_has_a_turn_after_a_few_pieces(kind: str) -> None:
    server = await asyncio.start_server(at_once, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    turns, most, since, before = 0, 0, 0, 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def reach() -> Access:
        return Access(url)

    turning = asyncio.create_task(turn())
    async with open_transport(kind) as transport:  # type: ignore[arg-type]
        request = Request("m", (Message("user", "Go on."),), stream=True)
        text = ""
        async for delta in ask(request, Endpoint("here", url), access=reach, transport=transport):
            since = since + 1 if turns == before else 1
            before, most, text = turns, max(most, since), text + delta.text
    turning.cancel()
    server.close()
    assert text == "x" * LETTERS
    assert most <= 2 * SLICE // len(event({"content": "x"})) + 2  # the end of one read and the beginning of the next
