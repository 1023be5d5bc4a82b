"""Where the embedded model keeps its weights, and where its servers are written down."""

import os
import stat
from pathlib import Path

from genai_tui.errors import MissingPiece


def weights_folder() -> Path:
    """The folder of the weights, in the user's data folder. It need not exist."""
    from genai_tui.settings.folders import data_folder

    return data_folder() / "weights"


def log_file() -> Path:
    """Where embedded servers write what llama.cpp says, in the user's state folder. It need not exist."""
    from genai_tui.settings.folders import state_folder

    return state_folder() / "embedded.log"


def runtime_folder() -> Path:
    """The folder of locks and addresses: in $XDG_RUNTIME_DIR, else in $TMPDIR (else /tmp) with the user's number.

    Made if it is absent, with mode 0700. Never the home folder, which other hosts may share. Raises MissingPiece for
    a folder of that name that is not ours alone, or that cannot be made.
    """
    path = _place()
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        why = _fault(path)
    except FileExistsError:
        why = _fault(path)
    except OSError as error:
        why = f"It cannot be made: {error.strerror}."
    if why:
        raise MissingPiece(
            f"The embedded model has no folder to work in: {path} cannot be used.",
            why,
            'Take a folder of your own: mkdir -p -m 700 ~/.tmp; export TMPDIR="$HOME/.tmp"; unset XDG_RUNTIME_DIR',
        )
    return path


def existing_runtime_folder() -> Path | None:
    """The same folder where it is already there and ours alone; nothing is made, nothing is said."""
    path = _place()
    return None if _fault(path) else path


def _place() -> Path:
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and _usable(Path(given)):
        return Path(given) / "genai-tui"
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"genai-tui-{os.getuid()}"


def _usable(path: Path) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and os.access(path, os.W_OK | os.X_OK)


def _fault(path: Path) -> str:
    """Why others might read or change what is in `path`; empty where they cannot."""
    try:
        found = os.lstat(path)
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    if stat.S_ISLNK(found.st_mode):
        return "It is a link, which others may have laid."
    if not stat.S_ISDIR(found.st_mode):
        return "It is no folder."
    if found.st_uid != os.getuid():
        return f"It belongs to another user (number {found.st_uid})."
    mode = stat.S_IMODE(found.st_mode)
    return "" if mode & 0o777 == 0o700 else f"Others may look into it: its mode is {mode:04o} instead of 0700."
