"""What this program measures now: in a worker of the app, so that it goes on whatever screen is looked at."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.stages.evaluate.progress import Pace, Progress, Report, value_so_far
from genai_tui.store.following import Follow, follow

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.runs import Kind
    from genai_tui.screens.host import Host
    from genai_tui.stages.evaluate.interchange.config import Suite


class Going:
    """Runs that were begun or resumed here. `tell` is called as they get on, `ended` with each that has ended."""

    def __init__(self, host: "Host", tell: Callable[[], None], ended: Callable[[Run], None]) -> None:
        self._host, self._tell, self._ended = host, tell, ended
        self.progress: dict[int, Progress] = {}

    def begin(self, project: "Project", candidates: Sequence[Candidate], plan: dict[str, Any]) -> None:
        """Measure candidates, one after the other; `plan` is what `plan_run` takes."""

        async def work(report: Report) -> None:
            from genai_tui.stages.evaluate.running import Stop, plan_run, run_candidates

            stop = Stop(notice=self._notice)
            planned = await asyncio.to_thread(plan_run, project, **plan)
            async for run in run_candidates(project, candidates, planned, report=report, stop=stop):
                self._over(run)

        self._start(work, f"Measuring {', '.join(candidate.name for candidate in candidates)}")

    def resume(self, project: "Project", run: Run) -> None:
        """Go on with a run."""

        async def work(report: Report) -> None:
            from genai_tui.stages.evaluate.interchange.measuring import as_configured
            from genai_tui.stages.evaluate.running import Limits, Stop, resume_run

            limits, stop = Limits()._replace(**run.limits), Stop(notice=self._notice)
            async with as_configured(project, run.options.get("config")):
                self._over(await resume_run(project, run.id, limits, report=report, stop=stop))

        self._start(work, f"Going on with run {run.id}")

    def configured(self, project: "Project", suite: "Suite") -> None:
        """Measure what a promptfoo configuration describes."""

        async def work(report: Report) -> None:
            from genai_tui.stages.evaluate.interchange.measuring import measure, reachable
            from genai_tui.stages.evaluate.running import Limits, Stop

            options = dict(suite.options)
            limits = Limits()._replace(**{"in_flight": options["in_flight"]} if "in_flight" in options else {})
            how: dict[str, Any] = {"repeats": options.get("repeats", 1), "cache": bool(options.get("cache", 1))}
            stop = Stop(notice=self._notice)
            async with reachable(project, suite):
                async for run, _ in measure(project, suite, limits=limits, report=report, stop=stop, **how):
                    self._over(run)

        self._start(work, f"Measuring {suite.path.name}")

    def rescore(self, project: "Project", run: Run, scorers: Sequence[str] = ()) -> None:
        """Score a run's answers again, or by further scorers."""

        async def work(report: Report) -> None:
            from genai_tui.stages.evaluate.scoring import rescore

            self._over(await rescore(project, run.id, scorers))

        self._start(work, f"Scoring run {run.id}")

    def _start(self, work: Callable[[Report], Awaitable[None]], said: str) -> None:
        mine: set[int] = set()
        began = time.monotonic()

        def report(now: Progress) -> None:
            mine.add(now.run)
            self.progress[now.run] = now
            self._tell()

        async def guarded() -> None:
            try:
                await work(report)
            except GenaiError as error:
                self._host_says(str(error), "bad")
            finally:
                for number in mine:
                    self.progress.pop(number, None)
                self._host.look_again()
                self._tell()
                self._host.ring(time.monotonic() - began)

        self._host_says(f"{said}; it goes on when you leave this screen.", "wait")
        begin(self._host, guarded, f"evaluate-{time.monotonic_ns()}")

    def _over(self, run: Run) -> None:
        self.progress.pop(run.id, None)
        self._ended(run)

    def _notice(self, text: str) -> None:
        self._host_says(text, "wait")

    def _host_says(self, text: str, tone: str) -> None:
        say = getattr(self._host.screen, "say", None)
        if say is not None:
            say(text, tone)


class Elsewhere:
    """How far a run is that another process works on: what it wrote is added up as it comes."""

    def __init__(self, project: "Project", run: Run, candidate: str, kind: "Kind") -> None:
        self._project, self.run, self._candidate, self._kind = project, run, candidate, kind
        self._known = Follow()
        self._pace: Pace | None = None

    def look(self) -> Progress:
        """Read what came since the last look; call it in a thread."""
        known = self._known = follow(self._project.reader, self.run.id, self.run.scorers[0], self._known)
        now = time.monotonic()
        self._pace = self._pace or Pace(now, known.n)
        rate = self._pace.rate(now, known.n)
        left = (self.run.n - known.n) / rate if rate else None
        return Progress(
            self.run.id,
            self._candidate,
            known.n,
            self.run.n,
            known.failed,
            value_so_far(self._kind, known.n, known.total, known.squares),
            rate,
            left,
            known.spent_usd,
        )
