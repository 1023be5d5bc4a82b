"""A fake endpoint that speaks the real protocol over real HTTP on a free port of loopback, and counts what it got.

    async with FakeEndpoint() as endpoint:      # endpoint.url is the base URL, endpoint.requests what came
    with serve_in_thread() as endpoint:         # the same, for tests that start processes

The model's name chooses what happens, so that one server serves many tests at once:

    echo                  answers with the last message's text, streamed word by word (any other name does so too)
    say-TEXT              answers TEXT (`_` is a space), label-A: the same thing for one label
    slow-MS, stall        MS milliseconds between pieces; the first piece, then silence
    held-N, letters-N     N pieces, and the rest once `go_on` is set; letters: echo, a character at a time
    logprobs              echo, with each piece's probability and an alternative where they are asked for
    count-N               N pieces `1 `, `2 ` …
    fault-STATUS          that status, always; fault-STATUS-N: the first N requests, then echo
    each-N-STATUS         that status for every Nth request, else echo
    rate-N, bare-N        429 for what is more than N requests in any second; with `Retry-After`, or without a word
    cut-N                 closes after N pieces without a finish reason; cut-N-once: only the first time
    reset                 closes before any byte; reset-once: only the first time
    no-usage, reasoning, tool, refusal, logprobs-off, html, not-api, loading-N, buffered, no-done, n
    strict                refuses stream_options and max_tokens as newer models do

`tokenizes`: POST /tokenize beside /v1 counts words, as llama.cpp's counts tokens. `key` set: another key is refused
with 401. `delay_s`: before the first byte. `models`: what GET /models lists; with
None that path is a 404.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

TLS_HELLO = b"\x16"  # somebody speaks https to a plain server

DEFAULT_MODELS: tuple[dict[str, Any], ...] = (
    {"id": "echo", "object": "model", "max_model_len": 8192},
    {"id": "example-org/large:free", "object": "model", "context_length": 131072,
     "pricing": {"prompt": "0.000001", "completion": "0.000002"}},
)  # fmt: skip


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @cached_property
    def model(self) -> str:
        return str(self.json.get("model")) if self.body else ""


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """One HTTP request, also through a proxy's absolute form; None where the connection ended before it."""
    try:
        start = await reader.readexactly(1)
        if start == TLS_HELLO:
            return None
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, target, _ = head[0].split(" ", 2)
    fields = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = re.sub(r"^https?://[^/]+", "", target).partition("?")
    return Received(method, path, query, headers, body)


