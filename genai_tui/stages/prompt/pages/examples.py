"""The few-shot examples as they are shown for this row, under the one control that says how many: zero, one or few."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from genai_tui.answering.render import answer_text
from genai_tui.records.prompts import ExampleRule, FewShot
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import pad, width_of
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.prompt_text import inline

ADD = "+ a row of train"
NONE = "None is shown: f shows one, then a few."
WIDEST_ANSWER = 24
FEW_FROM = 2


class Examples(Painted, can_focus=True):
    """Rows with their answers. `rule` says how they are chosen, `shots` are those shown now."""

    title = "Examples"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("home,g", "move(-1000)", "first", show=False),
        Binding("end,G", "move(1000)", "last", show=False),
        Binding("enter", "choose", "choose", show=False),
        Binding("delete,backspace", "remove", "remove", show=False),
    ]

    class Added(Message):
        """Another row of train shall be shown."""

    class Removed(Message):
        """The example at `index` shall go."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Opened(Message):
        """The whole of an example is asked for."""

        def __init__(self, shot: FewShot) -> None:
            super().__init__()
            self.shot = shot

    class Turned(Message):
        """The control was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rule, self.shots = ExampleRule(), ()  # type: tuple[ExampleRule, tuple[FewShot, ...]]
        self.tokens, self.fault = "", ""
        self.position = self._top = 0

    def show(self, rule: ExampleRule, shots: Sequence[FewShot], fault: str = "") -> None:
        """Show other examples, or why there are none."""
        self.rule, self.shots, self.fault = rule, tuple(shots), fault
        self._move_to(self.position)
        self.repaint()

    def show_tokens(self, text: str) -> None:
        """Say in the heading what they cost."""
        self.tokens = text
        self.repaint()

    @property
    def fixed(self) -> bool:
        """Whether rows can be added and removed: a rule draws its own."""
        return self.rule.pick == "fixed"

    @property
    def count(self) -> int:
        """Lines that can be chosen."""
        return len(self.shots) + (1 if self.fixed else 0)

    def paint(self, canvas: Canvas) -> None:
        """The control, and the rows that fit."""
        self._paint_heading(canvas)
        if self.fault:
            canvas.put(2, 1, self.fault, "bad")
            return
        if not self.rule.count and not self.has_focus:
            canvas.put(2, 1, NONE, "soft")
            return
        answers = [one_line(answer_text(shot.expected)) for shot in self.shots]
        widest = min(WIDEST_ANSWER, canvas.width // 3, max((width_of(each) for each in answers), default=0))
        for y in range(1, canvas.height):
            number = self._top + y - 1
            if number < len(self.shots):
                room = canvas.width - 3 - widest - 3
                asked = pad(one_line(inline(self.shots[number].inputs)), room, canvas.look.signs["ellipsis"])
                x = canvas.put(2, y, asked, "text", room)
                x = canvas.put(x, y, " → ", "soft")
                canvas.put(x, y, answers[number], "strong", widest)
            elif number == len(self.shots) and self.fixed:
                canvas.put(2, y, ADD, "soft")
            if number == self.position and number < self.count and self.has_focus:
                canvas.put(0, y, canvas.look.signs["here"], "key")
                canvas.row_role(y, "pick")
        if self._top:
            canvas.put(canvas.width - 1, 1, canvas.look.signs["up"], "soft")
        if self._top + canvas.height - 1 < len(self.shots):
            canvas.put(canvas.width - 1, canvas.height - 1, canvas.look.signs["down"], "soft")

    def _paint_heading(self, canvas: Canvas) -> None:
        """Title, control, and what they cost; where it does not fit, without the rule between."""
        heading(canvas, self.title, self.has_focus)
        number, picked = self.rule.count, "" if self.fixed else f"{self.rule.pick} "
        now = min(number, FEW_FROM)
        words = [f"[{word}]" if place == now else f" {word} " for place, word in enumerate(self._words(number))]
        x = len(self.title) + 4
        ends = width_of(picked) + (width_of(self.tokens) + 3 if self.tokens else 0)
        gap = 1 if x + sum(map(len, words)) + 2 + ends < canvas.width else 0
        for place, word in enumerate(words):
            x = canvas.put(x, 0, word, "strong" if place == now else "soft")
            x += gap if place < FEW_FROM else 0
        x = canvas.put(x, 0, f" {picked}" if picked else " ", "soft")
        if self.tokens and x + width_of(self.tokens) + 3 <= canvas.width:
            canvas.right(canvas.width - 1, 0, f" {self.tokens} ", "head")

    def _words(self, number: int) -> tuple[str, str, str]:
        return "zero", "one", f"few {number}" if number >= FEW_FROM else "few"

    def caret(self) -> tuple[int, int] | None:
        """On the chosen row."""
        return (0, 1 + self.position - self._top)

    def _move_to(self, position: int) -> None:
        self.position = max(0, min(self.count - 1, position))
        room = max(1, self.size.height - 1)
        self._top = max(0, min(self._top, self.count - room))
        self._top = max(min(self._top, self.position), self.position - room + 1)

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self._move_to(self.position + rows)
        self.repaint()

    def action_choose(self) -> None:
        """All of an example, or another one."""
        if self.position < len(self.shots):
            self.post_message(self.Opened(self.shots[self.position]))
        else:
            self.post_message(self.Added())

    def action_remove(self) -> None:
        """Take the chosen one away."""
        if self.position < len(self.shots):
            self.post_message(self.Removed(self.position))

    def on_resize(self) -> None:
        """Keep the chosen one in view."""
        self._move_to(self.position)

    def on_click(self, event: Click) -> None:
        """The heading turns the control; a row is chosen, and chosen again opened."""
        if event.y == 0:
            self.post_message(self.Turned())
        elif self._top + event.y - 1 < self.count:
            again = self._top + event.y - 1 == self.position
            self._move_to(self._top + event.y - 1)
            self.repaint()
            if again:
                self.action_choose()
