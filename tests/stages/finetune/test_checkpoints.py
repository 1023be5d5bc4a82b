"""Checkpoints: whole ones are found, half ones set aside, and no training goes on as another."""

from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.finetune.checkpoints import (
    FOLDER,
    close_checkpoint,
    drop_old,
    is_complete,
    keep_identity,
    last_checkpoint,
    progress_of,
)


def written(job: Path, step: int, *, closed: bool = True) -> Path:
    folder = job / FOLDER / f"checkpoint-{step}"
    (folder / "deep").mkdir(parents=True)
    (folder / "weights").write_bytes(b"w" * 100)
    (folder / "deep" / "state").write_bytes(b"s")
    if closed:
        close_checkpoint(folder, {"step": step})
    return folder


def test_the_last_whole_one_is_found_by_its_number(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step in (5, 90, 100):
        written(tmp_path, step)
    assert last_checkpoint(tmp_path) == tmp_path / FOLDER / "checkpoint-100"
    assert progress_of(tmp_path / FOLDER / "checkpoint-90") == {"step": 90}
    drop_old(tmp_path)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["checkpoint-100", "checkpoint-90"]


def test_a_half_one_is_set_aside_and_the_one_before_is_taken(tmp_path: Path) -> None:
    written(tmp_path, 5)
    written(tmp_path, 10, closed=False)
    shorter = written(tmp_path, 20)
    (shorter / "weights").write_bytes(b"w" * 99)
    assert not is_complete(shorter)
    assert last_checkpoint(tmp_path) == tmp_path / FOLDER / "checkpoint-5"
    assert (tmp_path / FOLDER / "half-checkpoint-20").is_dir()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_list_that_is_none_makes_it_half(tmp_path: Path, text: str) -> None:
    folder = written(tmp_path, 5)
    (folder / "files.json").write_text(text)
    assert not is_complete(folder)


def test_another_training_does_not_go_on_from_it(tmp_path: Path) -> None:
    keep_identity(tmp_path, {"rows": "a", "settings": {"rate": 1.0}})
    keep_identity(tmp_path, {"rows": "a", "settings": {"rate": 1.0}})
    with pytest.raises(UsageFault, match="rows changed since it began"):
        keep_identity(tmp_path, {"rows": "b", "settings": {"rate": 1.0}})
    with pytest.raises(UsageFault, match="settings, versions changed"):
        keep_identity(tmp_path, {"rows": "a", "settings": {"rate": 2.0}, "versions": {}})
