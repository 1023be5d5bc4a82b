"""The user's editor: a text goes out into it and comes back, while the app goes on behind it."""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError, MissingPiece, StorageFault, UsageFault
from genai_tui.terminal.driver import TerminalDriver
from genai_tui.terminal.environment import child_environment

if TYPE_CHECKING:
    from textual.app import App


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The words of $VISUAL, else $EDITOR, else `vi`. Raises UsageFault if they cannot be split."""
    for name in ("VISUAL", "EDITOR"):
        if value := environ.get(name, "").strip():
            try:
                return shlex.split(value)
            except ValueError as error:
                raise UsageFault(f"${name} cannot be read as a command: {value}", str(error)) from error
    return ["vi"]


async def run_in_terminal(app: "App[Any]", argv: Sequence[str], text: str, *, suffix: str = ".txt") -> str:
    """Give the terminal to `argv` with a file that holds `text`; returns what the file then holds.

    The event loop goes on meanwhile: streams are read, drafts are saved, nothing is painted. Whatever happens the
    terminal comes back to the app, all painted. Raises MissingPiece if there is no such program, StorageFault if the
    file cannot be written or read, GenaiError if the program ended with an error (the text is as it was, then).
    Call it in a worker or a handler; the text of a box should be taken from the answer, not from the box.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="genai-tui-") as folder:
            path = Path(folder) / f"text{suffix}"
            path.write_text(text, encoding="utf-8", errors="replace", newline="")  # half a surrogate pair is no text
            await _run(app, [*argv, str(path)])
            return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    except OSError as error:
        raise StorageFault("The text could not be handed to the editor.", str(error)) from error


async def _run(app: "App[Any]", argv: Sequence[str]) -> None:
    driver = app._driver
    if isinstance(driver, TerminalDriver):
        driver.lend()
    try:
        process = await asyncio.create_subprocess_exec(*argv, env=child_environment(os.environ))
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
    except FileNotFoundError as error:
        raise MissingPiece(
            f"There is no program called {argv[0]}.", "", "Set EDITOR to the editor you use, or install it."
        ) from error
    finally:
        if isinstance(driver, TerminalDriver):
            driver.take_back()
    if code != 0:
        raise GenaiError(f"{Path(argv[0]).name} ended with {code}; the text is as it was.")
