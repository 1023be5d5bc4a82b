"""An endpoint for the screens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread


@pytest.fixture
def endpoint(home: Path) -> Iterator[FakeEndpoint]:
    """A fake endpoint, named `fake` in the user's settings."""
    with serve_in_thread() as server:
        settings = home / ".config" / "genai-tui" / "settings.toml"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(f'[endpoints.fake]\nbase_url = "{server.url}"\n', "utf-8")
        yield server
