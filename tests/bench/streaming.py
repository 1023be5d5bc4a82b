"""Answers that stream: bytes a second, how soon keys are answered, and what memory it takes.

    python tests/bench/streaming.py [--seconds 60] [--columns 4] [--rate 500] [--hostile] [--json]

Three processes: a server that sends tokens by the clock over HTTP, the views of the playground in a pseudo-terminal,
which read them through `ask` over aiohttp, and this one, which presses a key twice a second and waits for its answer.
First one answer of 50 tokens a second at 80×24, then so many columns at 120×36. Nothing is asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.far_end import FarEnd, plain_environment  # noqa: E402
from tests.support.hostile import HOSTILE  # noqa: E402

APP = Path(__file__).parent / "streaming_app.py"
WORDS = "the ticket says that card was charged twice for one order so billing is what fits here best of all".split()
KEY_EVERY_S, SETTLE_S, LATEST_S = 0.5, 3.0, 30.0


def token(number: int) -> str:
    """The tokens that are sent: words, a line end after every dozen or so."""
    return WORDS[number * 7 % len(WORDS)] + ("\n" if number % 13 == 12 else " ")


def serve(pipe: Connection) -> None:
    """Answers `rate-R-SECONDS` with R tokens a second, and `hostile-R-SECONDS` with hostile characters."""

    def event(text: str) -> bytes:
        data = b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"
        return b"%x\r\n" % len(data) + data + b"\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-len"))
        kind, rate, seconds = json.loads(await reader.readexactly(size))["model"].split("-")
        hostile = "".join(HOSTILE.values())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        began, sent, count = time.monotonic(), 0, int(rate) * int(seconds)
        while sent < count:
            due = min(count, int((time.monotonic() - began) * int(rate)) + 1)
            for number in range(sent, due):
                writer.write(event(hostile[number % len(hostile)] if kind == "hostile" else token(number)))
            sent = max(sent, due)
            await writer.drain()
            await asyncio.sleep(max(0.0, began + sent / int(rate) - time.monotonic()))
        data = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
        writer.write(b"%x\r\n" % len(data) + data + b"\r\n0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        await asyncio.to_thread(pipe.recv)

    asyncio.run(run())


def measure(url: str, model: str, columns: int, size: tuple[int, int], seconds: int) -> dict[str, Any]:
    """One run: bytes a second, milliseconds from a key to its answer, MiB early and late, and whether all came.

    `loop_max_ms` is the most that the event loop computed without a turn at which it could have answered a key.
    """
    words = [sys.executable, str(APP), url, model, str(columns)]
    with tempfile.TemporaryDirectory() as home:
        end = FarEnd(words, plain_environment(Path(home)), size)
        try:
            end.wait_for(b"was pressed")
            until = time.monotonic() + SETTLE_S
            while (left := until - time.monotonic()) > 0:
                end.quiet(left)
            before, began, waits, pressed = len(end.output), time.monotonic(), list[float](), 0
            while time.monotonic() < began + seconds - SETTLE_S - 1:
                pressed += 1
                at, sent = len(end.output), time.perf_counter()
                end.send(b"x")
                end.wait_for(b"%d(?![0-9])" % pressed, since=at, seconds=LATEST_S)
                waits.append((time.perf_counter() - sent) * 1000)
                until = time.monotonic() + KEY_EVERY_S
                while (left := until - time.monotonic()) > 0:
                    end.quiet(left)
            rate = (len(end.output) - before) / (time.monotonic() - began)
            told = [report for report in end.reports if "rss" in report]
            done: Any = end.wait_report("done", LATEST_S + 10)
        finally:
            end.close()
    waits.sort()
    tenth = max(1, len(told) // 10)
    rss = [float(str(report["rss"])) / 2**20 for report in told]
    busy = [float(str(report["busy"])) * 1000 for report in told[3:]]
    cpu = [float(str(report["cpu"])) for report in told]
    return {
        "bytes_s": rate,
        "keys": len(waits),
        "p50_ms": statistics.median(waits),
        "p95_ms": waits[int(len(waits) * 0.95)],
        "max_ms": waits[-1],
        "loop_max_ms": max(busy),
        "mib_early": statistics.median(rss[:tenth]),
        "mib_late": statistics.median(rss[-tenth:]),
        "cpu": (cpu[-1] - cpu[0]) / max(1, len(cpu) - 1),
        "mib_text": columns * done["characters"] / 2**20,
        "whole": done["whole"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    kind = "hostile" if options.hostile else "rate"
    try:
        url, many = here.recv(), f"{kind}-{options.rate}-{options.seconds}"
        found = {
            "one answer, 50 tokens a second, 80×24": measure(url, f"{kind}-50-20", 1, (80, 24), 20),
            f"{options.columns} columns, {options.rate} tokens a second each, 120×36": measure(
                url, many, options.columns, (120, 36), options.seconds
            ),
        }
    finally:
        server.terminate()
    if options.json:
        print(json.dumps(found))
        return
    for name, values in found.items():
        print(name)
        for key, value in values.items():
            print(f"  {key:12}{value:>14,.2f}" if isinstance(value, float) else f"  {key:12}{value!s:>14}")


if __name__ == "__main__":
    main()
