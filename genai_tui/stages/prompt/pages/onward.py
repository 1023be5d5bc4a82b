"""Onward from the playground: all of dev with this candidate, a row or an answer into the dataset, a candidate."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.datasets import SPLITS
from genai_tui.stages.prompt.pages.told import Told
from genai_tui.stages.prompt.sheet import Column
from genai_tui.store.prompts import find_prompt

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.prompt.onward import Edit
    from genai_tui.stages.prompt.pages.dev import Measuring

NEW_DATASET = "tickets"


class Onward(Told):
    """The keys that lead out of the playground."""

    measuring: "Measuring | None" = None

    def __init__(self) -> None:
        super().__init__()
        self.editing = asyncio.Lock()  # edits of the dataset come one after the other

    async def action_candidate(self) -> None:
        """Make a candidate of what the chosen column asks."""
        from genai_tui.stages.prompt import onward

        project, sheet = self.host.project, self.sheet
        if project is None:
            return
        try:
            made = await asyncio.to_thread(onward.candidate, project, sheet, self.column_meant())
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.stands_saved(find_prompt(project.reader, str(made.prompt)))
        self.say(f"Candidate {made.name}: {made.model} with version {made.prompt}.", "good")

    async def action_dev(self) -> None:
        """All of dev, scored, after a yes where it is not free; a run that is under way is shown again."""
        from genai_tui.stages.prompt import onward
        from genai_tui.stages.prompt.pages.dev import AllOfDev, MayCost

        project, column = self.host.project, self.column_meant()
        if project is None:
            return
        if self.measuring is not None and not self.measuring.ended:
            self.app.push_screen(AllOfDev(self.measuring))
            return
        if self.lacks_weights(self.action_dev):
            return
        try:
            model, takes = await asyncio.to_thread(onward.takes_on_dev, project, self.sheet, column)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        price = takes.price
        if price is not None and not price.input_usd_per_million and not price.output_usd_per_million:
            await self._measure(project, column)
        else:
            self.app.push_screen(MayCost(model, takes, lambda: self.call_later(self._measure, project, column)))

    async def _measure(self, project: "Project", column: Column) -> None:
        from genai_tui.stages.prompt import onward
        from genai_tui.stages.prompt.pages.dev import AllOfDev, Measuring

        try:
            made = await asyncio.to_thread(onward.candidate, project, self.sheet, column)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.stands_saved(find_prompt(project.reader, str(made.prompt)))
        self.measuring = Measuring(project, made, self.host.look_again)
        self.app.run_worker(self.measuring.work(), group="dev", exclusive=True, exit_on_error=False)
        self.app.push_screen(AllOfDev(self.measuring))

    def action_add_row(self) -> None:
        """Put this row with the right answer into a split: train, where nothing else is typed."""
        from genai_tui.stages.prompt import onward

        project, values = self.host.project, dict(self.rows.values)
        if project is None:
            return
        if not any(values.values()):
            self.say("There is no row yet: type the variables first.")
            return
        generation = self.slot.generation if self.slot is not None else None
        expected = self.rows.expected
        shown = answer_text(expected) if expected is not None else generation.text.strip() if generation else ""

        def into(split: str) -> None:
            if split not in SPLITS:
                raise UsageFault(f"{split} is no split.", "", f"Type one of {', '.join(SPLITS)}.")

            def add(answer: str, dataset: str | None = None) -> None:
                self._edit(lambda: onward.add_row(project, values, answer, split, dataset))

            def name(answer: str) -> None:
                self.ask(" name of the new dataset ▸ ", NEW_DATASET, lambda typed: add(answer, typed))

            self.ask(f" right answer, into {split} ▸ ", shown, add if self.rows.dataset is not None else name)

        self.ask(" this row, into which split ▸ ", "train", into)

    def action_expected(self) -> None:
        """The chosen answer as the expected one of its row."""
        from genai_tui.stages.prompt import onward

        slot, project = self.slot_told_of(), self.host.project
        if slot is None or slot.generation is None or project is None:
            return
        each, reference = slot.generation, self.rows.reference
        if self.rows.example is None or each.example != self.rows.example.id:
            self.say("This answer was not asked of the row that stands here; D puts what stands here into the dataset.")
            return
        self._edit(lambda: onward.expect(project, reference, each.text, beside=True), reference)

    def _edit(self, work: "Callable[[], Edit]", reference: str = "", *, undoes: bool = False) -> None:
        self.run_worker(self._edited(work, reference, undoes=undoes), group="edit", exit_on_error=False)

    async def _edited(self, work: "Callable[[], Edit]", reference: str, *, undoes: bool) -> None:
        """Change the dataset, one edit after the other; u goes back by one, and what `undoes` is not undone itself."""
        from genai_tui.stages.prompt import onward

        try:
            async with self.editing:
                edit = await asyncio.to_thread(work)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        project = self.host.project
        if edit.made and not undoes and project is not None:
            self.undoable(
                "The dataset is as it was.",
                lambda: self._edit(lambda: onward.undo(project, edit), reference, undoes=True),
            )
        self.rows.dataset = edit.dataset
        if reference:
            self._go(self.rows.go_to, reference)
        self._show_inputs()
        self.host.look_again()
        self.say(edit.text + (" u takes it back." if edit.made and not undoes else ""), "good")
