"""Serves case files byte for byte: what real endpoints were seen to send, written down as pieces of bytes.

A case NAME has the base URL `{server.url}/NAME/v1`. Each request gets the next of its responses, the last one again
when they run out. Every other path is a plain 404 that is not counted.
"""

import asyncio
import base64
import json
import re
import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self

from tests.support.fake_endpoint import read_request

PIECE_GAP_S = 0.002
ONE_MODEL = json.dumps({"object": "list", "data": [{"id": "example-model", "object": "model"}]})


@dataclass
class Case:
    """One case: what it serves, what should come of it, and what was asked of it so far."""

    name: str
    kind: str
    request: dict[str, Any]
    responses: list[dict[str, Any]]
    expect: dict[str, Any]
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.bodies)


def load_case(path: Path) -> Case:
    raw = json.loads(path.read_text("utf-8"))
    return Case(raw["name"], raw["kind"], raw["request"], raw.get("responses") or [raw["response"]], raw["expect"])


def case_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


class CaseServer:
    """`async with CaseServer(cases) as server:` listens on a free port of loopback."""

    def __init__(self, *cases: Case) -> None:
        self.cases = {case.name: case for case in cases}
        self.url = ""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await self._server.wait_closed()

    def base_url(self, name: str) -> str:
        return f"{self.url}/{name}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            asked = await read_request(reader)
            if asked is None:
                return
            name, _, rest = asked.path.removeprefix("/").partition("/")
            response = self._response(name, asked.method, rest, asked.body, asked.headers)
            await _write(writer, response, f"{self.url}/{name}")
        except ConnectionError:
            return
        finally:
            self._open.discard(writer)
            writer.close()

    def _response(self, name: str, method: str, rest: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        case = self.cases.get(name)
        models = (method, rest) == ("GET", "v1/models")
        if case is not None and models and case.kind != "models":
            return _plain(200, "application/json", ONE_MODEL)
        if case is not None and (
            models or (case.kind != "models" and (method, rest) == ("POST", "v1/chat/completions"))
        ):
            response = case.responses[min(case.requests, len(case.responses) - 1)]
            case.bodies.append(json.loads(body) if body else None)
            case.headers.append(headers)
            return response
        return _plain(404, "text/plain", "404 page not found\n")


def _plain(status: int, kind: str, text: str) -> dict[str, Any]:
    data = text.encode()
    headers = {"Content-Type": kind, "Content-Length": str(len(data))}
    return {"status": status, "headers": headers, "chunks_b64": [base64.b64encode(data).decode()]}


def _filled(value: str, base: str) -> str:
    def moment(match: re.Match[str]) -> str:
        at = time.time() + float(match[2])
        return formatdate(at, usegmt=True) if match[1] == "http-date" else str(round(at * 1000))

    return re.sub(r"\{(http-date|epoch-ms)\+([\d.]+)\}", moment, value.replace("{base}", base))


async def _write(writer: asyncio.StreamWriter, response: dict[str, Any], base: str) -> None:
    if response["status"] is not None:
        lines = [f"HTTP/1.1 {response['status']} Example", "Connection: close"]
        lines += [f"{name}: {_filled(value, base)}" for name, value in response["headers"].items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        await writer.drain()
    pauses = response.get("pause_s") or []
    for number, piece in enumerate(response["chunks_b64"]):
        await asyncio.sleep((pauses[number] if number < len(pauses) else 0) or PIECE_GAP_S)
        writer.write(base64.b64decode(piece))
        await writer.drain()
    if response.get("close") == "abrupt":
        await asyncio.sleep(0.05)  # what was written must arrive before the reset overtakes it
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
