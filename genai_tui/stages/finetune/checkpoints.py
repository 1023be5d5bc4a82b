"""Checkpoints of a training: complete ones are found again, half ones are set aside, none is mixed with another job's.

The last thing written to a checkpoint is the list of its files with their sizes; one without it, or with a file
shorter than listed, is half.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from genai_tui.errors import UsageFault

FOLDER = "checkpoints"
LIST = "files.json"
OURS = "progress.json"
IDENTITY = "identity.json"
TRAINED = "trained.json"
BEST = "best"
PREFIX = "checkpoint-"
HALF = "half-"
KEPT = 2


def close_checkpoint(folder: Path, progress: dict[str, Any]) -> None:
    """Make a checkpoint complete: what we keep beside the trainer's files, then the list of all of them."""
    (folder / OURS).write_text(json.dumps(progress), encoding="utf-8")
    sizes = _sizes(folder)
    for name in sizes:  # on disk before the list says so: after a power cut a file may be as long as it was, and empty
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
    _write(folder / LIST, sizes)


def last_checkpoint(job_folder: Path) -> Path | None:
    """The last complete checkpoint of a job; half ones are set aside under another name.

    None also where the best weights that it counts on are gone: then the training begins anew.
    """
    found = None
    for folder in _checkpoints(job_folder):
        if is_complete(folder):
            found = folder
        else:
            half = folder.with_name(f"{HALF}{folder.name}")
            shutil.rmtree(half, ignore_errors=True)
            os.replace(folder, half)
    if found is not None and progress_of(found).get("best_step") and not _sizes(job_folder / BEST):
        return None
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
    """Remove all complete checkpoints but the last two, and half ones that were set aside."""
    for folder in [each for each in _checkpoints(job_folder) if is_complete(each)][:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (job_folder / FOLDER).glob(f"{HALF}*"):
        shutil.rmtree(folder, ignore_errors=True)


def drop_half(job_folder: Path) -> None:
    """Remove what was only begun to be written: of no use, and its room may be all that is left."""
    begun = [each for each in _checkpoints(job_folder) if not is_complete(each)]
    for folder in (*begun, *(job_folder / FOLDER).glob(f"{HALF}*"), job_folder / f"{BEST}.new"):
        shutil.rmtree(folder, ignore_errors=True)


def begin_empty(job_folder: Path) -> None:
    """Set aside what another training left in a job's folder: a job begins with a folder of its own."""
    found = [path for name in (FOLDER, BEST, IDENTITY, TRAINED) if (path := job_folder / name).exists()]
    if found:
        aside = Path(tempfile.mkdtemp(dir=job_folder, prefix="before-"))
        for path in found:
            os.replace(path, aside / path.name)


def keep_trained(job_folder: Path, found: dict[str, Any]) -> None:
    """Keep that the training itself is over and what it gave: what is left to do afterwards may break off."""
    _write(job_folder / TRAINED, {"found": found, "files": _sizes(job_folder / BEST)})


def trained_before(job_folder: Path) -> dict[str, Any] | None:
    """What `keep_trained` kept, where its weights are still there as they were."""
    try:
        kept = json.loads((job_folder / TRAINED).read_text(encoding="utf-8"))
        found: dict[str, Any] = kept["found"]
        return found if kept["files"] and kept["files"] == _sizes(job_folder / BEST) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_identity(job_folder: Path, identity: dict[str, Any]) -> None:
    """Keep what decides a training, or see that it is what it was. Raises UsageFault naming what differs.

    Gone on with other rows, settings, versions or threads it would be another training.
    """
    before = _identity_of(job_folder)
    if before is None:
        job_folder.mkdir(parents=True, exist_ok=True)
        _write(job_folder / IDENTITY, identity)
        return
    differ = sorted(key for key in {*before, *identity} if before.get(key) != identity.get(key))
    if differ:
        raise UsageFault(
            f"This training cannot go on: {', '.join(differ)} changed since it began.",
            "Gone on with, it would be another training than either.",
            "Start a new one: genai-tui finetune start",
        )


def _identity_of(job_folder: Path) -> dict[str, Any] | None:
    """What was kept; None before anything was. Raises UsageFault where checkpoints are there without it."""
    try:
        found: dict[str, Any] = json.loads((job_folder / IDENTITY).read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        if not any(is_complete(folder) for folder in _checkpoints(job_folder)):
            return None
    raise UsageFault(
        "This training cannot go on: what it was begun with is not known any more.",
        f"{job_folder / IDENTITY} cannot be read.",
        "Start a new one: genai-tui finetune start",
    )


def _write(path: Path, value: Any) -> None:
    """Whole and on disk, or as it was."""
    building = path.with_name(f"{path.name}.new")
    with building.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(building, path)


def _sizes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()}


def _checkpoints(job_folder: Path) -> list[Path]:
    folders = [path for path in (job_folder / FOLDER).glob(f"{PREFIX}*") if path.name[len(PREFIX) :].isdigit()]
    return sorted(folders, key=lambda path: int(path.name[len(PREFIX) :]))
