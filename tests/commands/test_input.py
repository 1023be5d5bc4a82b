"""What users type and hand over: what cannot be meant is refused in words, and nothing is silently misread."""

import json
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
