"""A page that says what something costs or sends, and does it after a yes that no word types."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from genai_tui.screens.base import FramedPage
from genai_tui.widgets.text_view import Part, TextView


class AskingFirst(FramedPage):
    """Its stage says what is asked (`heading`, `parts`) and binds Y to `yes`; `then` is called after it.

    n is no here, as people type it at a question, and not the next best step.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n,N", "no", "no: go back", show=False)]

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then = then

    @abstractmethod
    def heading(self) -> str:
        """What is asked, in a line."""

    @abstractmethod
    def parts(self) -> Sequence[Part]:
        """What is to be known before, and what the keys do."""

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView(self.heading(), (Part(""), *self.parts()))
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()

    def action_no(self) -> None:
        """Go back, and do nothing."""
        self.app.pop_screen()

    def action_yes(self) -> None:
        """Go back, and do it."""
        self.app.pop_screen()
        self.then()
