"""Projects and fake endpoints for the playground's tests: the sample, or tickets of our own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from tests.screens.conftest import endpoint
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import project_with

__all__ = ["endpoint"]


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    """A project with a few tickets; the endpoint `fake` is the fake one."""
    with project_with(tmp_path / "tickets", fake) as made:
        yield made
