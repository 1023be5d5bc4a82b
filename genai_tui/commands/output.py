"""The `--output FILE` of commands: which format its ending means, and whether what is there may be written over."""

import sys
from collections.abc import Mapping
from pathlib import Path

from genai_tui.commands.frame import Frame
from genai_tui.commands.question import answered_yes
from genai_tui.errors import UsageFault


def format_for(output: str | None, endings: Mapping[str, str], usual: str) -> str:
    """The format that the file's ending means; the usual one where it means none, or there is no file."""
    return usual if output is None else endings.get(Path(output).suffix.lower(), usual)


def check_over(frame: Frame, output: str) -> None:
    """Ask before a file is written over, where somebody can answer; a script means what it says.

    Raises UsageFault after a no: nothing was written.
    """
    if not Path(output).is_file() or not sys.stdin.isatty() or frame.say.json:
        return
    if not answered_yes(f"{output} is there already. Write over it?", default=False):
        raise UsageFault(f"Nothing was written: {output} stays as it is.", "", "Name another file: --output FILE")
