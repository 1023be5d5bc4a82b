"""The exported Python and curl, run as they are, send the same body as the program did."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import ExampleRule, FewShot, Message
from genai_tui.stages.prompt.asking import columns
from genai_tui.stages.prompt.exporting import as_command, as_curl, as_python
from genai_tui.stages.prompt.sheet import Column, Sheet
from genai_tui.stages.prompt.trying import LOGPROBS, Inputs
from genai_tui.store.generations import find_generation
from tests.support.fake_endpoint import serve_in_thread
from tests.support.playground import project_with

BODIES = {
    "plain": Request("echo", (Message("user", "Hello"),), {"temperature": 0}, stream=False),
    "streamed": Request("echo", (Message("system", "S"), Message("user", "a 'quoted' $HOME `x` \\ \"y\"\nline"))),
    "odd": Request(
        "org/m:free", (Message("user", "ünïcode 北京 \x1b[31m \u202e \u2028"),), {"top_k": 5, "stop": ["\n"]}
    ),
    "schema": Request("echo", (Message("user", "x"),), {"max_tokens": 5}, {"type": "object", "title": "a b"}),
}


@pytest.mark.parametrize("name", BODIES)
def test_python_sends_the_same_body(name: str, tmp_path: Path) -> None:
    body = BODIES[name].body()
    with serve_in_thread() as fake:
        program = as_python(Endpoint("x", fake.url, key_env="SOME_KEY"), fake.url, body)
        env = {**os.environ, "SOME_KEY": "k"}
        subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, env=env, capture_output=True)
        assert fake.received[-1].json == body
        assert fake.received[-1].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("name", BODIES)
def test_python_is_written_as_people_write_it(name: str) -> None:
    headers = {"x-title": "a 'quoted' one", "http-referer": "https://example.org/" + "long/" * 15}
    body = BODIES[name].body() | {"response_format": {"type": "json_schema", "json_schema": SHEET.output}}
    program = as_python(Endpoint("x", "http://h/v1", key_env="SOME_KEY", headers=headers), "http://h/v1", body)
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "--stdin-filename", "exported.py", "-"]
    formatted = subprocess.run(words, input=program, check=True, capture_output=True, text=True, encoding="utf-8")
    assert formatted.stdout == program


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", BODIES)
def test_curl_sends_the_same_body(name: str, tmp_path: Path) -> None:
    body = BODIES[name].body()
    with serve_in_thread() as fake:
        command = as_curl(Endpoint("x", fake.url, key_env="SOME_KEY", headers={"x-a": "b c"}), fake.url, body)
        env = {**os.environ, "SOME_KEY": "k"}
        subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, env=env, capture_output=True)
        assert fake.received[-1].json == body
        assert fake.received[-1].headers["x-a"] == "b c"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_fills_in_variables_runs_nothing_and_encodes_the_query(tmp_path: Path) -> None:
    headers = {"x-a": "$(touch ran)", "x-b": "`touch ran`", "x-c": "a 'b' \"; touch ran; \""}
    filled = {"x-d": "$A_VALUE", "x-e": "Bearer ${A_VALUE}!$(touch ran)", "x-f": "$$A_VALUE"}
    query = {"q": "a b&c'd=é", "$(touch ran)": "[1-3]", "d": "$NUMBER"}
    with serve_in_thread() as fake:
        command = as_curl(
            Endpoint("x", fake.url, headers=headers | filled, query=query), fake.url, BODIES["plain"].body()
        )
        env = {**os.environ, "A_VALUE": "it's filled", "NUMBER": "7"}
        subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, env=env, capture_output=True)
        got = fake.received[-1]
    assert not (tmp_path / "ran").exists()
    assert {name: got.headers[name] for name in headers} == headers
    assert [got.headers[name] for name in filled] == ["it's filled", "Bearer it's filled!$(touch ran)", "$A_VALUE"]
    assert dict(parse_qsl(got.query)) == query | {"d": "7"}


def test_python_fills_in_variables_of_headers_and_query(tmp_path: Path) -> None:
    headers = {"x-a": "$A_VALUE", "x-b": "Bearer ${A_VALUE}!", "x-c": "$$A_VALUE", "x-d": 'it\'s "so"'}
    with serve_in_thread() as fake:
        endpoint = Endpoint("x", fake.url, headers=headers, query={"d": "$NUMBER", "q": "a b&c"})
        program = tmp_path / "ask.py"
        program.write_text(as_python(endpoint, fake.url, BODIES["plain"].body()), encoding="utf-8")
        env = {**os.environ, "A_VALUE": "filled", "NUMBER": "7"}
        subprocess.run([sys.executable, str(program)], check=True, env=env, capture_output=True)
        got = fake.received[-1]
    assert [got.headers[name] for name in headers] == ["filled", "Bearer filled!", "$A_VALUE", 'it\'s "so"']
    assert dict(parse_qsl(got.query)) == {"d": "7", "q": "a b&c"}


SHEET = Sheet(
    "Sort tickets: ünïcode 北京 \u202e",
    "user:\nTicket: {{ ticket }}\n\nassistant:\n$HOME `x` 'y'\n\nuser:\n{{ tone }}",
    ExampleRule(fixed=(FewShot({"ticket": 'it\'s "late"\n\x1b[31m', "tone": "🙂\u200d"}, {"label": "versand"}),)),
    parameters={"temperature": 0.0, "top_k": 5, "stop": ["\n", "\u2028"], "max_tokens": 9},
    output={"type": "object", "title": "Größe", "properties": {"label": {"enum": ["a", None, True]}}},
    columns=(Column("fake/echo"), Column("fake/echo", parameters={"temperature": 1.5, "top_k": None})),
)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("stream", [True, False])
def test_what_the_playground_sent_is_sent_again_by_python_and_curl(tmp_path: Path, stream: bool) -> None:
    """Columns with examples, schema, parameters of its own, logprobs: the body on the wire, and what was kept of it."""
    inputs = Inputs({"ticket": "a\tb\\", "tone": "kind"})

    async def played() -> list[Generation]:
        async with project.asking() as asking:
            answers = columns(project, SHEET, inputs, asking=asking, extra=LOGPROBS, stream=stream)
            async with answers:
                return [came.generation async for came in answers if came.generation is not None]

    with serve_in_thread() as fake, project_with(tmp_path / "p", fake) as project:
        generations = asyncio.run(played())
        on_the_wire = [request.json for request in fake.requests]
        endpoint = project.settings.endpoints["fake"]
        assert sorted(body["temperature"] for body in on_the_wire) == [0, 1.5]
        for generation in generations:
            [exchange] = find_generation(project.reader, generation.id).exchanges
            assert exchange.body in on_the_wire
            assert exchange.body["logprobs"] is True
            assert len(exchange.body["messages"]) == 8
            program = as_python(endpoint, fake.url, exchange.body)
            subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, capture_output=True)
            assert fake.received[-1].json == exchange.body
            command = as_curl(endpoint, fake.url, exchange.body)
            subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, capture_output=True)
            assert fake.received[-1].json == exchange.body


def test_no_export_holds_a_key_or_a_control_character() -> None:
    body = BODIES["odd"].body()
    endpoint = Endpoint("x", "http://h/v1", key_env="SOME_KEY")
    for text in (as_python(endpoint, "http://h/v1", body), as_curl(endpoint, "http://h/v1", body)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "SOME_KEY" in text


def test_the_command_names_row_or_variables() -> None:
    assert as_command(3, "openai/m", {}, "dev:2") == "genai-tui prompt run 3 --model openai/m --row dev:2"
    assert as_command(3, "a/b", {"t": "it's"}) == "genai-tui prompt run 3 --model a/b --var 't=it'\"'\"'s'"
    assert as_command(3, "a/b", {}, "dev:2", stream=False).endswith("--row dev:2 --no-stream")
    piped = as_command(1, "a/b", {"n": [1]})
    assert json.loads(subprocess.run(["sh", "-c", piped.split(" | ")[0]], capture_output=True, check=True).stdout) == {
        "n": [1]
    }


@pytest.mark.parametrize("value", ["a\x1b[31mb", "a\rb", "a\u202eb", "a\0b"])
def test_a_command_copied_from_a_terminal_has_the_same_variables(value: str) -> None:
    command = as_command(1, "a/b", {"t": value})
    assert command.isprintable()
    given = subprocess.run(["sh", "-c", command.split(" | ")[0]], capture_output=True, check=True).stdout
    assert json.loads(given) == {"t": value}
