"""What can be done with the chosen training: look at it otherwise, end it, go on, prove and use what it made."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.jobs import Job
from genai_tui.screens.tabbed import TabbedScreen

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.finetune.pages.trainings import Trainings


class WithJob(TabbedScreen):
    """The keys of the tab Jobs."""

    trainings: "Trainings"

    @property
    def _open(self) -> "Project":
        return self.trainings.project

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
            ended = await cancel_job(self._open, job.id)
            self.say(f"Job {ended.id} is {ended.state}; what it had is kept.")

        self._with_job(act)

    def action_resume(self) -> None:
        """Go on with the chosen job."""
        from genai_tui.jobs.starting import resume_job

        async def act(job: Job) -> None:
            resumed = await resume_job(self._open, job.id)
            self.say(f"Job {resumed.id} goes on.", "good")

        self._with_job(act)

    def action_prove(self) -> None:
        """Measure what was made against its parent."""
        from genai_tui.stages.finetune.proving import start_proof

        async def act(job: Job) -> None:
            self.say("Both become candidates with the prompt it was trained for.", "wait")
            started = await start_proof(self._open, job)
            self.say(f"Job {started.id} measures both on dev; the comparison will stand here.", "good")

        self._with_job(act)

    def action_candidate(self) -> None:
        """Make a candidate of what was made."""
        from genai_tui.stages.finetune.proving import candidate_of_job

        async def act(job: Job) -> None:
            made = await asyncio.to_thread(candidate_of_job, self._open, job)
            self.say(f"{made.name} is {made.model} with prompt v{made.prompt}, without examples.", "good")

        self._with_job(act)

    def action_use(self) -> None:
        """Let what was made be the model in use."""
        from genai_tui.stages.finetune.proving import made_by
        from genai_tui.store.choices import save_choice

        async def act(job: Job) -> None:
            model = made_by(job)
            await self._open.writer.put(save_choice("model", model))
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
