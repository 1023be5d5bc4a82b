"""What every test gets: a home of its own, a quiet environment, and stacks of all threads when it hangs.

And what many ask for: a fake endpoint, the sample project, an empty one.
"""

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from genai_tui.project import Project
    from tests.support.fake_endpoint import FakeEndpoint

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

HANGS_AFTER_S = 300  # then all stacks are printed

# How long an example takes is the machine's affair; what hypothesis thinks of it failed tests under load.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

NOT_OURS = (
    "ACCESSIBLE", "COLORFGBG", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "OPENAI_API_KEY", "OPENAI_BASE_URL",
    "SSH_CONNECTION", "SSH_TTY", "STY", "TERM_PROGRAM", "TEXTUAL_THEME", "TMUX", "ZELLIJ", "HTTP_PROXY", "HTTPS_PROXY",
    "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Set up what would be read at import."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # ignored in what a shell starts behind itself
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for name in NOT_OURS:
        os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folders that belong to this test alone; returns the home folder."""
    folder = tmp_path / "home"
    for name, below in (
        ("HOME", ""),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ):
        (folder / below).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(folder / below))
    (folder / "run").chmod(0o700)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=False)
    yield folder
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def fake() -> Iterator["FakeEndpoint"]:
    """A fake endpoint that serves in a thread."""
    from tests.support.fake_endpoint import serve_in_thread

    with serve_in_thread() as endpoint:
        yield endpoint


@pytest.fixture
def sample(tmp_path: Path, home: Path) -> Iterator["Project"]:
    """The sample project."""
    from genai_tui.sample import make_sample

    with make_sample(tmp_path / "support-triage", environ=os.environ) as project:
        yield project


@pytest.fixture
def empty(tmp_path: Path, home: Path) -> Iterator["Project"]:
    """A project with nothing in it."""
    from genai_tui.project import Project

    with Project.create(tmp_path / "nothing-yet") as project:
        yield project


def outside(name: str) -> Path:
    """The folder that the environment variable names; skips the test, saying so, where it names none."""
    value = os.environ.get(name, "")
    if not value or not Path(value).is_dir():
        pytest.skip(f"{name} names no folder")
    return Path(value)
