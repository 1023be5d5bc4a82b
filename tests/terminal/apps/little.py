"""A small app for the tests of the terminal: reports on descriptor 3 what reaches it."""

import json
import os
import sys
import time
from pathlib import Path
from typing import ClassVar

from genai_tui.errors import UsageFault
from genai_tui.terminal.environment import prepare_environment, this_terminal

MOUSE = {"1": True, "0": False}.get(os.environ.get("MOUSE", ""))
TERMINAL = this_terminal(drawing=os.environ.get("DRAWING"), keyboard=os.environ.get("KEYBOARD"), mouse=MOUSE)
prepare_environment(os.environ, TERMINAL)

from textual import events, work  # noqa: E402
from textual.app import App, ComposeResult  # noqa: E402
from textual.binding import Binding  # noqa: E402
from textual.widgets import Static, TextArea  # noqa: E402

from genai_tui.terminal import lifetime  # noqa: E402
from genai_tui.terminal.editor import run_in_terminal  # noqa: E402


def report(**what: object) -> None:
    """One JSON line to the test."""
    os.write(3, json.dumps(what).encode() + b"\n")


class Little(App[int]):
    """A text box, a line, and keys that do what goes wrong in life."""

    CSS = "TextArea { height: 6; border: none; } #sign { color: #ff8800; background: #123456; text-style: bold; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        Binding("ctrl+q", "leave(0)", priority=True),
        Binding("f2", "leave(7)", priority=True),
        Binding("f3", "crash", priority=True),
        Binding("f4", "fault", priority=True),
        Binding("f5", "block", priority=True),
        Binding("f6", "edit", priority=True),
        Binding("f7", "flood", priority=True),
        Binding("f8", "content", priority=True),
        Binding("ctrl+z", "suspend_process", priority=True),
        Binding("ctrl+l", "redraw", priority=True),
    ]

    def compose(self) -> ComposeResult:
        """A line with signs outside ASCII, and the box."""
        yield Static("grün │ 日本 │ ✔ ready", id="sign")
        box = TextArea(id="box")
        box.cursor_blink = False
        yield box

    def on_mount(self) -> None:
        """Focus the box where asked to."""
        if "box" not in sys.argv:
            self.query_one("#box").can_focus = False
        self.call_after_refresh(report, ready=[*self.size])

    async def on_event(self, event: events.Event) -> None:
        """Report before anything deals with it."""
        if event.is_forwarded:
            pass
        elif isinstance(event, events.Key):
            report(key=event.character if event.is_printable else event.key)
        elif isinstance(event, events.Paste):
            report(key=f"paste:{event.text[:200]}", paste=len(event.text))
        elif isinstance(event, events.MouseEvent):
            report(mouse=type(event).__name__)
        elif isinstance(event, events.Resize):
            report(size=[*event.size], at=time.monotonic())
        await super().on_event(event)

    def action_leave(self, code: int) -> None:
        """End."""
        self.exit(return_code=code)

    def action_crash(self) -> None:
        """A defect, with a secret in a local variable and hostile text in its words."""
        local = os.environ.get("OPENAI_API_KEY")
        raise ValueError(f"boom \x1b]0;title\x07 {local is None}")

    def action_fault(self) -> None:
        """An error of the family."""
        raise UsageFault("What happened.", "Why it did.", "What to do.")

    def action_block(self) -> None:
        """Block the event loop for a minute."""
        report(blocked=True)
        time.sleep(60)

    def action_redraw(self) -> None:
        """Paint everything."""
        self._driver.repaint()

    def action_content(self) -> None:
        """Report the text in the box."""
        report(content=self.query_one(TextArea).text)

    def action_flood(self) -> None:
        """Write more than anybody reads."""
        for number in range(200):
            self._driver.write(f"\x1b[H{number:04d} {'x' * 20_000}")
        report(flooded=True)

    @work
    async def action_edit(self) -> None:
        """Give the terminal to an editor."""
        try:
            text = await run_in_terminal(self, os.environ["EDITOR"].split(), "before")
        except Exception as error:
            report(edited=f"{type(error).__name__}: {error}")
        else:
            report(edited=text)


def save_now() -> None:
    """What the app saves at every end; may be told to fail."""
    Path(os.environ["HOME"], "saved").write_text("x")
    report(saved=True)
    if os.environ.get("SAVING") == "fails":
        raise OSError("no space left on device")


if __name__ == "__main__":
    app = Little()
    if os.environ.get("FILTERS") == "none":
        app.get_line_filters = tuple
    raise SystemExit(
        lifetime.run(app, terminal=TERMINAL, save_now=save_now, log_folder=Path(os.environ["HOME"], "state"))
    )
