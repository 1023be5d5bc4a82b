"""The command that asks what the sheet is set to ask: what `y` shows and copies."""

import shlex
from typing import TYPE_CHECKING

from genai_tui.records.prompts import Prompt
from genai_tui.stages.prompt.sheet import Sheet, subject_of

if TYPE_CHECKING:
    from genai_tui.project import Project

HASH_SHOWN = 15  # characters of a hash that stand for a version


def command_of(project: "Project", sheet: Sheet, options: str) -> str:
    """One `prompt run` for each prompt in the columns, after a `prompt save` where it is not saved yet.

    `options` are the row or variables, with a blank before them. Raises UsageFault where the sheet makes no prompt.
    """
    asked: dict[str, tuple[Prompt, list[str]]] = {}
    for column in sheet.columns:
        subject = subject_of(project, sheet, column)
        _, models = asked.setdefault(subject.prompt.hash, (subject.prompt, []))
        if column.model is not None:
            models.append(f" --model {shlex.quote(column.model)}")
    lines = []
    for prompt, models in asked.values():
        if not prompt.number:
            lines.append(_saving(prompt))
        version = str(prompt.number or prompt.hash[:HASH_SHOWN])
        lines.append(f"genai-tui prompt run {version}{''.join(models)}{options}")
    return "\n".join(lines)


def _saving(prompt: Prompt) -> str:
    """Saving it, as a here-document."""
    from genai_tui.stages.prompt.files import write_prompt

    text, end = write_prompt(prompt), "END"
    while end in text.split("\n"):
        end += "_"
    parent = f" --from {prompt.parent}" if prompt.parent else ""
    return f"genai-tui prompt save -{parent} <<'{end}'\n{text.rstrip()}\n{end}"
