"""A field of many lines, with the whole page for it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.scope.fields import Field
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_edit import TextEdit
from genai_tui.widgets.text_view import Part, TextView, error_parts


class Writing(FramedPage):
    """`keep` is told at each key; `save` returns the error where it cannot be saved. esc goes back, the text stays."""

    STAGE = 1
    WHERE = "write"
    ESC_CLOSES = True
    ACTS: ClassVar[tuple[Act, ...]] = (Act("writing.save", "ctrl+s", "save", "save it as a version", "^s"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    BOX_KEYS = (Key("^s", "save"), Key("esc", "back; the text stays"), Key("enter", "new line"))
    DEFAULT_CSS = "Writing TextView { height: 6; }"

    def __init__(
        self,
        field: Field,
        text: str,
        *,
        keep: Callable[[str], None],
        save: Callable[[str], Awaitable[GenaiError | None]],
    ) -> None:
        super().__init__()
        self.field, self.text, self.keep, self.save = field, text, keep, save

    def body(self) -> Sequence[Widget]:
        """The box, and what belongs there under it."""
        self.box = TextEdit(self.field.name, self.text, hint=self.field.like)
        self.about = TextView("About", self._about())
        return (self.box, self.about)

    def _about(self) -> tuple[Part, ...]:
        return (Part(self.field.hint), Part(self.field.like, "soft", "like  ", "soft"))

    def on_mount(self) -> None:
        """Type at once."""
        self.box.focus()

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        """Keep it as a draft."""
        self.about.show(self._about(), "About")
        self.keep(event.value)

    async def action_save(self) -> None:
        """Save it and go back, or say what is wrong."""
        error = await self.save(self.box.value)
        if error is not None:
            self.about.show(error_parts(error), "Not saved")
        else:
            self.app.pop_screen()

    def command(self) -> str:
        """The command that reads it from a file."""
        return "genai-tui scope import FILE"
