"""4 Fine-tune: what is learned from, how, and what came of it; a training is a job that goes on without the screen."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.jobs import Job
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.tabs import TabLine
from genai_tui.stages.finetune.pages import acts
from genai_tui.stages.finetune.pages.data import Data
from genai_tui.stages.finetune.pages.from_where import Source
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.pages.plan import PlanPane
from genai_tui.stages.finetune.pages.planned import Planned
from genai_tui.stages.finetune.pages.trainings import Trainings
from genai_tui.store.curve_points import CurvePoints
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key

EVALUATE = 6


class FineTune(Planned):
    """Three tabs. What is typed in the plan is kept, and counts at once for what the training will take."""

    CSS_PATH = "screen.tcss"
    STAGE = 4
    ACTS: ClassVar[tuple[Act, ...]] = acts.ACTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    panes: tuple[FinetunePane, ...]
    asked_of: Source | None = None  # whose rows are moved by another enter

    def body(self) -> Sequence[Widget]:
        """The line of tabs, the tabs, a box of one line."""
        self.points = CurvePoints()
        self.tabs = TabLine(acts.TABS)
        self.data, self.planning, self.trainings = Data(), PlanPane(), Trainings()
        self.panes = (self.data, self.planning, self.trainings)
        return (self.tabs, *self.panes, self.box)

    async def on_mount(self) -> None:
        """Data first; where something trains, that."""
        await self.host.typed.take_up()
        board = self.host.board
        self.action_tab(acts.JOBS if board is not None and board.jobs_running else acts.DATA)
        self.plan_again()

    @property
    def pane(self) -> FinetunePane:
        """The tab that is shown."""
        return self.panes[self.current]

    def _here(self, action: str) -> bool:
        return self.current in acts.TAB.get(action, {self.current})

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key does different things in different tabs."""
        return self._here(action)

    def acts_here(self) -> Sequence[Act]:
        """The acts of the tab that is shown."""
        return tuple(act for act in acts.ACTS if self._here(act.action.partition("(")[0]))

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys that matter in this tab."""
        return self.BOX_KEYS if typing else (*self.pane.keys(), Key("tab", "part"))

    def command(self) -> str:
        """The command that does what this tab shows."""
        return self.pane.command()

    def copy_text(self) -> str:
        """The text of the part that has the keys, where it is one."""
        return self.pane.copied()

    def help_lines(self) -> Sequence[str]:
        """What the tabs are."""
        return (
            *super().help_lines(),
            "Data: where rows come from, what is wrong with them, how long they are, and one as it is trained on: what "
            "stands behind ▸ is learned, all else is only read. Plan: a few settings with what the training will take; "
            "e opens all of them as a file. Jobs: every training, live, and whether it made a better model.",
            "A training is a process of its own: it goes on when the screen, the app or the connection ends. o draws "
            "several jobs' curves over each other, t pins one that the others are held against, and where the curves "
            "have the keys (tab) ← and → move one cursor through all of them.",
            "e in Jobs measures what was made against its parent: the same prompt, no examples, over dev, as a job.",
        )

    # What is chosen

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Enter does what the tab does with it."""
        self.pane.choose(event.table, event.row)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another line."""
        if event.table is self.trainings.table:
            self.trainings.moved()
        elif event.table is self.planning.table:
            self.planning.tell_field()

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """More of it in the last line."""
        event.table.speak()

    def take_source(self, source: Source) -> None:
        """What a source of rows can do: the dataset is opened, failures are moved, right tries are taken."""
        from genai_tui.stages.finetune.pages.from_where import free_tries, move_failures
        from genai_tui.stages.finetune.pages.tries import Tries

        if source.kind == "dataset":
            self.host.go_to_stage(EVALUATE)
        elif source.kind == "tries":

            async def choose() -> None:
                found = await asyncio.to_thread(free_tries, self.data.project)
                self.app.push_screen(Tries(found, self._take_tries))

            self.data.begin(choose, "take")
        elif self.asked_of != source:
            self.asked_of = source
            self.say(f"{source.text}, in a new version; scores that saw them say so. Enter again moves them.", "warn")
        else:
            self.asked_of = None
            self._make_rows(lambda: move_failures(self.data.project, source.run))

    def _take_tries(self, numbers: list[int]) -> None:
        from genai_tui.stages.finetune.sources import tries_to_train

        self._make_rows(lambda: tries_to_train(self.data.project, numbers).text)

    def _make_rows(self, work: Callable[[], str]) -> None:
        """Make another version of the dataset in a thread, and look at its rows."""

        async def act() -> None:
            try:
                said = await asyncio.to_thread(work)
            except GenaiError as error:
                self.say(str(error), "warn")
                return
            self.host.look_again()
            self.plan_again()
            self.say(said, "good")

        self.data.begin(act, "take")

    def action_check(self) -> None:
        """Look at all rows again."""
        self.data.check_again()

    def action_fetch(self) -> None:
        """Fetch the embedded model's weights, and plan again once they are here."""
        from genai_tui.screens.fetching import fetch_if_missing, offer_weights, weights_lacking

        if weights_lacking(self.host.project):
            offer_weights(self, self.plan_again)
        else:
            fetch_if_missing(self)

    def action_row(self, step: int) -> None:
        """Another row as it is trained on."""
        self.data.turn_row(step)

    # Jobs

    def action_quantity(self) -> None:
        """The next quantity."""
        self.trainings.turn_quantity()

    def action_log_axis(self) -> None:
        """The other axis."""
        self.trainings.view.turn_axis()

    def action_over(self) -> None:
        """Over the others, or no longer."""
        self.say(self.trainings.turn_over())

    def action_pin(self) -> None:
        """Hold the others against it."""
        self.say(self.trainings.turn_pin())

    def action_cancel(self) -> None:
        """Cancel the chosen job."""
        from genai_tui.jobs.cancelling import cancel_job

        async def act(job: Job) -> None:
            self.say(f"Job {job.id} is asked to end.", "wait")
            ended = await cancel_job(self.data.project, job.id)
            self.say(f"Job {ended.id} is {ended.state}; what it had is kept.")

        self._with_job(act)

    def action_resume(self) -> None:
        """Go on with the chosen job."""
        from genai_tui.jobs.starting import resume_job

        async def act(job: Job) -> None:
            resumed = await resume_job(self.data.project, job.id)
            self.say(f"Job {resumed.id} goes on.", "good")

        self._with_job(act)

    def action_prove(self) -> None:
        """Measure what was made against its parent."""
        from genai_tui.stages.finetune.proving import start_proof

        async def act(job: Job) -> None:
            self.say("Both become candidates with the prompt it was trained for.", "wait")
            started = await start_proof(self.data.project, job)
            self.say(f"Job {started.id} measures both on dev; the comparison will stand here.", "good")

        self._with_job(act)

    def action_candidate(self) -> None:
        """Make a candidate of what was made."""
        from genai_tui.stages.finetune.proving import candidate_of_job

        async def act(job: Job) -> None:
            made = await asyncio.to_thread(candidate_of_job, self.data.project, job)
            self.say(f"{made.name} is {made.model} with prompt v{made.prompt}, without examples.", "good")

        self._with_job(act)

    def action_use(self) -> None:
        """Let what was made be the model in use."""
        from genai_tui.stages.finetune.proving import made_by
        from genai_tui.store.choices import save_choice

        async def act(job: Job) -> None:
            model = made_by(job)
            await self.data.project.writer.put(save_choice("model", model))
            self.say(f"{model} is the model in use.", "good")

        self._with_job(act)

    def _with_job(self, act: Callable[[Job], Coroutine[None, None, None]]) -> None:
        """Do something with the chosen job as it is now; an error is said, and what it changed is shown."""

        async def done() -> None:
            job = self.trainings.now()
            if job is None:
                self.say("There is no training yet: p plans one.")
                return
            try:
                await act(job)
            except GenaiError as error:
                self.say(str(error), "bad")
                return
            self.host.look_again()

        _: Worker[None] = self.run_worker(done, group=f"job-{act.__qualname__}", exclusive=True, exit_on_error=False)


SCREEN = FineTune
