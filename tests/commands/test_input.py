"""What users type and hand over: what cannot be meant is refused in words, and nothing is silently misread."""

import json
import os
from pathlib import Path

import pytest

from tests.support.commands import genai
from tests.support.fake_endpoint import serve_in_thread


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="Hello {{ name }}").code == 0
    return folder


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": NaN}', "NaN"),
        ('{"name": 1e999}', "infinity"),
        ('{"name": "a", "name": "b"}', "'name' stands twice"),
        ('{"name": "a"} {"name": "b"}', "something follows"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"name": ' + "9" * 5000 + "}", "too long"),
    ],
)
def test_variables_that_are_no_plain_json_are_refused(text: str, says: str, project: Path) -> None:
    said = genai("prompt", "run", "1", "--vars", "-", "--json", cwd=project, stdin=text)
    assert said.code == 2
    assert says.lower() in f"{said.error['what']} {said.error['why']}".lower()


@pytest.mark.parametrize("field", ['"temperature": NaN', '"temperature": 0, "temperature": 1'])
def test_messages_json_that_would_be_misread_is_not_imported(field: str, project: Path) -> None:
    (project / "chat.json").write_text('{"messages": [{"role": "user", "content": "hi"}], ' + field + "}")
    said = genai("prompt", "import", "chat.json", "--json", cwd=project)
    assert (said.code, said.out) == (2, "")
    assert said.error["why"]


def test_answers_before_the_budget_ended_are_in_the_list(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_in_thread() as fake:
        price = ("--input-usd-per-million", "1000", "--output-usd-per-million", "1000")
        assert genai("endpoint", "add", "paid", "--url", fake.url, *price).code == 0
        text = "---\nparameters: {max_tokens: 2}\n---\nHello"
        assert genai("prompt", "save", "-", cwd=project, stdin=text).code == 0
        asked = ("prompt", "run", "2", "--model", "paid/echo", "--json")
        cost = genai(*asked, cwd=project).json["cost_usd"]
        assert genai("scope", "set", f"budget_usd={cost * 2.5 + 0.015}", cwd=project).code == 0
        said = genai(*asked, "--samples", "9", cwd=project)
    assert said.code == 4
    assert 0 < len(said.json) < 9
    assert all(answer["text"] and answer["generation"] for answer in said.json)
    assert json.loads(said.err.splitlines()[-1])["error"]["exit"] == 4


@pytest.mark.parametrize("name", ["g1:abc", "two\nlines", " c1", "x" * 200, "\x1b[31mred"])
def test_a_name_that_would_be_taken_for_something_else_names_no_candidate(name: str, project: Path) -> None:
    said = genai("candidate", "make", "--model", "embedded/smollm2-135m", "--prompt", "1", "--name", name, cwd=project)
    assert said.code == 2
    assert "cannot be the name" in said.err


def test_bytes_that_are_no_utf8_are_not_counted_as_something_else(project: Path) -> None:
    said = genai("tokens", "-", stdin=b"\xff\xfe\xff")
    assert (said.code, said.out) == (2, "")
    assert "not UTF-8" in said.err


def test_a_value_that_cannot_be_stored_is_blamed_and_not_the_file(project: Path) -> None:
    said = genai("endpoint", "add", "x", "--url", "ftp://h", "--json")
    assert said.code == 2
    assert said.error["what"].startswith("endpoints.x.base_url: expected a URL")
    assert "Nothing was written" in said.error["do"]


def test_settings_that_cannot_be_looked_at_are_said(project: Path, home: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may look into everything")
    folder = home / ".config"
    folder.chmod(0)
    try:
        said = genai("endpoint", "list", "--json")
    finally:
        folder.chmod(0o700)
    assert "could not be looked at" in said.err


@pytest.mark.parametrize("words", [("scope",), ("--json", "scope"), ("prompt", "--json")])
def test_a_group_without_a_word_says_which_there_are(words: tuple[str, ...]) -> None:
    said = genai(*words)
    assert (said.code, said.out) == (2, "")
    assert "needs one of its words" in said.err
