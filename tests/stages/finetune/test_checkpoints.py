"""Checkpoints: whole ones are found, half ones set aside, and no training goes on as another."""

from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.finetune.checkpoints import (
    BEST,
    FOLDER,
    begin_empty,
    close_checkpoint,
    drop_half,
    drop_old,
    is_complete,
    keep_identity,
    keep_trained,
    last_checkpoint,
    progress_of,
    trained_before,
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


def test_what_it_was_begun_with_is_written_again_where_nothing_was_kept_and_is_missed_where_something_was(
    tmp_path: Path,
) -> None:
    (tmp_path / "identity.json").write_text('{"rows": ')
    keep_identity(tmp_path, {"rows": "a"})
    keep_identity(tmp_path, {"rows": "a"})
    written(tmp_path, 5)
    (tmp_path / "identity.json").unlink()
    with pytest.raises(UsageFault, match="not known any more"):
        keep_identity(tmp_path, {"rows": "a"})


def test_without_the_best_weights_that_it_counts_on_a_checkpoint_is_none(tmp_path: Path) -> None:
    folder = written(tmp_path, 5, closed=False)
    close_checkpoint(folder, {"best_step": 3})
    assert last_checkpoint(tmp_path) is None
    (tmp_path / BEST).mkdir()
    (tmp_path / BEST / "weights").write_bytes(b"w")
    assert last_checkpoint(tmp_path) == folder


def test_only_what_is_half_is_removed_for_its_room(tmp_path: Path) -> None:
    whole = written(tmp_path, 5)
    written(tmp_path, 10, closed=False)
    written(tmp_path, 15, closed=False).rename(tmp_path / FOLDER / "half-checkpoint-15")
    for name in (BEST, f"{BEST}.new"):
        (tmp_path / name).mkdir()
    drop_half(tmp_path)
    assert list((tmp_path / FOLDER).iterdir()) == [whole]
    assert (tmp_path / BEST).is_dir()
    assert not (tmp_path / f"{BEST}.new").exists()


def test_a_training_that_is_over_is_known_as_long_as_its_weights_are_there(tmp_path: Path) -> None:
    assert trained_before(tmp_path) is None
    (tmp_path / BEST).mkdir()
    (tmp_path / BEST / "weights").write_bytes(b"w" * 10)
    keep_trained(tmp_path, {"steps": 7})
    assert trained_before(tmp_path) == {"steps": 7}
    (tmp_path / BEST / "weights").write_bytes(b"w" * 9)
    assert trained_before(tmp_path) is None
    (tmp_path / "trained.json").write_text("{")
    assert trained_before(tmp_path) is None


def test_what_another_training_left_is_set_aside(tmp_path: Path) -> None:
    begin_empty(tmp_path)
    assert not list(tmp_path.glob("before-*"))
    keep_identity(tmp_path, {"rows": "others"})
    written(tmp_path, 5)
    (tmp_path / "log").write_text("mine")
    begin_empty(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("before-*/*")) == [FOLDER, "identity.json"]
    assert last_checkpoint(tmp_path) is None
    assert (tmp_path / "log").read_text() == "mine"
