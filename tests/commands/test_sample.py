"""The sample project by command: made, asked, on the real embedded model."""

import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from genai_tui.sample import read_tickets
from genai_tui.untrusted import harmless
from tests.support.commands import genai, genai_process
from tests.support.weights import fetched_weights, weights  # noqa: F401  # fixtures

GONE_WITHIN_S = 12
LABELS = {"billing", "technical", "account", "shipping", "feature"}


@pytest.fixture
def sample(weights: Path, tmp_path: Path) -> Path:  # noqa: F811
    """The sample project, as the command makes it; the weights are here."""
    made = genai("sample", tmp_path / "sample", "--no-open")
    assert made.code == 0, made.err
    return tmp_path / "sample"


def test_the_tickets_are_what_the_issue_asks_for() -> None:
    rows = read_tickets()
    assert {split: len(examples) for split, examples in rows.items()} == {"train": 240, "dev": 60, "test": 200}
    texts = [example.inputs["ticket"] for examples in rows.values() for example in examples]
    assert len(set(texts)) == len(texts) == 500
    assert all(text == harmless(text) == text.strip() for text in texts)
    for examples in rows.values():
        assert set(Counter(example.expected for example in examples)) == LABELS
        assert len(set(Counter(example.expected for example in examples).values())) == 1


def test_it_has_scope_data_and_three_prompts(sample: Path) -> None:
    scope = genai("scope", "show", "--json", cwd=sample).json
    assert (scope["metric"], scope["target"], scope["budget_usd"]) == ("exact", 0.9, None)
    prompts = genai("prompt", "list", "--json", cwd=sample).json["prompts"]
    assert [p["examples"] for p in prompts][:2] == [0, 1]
    assert prompts[2]["examples"] >= 3
    assert all(p["parameters"]["temperature"] == 0 for p in prompts)
    [dataset] = genai("data", "list", "--json", cwd=sample).json["datasets"]
    assert dataset["splits"] == {"train": 240, "dev": 60, "test": 200}


def test_making_it_again_only_opens_it(sample: Path) -> None:
    genai("scope", "set", "problem=mine", cwd=sample)
    again = genai("sample", sample)
    assert again.code == 0
    assert "3 Prompt" in again.out or "Prompt" in again.out
    assert genai("scope", "show", "--json", cwd=sample).json["problem"] == "mine"


def test_where_it_is_is_said_as_json(sample: Path) -> None:
    said = genai("sample", sample, "--no-open", "--json")
    assert said.json == {"project": "support-triage", "path": str(sample)}


def test_the_embedded_model_answers_and_the_second_time_the_same(sample: Path) -> None:
    first = genai_process("-p", sample, "prompt", "run", "2", "--row", "dev:1", "--json")
    assert first.code == 0, first.err
    answer = first.json
    assert answer["text"]
    assert answer["model"] == "embedded/smollm2-135m"
    assert answer["usage"]["input_tokens"] > 20
    assert answer["cost_usd"] == 0
    assert 0 < answer["first_token_s"] <= answer["total_s"]
    second = genai_process("-p", sample, "prompt", "run", "2", "--row", "dev:1", "--json").json
    assert second["text"] == answer["text"]
    assert processes_left(sample) == []


def test_next_follows_what_was_done(sample: Path) -> None:
    assert "none has been tried" in " ".join(genai("next", "--json", cwd=sample).json["evidence"])
    genai("prompt", "run", "3", "--row", "dev:1", "-q", cwd=sample)
    advice = genai("next", "--json", cwd=sample).json
    assert "candidate" in advice["text"]
    assert genai("candidate", "make", "--prompt", "3", "--json", cwd=sample).json["model"] == "embedded/smollm2-135m"
    assert genai("doctor", "--json", cwd=sample).json["embedded_runs"] is True


def test_without_weights_and_network_the_project_is_made_all_the_same(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9/simple"
    nowhere = dict.fromkeys(("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"), dead)
    nowhere |= {"PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    made = genai_process("sample", tmp_path / "s", env=nowhere)
    assert made.code == 0, made.err
    assert "model pull" in made.err
    assert "Prompt" in made.out
    asked = genai_process("-p", tmp_path / "s", "prompt", "run", "1", "--row", "dev:1", "--json")
    assert asked.code == 5
    assert "model pull" in json.dumps(asked.error)
    assert genai("doctor", cwd=tmp_path / "s").code == 5


def processes_left(project: Path) -> list[str]:
    """Embedded servers that still run for this test after the promised time; waits no longer than that."""
    mark = os.environ["XDG_RUNTIME_DIR"].encode()
    until = time.monotonic() + GONE_WITHIN_S
    while left := [name for name in os.listdir("/proc") if name.isdigit() and _is_ours(name, mark)]:
        if time.monotonic() > until:
            return left
        time.sleep(0.1)  # nothing tells of another's end: it is looked for until a deadline
    return left


def _is_ours(pid: str, mark: bytes) -> bool:
    if int(pid) == os.getpid():
        return False
    try:
        environ = Path("/proc", pid, "environ").read_bytes()
        return mark in environ and b"embedded" in Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return False
