"""Models that a project made itself: adapters of a model that is served here, in its own folder, by name.

They belong to the project and go where it goes, so what is kept is relative to it. One project is open in a process.
"""

import json
from pathlib import Path
from typing import NamedTuple

BOOK = "models.json"
_folder: Path | None = None


class Made(NamedTuple):
    """A model that a project made: its parent's name, and the adapters laid over it, each with its SHA-256."""

    parent: str
    adapters: tuple[tuple[str, str], ...]


def know_project(folder: Path) -> None:
    """From now on the models that the project in `folder` (its `.genai`) made are served by their names."""
    global _folder
    _folder = folder


def made_models() -> dict[str, Made]:
    """The open project's own models, by name; paths are absolute. Raises StorageFault for a book that is damaged."""
    if _folder is None:
        return {}
    folder = _folder
    try:
        found = json.loads((folder / BOOK).read_text(encoding="utf-8"))
        return {
            name: Made(entry["parent"], tuple((str(folder / path), sha256) for path, sha256 in entry["adapters"]))
            for name, entry in found.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        from genai_tui.errors import StorageFault

        raise StorageFault(
            f"{folder / BOOK} cannot be read.", f"{type(error).__name__}: {error}", "Bring it back from a backup."
        ) from error


def keep_made(folder: Path, name: str, parent: str, adapter: Path) -> None:
    """Register the adapter file of a project as the model `name`, which is `parent` with it laid over.

    `folder` is the project's `.genai`, and holds the file. Raises UsageFault for a name that is taken or unfit.
    """
    from genai_tui.errors import UsageFault
    from genai_tui.inference.embedded import added, checked, locks, pins

    with locks.held(folder / "models.lock"):
        try:
            book = json.loads((folder / BOOK).read_text(encoding="utf-8"))
        except FileNotFoundError:
            book = {}
        if not added.NAME.fullmatch(name) or name == pins.NAME or name in added.names() or name in book:
            raise UsageFault(f"No model can be called {name}.", "It is taken, or is no name.", "Give another: --name")
        sha256 = checked.sha256_of(adapter, folder)
        entry = {"parent": parent, "adapters": [[str(adapter.relative_to(folder)), sha256]]}
        checked.write_json(folder / BOOK, {**book, name: entry})


def check_adapter(name: str, path: Path, sha256: str) -> None:
    """Raise MissingPiece unless an adapter of the model `name` is there and is what was made. Reads it if it must."""
    from genai_tui.errors import MissingPiece
    from genai_tui.inference.embedded import checked

    try:
        if checked.sha256_of(path, path.parent) == sha256:
            return
        why = "It was changed since it was made."
    except OSError as error:
        why = f"{path.name}: {error.strerror}."
    raise MissingPiece(f"The adapter of embedded/{name} cannot be used.", why, "Bring it back, or train it again.")
