"""What real endpoints were seen to send, as an evaluation asks for it: by `eval run`, with one row."""

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_cases import FILES, prompt_file, served
from tests.support.cases import load_case
from tests.support.commands import genai, import_csv

KEY = "sk-example-0123456789abcdef"
FIELDS = "text, reasoning, finish_reason, input_tokens, output_tokens, tokens_guessed, retries, tool_calls, error_what"


def kept(project: Path) -> dict[str, Any]:
    """The one generation of the run, as it was stored."""
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        [row] = database.execute(f"SELECT {FIELDS} FROM generation").fetchall()
    return dict(zip(FIELDS.split(", "), row, strict=True))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_cases_in_evaluations(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load_case(file)
    if case.kind == "models":
        pytest.skip(f"{case.name} is no answer")
    if os.environ.get("GENAI_TUI_CASES") is None and not FILES:
        pytest.skip("GENAI_TUI_CASES names no folder with cases")
    expect = case.expect | case.expect.get("in_evaluation", {})
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert genai("init", tmp_path).code == 0
    import_csv(tmp_path, "q,a\nHello,x\n", name="one", expected="a")
    extra = case.request.get("body_extra", {})
    assert genai("prompt", "save", prompt_file(tmp_path, extra), cwd=tmp_path).code == 0
    with served(case) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url(case.name) + "/")
        model = f"openai/{extra.get('model', 'example-model')}"
        made = genai("candidate", "make", "--model", model, "--prompt", "1", "--json", cwd=tmp_path).json
        began = time.monotonic()
        streamed = ["--stream"] if case.request["stream"] else []
        ended = genai("eval", "run", made["candidate"], "--json", *streamed, cwd=tmp_path)
        took_s = time.monotonic() - began
    assert KEY not in ended.out + ended.err
    answer, wanted = kept(tmp_path), expect["error"]
    assert ended.code == (wanted["exit"] if wanted else 0), ended.err
    assert ended.json["failed"] == bool(wanted)
    if wanted:
        said = json.dumps(ended.error, ensure_ascii=False).lower()
        assert [word for word in wanted["says"] if word.lower() not in said] == []
        assert [word for word in wanted.get("says_not", []) if word in ended.err.lower()] == []
    assert answer["text"] == expect["text"]
    assert answer["reasoning"] == (expect.get("reasoning") or "")
    assert answer["finish_reason"] == expect["finish_reason"]
    counted = {"input_tokens": answer["input_tokens"], "output_tokens": answer["output_tokens"]}
    assert (None if answer["tokens_guessed"] or answer["input_tokens"] is None else counted) == expect["usage"]
    assert (answer["retries"] > 0) == expect["retried"]
    if expect.get("requests") is not None:
        assert case.requests == expect["requests"]
    assert expect.get("wait_s_at_least", 0) <= took_s <= expect.get("wait_s_at_most", 120) + 5
