"""One example: the messages, the answer, the expected answer, every score, and what other candidates answered."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.pages.rows import RunRows
from genai_tui.stages.evaluate.pages.whole import Whole, answer_lines, whole_answer
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.stages.evaluate.rivals import rivals
from genai_tui.store.results import Answer, answers_to
from genai_tui.untrusted import one_line
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import Marked, MarkedText, Words

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.pages.onward import Onward

OTHERS = 12  # runs whose answers are looked up
NAMES = 22


class ExamplePage(FramedPage):
    """`screen` has the keys that lead onward."""

    WHERE = "example"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("example.playground", "p", "playground", "open this example in the playground"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "scroll"), Key("p", "playground"), Key("y", "copy"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(self, project: "Project", run: Run, answer: Answer, screen: "Onward") -> None:
        super().__init__()
        self.project, self.run, self.answer, self.onward = project, run, answer, screen
        self.whole: Whole | None = None
        self.others: list[tuple[str, Answer]] | None = None

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = MarkedText(f"Run {self.run.id}, answer {self.answer.id}", id="example")
        return (self.text,)

    def on_mount(self) -> None:
        """The answer at once; what others answered when it is found."""
        self.text.focus()
        begin(self, self._read, "example")

    async def _read(self) -> None:
        reader = self.project.reader
        try:
            self.whole = await asyncio.to_thread(whole_answer, reader, self.answer.id)
            self._show()
            rows, found = RunRows(self.project), list[tuple[str, Answer]]()
            for other in await asyncio.to_thread(rivals, reader, self.run, OTHERS):
                title = f"#{other.id} {rows.subject(other.candidate).name} {rows.subject(other.candidate).shots}"
                answers = await asyncio.to_thread(answers_to, reader, other.id, other.scorers[0], self.answer.example)
                found += [(title, each) for each in answers]
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.others = found
        self._show()

    def _show(self) -> None:
        self.text.show(self._lines())

    def _lines(self) -> Iterator[Marked]:
        assert self.whole is not None
        lines = list(answer_lines(self.whole, messages=True))
        sent = next((at for at, line in enumerate(lines) if not line.words and at > 2), len(lines))
        end = next((at for at, line in enumerate(lines) if not line.words and at > sent), len(lines))
        yield from lines[:end]
        yield Marked(())
        yield Marked((Words("what other candidates answered", "head"),))
        if self.others is None:
            yield Marked((Words("looking …", "soft"),), "  ")
        elif not self.others:
            yield Marked((Words("no other candidate was asked this", "soft"),), "  ")
        for title, each in self.others or ():
            sign, role = ("✔ ", "good") if each.right else ("✘ ", "bad")
            said = one_line(each.error if each.error is not None else each.text) or "(nothing)"
            yield Marked((Words(title.ljust(NAMES) + " ", "soft"), Words(said, "text")), sign, role)  # type: ignore[arg-type]
        yield from lines[end:]

    def action_playground(self) -> None:
        """Open it in the playground."""
        self.onward.into_playground(self.answer)

    def command(self) -> str:
        """What tells of the run."""
        return f"genai-tui eval show {self.run.id}"

    def copy_text(self) -> str:
        """The whole page."""
        return self.text.plain_text()
