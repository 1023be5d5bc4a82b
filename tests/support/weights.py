"""The real embedded model for tests: its weights are fetched once, kept between runs, and linked into each test's home.

    from tests.support.weights import fetched_weights, warm_server, weights  # noqa: F401

`weights` puts them into the test's own data folder; a server that the test starts is its own. `warm_server` besides
lets the test share one server with all others that ask for it, so that it is started once a run.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.inference.embedded import checked, pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.lease import lease
from genai_tui.inference.embedded.weights import fetch, served_model

FILES = (pins.SOURCE_FILE, pins.WIDE_FILE)
AT_HOME = Path(os.path.expanduser("~")) / ".cache" / "genai-tui-tests"  # the real home: read before any test begins


@pytest.fixture(scope="session")
def fetched_weights() -> Path:
    """The folder that holds the weights: GENAI_TUI_TEST_WEIGHTS, else one in ~/.cache, filled at the first run."""
    given = os.environ.get("GENAI_TUI_TEST_WEIGHTS")
    if given:
        return Path(given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(AT_HOME))
        folder = weights_folder()
        asyncio.run(fetch())
    return folder


@pytest.fixture
def weights(home: Path, fetched_weights: Path) -> Path:
    """The embedded model's weights in this test's data folder."""
    folder = weights_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).symlink_to(fetched_weights / name)
    if (fetched_weights / checked.BOOK).exists():
        shutil.copy(fetched_weights / checked.BOOK, folder)
    return folder


@pytest.fixture(scope="session")
def _warm_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[object]]]:
    """A runtime folder for the whole run, and what is held in it."""
    folder = tmp_path_factory.mktemp("run")
    folder.chmod(0o700)
    held: list[object] = []
    yield folder, held
    for claim in held:
        claim.release()  # type: ignore[attr-defined]


@pytest.fixture
def warm_server(weights: Path, _warm_runtime: tuple[Path, list[object]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lets this test share one embedded server; whoever asks first starts it. Returns the runtime folder."""
    folder, held = _warm_runtime
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    if not held:
        claim = lease(served_model())
        asyncio.run(claim.__aenter__())
        held.append(claim)
    return folder
