"""Checkpoints of a training: complete ones are found again, half ones are set aside, none is mixed with another job's.

The last thing written to a checkpoint is the list of its files with their sizes; one without it, or with a file
shorter than listed, is half.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from genai_tui.errors import UsageFault

FOLDER = "checkpoints"
LIST = "files.json"
OURS = "progress.json"
IDENTITY = "identity.json"
PREFIX = "checkpoint-"
KEPT = 2


def close_checkpoint(folder: Path, progress: dict[str, Any]) -> None:
    """Make a checkpoint complete: what we keep beside the trainer's files, then the list of all of them."""
    (folder / OURS).write_text(json.dumps(progress), encoding="utf-8")
    sizes = {str(path.relative_to(folder)): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()}
    building = folder / f"{LIST}.new"
    building.write_text(json.dumps(sizes), encoding="utf-8")
    with building.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(building, folder / LIST)


def last_checkpoint(job_folder: Path) -> Path | None:
    """The last complete checkpoint of a job; half ones are set aside under another name."""
    found = None
    for folder in _checkpoints(job_folder):
        if is_complete(folder):
            found = folder
        else:
            half = folder.with_name(f"half-{folder.name}")
            shutil.rmtree(half, ignore_errors=True)
            os.replace(folder, half)
    return found


def is_complete(folder: Path) -> bool:
    """Whether every file of its list is there, as long as it was."""
    try:
        sizes = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def progress_of(folder: Path) -> dict[str, Any]:
    """What we kept beside a checkpoint."""
    found: dict[str, Any] = json.loads((folder / OURS).read_text(encoding="utf-8"))
    return found


def drop_old(job_folder: Path) -> None:
    """Remove all complete checkpoints but the last two."""
    for folder in [each for each in _checkpoints(job_folder) if is_complete(each)][:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def keep_identity(job_folder: Path, identity: dict[str, Any]) -> None:
    """Keep what decides a training, or see that it is what it was. Raises UsageFault naming what differs.

    Gone on with other rows, settings, versions or threads it would be another training.
    """
    path = job_folder / IDENTITY
    if not path.exists():
        job_folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(identity, indent=1, sort_keys=True), encoding="utf-8")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    differ = sorted(key for key in {*before, *identity} if before.get(key) != identity.get(key))
    if differ:
        raise UsageFault(
            f"This training cannot go on: {', '.join(differ)} changed since it began.",
            "Gone on with, it would be another training than either.",
            "Start a new one: genai-tui finetune start",
        )


def _checkpoints(job_folder: Path) -> list[Path]:
    folders = [path for path in (job_folder / FOLDER).glob(f"{PREFIX}*") if path.name[len(PREFIX) :].isdigit()]
    return sorted(folders, key=lambda path: int(path.name[len(PREFIX) :]))
