"""The keys that lead on: which answers and in what order, into the playground, into a dataset, into preferences."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.pages.acts import EXAMPLES
from genai_tui.stages.evaluate.pages.measuring import Measuring
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import example_by_id
from genai_tui.store.results import Answer

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.pages.compare import Compare
    from genai_tui.stages.evaluate.pages.datasets import Datasets
    from genai_tui.stages.evaluate.pages.examples import Examples
    from genai_tui.stages.evaluate.pages.pane import Pane

PLAYGROUND = 3


class Onward(Measuring):
    """Each key does what it does in the tab that is shown."""

    compare: "Compare"
    examples: "Examples"
    datasets: "Datasets"

    @property
    @abstractmethod
    def pane(self) -> "Pane":
        """The tab that is shown."""

    def action_against(self) -> None:
        """The chosen run is what others are compared with."""
        found = self.compare.found if self.pane is self.compare else None
        run = found.run if found is not None else self.chosen
        if run is None:
            self.say("There is no run yet; a starts one.")
            return
        self.base_chosen = None if self.base_chosen == run.id and self.pane is not self.compare else run.id
        if self.base_chosen is None:
            self.say("Each run is compared with the one before it again.", "good")
        else:
            self.say(f"Run {run.id} is the baseline: others are compared with it.", "good")
        self.pane.show_rows()

    def action_leaderboard(self, scorer: str = "") -> None:
        """The best run of each candidate, by `scorer`; empty: by that of the chosen run."""
        from genai_tui.stages.evaluate.pages.leaderboard import Leaderboard

        if self.host.project is not None:
            self.app.push_screen(Leaderboard(self.host.project, self.chosen, self._examples_of, scorer))

    def _examples_of(self, run: Run, scorer: str) -> None:
        self.run_chosen = run.id
        self.step_into(EXAMPLES, partial(self.action_leaderboard, scorer))

    def action_plots(self) -> None:
        """Scores over the runs, quality against cost and latency."""
        from genai_tui.stages.evaluate.pages.plots import Plots

        if self.host.project is not None:
            self.app.push_screen(Plots(self.host.project, self.chosen))

    def action_show_which(self) -> None:
        """Other answers."""
        if self.pane is self.compare:
            self.compare.turn_kind()
        else:
            self.examples.turn_show()

    def action_order(self) -> None:
        """Another order."""
        self.examples.turn_order()

    def action_slices(self) -> None:
        """In groups."""
        self.examples.turn_slices()

    def action_words(self) -> None:
        """Those that hold some words."""
        self.examples.find()

    def action_next_split(self) -> None:
        """Another split."""
        self.datasets.turn_split()

    def action_add_row(self) -> None:
        """A row more."""
        self.datasets.open_row(None)

    def action_check(self) -> None:
        """Leaks, duplicates, empties, balance."""
        self.datasets.check()

    async def action_use(self) -> None:
        """Use the chosen dataset."""
        await self.datasets.use()

    def action_playground(self) -> None:
        """The chosen example in the playground."""
        table = self.compare.examples if self.pane is self.compare else self.examples.table
        row: Any = table.row
        if row is None:
            self.say("There is no answer here to open.")
        else:
            self.into_playground(row.second if self.pane is self.compare else row)

    def into_playground(self, answer: Answer) -> None:
        """The candidate's prompt and model with the row that was answered, on the screen of stage 3."""
        begin(self, partial(self._into_playground, answer), "playground")

    async def _into_playground(self, answer: Answer) -> None:
        from genai_tui.store.generations import find_generation
        from genai_tui.store.places import place_in_use

        project = self.host.project
        if project is None:
            return
        try:
            candidate = candidate_with(project.reader, find_generation(project.reader, answer.id).candidate or 0)
            example = example_by_id(project.reader, answer.example)
            row = await asyncio.to_thread(place_in_use, project.reader, answer.example)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        handed = {
            "prompt": candidate.prompt, "model": candidate.model, "row": row, "inputs": example.inputs,
            "said": f"{candidate.name} stands here with what it was asked",
        }  # fmt: skip
        self.host.go_to_stage(PLAYGROUND, handed)

    def action_failures(self) -> None:
        """Wrong answers as a dataset to train on."""
        run, project = self.chosen, self.host.project
        if run is None or project is None:
            self.say("There is no run yet; a starts one.")
            return

        label = f" wrong answers of run {run.id} into dataset ▸ "

        def make(name: str) -> None:
            from genai_tui.stages.evaluate.handing import failures_into

            def refused(error: GenaiError) -> None:
                self.refuse(label, name, error)

            self._work(lambda: failures_into(project, run, run.scorers[0], name).text, refused)

        self.ask(label, make, value=f"failures-{run.id}", picked=True)

    def action_preferences(self) -> None:
        """Pairs of a right and a wrong answer as preferences."""
        found, project = self.compare.found, self.host.project
        if found is None or found.found is None or project is None:
            self.say("Choose two runs that can be compared first.")
            return

        def keep() -> str:
            from genai_tui.stages.evaluate.handing import pairs_into_preferences

            new = pairs_into_preferences(project, found.base, found.run, found.scorer)
            return f"{new:,} pairs of a better and a worse answer are preferences now; Align ranks and trains by them."

        self._work(keep)

    def _work(self, work: Callable[[], str], refused: Callable[[GenaiError], None] | None = None) -> None:
        async def done() -> None:
            try:
                said = await asyncio.to_thread(work)
            except GenaiError as error:
                if refused is not None:
                    refused(error)
                else:
                    self.say(str(error), "bad")
                return
            self.host.look_again()
            self.say(said, "good")

        begin(self, done, "onward")

    def open_answer(self, run: Run, answer: Answer) -> None:
        """One example whole."""
        from genai_tui.stages.evaluate.pages.example import ExamplePage

        if self.host.project is not None:
            self.app.push_screen(ExamplePage(self.host.project, run, answer, self))

    def action_label(self) -> None:
        """People's labels of the chosen run's answers, one after the other."""
        run = getattr(self.pane, "run", None) or self.chosen
        if run is None:
            self.say("There is no run yet; a starts one.")
        elif run.result is not None and not run.result.answered:
            self.say(f"Run {run.id} has no answer that could be labelled.")
        else:
            self.label(run)

    def label(self, run: Run) -> None:
        """Answers of a run at random, without their scores."""
        from genai_tui.stages.evaluate.pages.labels import Labelling

        if self.host.project is not None:
            self.app.push_screen(Labelling(self.host.project, run, self))

    def stop_work(self) -> bool:
        """A long read is ended, groups are left, a choice of answers is undone."""
        return super().stop_work() or (self.pane is self.examples and self.examples.back())
