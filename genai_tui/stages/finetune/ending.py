"""What ends a training from outside it (memory, the disk), as errors that say the reason and what to do.

The libraries say neither: of a full disk torch says that a position is unexpected, safetensors and tokenizers raise
exceptions of their own, and memory that is refused is a RuntimeError of an allocator.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.jobs.running import FULL
from genai_tui.stages.finetune.checkpoints import drop_half

ALMOST_FULL = 1 << 20
DISK = {
    "no space left": errno.ENOSPC, "os error 28": errno.ENOSPC, "quota exceeded": errno.EDQUOT,
    "os error 122": errno.EDQUOT, "file too large": errno.EFBIG, "os error 27": errno.EFBIG,
}  # fmt: skip
UNSAID = "unexpected pos"  # torch's zip writer, of any of these
MEMORY = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory", "bad_alloc")


@contextmanager
def said_plainly(folder: Path) -> Iterator[None]:
    """Errors of memory and of the disk that `folder` (a job's) lies on, as GenaiError; others as they are.

    Of a full disk, what was only half written is removed: so there is room to store how the job ended.
    """
    try:
        yield
    except GenaiError:
        raise
    except Exception as error:
        if (number := _of_disk(error, folder)) is not None:
            free = shutil.disk_usage(folder).free
            drop_half(folder)
            raise StorageFault(
                f"A checkpoint could not be written. {FULL[number]}",
                f"{free / 1e6:.0f} MB were free in {folder}.",
                "Make room, and resume the job: it goes on from the checkpoint before.",
            ) from error
        if _of_memory(error):
            raise GenaiError(
                "Memory ran out in training.",
                f"{_first_line(error)[:200]}.",
                "Start a new one with a smaller batch and more accumulate, or checkpointing = true, or a shorter "
                "max_tokens; or free memory and resume this one.",
            ) from error
        raise


def _of_disk(error: BaseException, folder: Path) -> int | None:
    """The system's number for why nothing could be written; None where that is not what `error` says."""
    for each in _chain(error):
        if isinstance(each, OSError) and each.errno in FULL:
            return each.errno
        said = str(each).lower()
        for words, number in DISK.items():
            if words in said:
                return number
        if UNSAID in said:
            full = shutil.disk_usage(folder).free < ALMOST_FULL
            return errno.ENOSPC if full else errno.EFBIG
    return errno.ENOSPC if folder.exists() and shutil.disk_usage(folder).free < ALMOST_FULL else None


def _of_memory(error: BaseException) -> bool:
    return any(
        isinstance(each, MemoryError)
        or (isinstance(each, OSError) and each.errno == errno.ENOMEM)
        or any(words in str(each).lower() for words in MEMORY)
        for each in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it came from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")
