"""A scope into a file that people review, and back. A name without a folder is of the project's folder."""

from pathlib import Path

from genai_tui.errors import FileFault, StorageFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.markdown import export, read
from genai_tui.text_files import read_text


def write_scope(scope: Scope, folder: Path, name: str) -> Path:
    """Write it as Markdown; the path it stands in. Raises StorageFault."""
    path = folder / Path(name).expanduser()
    try:
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
