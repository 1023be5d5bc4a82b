"""How much of the context is used, and with which parameters and output the sheet asks."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.painted import Painted

SHORTEST_BAR = 6


class Gauge(Painted, can_focus=True):
    """A line with a bar, and a line of settings."""

    title = "Context"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "tell", "how it is counted", show=False)]

    class Told(Message):
        """How the number came about is asked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.tokens, self.context, self.guessed = None, None, False  # type: tuple[int | None, int | None, bool]
        self.added = 0
        self.settings = self.fault = ""

    def show_tokens(self, tokens: int | None, context: int | None, *, guessed: bool, added: int = 0) -> None:
        """Another count, `added` of them by the chat format; None where none is known yet, or no context is."""
        self.tokens, self.context, self.guessed, self.added = tokens, context, guessed, added
        self.repaint()

    def show_settings(self, text: str, fault: str = "") -> None:
        """Other parameters; `fault`: why nothing can be asked with them."""
        self.settings, self.fault = text, fault
        self.repaint()

    @property
    def said(self) -> str:
        """The count in words."""
        if self.tokens is None:
            return "…"
        about = "≈ " if self.guessed else ""
        return f"{about}{self.tokens:,} of {self.context:,} tok" if self.context else f"{about}{self.tokens:,} tok"

    def paint(self, canvas: Canvas) -> None:
        """The bar fills what the words leave."""
        heading(canvas, self.title, self.has_focus)
        x = len(self.title) + 4
        over = bool(self.context and self.tokens is not None and self.tokens > self.context)
        parts = f"{self.added:,} format, " if self.added and self.tokens is not None else ""
        said = canvas.look.text(f" {parts}{self.said} " + ("— too long " if over else ""))
        if parts and canvas.width - x - width_of(said) - 2 < SHORTEST_BAR:
            said = said.replace(parts, "", 1)
        room = canvas.width - x - width_of(said) - 2
        canvas.right(canvas.width - 1, 0, said, "bad" if over else "head")
        if self.context and self.tokens is not None and room >= SHORTEST_BAR and not canvas.look.plain:
            filled = max(1 if self.tokens else 0, min(room, round(room * self.tokens / self.context)))
            canvas.fill(x, 0, filled, "▓", "bad" if over else "key")
            canvas.fill(x + filled, 0, room - filled, "░", "track")
        if self.fault:
            canvas.put(2, 1, f"{canvas.look.signs['failed']} output: {self.fault}", "bad", canvas.width - 3)
            return
        said = next((each for each in self._ways_to_say() if width_of(each) <= canvas.width - 3), self.settings)
        canvas.put(2, 1, said, "soft", canvas.width - 3)

    def _ways_to_say(self) -> Iterator[str]:
        """The settings, from all words down to short ones."""
        yield self.settings
        short = self.settings.replace("output: ", "")
        yield short
        yield short.replace("temperature", "temp")
        yield short.replace("temperature", "t").replace("free text", "text").replace(" · ", " ")

    def caret(self) -> tuple[int, int] | None:
        """At its beginning."""
        return (0, 0)

    def action_tell(self) -> None:
        """How the number came about."""
        self.post_message(self.Told())


def settings_line(parameters: dict[str, Any], output: dict[str, Any] | None) -> str:
    """Parameters and output in one line."""
    said = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in parameters.items())
    parts = [f"{name.removesuffix('_tokens').replace('_', '-')} {value}" for name, value in said]
    return " · ".join([*parts, "output: JSON schema" if output is not None else "output: free text"])
