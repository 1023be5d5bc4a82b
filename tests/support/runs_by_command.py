"""A project whose rows are measured by commands, on a fake endpoint."""

from pathlib import Path

import pytest

from tests.support.commands import Ended, as_openai, genai, import_csv, tickets
from tests.support.fake_endpoint import FakeEndpoint

ROWS = 40  # of dev: every other one is answered rightly by a model that says "a"


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one prompt and a dev split; the endpoint `openai` is the fake one."""
    as_openai(fake.url, monkeypatch)
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    import_csv(folder, tickets(ROWS, "ab"))
    assert genai("prompt", "save", "-", cwd=folder, stdin="Ticket: {{ ticket }}").code == 0
    return folder


def candidate(project: Path, model: str) -> str:
    """The name of a candidate of `model` and the one prompt."""
    made = genai("candidate", "make", "--model", f"openai/{model}", "--prompt", "1", "--json", cwd=project)
    return str(made.json["candidate"])


def evaluated(project: Path, model: str, *words: str) -> Ended:
    """`eval run` of a candidate of `model`."""
    return genai("eval", "run", candidate(project, model), "--json", *words, cwd=project)
