"""How far everything is that goes on: what this program measures, and what other processes do."""

import asyncio
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.pages.going import Elsewhere, Going
from genai_tui.stages.evaluate.pages.steps import Steps
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.candidates import candidate_with
from genai_tui.store.runs import page_runs

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.progress import Progress

LOOK_S = 1.0  # how often a run of another process is looked at
LATEST = 20  # runs among which one that goes on elsewhere is looked for


class Watching(Steps):
    """What goes on here is held by the screen, which is kept, and worked on by the app."""

    def __init__(self) -> None:
        super().__init__()
        self.going: Going | None = None
        self.progress: dict[int, Progress] = {}
        self._elsewhere: dict[int, Elsewhere] = {}

    @abstractmethod
    def show_progress(self) -> None:
        """Something got on."""

    def _going(self) -> Going:
        if self.going is None:
            self.going = Going(self.host, self._tell, self._ended)
        return self.going

    def _tell(self) -> None:
        assert self.going is not None
        new = self.going.progress.keys() - self.progress.keys()
        self._merge()
        if self.is_mounted and self.is_current:
            if new:
                self.host.look_again()
            self.show_progress()

    def _merge(self) -> None:
        mine = self.going.progress if self.going is not None else {}
        others = {number: now for number, now in self.progress.items() if number in self._elsewhere}
        self.progress = {**others, **mine}

    def _ended(self, run: Run) -> None:
        from genai_tui.stages.evaluate.results import score_text

        self.progress.pop(run.id, None)
        self.host.look_again()
        failed = run.result.failed if run.result is not None else 0
        more = f"; {failed:,} failed and count as wrong" if failed else ""
        tone = "good" if run.state == "done" and not failed else "warn"
        self.say(f"Run {run.id} is {run.state}: {score_text(run)}{more}.", tone)

    def watch_elsewhere(self) -> None:
        """Look after runs that other processes work on, while the screen is looked at."""
        self.set_interval(LOOK_S, self._look_elsewhere)

    def _look_elsewhere(self) -> None:
        if self.is_current and self.host.project is not None:
            begin(self, partial(self._read_elsewhere, self.host.project), "elsewhere")

    async def _read_elsewhere(self, project: "Project") -> None:
        mine = self.going.progress if self.going is not None else {}
        try:
            latest = await asyncio.to_thread(page_runs, project.reader, None, LATEST)
            running = {run.id: run for run in latest if run.state == "running" and run.id not in mine}
            gone = self._elsewhere.keys() - running.keys()
            for number in gone:
                self._elsewhere.pop(number)
                if number not in mine:
                    self.progress.pop(number, None)
            for number, run in running.items():
                if number not in self._elsewhere:
                    self._elsewhere[number] = await asyncio.to_thread(_elsewhere, project, run)
                self.progress[number] = await asyncio.to_thread(self._elsewhere[number].look)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        if running or gone:
            self.show_progress()


def _elsewhere(project: "Project", run: Run) -> Elsewhere:
    from genai_tui.stages.evaluate.scorers.imported import scorer_of

    try:
        kind = scorer_of(run, run.scorers[0]).kind
    except GenaiError:
        kind = "mean"
    return Elsewhere(project, run, candidate_with(project.reader, run.candidate).name, kind)
