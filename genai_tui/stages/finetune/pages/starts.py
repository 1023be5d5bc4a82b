"""Starting the training that is planned: here with one key, where rows leave this machine after a yes."""

import asyncio
from collections.abc import Callable, Coroutine

from textual.worker import Worker

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.checking import refuse_findings
from genai_tui.stages.finetune.pages import acts
from genai_tui.stages.finetune.pages.planned import DRAFTS, LEAKS, Planned
from genai_tui.stages.finetune.pages.remote import Sending


class Starts(Planned):
    """Starts it, and shows it."""

    def action_start(self) -> None:
        """Start the training that is planned; where rows leave this machine, after a yes."""
        if self.remote is not None and self.fault is None:
            try:
                refuse_findings(self.remote.looked, allow_leaks=self.remote.allow_leaks)
            except GenaiError as error:
                self.say(str(error), "bad")
                return
            self.app.push_screen(
                Sending(self.remote, self.plan_command("start"), lambda: self._begin(self._start_there))
            )
        else:
            self._begin(self._start)

    def _begin(self, start: Callable[[], Coroutine[None, None, None]]) -> None:
        _: Worker[None] = self.run_worker(start, group="start", exclusive=True, exit_on_error=False)

    async def _start_there(self) -> None:
        from genai_tui.stages.finetune.remote_planning import start_remote

        if self.host.project is None or (plan := self.remote) is None:
            return
        try:
            job = await start_remote(self.host.project, plan)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self._started(f"Job {job.id} watches {plan.endpoint.name}, which trains {plan.model_id}.")

    async def _start(self) -> None:
        from genai_tui.stages.finetune.starting import prepared, start_training

        project, plan = self.host.project, self.plan
        if project is None or self.fault is not None or plan is None:
            self.say(str(self.fault or UsageFault("It is planned; in a moment.")), "bad" if self.fault else "wait")
            return
        self.say(f"The rows are looked at; then embedded/{plan.name} is trained.", "wait")
        looked = self.data.looked_at(plan)
        try:
            found = await asyncio.to_thread(prepared, project, plan, None, looked)
            job = await start_training(project, plan, found)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self._started(f"Job {job.id} trains embedded/{plan.name}; it goes on when you leave.")

    def _started(self, said: str) -> None:
        """What belonged to that training alone is forgotten, and it is shown."""
        for key in ("name", LEAKS):
            self.host.typed.keep(DRAFTS, key, "")
        self.host.look_again()
        self.action_tab(acts.JOBS)
        self.say(said, "good")
        self.plan_again()
