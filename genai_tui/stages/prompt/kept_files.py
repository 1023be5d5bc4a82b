"""Versions into files, and from files: the form that people review in git, and those of other programs."""

from pathlib import Path

from genai_tui.errors import FileFault
from genai_tui.records.prompts import Prompt
from genai_tui.stages.prompt.files import write_prompt
from genai_tui.stages.prompt.importing import Imported, import_prompts
from genai_tui.text_files import read_text


def export_prompt(prompt: Prompt, file: str) -> Path:
    """Write a version into a new file, and say where that is. Raises FileFault: no file is overwritten."""
    path = Path(file).expanduser()
    try:
        with path.open("x", encoding="utf-8", newline="\n") as out:
            out.write(write_prompt(prompt))
    except FileExistsError as fault:
        raise FileFault(f"{file} is there already.", "", "Type another name.") from fault
    except (OSError, ValueError) as fault:
        raise FileFault(f"{file or 'Nothing'} cannot be written.", f"{_why(fault)}.") from fault
    return path.resolve()


def read_prompts(file: str) -> list[Imported]:
    """The prompts in a file: ours, OpenAI messages JSON, or promptfoo's forms. Raises FileFault."""
    try:
        with Path(file).expanduser().open("rb") as stream:
            text = read_text(stream, file)
    except (OSError, ValueError) as fault:
        raise FileFault(f"{file} cannot be read.", f"{_why(fault)}.") from fault
    return import_prompts(text, file)


def _why(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
