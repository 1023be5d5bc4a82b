"""The app opened by `genai-tui` alone ends with the same exit codes as opened by a folder's name."""

import os
import signal
import sys
from pathlib import Path

import pytest

from genai_tui.project import Project
from tests.support.far_end import FarEnd, plain_environment


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_without_a_word_a_signal_has_its_exit_code(tmp_path: Path, number: signal.Signals, code: int) -> None:
    Project.create(tmp_path / "work").close()
    words = [sys.executable, "-m", "genai_tui", "--project", str(tmp_path / "work")]
    end = FarEnd(words, plain_environment(Path(os.environ["HOME"])))
    try:
        end.wait_for(b"NEXT")
        end.kill(number)
        assert end.end() == code
    finally:
        end.close()
