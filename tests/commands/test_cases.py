"""What real endpoints were seen to send, asked through `prompt run` and `model list`, as a user asks."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from genai_tui.cli import run
from tests.support.cases import Case, CaseServer, case_files, load_case

OWN = Path(__file__).parent.parent / "cases" / "endpoints"
TOLD = os.environ.get("GENAI_TUI_CASES", "")
FILES = case_files(OWN) + (case_files(Path(TOLD) / "endpoints") if TOLD else [])


@contextmanager
def served(case: Case) -> Iterator[CaseServer]:
    """The case on a free port, in a thread of its own."""
    ready, ended = threading.Event(), asyncio.Event()
    server = CaseServer(case)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        async with server:
            loops.append(asyncio.get_running_loop())
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(10)


def prompt_file(folder: Path, extra: dict[str, Any]) -> Path:
    """A prompt whose parameters are what the user of the case has set."""
    parameters = {key: value for key, value in extra.items() if key != "model"}
    file = folder / "case.prompt"
    file.write_text(f"---\nparameters: {json.dumps(parameters)}\n---\nHello\n")
    return file


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_cases_through_the_command(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    case = load_case(file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-example-0123456789abcdef")
    assert run(["init", "."]) == 0
    extra = case.request.get("body_extra", {})
    assert run(["prompt", "save", str(prompt_file(tmp_path, extra))]) == 0
    capfdbinary.readouterr()
    with served(case) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url(case.name) + "/")
        began = time.monotonic()
        if case.kind == "models":
            code = run(["model", "list", "--endpoint", "openai", "--json"])
        else:
            model = f"openai/{extra.get('model', 'example-model')}"
            piece = [] if case.request["stream"] else ["--no-stream"]
            code = run(["prompt", "run", "1", "--model", model, "--json", *piece])
        took_s = time.monotonic() - began
    out, err = (part.decode() for part in capfdbinary.readouterr())
    assert "sk-example-0123456789abcdef" not in out + err
    check_error(case.expect, code, err)
    if case.kind == "models":
        listed = json.loads(out)["models"]
        assert sorted(m["model"] for m in listed) == sorted(f"openai/{m}" for m in case.expect["models"])
    else:
        check_answer(case, out)
    if case.expect.get("requests") is not None:
        assert case.requests == case.expect["requests"]
    assert took_s >= case.expect.get("wait_s_at_least", 0)
    assert took_s <= case.expect.get("wait_s_at_most", 120) + 5


def check_error(expect: dict[str, Any], code: int, err: str) -> None:
    """Exit code and words of the message."""
    wanted = expect.get("error")
    assert code == (wanted["exit"] if wanted else 0), err
    if wanted:
        message = json.dumps(json.loads(err.splitlines()[-1])["error"], ensure_ascii=False).lower()
        assert [word for word in wanted["says"] if word not in message] == []
        assert [word for word in wanted.get("says_not", []) if word in err.lower()] == []


def check_answer(case: Case, out: str) -> None:
    """Text, reasoning, finish reason, usage, tool calls and the last body."""
    expect = case.expect
    answer = json.loads(out)
    assert answer["text"] == expect["text"]
    assert answer.get("reasoning", "") == (expect.get("reasoning") or "")
    assert answer["finish_reason"] == expect["finish_reason"]
    assert answer["usage"] == expect["usage"]
    if "tool_calls" in expect:
        assert answer["tool_calls"] == expect["tool_calls"]
    last = expect.get("last_body")
    if last:
        body = json.loads(case.bodies[-1]) if isinstance(case.bodies[-1], (str, bytes)) else case.bodies[-1]
        assert {key: body.get(key) for key in last.get("equals", {})} == last.get("equals", {})
        assert [key for key in last.get("lacks", []) if key in body] == []
