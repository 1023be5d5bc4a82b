"""An endpoint for the screen of Scope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
