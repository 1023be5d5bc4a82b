"""promptfoo's provider `echo`: it answers with what it is sent. A server of this process, on loopback, for one run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHARACTERS_A_TOKEN = 4


@asynccontextmanager
async def serving_echo() -> AsyncIterator[str]:
    """The base URL of a server that echoes the last message, while the block runs."""
    server = await asyncio.start_server(_connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def _connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
            body = await reader.readexactly(int(fields[b"content-length"]))
            writer.write(_reply(json.loads(body)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


def _reply(asked: dict[str, object]) -> bytes:
    messages = asked["messages"]
    assert isinstance(messages, list)
    text = messages[-1]["content"]
    tokens = 1 + len(text) // CHARACTERS_A_TOKEN
    usage = {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": 2 * tokens}
    head = {"id": "echo", "model": "echo"}
    if asked.get("stream"):
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
        last = {"index": 0, "delta": {}, "finish_reason": None}
        events = [{**head, "choices": [choice]}, {**head, "choices": [last], "usage": usage}]
        data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
        kind = b"text/event-stream"
    else:
        message = {"role": "assistant", "content": text}
        whole = {**head, "choices": [{"index": 0, "message": message, "finish_reason": None}], "usage": usage}
        data, kind = json.dumps(whole).encode(), b"application/json"
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(data), data)
