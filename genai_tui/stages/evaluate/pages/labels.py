"""Labelling: answers of a run drawn at random, one key each; without their scores, so that nobody is led by them."""

import asyncio
from typing import TYPE_CHECKING, ClassVar

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.labelling import draw, word_of
from genai_tui.stages.evaluate.pages.example import ExamplePage
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.labels import Label
from genai_tui.store.results import answers_with
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import Marked, Words

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.pages.onward import Onward


class Labelling(ExamplePage):
    """Each label leads to the next answer; `L` leaves one out."""

    WHERE = "label"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("r", "right"), Key("w", "wrong"), Key("L", "leave out"), Key("b", "because"), Key("u", "undo"),
        Key("esc", "back"),
    )  # fmt: skip
    BLIND = True

    def __init__(self, project: "Project", run: Run, screen: "Onward") -> None:
        super().__init__(project, run, None, screen)
        self.progress = ""

    def help_lines(self) -> tuple[str, ...]:
        """Why so."""
        return (
            "Answers come at random, so that what you say of some holds for all; scores are not shown, so that you are "
            "not led by them. A judge is held against your labels: the Judge tab tells how far it agrees (kappa).",
        )

    def heading(self) -> str:
        """How far one is."""
        return f"{super().heading()}{self.progress}"

    def on_mount(self) -> None:
        """Draw the first."""
        self.text.focus()
        begin(self, self._draw, "draw")

    def labelled(self, label: Label) -> None:
        """On to the next."""
        self.say(f"The one before is labelled {word_of(label)}; u takes it back.", "good")
        begin(self, self._draw, "draw")

    def action_label_next(self) -> None:
        """Another one; this one stays without a label."""
        self.reason = ""
        begin(self, self._draw, "draw")

    async def _draw(self) -> None:
        reader = self.project.reader
        try:
            found = await asyncio.to_thread(draw, reader, self.run, self.person)
            rows = [] if found.generation is None else answers_with(reader, self.run.scorers[0], [found.generation])
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.progress = f" · {found.labelled:,} of {found.of:,} labelled"
        self.answer = rows[0] if rows else None
        if self.answer is None:
            self.text.show(
                [Marked((Words(f"Every answer of run {self.run.id} has your label.", "good"),))], self.heading()
            )
        else:
            self.show_answer()
