"""Writing files whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes, *, lasting: bool = False) -> None:
    """Replace the file at `path` by one that holds `data`, or leave it as it was; a link stays a link.

    New files are 0600 and new folders 0700; an existing file keeps its mode. `lasting` waits for the disk.
    Raises OSError.
    """
    import tempfile

    target = Path(os.path.realpath(path))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
