"""The keys that measure: start, pause, stop, go on, score again; and the comparison of two runs."""

import asyncio
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.screens.one_line import AsksForLine
from genai_tui.stages.evaluate.pages.watching import LATEST, Watching
from genai_tui.stages.evaluate.pages.working import Reading, found_by
from genai_tui.stages.evaluate.rivals import Against, against, baseline_of
from genai_tui.store.candidates import candidate_with, page_candidates
from genai_tui.store.runs import ask_of_run, find_run, page_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from genai_tui.project import Project
    from genai_tui.stages.evaluate.pages.runs import Runs
    from genai_tui.store.reader import Reader


class Measuring(Watching, AsksForLine):
    """Starts, pauses, goes on; compares; asks for a line."""

    runs: "Runs"
    run_chosen: int | None = None
    base_chosen: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self._compared: dict[tuple[int, int, str, str], Against] = {}
        self.comparing: Reading | None = None

    @property
    def chosen(self) -> Run | None:
        """The run that the keys are about, as it is now."""
        project = self.host.project
        if project is None or self.run_chosen is None:
            return None
        try:
            return find_run(project.reader, self.run_chosen)
        except GenaiError:
            return None

    # Keys

    def action_start(self, candidates: tuple[str, ...] = ()) -> None:
        """Choose what is measured."""
        from genai_tui.stages.evaluate.pages.starting import Starting

        project = self.host.project
        if project is None:
            return
        run = self.chosen
        at = candidate_with(project.reader, run.candidate).name if run is not None else ""
        names = candidates or unmeasured(project.reader)
        self.app.push_screen(Starting(project, self._begin, candidates=names, at=at, rate=self._rate))

    def _begin(self, candidates: list[Candidate], plan: dict[str, Any]) -> None:
        project = self.host.project
        if project is not None and not self._lacks_weights(candidates, lambda: self._begin(candidates, plan)):
            self.action_tab(0)
            self.runs.follow()
            self._going().begin(project, candidates, plan)

    def _lacks_weights(self, candidates: list[Candidate], then: "Callable[[], None]") -> bool:
        """Whether our own model's weights are wanted and not here; they are offered, and `then` goes on."""
        from genai_tui.project import DEFAULT_MODEL, weights_present

        lacking = any(each.model == DEFAULT_MODEL for each in candidates) and not weights_present()
        if lacking:
            from genai_tui.screens.fetching import offer_weights

            offer_weights(self, then)
        return lacking

    def _rate(self, model: str) -> float | None:
        """Answers a second of the last run that a model answered, failures and what the cache had left out."""
        project = self.host.project
        for run in page_runs(project.reader, None, LATEST) if project is not None else ():
            if run.result is None or project is None or run.worked_s <= 0:
                continue
            answered = run.result.answered - run.result.cache_hits
            if answered > 0 and candidate_with(project.reader, run.candidate).model == model:
                return answered / run.worked_s
        return None

    async def action_pause(self) -> None:
        """What is in flight is waited for."""
        await self._wish("paused", "It was paused.")

    async def action_stop_run(self) -> None:
        """What is in flight is given up; what came is kept."""
        await self._wish("stopped", "It was stopped.")

    async def _wish(self, state: Any, reason: str) -> None:
        run, project = self.chosen, self.host.project
        if run is None or project is None:
            return
        if run.state != "running" and not (run.pausing and state == "stopped"):
            word = "pause" if state == "paused" else "stop"
            self.say(f"Run {run.id} is {run.state}: there is nothing to {word}.")
            return
        try:
            await project.writer.put(ask_of_run(run.id, state, reason))
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        word = "Stopping: what came is kept"
        if state == "paused":
            word = "Pausing: what is in flight is waited for; x gives it up"
        self.host.look_again()
        self.say(f"{word}; o goes on with the run.", "wait")

    def action_resume(self) -> None:
        """Ask what has no answer yet."""
        run, project = self.chosen, self.host.project
        if run is None or project is None:
            self.say("There is no run yet; a starts one.")
        elif run.state == "done":
            self.say(f"Run {run.id} is done: every row was asked. a measures anew.")
        elif run.state == "running":
            self.say(f"Run {run.id} goes on already.")
        else:
            candidate = candidate_with(project.reader, run.candidate)
            if not self._lacks_weights([candidate], self.action_resume):
                self._going().resume(project, run)

    def action_rescore(self) -> None:
        """Score the answers again; other scorers may be added."""
        run, project = self.chosen, self.host.project
        if run is None or project is None:
            self.say("There is no run yet; a starts one.")
            return

        self._ask_scorers(project, run, f" score run {run.id} by ▸ ", " ".join(run.scorers), run.scorers)

    def rescore_by(self, scorer: str) -> None:
        """Add a scorer to the chosen run."""
        run, project = self.chosen, self.host.project
        if run is None or project is None:
            self.say("There is no run yet whose answers could be scored; a starts one.")
            return

        self._ask_scorers(project, run, f" score run {run.id} also by ▸ ", scorer)

    def _ask_scorers(self, project: "Project", run: Run, label: str, value: str, had: "Collection[str]" = ()) -> None:
        """Those it `had` are left out of what is typed."""

        def score(typed: str) -> None:
            from genai_tui.stages.evaluate.scorers import known_name

            try:
                names = [known_name(name) for name in typed.split() if name not in had]
            except GenaiError as error:
                self.refuse(label, typed, error)
                return
            self._going().rescore(project, run, names)

        self.ask(label, score, value=value)

    # Comparing

    def baseline_for(self, run: Run) -> Run | None:
        """The run that another is compared with: the chosen baseline, else the one before it over the same split."""
        project = self.host.project
        assert project is not None
        if self.base_chosen is not None and self.base_chosen != run.id:
            try:
                base = find_run(project.reader, self.base_chosen)
            except GenaiError:
                base = None
            if base is not None and base.split == run.split:
                return base
        return baseline_of(project.reader, run)

    async def differ(self, base: Run, run: Run, tell: "Callable[[str], None]") -> Against:
        """A comparison, made once for as long as both are as they are; of very many answers `tell` hears how far it is.

        esc ends it, and so does whatever takes the place of the worker that waits for it.
        """
        project = self.host.project
        assert project is not None
        key = (base.id, run.id, f"{base.ended}{base.scorers}", f"{run.ended}{run.scorers}")
        if key in self._compared:
            return self._compared[key]
        reading = self.comparing = Reading()

        def how_far(_: float) -> None:
            share = min(1.0, reading.done / (base.n + run.n)) if base.n + run.n else 0.0
            tell(f"#{run.id} against #{base.id}: {share:.0%} read; esc ends it.")

        reads = asyncio.to_thread(against, project.reader, base, run, None, reading.told)
        try:
            found = await found_by(reads, reading, how_far)
        finally:
            if self.comparing is reading:
                self.comparing = None
        if not reading.ended:
            self._compared[key] = found
        return found

    def stop_work(self) -> bool:
        """A long comparison is ended."""
        if self.comparing is None:
            return False
        self.comparing.ended, self.comparing = True, None
        self.say("The comparison was stopped.", "note")
        return True


def unmeasured(reader: "Reader") -> tuple[str, ...]:
    """The newest candidate, where it has no run yet: who was measured is asked again only if that is chosen."""
    newest = page_candidates(reader, None, 1, newest_first=True)
    return tuple(each.name for each in newest if not page_runs(reader, None, 1, candidate=each.id))
