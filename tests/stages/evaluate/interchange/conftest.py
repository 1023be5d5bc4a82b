"""A project with nothing in it, for files of other programs to come into."""

from pathlib import Path

import pytest

from tests.support.commands import genai


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a new project."""
    folder = tmp_path / "project"
    assert genai("init", folder, "--quiet").code == 0
    return folder
