"""A screen that asks for one line of text, in a box that is there only meanwhile."""

from collections.abc import Callable

from genai_tui.errors import GenaiError
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
        self._offered = ""
        self._kept: dict[str, str] = {}  # by the label it was asked for with: what was left, or could not be taken

    def ask(
        self, label: str, then: Callable[[str], None], *, value: str = "", picked: bool = False, hint: str = ""
    ) -> None:
        """Open the box; `then` gets what was typed, without blanks around it.

        What was typed when it was last asked for, and not taken, stands there again, to be corrected; else `value`,
        which the next letter replaces where it is `picked`.
        """
        self._then, self._offered, self.box.label, self.box.hint = then, value, label, hint
        self.box.set_value(self._kept.get(label, value), picked=picked and label not in self._kept)
        self.box.display = True
        self.before_box = self.focused if self.focused is not self.box else self.before_box
        self.set_focus(self.box)

    def refuse(self, label: str, typed: str, error: GenaiError) -> None:
        """Say why what was typed cannot be taken, and keep it."""
        self.keep_typed(label, typed)
        self.say(str(error), "bad")

    def keep_typed(self, label: str, typed: str) -> None:
        """Keep what could not be taken for the next time that it is asked for."""
        self._kept[label] = typed

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what was asked for."""
        if event.box is self.box and self._then is not None:
            then, self._then = self._then, None
            self.set_focus(self.before_box)
            self._kept.pop(self.box.label, None)
            then(event.value.strip())

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        if event.box is self.box:
            self.box.display = False
            if self._then is not None:
                self._kept.pop(self.box.label, None)
                if event.value != self._offered:
                    self.keep_typed(self.box.label, event.value)
