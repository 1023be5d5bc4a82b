"""A small app for the wire: an editor of six rows on a screen of 80×24, ours or Textual's, at the far end of a line.

    python tests/support/typing_app.py ours|textarea [FILE]

Reports on descriptor 3 when it stands, how long the text is after every key `f9`, and its end.
"""

import json
import os
import sys
from pathlib import Path
from typing import ClassVar

from genai_tui.terminal.environment import prepare_environment, this_terminal

TERMINAL = this_terminal()
prepare_environment(os.environ, TERMINAL)

from textual.app import App, ComposeResult  # noqa: E402
from textual.binding import BindingType  # noqa: E402
from textual.events import Key  # noqa: E402
from textual.widgets import TextArea  # noqa: E402

from genai_tui.terminal import lifetime  # noqa: E402
from genai_tui.widgets.look import make_look  # noqa: E402
from genai_tui.widgets.text_edit import TextEdit  # noqa: E402


def report(**what: object) -> None:
    """One JSON line to who measures."""
    os.write(3, json.dumps(what).encode() + b"\n")


class Typing(App[int]):
    """One editor."""

    CSS = "TextEdit, TextArea { height: 7; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def compose(self) -> ComposeResult:
        """Six rows of text, and a heading or a border."""
        text = Path(sys.argv[2]).read_text("utf-8") if len(sys.argv) > 2 else ""
        self.look = make_look()
        self.box: TextEdit | TextArea = TextEdit("Template", text)
        if sys.argv[1] == "textarea":
            self.box = TextArea(text, compact=True)
            self.box.cursor_blink = False
            self.box.styles.height = 6
        yield self.box

    def on_mount(self) -> None:
        """Type at once."""
        self.box.focus()
        self.call_after_refresh(report, ready=True)

    def on_key(self, event: Key) -> None:
        """F9 asks for the text, ctrl+q ends."""
        if event.key == "f9":
            text = self.box.value if isinstance(self.box, TextEdit) else self.box.text
            report(length=len(text), start=text[:200])
        elif event.key == "ctrl+q":
            self.exit(return_code=0)


if __name__ == "__main__":
    raise SystemExit(
        lifetime.run(Typing(), terminal=TERMINAL, save_now=lambda: None, log_folder=Path(os.environ["HOME"], "state"))
    )
