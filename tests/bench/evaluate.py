"""An evaluation against bare loops: wall, processor time and memory of each, in processes of their own, taking turns.

    python tests/bench/evaluate.py [--examples 2000] [--in-flight 32] [--turns 3] [--stream] [--only ours,httpx2]
    python tests/bench/evaluate.py --busy             as on a machine half as fast: something computes on every core
    python tests/bench/evaluate.py --profile          where our own time goes (cProfile, sorted by own time)

The server is a process of its own that answers 50 tokens after 20 ms and spends about 0.1 ms a request. The loops over
the `openai` client and over `httpx2` store nothing. Ours is `genai-tui eval run`: rendered, asked, committed to SQLite
as it completes, scored. Each is told with its whole process and, in brackets, without the imports before the first
request. Ours is compiled first, as installing does. Ratios are of walls; nothing is asserted.
"""

import argparse
import asyncio
import compileall
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

DELAY_S = 0.02
TOKENS = 50
MODEL = "bench"
TEXT = " ".join(f"word{n}" for n in range(TOKENS))
USAGE = {"prompt_tokens": 30, "completion_tokens": TOKENS, "total_tokens": 30 + TOKENS}


class Server(asyncio.Protocol):
    """As little as answers a request: bytes made once, sent after the delay."""

    def __init__(self, plain: bytes, pieces: list[bytes]) -> None:
        self.plain, self.pieces = plain, pieces
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        """A connection."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes; a request is whole when its body is."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            loop = asyncio.get_running_loop()
            if b'"stream":true' in body.replace(b" ", b""):
                for number, piece in enumerate(self.pieces):
                    loop.call_later(DELAY_S * number / (len(self.pieces) - 1), self.write, piece)
            else:
                loop.call_later(DELAY_S, self.write, self.plain)

    def write(self, data: bytes) -> None:
        """Send, if anybody is there."""
        if not self.transport.is_closing():
            self.transport.write(data)


def canned() -> tuple[bytes, list[bytes]]:
    """The answer in one piece, and as a stream in five."""
    head = {"id": "chatcmpl-bench", "created": 1, "model": MODEL}
    message = {"role": "assistant", "content": TEXT}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = json.dumps({**head, "object": "chat.completion", "choices": [choice], "usage": USAGE}).encode()
    lines = b"HTTP/1.1 200 OK\r\nContent-Type: "
    plain = lines + b"application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def event(value: Any) -> bytes:
        data = f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()
        return b"%x\r\n%b\r\n" % (len(data), data)

    def chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        part = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**head, "object": "chat.completion.chunk", "choices": [part]}

    words = [event(chunk({"content": word + " "})) for word in TEXT.split()]
    pieces = [b"".join(words[n : n + 10]) for n in range(0, TOKENS, 10)]
    pieces[0] = lines + b"text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces[0]
    last = [chunk({}, "stop"), {**head, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}, "[DONE]"]
    pieces[-1] += b"".join(map(event, last)) + b"0\r\n\r\n"
    return plain, pieces


def serve(pipe: Connection) -> None:
    """The server, until the pipe says so; then its processor seconds and requests."""

    async def run() -> None:
        plain, pieces = canned()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Server(plain, pieces), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        server.close()

    asyncio.run(run())


def prompts(examples: int) -> list[list[dict[str, str]]]:
    """The messages that the baselines send: the same texts."""
    return [[{"role": "user", "content": f"Say the words of ticket number {n}."}] for n in range(examples)]


async def loop_openai(url: str, examples: int, in_flight: int, stream: bool) -> float:
    """A bare loop over the `openai` client; gives the seconds without imports."""
    import openai

    began = time.perf_counter()
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    left = iter(prompts(examples))

    async def work() -> None:
        for messages in left:
            if stream:
                answer = await client.chat.completions.create(
                    model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
                )
                text = "".join([c.choices[0].delta.content or "" async for c in answer if c.choices])
                assert text.split() == TEXT.split()
            else:
                whole = await client.chat.completions.create(model=MODEL, messages=messages)
                assert whole.choices[0].message.content == TEXT

    await asyncio.gather(*(work() for _ in range(in_flight)))
    return time.perf_counter() - began


async def loop_httpx2(url: str, examples: int, in_flight: int, stream: bool) -> float:
    """A bare loop over `httpx2`."""
    import httpx2

    began = time.perf_counter()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    left = iter(prompts(examples))
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:

        async def work() -> None:
            for messages in left:
                body = {"model": MODEL, "messages": messages}
                if stream:
                    extra = {"stream": True, "stream_options": {"include_usage": True}}
                    async with client.stream("POST", f"{url}/chat/completions", json=body | extra) as reply:
                        lines = [line async for line in reply.aiter_lines() if line.startswith("data: {")]
                    assert len([json.loads(line[6:]) for line in lines]) > TOKENS
                else:
                    answer = await client.post(f"{url}/chat/completions", json=body)
                    assert answer.json()["choices"][0]["message"]["content"] == TEXT

        await asyncio.gather(*(work() for _ in range(in_flight)))
    return time.perf_counter() - began


def make_project(folder: Path, url: str, examples: int) -> str:
    """A project with a split of `examples` rows and a candidate; gives its name."""
    from genai_tui.answering.candidates import candidate_of
    from genai_tui.project import Project
    from genai_tui.records.datasets import Example
    from genai_tui.records.prompts import Message, Prompt
    from genai_tui.store.candidates import save_candidate
    from genai_tui.store.imports import add_examples, begin_import, finish_import
    from genai_tui.store.prompts import save_prompt

    os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"] = url, "none"
    with Project.create(folder) as project:
        [version] = project.writer.put_now(begin_import("tickets", "bench", "all of it"))
        rows = [Example({"ticket": f"ticket number {n}"}, TEXT if n % 2 else "other") for n in range(examples)]
        project.writer.put_now(add_examples(version, "dev", 1, rows), finish_import(version))
        [prompt] = project.writer.put_now(save_prompt(Prompt((Message("user", "Say the words of {{ ticket }}."),))))
        endpoint, model_id = project.model(f"openai/{MODEL}")
        [candidate] = project.writer.put_now(save_candidate(candidate_of(endpoint, model_id, prompt)))
    return str(candidate.name)


def words_of_ours(folder: Path, candidate: str, given: argparse.Namespace) -> list[str]:
    """`genai-tui eval run …`."""
    words = ["--project", str(folder), "eval", "run", candidate, "--json", "--max-in-flight", str(given.in_flight)]
    return [*words, "--no-cache"] + (["--stream"] if given.stream else [])


def one(way: str, url: str, given: argparse.Namespace) -> dict[str, float]:
    """One way in a process of its own."""
    words = [sys.executable, __file__, "--child", way, "--url", url, "--examples", str(given.examples)]
    words += ["--in-flight", str(given.in_flight)] + (["--stream"] if given.stream else [])
    with tempfile.TemporaryDirectory(dir=given.dir) as place:
        if way == "ours":
            candidate = make_project(Path(place) / "p", url, given.examples)
            words = [sys.executable, "-m", "genai_tui", *words_of_ours(Path(place) / "p", candidate, given)]
        began = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT, text=True)
        out, _ = process.communicate()
        wall = time.perf_counter() - began
    told = json.loads(out)
    inner = told["elapsed_s"]
    if way == "ours":
        assert told["answered"] == told["n"] == given.examples, told
        return {"wall": wall, "inner": inner, "p50_ms": told["latency_s"]["p50"] * 1000}
    return {"wall": wall, "inner": inner}


def child(given: argparse.Namespace) -> None:
    """A bare loop, in the process that is measured."""
    work = {"openai": loop_openai, "httpx2": loop_httpx2}[given.child]
    print(json.dumps({"elapsed_s": asyncio.run(work(given.url, given.examples, given.in_flight, given.stream))}))


def measured(way: str, url: str, given: argparse.Namespace) -> dict[str, float]:
    """One way with its processor time and memory, as the system counts them for a child."""
    here, there = multiprocessing.get_context("fork").Pipe()

    def work() -> None:
        found = one(way, url, given)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        there.send(found | {"cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024})

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    found: dict[str, float] = here.recv()
    process.join()
    return found


def compute_on(core: int) -> multiprocessing.process.BaseProcess:
    """A process that takes half of `core` from whatever else runs on it."""

    def work() -> None:
        os.sched_setaffinity(0, {core})
        while True:
            pass

    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    return process


def profile(url: str, given: argparse.Namespace) -> None:
    """Where our own time goes."""
    import cProfile
    import pstats

    from genai_tui.cli import run

    with tempfile.TemporaryDirectory() as place:
        candidate = make_project(Path(place) / "p", url, given.examples)
        profiler = cProfile.Profile()
        profiler.runcall(run, words_of_ours(Path(place) / "p", candidate, given))
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=2_000)
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--only", default="openai,httpx2,ours")
    parser.add_argument("--dir", type=Path, help="on which disk (default: the system's temporary folder)")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given)
        return
    compileall.compile_dir(ROOT / "genai_tui", quiet=1)
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/v1"
    others = [compute_on(core) for core in os.sched_getaffinity(0)] if given.busy else []
    try:
        if given.profile:
            profile(url, given)
            return
        ways = given.only.split(",")
        times: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(given.turns):
            for way in ways:
                times[way].append(measured(way, url, given))
    finally:
        for other in others:
            other.kill()
        here.send("over")
        server.join(5)
    found = {way: {key: statistics.median(t[key] for t in rows) for key in rows[0]} for way, rows in times.items()}
    if given.json:
        print(json.dumps(found))
        return
    how = ("streamed, " if given.stream else "") + ("busy, " if given.busy else "")
    print(f"{given.examples} examples, {given.in_flight} in flight, {how}medians of {given.turns}, "
          f"Python {platform.python_version()}, {platform.platform()}, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for way, row in found.items():
        own = f"   its own p50 {row['p50_ms']:.1f} ms" if "p50_ms" in row else ""
        print(f"{way:8} wall {row['wall']:6.2f} s ({row['inner']:5.2f})   CPU {row['cpu']:6.2f} s   "
              f"{row['mb']:5.0f} MB{own}")  # fmt: skip
    for base in ("openai", "httpx2"):
        if base in found and "ours" in found:
            ratio = found["ours"]["wall"] / found[base]["wall"]
            inner = found["ours"]["inner"] / found[base]["inner"]
            print(f"ours against {base}: {ratio:.2f} x ({inner:.2f} x without imports)")


if __name__ == "__main__":
    main()