@dataclass
class FakeEndpoint:
    """The server; everything it was asked lies in `requests` (completions) and `received` (all)."""

    key: str | None = None
    delay_s: float = 0.0
    models: tuple[dict[str, Any], ...] | None = DEFAULT_MODELS
    prefix: str = "/v1"
    tokenizes: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    taken: dict[str, list[float]] = field(default_factory=dict)
    go_on: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    closed_by_client: int = 0
    ssl: Any = None
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[Any] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The base URL that works."""
        return f"{'https' if self.ssl else 'http'}://127.0.0.1:{self.port}{self.prefix}"

    @property
    def requests(self) -> list[Received]:
        """Completions that were asked, in order."""
        return [r for r in self.received if r.path.endswith("/chat/completions")]

    def asked(self, model: str) -> int:
        """How many completions were asked of a model."""
        return sum(r.model == model for r in self.requests)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self.ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (request := await read_request(reader)) is not None:
                self.received.append(request)
                if not await self._answer(request, _Out(writer, reader, self)):
                    break
        except ConnectionError:
            self.closed_by_client += 1
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort() if writer.is_closing() else writer.close()

    async def _answer(self, request: Received, out: "_Out") -> bool:
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            shown = request.headers.get("authorization", "")
            return await out.error(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")
        if request.method == "GET" and request.path == f"{self.prefix}/models" and self.models is not None:
            return await out.json(200, {"object": "list", "data": list(self.models)})
        if self.tokenizes and request.path == "/tokenize":
            return await out.json(200, {"tokens": list(range(len(str(request.json.get("content")).split())))})
        if request.method != "POST" or request.path != f"{self.prefix}/chat/completions":
            return await out.text(404, "404 page not found\n")
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.delay_s:
                await out.pause(self.delay_s)
            return await _complete(self, request, out)
        finally:
            self.in_flight -= 1


class _Out:
    """Writes answers; each method says whether the connection can be used again."""

    def __init__(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader, server: FakeEndpoint) -> None:
        self._writer = writer
        self._reader = reader
        self._server = server

    async def pause(self, seconds: float) -> None:
        """Wait, unless the client goes away."""
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            if self._reader.at_eof() or self._writer.is_closing():
                raise ConnectionResetError
            await asyncio.sleep(min(left, 0.01))

    async def held(self) -> None:
        """Wait until whoever asks says so, unless the client goes away."""
        while not self._server.go_on.is_set():
            await self.pause(0.01)

    async def _head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Example", *(f"{k}: {v}" for k, v in {**self._server.headers, **headers}.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def text(self, status: int, text: str, kind: str = "text/plain", **headers: str) -> bool:
        data = text.encode()
        await self._head(status, {"Content-Type": kind, "Content-Length": str(len(data)), **headers})
        self._writer.write(data)
        await self._writer.drain()
        return True

    async def json(self, status: int, value: Any, **headers: str) -> bool:
        return await self.text(status, json.dumps(value), "application/json", **headers)

    async def error(self, status: int, message: str, *, code: str = "", param: str = "", **headers: str) -> bool:
        error = {"message": message, "type": "error_type", "param": param or None, "code": code or None}
        return await self.json(status, {"error": error}, **headers)

    async def begin_stream(self) -> None:
        await self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})

    async def event(self, value: Any) -> None:
        data = f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()
        if self._writer.is_closing() or self._reader.at_eof():
            raise ConnectionResetError
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end_stream(self) -> bool:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        return True

    def reset(self) -> bool:
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False


async def _complete(server: FakeEndpoint, request: Received, out: _Out) -> bool:
    body = request.json
    model = str(body.get("model", ""))
    asked = server.asked(model)
    refused = await _refused(model, body, asked, out) or await _too_fast(server, model, out)
    if refused is not None:
        return refused
    name, _, rest = model.partition("-")
    plan = _Plan(body, model)
    if name == "slow":
        plan.gap_s = int(rest) / 1000
    if name in ("held", "letters"):
        plan.held_at = int(rest)
    if name == "cut" and (asked == 1 or not rest.endswith("once")):
        plan.cut_after = int(rest.split("-")[0])
    if body.get("stream"):
        return await _stream(plan, out)
    return await _plain(plan, out)


async def _refused(model: str, body: dict[str, Any], asked: int, out: _Out) -> bool | None:
    match = re.fullmatch(r"fault-(\d{3})(?:-(\d+))?", model)
    if match and (match[2] is None or asked <= int(match[2])):
        return await out.error(int(match[1]), f"An example of {match[1]}.", **{"retry-after-ms": "20"})
    match = re.fullmatch(r"each-(\d+)-(\d{3})", model)
    if match and asked % int(match[1]) == 0:
        return await out.error(int(match[2]), f"An example of {match[2]}.")
    match = re.fullmatch(r"loading-(\d+)", model)
    if match and asked <= int(match[1]):
        return await out.error(503, "Loading model", **{"retry-after-ms": "20"})
    if model == "reset" or (model == "reset-once" and asked == 1):
        return out.reset()
    if model == "html":
        return await out.text(200, "<!doctype html><html><head><title>A web UI</title></head></html>", "text/html")
    if model == "not-api":
        return await out.json(200, {"status": "ok"})
    if model == "strict":
        for name, word in (("stream_options", ""), ("max_tokens", " Use 'max_completion_tokens' instead.")):
            if name in body:
                said = f"Unsupported parameter: '{name}' is not supported with this model.{word}"
                return await out.error(400, said, code="unsupported_parameter", param=name)
    return None


async def _too_fast(server: FakeEndpoint, model: str, out: _Out) -> bool | None:
    match = re.fullmatch(r"(rate|bare)-(\d+)", model)
    if match is None:
        return None
    now = asyncio.get_running_loop().time()
    taken = server.taken.setdefault(model, [])
    taken[:] = [at for at in taken if at > now - 1.0]
    if len(taken) < int(match[2]):
        taken.append(now)
        return None
    said = {"Retry-After": "1"} if match[1] == "rate" else {}
    return await out.error(429, "Rate limit reached.", code="rate_limit_exceeded", **said)


class _Plan:
    """What an answer holds."""

    def __init__(self, body: dict[str, Any], model: str) -> None:
        self.model = model
        self.gap_s = 0.0
        self.cut_after: int | None = None
        self.held_at: int | None = None
        self.logprobs = model == "logprobs" and bool(body.get("logprobs"))
        self.choices = int(body.get("n") or 1)
        messages = body.get("messages") or [{"content": ""}]
        self.prompt = sum(len(str(m.get("content")).split()) + 4 for m in messages)
        self.text = self._text(model, str(messages[-1].get("content")))
        limit = body.get("max_tokens") or body.get("max_completion_tokens")
        pieces = list(self.text) if model.startswith("letters-") else re.findall(r"\S+\s*|\s+", self.text)
        self.finish = "length" if limit and len(pieces) > limit else "stop"
        self.pieces = pieces[:limit] if limit else pieces
        self.usage_asked = bool((body.get("stream_options") or {}).get("include_usage")) or not body.get("stream")

    def _text(self, model: str, last: str) -> str:
        name, _, rest = model.partition("-")
        if name in ("say", "label") and rest:
            return rest.replace("_", " ")
        if name == "count" and rest.isdigit():
            return " ".join(str(i + 1) for i in range(int(rest)))
        return last

    @property
    def usage(self) -> dict[str, int] | None:
        if self.model == "no-usage" or not self.usage_asked:
            return None
        out = len(self.pieces) * self.choices
        return {"prompt_tokens": self.prompt, "completion_tokens": out, "total_tokens": self.prompt + out}

    def chunk(self, delta: dict[str, Any] | None, finish: str | None = None, index: int = 0) -> dict[str, Any]:
        head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": self.model}
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        if self.logprobs and delta and delta.get("content"):
            likely = [{"token": delta["content"], "logprob": -0.1}, {"token": "other", "logprob": -2.5}]
            choice["logprobs"] = {"content": [{**likely[0], "top_logprobs": likely}]}
        return {**head, "choices": [choice]}


async def _deltas(plan: _Plan) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    if plan.model == "reasoning":
        yield 0, {"reasoning_content": "Let me think. "}
    if plan.model == "tool":
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"a":'}}
        yield 0, {"tool_calls": [call]}
        yield 0, {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}
        return
    for piece in plan.pieces:
        for index in range(plan.choices):
            yield index, {"refusal" if plan.model == "refusal" else "content": piece}


async def _stream(plan: _Plan, out: _Out) -> bool:
    await out.begin_stream()
    await out.event(plan.chunk({"role": "assistant", "content": ""}))
    sent = 0
    async for index, delta in _deltas(plan):
        if plan.cut_after is not None and sent >= plan.cut_after:
            await out.end_stream()
            return False
        await out.event(plan.chunk(delta, index=index))
        sent += 1
        if sent == plan.held_at:
            await out.held()
        if plan.model == "stall":
            await out.pause(3600)
        if plan.gap_s:
            await out.pause(plan.gap_s)
    if plan.cut_after is not None:
        await out.end_stream()
        return False
    for index in range(plan.choices):
        await out.event(plan.chunk({}, "tool_calls" if plan.model == "tool" else plan.finish, index))
    if plan.usage is not None:
        await out.event({"id": "chatcmpl-fake", "choices": [], "model": plan.model, "usage": plan.usage})
    if plan.model != "no-done":
        await out.event("[DONE]")
    return await out.end_stream()


async def _plain(plan: _Plan, out: _Out) -> bool:
    if plan.gap_s:
        await out.pause(plan.gap_s * len(plan.pieces))
    text = "".join(plan.pieces)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if plan.model == "reasoning":
        message["reasoning_content"] = "Let me think. "
    choices = [{"index": i, "message": message, "finish_reason": plan.finish} for i in range(plan.choices)]
    answer = {"id": "chatcmpl-fake", "object": "chat.completion", "created": 1, "model": plan.model, "choices": choices}
    if plan.usage is not None:
        answer["usage"] = plan.usage
    if plan.cut_after is not None:
        data = json.dumps(answer)
        await out.text(200, data[: len(data) // 2], "application/json", **{"Connection": "close"})
        return False
    return await out.json(200, answer)


@contextlib.contextmanager
def serve_in_thread(endpoint: FakeEndpoint | None = None) -> Iterator[FakeEndpoint]:
    """Serve in a thread of its own, for tests whose other side is a process or blocks."""
    server = endpoint or FakeEndpoint()
    ready = threading.Event()
    stop: list[Any] = []

    async def serve() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with server:
            stop.append(lambda: loop.call_soon_threadsafe(over.set))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the fake endpoint did not start")
    try:
        yield server
    finally:
        stop[0]()
        thread.join(10)
