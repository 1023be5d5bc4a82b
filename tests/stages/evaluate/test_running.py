"""Runs by command, against an endpoint that speaks real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Ended, genai
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread

ROWS = 40  # of dev: every other one is answered rightly by a model that says "a"


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    """A fake endpoint that serves in a thread."""
    with serve_in_thread() as endpoint:
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one prompt and a dev split; the endpoint `openai` is the fake one."""
    monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
    monkeypatch.setenv("OPENAI_API_KEY", "a-very-secret-key")
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    rows = "ticket,label\n" + "".join(f"ticket {n},{'ab'[n % 2]}\n" for n in range(ROWS))
    words = ("data", "import", "-", "--name", "tickets", "--format", "csv", "--expected", "label", "--split", "dev")
    assert genai(*words, cwd=folder, stdin=rows).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="Ticket: {{ ticket }}").code == 0
    return folder


def candidate(project: Path, model: str) -> str:
    """The name of a candidate of `model` and the one prompt."""
    made = genai("candidate", "make", "--model", f"openai/{model}", "--prompt", "1", "--json", cwd=project)
    return str(made.json["candidate"])


def evaluated(project: Path, model: str, *words: str) -> Ended:
    """`eval run` of a candidate of `model`."""
    return genai("eval", "run", candidate(project, model), "--json", *words, cwd=project)


def test_a_run_says_its_score_with_interval_and_n(project: Path, fake: FakeEndpoint) -> None:
    told = evaluated(project, "label-a").json
    assert (told["n"], told["answered"], told["failed"]) == (ROWS, ROWS, 0)
    exact = told["scores"]["exact"]
    assert exact["n"] == ROWS
    assert exact["value"] == pytest.approx(0.5)
    assert exact["low"] == pytest.approx(0.351995, abs=1e-6)  # Wilson's, 20 of 40
    assert exact["high"] == pytest.approx(0.648005, abs=1e-6)
    assert fake.asked("label-a") == told["requests"] == ROWS
