"""A screen that asks for one line of text, in a box that is there only meanwhile."""

from collections.abc import Callable

from genai_tui.screens.base import StageScreen
from genai_tui.widgets.line_edit import LineEdit


class AsksForLine(StageScreen):
    """The body of the screen has its `box`, after everything else."""

    DEFAULT_CSS = "AsksForLine #box { dock: bottom; margin-bottom: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.box = LineEdit(id="box")
        self.box.display = False
        self._then: Callable[[str], None] | None = None

    def ask(self, label: str, then: Callable[[str], None], *, value: str = "", hint: str = "") -> None:
        """Open the box; `then` gets what was typed, without blanks around it."""
        self._then, self.box.label, self.box.hint = then, label, hint
        self.box.set_value(value)
        self.box.display = True
        self.before_box = self.focused if self.focused is not self.box else self.before_box
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what was asked for."""
        if event.box is self.box and self._then is not None:
            then, self._then = self._then, None
            self.set_focus(self.before_box)
            then(event.value.strip())

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        if event.box is self.box:
            self.box.display = False
