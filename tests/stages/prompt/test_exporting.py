"""The exported Python and curl, run as they are, send the same body as the program did."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message
from genai_tui.stages.prompt.exporting import as_command, as_curl, as_python
from tests.support.fake_endpoint import serve_in_thread

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
    piped = as_command(1, "a/b", {"n": [1]})
    assert json.loads(subprocess.run(["sh", "-c", piped.split(" | ")[0]], capture_output=True, check=True).stdout) == {
        "n": [1]
    }
