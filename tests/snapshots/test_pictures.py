"""The pictures in screenshots/ are true: drawn again, with a real answer of the embedded model, they are the same."""

from pathlib import Path

import pytest

from genai_tui.screens import pictures
from tests.support.weights import fetched_weights, weights  # noqa: F401 - fixtures

FOLDER = Path(__file__).parents[2] / "screenshots"


def test_the_pictures_are_true(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    assert pictures.main(["--check", str(FOLDER)]) == 0, capsys.readouterr().err


def test_no_picture_fetches_anything() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text("utf-8")
        assert "@font-face" not in text
        assert "url(http" not in text


def test_another_version_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(pictures.DRAWN_WITH, "textual", "0.1")
    assert pictures.main(["--check"]) == 5
    assert "0.1 is needed" in capsys.readouterr().err
