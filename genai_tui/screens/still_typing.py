"""Who types goes on typing: where the focus leaves a text box by itself, the letters that follow are no commands.

A key with ctrl may show an answer or open a page, at once or when a thread is done, while fingers go on with the
sentence.
"""

from textual.app import App
from textual.events import Key
from textual.widget import Widget

from genai_tui.screens.base import Page

TEXT_TOO = ("backspace", "delete")  # keys that people press in the course of typing, beside letters


class StillTyping:
    """Which box was typed into last, until a key is pressed that is no text."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._box: Widget | None = None

    def end(self) -> None:
        """Letters are keys again: somebody chose a part by hand."""
        self._box = None

    def takes(self, key: Key) -> bool:
        """Whether this key was meant for a box that has the focus no more; that is said, and nothing is done."""
        app = self._app
        text = key.is_printable or key.key in TEXT_TOO
        if getattr(app.focused, "TEXT_BOX", False):
            self._box = app.focused if text or key.key.startswith("ctrl+") else None
            return False
        box, page = self._box, app.screen
        if box is None or not isinstance(page, Page):
            return False
        if not any(node in app.screen_stack for node in box.ancestors):  # its page was left with it: that was the end
            self._box = None
            return False
        here = box.is_attached and box.screen is page
        if text:
            back = "tab goes back to the box, esc leaves" if here else "esc goes back, an arrow key stays"
            page.say(f"You were typing: letters do nothing yet; {back}.", "warn")
            return True
        self._box = None
        if here and key.key in ("tab", "shift+tab"):
            page.forget_message()
            page.go_into(box)
        elif here and key.key == "escape":
            page.forget_message()
        else:
            return False
        return True
