"""A text goes from a page into the user's editor, and comes back into its box as one step of undo."""

import os

from genai_tui.errors import GenaiError
from genai_tui.screens.base import Page
from genai_tui.terminal.editor import editor_command, run_in_terminal
from genai_tui.widgets.text_edit import TextEdit


async def edit_in_editor(page: Page, box: TextEdit) -> None:
    """Open what stands in a box in `$EDITOR`, and take back what it became. Errors are said in the last line."""
    before = box.value
    after = await edited(page, before)
    if after is not None and after != before:
        box.replace_value(after)


async def show_in_editor(page: Page, text: str) -> None:
    """Open a text that is only shown in `$EDITOR`; what is changed there is not kept, and that is said."""
    after = await edited(page, text)
    if after is not None and after != text:
        page.say("What you changed in the editor is not kept: this text is only shown.", "warn")


async def edited(page: Page, before: str, suffix: str = ".txt") -> str | None:
    """What the editor made of a text; None if it came to nothing, and that is said. An added line end is not taken."""
    try:
        after = await run_in_terminal(page.app, editor_command(os.environ), before, suffix=suffix)
    except GenaiError as error:
        page.say(str(error), "bad")
        return None
    if after.endswith("\n") and not before.endswith("\n"):
        after = after[:-1]
    return before if after == before.replace("\r\n", "\n") else after
