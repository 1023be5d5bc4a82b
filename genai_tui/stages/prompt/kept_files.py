"""Versions into files, and from files: the form that people review in git, and those of other programs."""

from pathlib import Path

from genai_tui.errors import FileFault
from genai_tui.records.prompts import Prompt
from genai_tui.stages.prompt.files import write_prompt
from genai_tui.stages.prompt.importing import Imported, import_prompts


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
        text = Path(file).expanduser().read_text("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise FileFault(f"{file} is not UTF-8.", f"Byte {fault.start} is {fault.object[fault.start]:#04x}.") from fault
    except (OSError, ValueError) as fault:
        raise FileFault(f"{file} cannot be read.", f"{_why(fault)}.") from fault
    return import_prompts(text, file)


def _why(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
