"""Copying: what is sent to the terminal's clipboard, and the sentence that says so.

A program at the far end of a line cannot know whether the clipboard took it, so the sentence says what was sent, never
that it was copied. Measured with tmux 3.3a as it comes: plain OSC 52 does not get out, `tmux load-buffer -w` does.
"""

import asyncio
import base64
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from genai_tui.errors import StorageFault
from genai_tui.terminal.environment import Terminal
from genai_tui.untrusted import harmless

LARGEST = 64 * 1024
"""Bytes; terminals and multiplexers drop longer ones without a word, so those go into a file."""
TMUX_WITHIN = 1.0
"""Seconds."""


@dataclass(frozen=True)
class Sent:
    """What became of a text that was to be copied."""

    sentence: str
    """What was sent where, for the last line; the text itself should be shown beside it."""
    text: str
    """What was sent: `text` without control characters, which a shell would obey when it is pasted there."""
    sequence: str = ""
    """The OSC 52 sequence that must be written to the terminal now (`driver.write`); empty if there is none."""
    path: Path | None = None
    """The file, if the text was too long."""


async def copy(text: str, terminal: Terminal, *, folder: Path | None = None) -> Sent:
    """Send `text` to the clipboard of the person's terminal, or to a file in `folder` (the temporary one) if too long.

    Raises StorageFault if that file cannot be written. Takes at most a second, and does not block.
    """
    text = harmless(text)
    data = text.encode("utf-8", "replace")
    if len(data) > LARGEST:
        path = await asyncio.to_thread(_into_file, data, folder)
        return Sent(f"{_size(text)} are too much for a terminal's clipboard; they are in {path}", text, path=path)
    if terminal.tmux and await _into_tmux(data):
        return Sent(f"Sent {_size(text)} to tmux, for its buffer and the terminal's clipboard.", text)
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    where = "the terminal, past tmux, which may keep it" if terminal.tmux else "the terminal's clipboard"
    return Sent(f"Sent {_size(text)} to {where} (OSC 52).", text, sequence=sequence)


def _size(text: str) -> str:
    return "1 character" if len(text) == 1 else f"{len(text):,} characters"


async def _into_tmux(data: bytes) -> bool:
    """Whether tmux took it."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(data), TMUX_WITHIN)
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode == 0


def _into_file(data: bytes, folder: Path | None) -> Path:
    """A new file of its own name, for its owner alone."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(prefix="genai-tui-copy-", suffix=".txt", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        where = folder or tempfile.gettempdir()
        raise StorageFault(
            f"The text is too long for the clipboard, and {where} cannot be written.", str(error)
        ) from error
    return Path(name)
