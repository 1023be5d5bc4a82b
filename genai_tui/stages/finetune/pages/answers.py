"""Answers of a stronger model as rows of train: what its terms say of that is asked before, and kept with the rows."""

import shlex
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.finetune.pages.from_where import Source
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView

NOTE = (
    "Many providers forbid training models that compete with theirs on what theirs answered, and some licences pass to "
    "what is trained. What you write is kept with the dataset's version and in the lineage of every model trained on "
    "it; left empty, they say that it is not stated."
)


class Answers(FramedPage):
    """`then` is given what was written, after a yes."""

    WHERE = "answers"
    STAGE = 4
    ACTS: ClassVar[tuple[Act, ...]] = (Act("answers.take", "a", "take", "give rows of train these answers"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("tab", "write its terms"), Key("a", "take them"), Key("esc", "back"))

    def __init__(self, source: Source, then: Callable[[str], None]) -> None:
        super().__init__()
        self.source, self.then = source, then

    def body(self) -> Sequence[Widget]:
        """What is taken, and a box for the terms."""
        self.text = TextView(
            "Answers of another model",
            (
                Part(""), Part(self.source.text, "strong", "  "), Part(""),
                Part("Rows of train without an expected answer take its whole answers; rows that have one keep it.",
                     "text", "  "),
                Part(""), Part("May its answers train another model?", "strong", "! ", "warn"),
                Part(NOTE, "text", "  "), Part(""),
            ),
        )  # fmt: skip
        self.box = LineEdit(" its terms ▸ ", hint="a licence's name, or the sentence that allows it", id="terms")
        return (self.text, self.box)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Written: a takes them."""
        self.text.focus()

    def action_take(self) -> None:
        """Take them."""
        self.app.pop_screen()
        self.then(self.box.value.strip())

    def command(self) -> str:
        """The same on the command line."""
        words = ["genai-tui", "finetune", "take", "answers", str(self.source.run)]
        return shlex.join([*words, *(["--licence", self.box.value.strip()] if self.box.value.strip() else [])])

    def help_lines(self) -> Sequence[str]:
        """What is kept."""
        return (NOTE,)
