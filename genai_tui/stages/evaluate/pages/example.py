"""One example: the messages, the answer, the expected answer, every score, and what other candidates answered.

Here people label: right or wrong, with a reason if they want; their word stands beside the scores.
"""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.labelling import person, word_of
from genai_tui.stages.evaluate.pages.rows import LONGEST_NAME, RunRows
from genai_tui.stages.evaluate.pages.whole import Whole, answer_lines, glance, whole_answer
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.stages.evaluate.rivals import rivals
from genai_tui.store.labels import Label, remove_label, save_label
from genai_tui.store.results import Answer, answers_to
from genai_tui.untrusted import one_line
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import Marked, MarkedText, Words

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.pages.onward import Onward

OTHERS = 12  # runs whose answers are looked up
NAMES = 26


class ExamplePage(FramedPage):
    """`screen` has the keys that lead onward."""

    WHERE = "example"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("example.right", "r", "label(1)", "label: this answer is right"),
        Act("example.wrong", "w", "label(0)", "label: this answer is wrong"),
        Act("example.because", "b", "because", "label: the reason, before or after the label"),
        Act("example.undo", "u", "undo", "take back the last label"),
        Act("example.next", "L", "label_next", "label the next: answers at random, without their scores"),
        Act("example.playground", "p", "playground", "open this example in the playground"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "scroll"), Key("r", "right"), Key("w", "wrong"), Key("b", "because"), Key("u", "undo"),
        Key("L", "label next"), Key("p", "playground"), Key("esc", "back"),
    )  # fmt: skip
    BLIND: ClassVar[bool] = False  # whether verdicts are left out, so that who labels is not led by them

    def __init__(self, project: "Project", run: Run, answer: Answer | None, screen: "Onward") -> None:
        super().__init__()
        self.project, self.run, self.answer, self.onward = project, run, answer, screen
        self.whole: Whole | None = None
        self.others: list[tuple[str, Answer]] | None = None
        self.person = person()
        self.given: list[tuple[Answer, Label | None]] = []  # answers labelled here, and what stood there before
        self.reason = ""  # typed for a label that is not given yet

    def body(self) -> Sequence[Widget]:
        """One text, and a box for a reason."""
        self.text = MarkedText("", id="example")
        self.box = LineEdit(" because ▸ ", id="because")
        self.box.display = False
        return (self.text, self.box)

    def on_mount(self) -> None:
        """The answer at once; what others answered when it is found."""
        self.text.focus()
        self.show_answer()

    def show_answer(self) -> None:
        """Read the answer that is looked at."""
        begin(self, self._read, "example")

    def heading(self) -> str:
        """The heading."""
        named = f", {self.whole.name}" if self.answer is not None and self.whole is not None else ""
        return f"Run {self.run.id}{named}"

    async def _read(self) -> None:
        reader, answer = self.project.reader, self.answer
        if answer is None:
            return
        self.others = None
        try:
            self.whole = await asyncio.to_thread(whole_answer, reader, answer.id)
            self._show()
            rows, found = RunRows(self.project), list[tuple[str, Answer]]()
            for other in await asyncio.to_thread(rivals, reader, self.run, OTHERS):
                row = rows.row(other)
                title = f"#{other.id} {one_line(row.subject.name, LONGEST_NAME)} {row.kind}"
                answers = await asyncio.to_thread(answers_to, reader, other.id, other.scorers[0], answer.example)
                found += [(title, each) for each in answers]
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.others = found
        self._show()

    def _show(self) -> None:
        self.text.show(self._lines(), self.heading())

    def _lines(self) -> Iterator[Marked]:
        assert self.whole is not None
        lines = list(answer_lines(self.whole, messages=not self.BLIND, blind=self.BLIND))
        sent = next((at for at, line in enumerate(lines) if not line.words and at > 2), len(lines))
        end = next((at for at, line in enumerate(lines) if not line.words and at > sent), len(lines))
        yield from lines[:end]
        if self.reason:
            yield Marked((Words("because  ", "head"), Words(self.reason, "text"), Words("  (r or w keeps it)", "soft")))
        if not self.BLIND:
            yield from self._of_others()
        yield from lines[end:]

    def _of_others(self) -> Iterator[Marked]:
        yield Marked(())
        yield Marked((Words("what other candidates answered", "head"),))
        if self.others is None:
            yield Marked((Words("looking …", "soft"),), "  ")
        elif not self.others:
            yield Marked((Words("no other candidate was asked this", "soft"),), "  ")
        before = ""
        for title, each in self.others or ():
            sign, role = ("✔ ", "good") if each.right else ("✘ ", "bad")
            said = glance(each.error if each.error is not None else each.text) or "(nothing)"
            named = one_line(title, NAMES) if title != before else ""  # repeats stand under the first of them
            before = title
            yield Marked((Words(named.ljust(NAMES) + " ", "soft"), Words(said, "text")), sign, role)  # type: ignore[arg-type]

    # Labels

    def action_label(self, value: float) -> None:
        """Right or wrong."""
        if self.answer is None or self.whole is None:
            return
        if self.whole.generation.error is not None:
            self.say("It was not answered: there is nothing to call right or wrong.")
            return
        reason, self.reason = self.reason, ""
        self.whole = None  # a key that comes before the next answer is seen labels nothing
        begin(self, partial(self._keep, self.answer, Label(self.answer.id, self.person, value, reason)), "label")

    async def _keep(self, answer: Answer, label: Label) -> None:
        try:
            [before] = await self.project.writer.put(save_label(label))
        except GenaiError as error:
            self.say(str(error), "bad")
            self.show_answer()
            return
        self.given.append((answer, before))
        self.labelled(label)

    def labelled(self, label: Label) -> None:
        """A label is kept."""
        self.say(f"It is labelled {word_of(label)}; u takes it back.", "good")
        self.show_answer()

    def action_undo(self) -> None:
        """The last label given here is taken back, and its answer shown."""
        if not self.given:
            self.say("No label was given here that could be taken back.")
            return
        begin(self, partial(self._undo, *self.given.pop()), "label")

    async def _undo(self, answer: Answer, before: Label | None) -> None:
        back = save_label(before) if before is not None else remove_label(answer.id, self.person)
        try:
            await self.project.writer.put(back)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.answer = answer
        was = f"is {word_of(before)} again" if before is not None else "has no label of yours"
        self.say(f"It {was}.", "good")
        self.show_answer()

    def action_because(self) -> None:
        """Type a reason."""
        if self.answer is None:
            return
        mine = self._mine()
        self.box.set_value(mine.reason if mine is not None else self.reason)
        self.box.display = True
        self.before_box = self.text
        self.set_focus(self.box)

    def _mine(self) -> Label | None:
        labels = self.whole.labels if self.whole is not None and not self.BLIND else []
        return next((label for label in labels if label.person == self.person), None)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """With a label that stands there, or for the one that comes."""
        self.set_focus(self.text)
        mine = self._mine()
        self.reason = event.value.strip()
        if mine is not None:
            self.action_label(mine.value)
        elif self.whole is not None:
            self._show()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def action_label_next(self) -> None:
        """Answers at random, one after the other."""
        self.app.pop_screen()
        self.onward.label(self.run)

    def action_playground(self) -> None:
        """Open it in the playground."""
        if self.answer is not None:
            self.onward.into_playground(self.answer)

    def command(self) -> str:
        """What tells of the run."""
        return f"genai-tui eval show {self.run.id}"

    def copy_text(self) -> str:
        """The whole page."""
        return self.text.plain_text()
