"""Projects for the screen of Scope: the sample, an empty one, and an endpoint."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.sample import make_sample
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread


@pytest.fixture
def endpoint(home: Path) -> Iterator[FakeEndpoint]:
    """A fake endpoint in the user's settings: `fake` costs nothing, `paid` does."""
    with serve_in_thread() as server:
        settings = home / ".config" / "genai-tui" / "settings.toml"
        settings.parent.mkdir(parents=True, exist_ok=True)
        names = {"fake": (0, 0), "paid": (10, 20)}
        settings.write_text(
            "".join(
                f'[endpoints.{name}]\nbase_url = "{server.url}"\ninput_usd_per_million = {into}\n'
                f"output_usd_per_million = {out}\n"
                for name, (into, out) in names.items()
            ),
            "utf-8",
        )
        yield server


@pytest.fixture
def sample(tmp_path: Path, home: Path) -> Iterator[Project]:
    """The sample project."""
    with make_sample(tmp_path / "support-triage", environ=os.environ) as project:
        yield project


@pytest.fixture
def empty(tmp_path: Path, home: Path) -> Iterator[Project]:
    """A project with nothing in it."""
    with Project.create(tmp_path / "nothing-yet") as project:
        yield project
