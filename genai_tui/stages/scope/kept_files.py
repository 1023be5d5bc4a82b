"""A scope into a file that people review, and back. A name without a folder is of the project's folder."""

from collections.abc import Iterable
from pathlib import Path

from genai_tui.errors import FileFault, StorageFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.markdown import export, read
from genai_tui.text_files import read_text


def write_scope(scope: Scope, folder: Path, name: str, *, over: Iterable[Scope] | None = None) -> Path:
    """Write it as Markdown; the path it stands in. Raises StorageFault, FileFault.

    A file that is there is written over if it holds one of the scopes `over`, so that nothing is lost; None: always.
    """
    path = folder / Path(name).expanduser()
    try:
        if over is not None and path.exists():
            there = path.read_text("utf-8", errors="replace")
            if all(export(one) != there for one in over):
                raise FileFault(
                    f"{name} holds something that is no version of the scope.",
                    "It may have been edited by hand.",
                    "I reads it in first; or type another name.",
                )
        path.write_text(export(scope), "utf-8", errors="replace", newline="")
    except OSError as fault:
        raise StorageFault(f"{path} cannot be written.", f"{fault.strerror or fault}.") from fault
    return path


def read_scope(folder: Path, name: str) -> dict[str, str]:
    """The values in such a file, by key, as they are typed. Raises FileFault."""
    path = folder / Path(name).expanduser()
    try:
        with path.open("rb") as stream:
            return read(read_text(stream, str(path)))
    except OSError as fault:
        raise FileFault(f"{path} cannot be read.", f"{fault.strerror or fault}.") from fault
