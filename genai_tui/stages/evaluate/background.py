"""An evaluation as a job: it goes on when the terminal ends, and resumed asks only what has no answer yet."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.progress import Progress
from genai_tui.stages.evaluate.running import check_ahead, resume_run, run_candidates
from genai_tui.stages.evaluate.working import Limits, Stop
from genai_tui.store.candidates import candidate_with
from genai_tui.store.runs import find_run

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report
    from genai_tui.jobs.contract import Stop as JobStop
    from genai_tui.project import Project
    from genai_tui.records.jobs import Job

FUNCTION = f"{__name__}:measure"
_PLAN = ("dataset_version", "split", "n", "scorers", "repeats", "rows", "options", "limits")


async def start_measuring(project: "Project", candidates: Sequence[Candidate], plan: Run) -> "Job":
    """Start a job that measures each candidate as `plan_run` planned it.

    Raises what `check_ahead` raises: what can be known before is no job that fails later.
    """
    from genai_tui.jobs.starting import start_job

    await check_ahead(project, candidates, plan, Stop())
    kept = {name: value for name, value in asdict(plan).items() if name in _PLAN}
    args = {"candidates": [candidate.id for candidate in candidates], "plan": kept}
    return await start_job(project, "eval", FUNCTION, args, estimate={"answers": plan.n * len(candidates)})


async def measure(project: "Project", args: dict[str, Any], report: "Report", stop: "JobStop") -> dict[str, Any]:
    """Measure what `start_measuring` was given, going on with the runs of this job that are there. Gives their numbers.

    Raises GenaiError for what stands in the way of all answers; what came is kept.
    """
    plan = Run(candidate=0, **{**args["plan"], "scorers": tuple(args["plan"]["scorers"])}, job=report.job.id)
    begun = {run.candidate: run for run in _runs_of(project, report.job.id)}
    left = [number for number in args["candidates"] if number not in begun]
    halt = Stop(notice=report.note)
    done = {run.id: run.n for run in begun.values() if run.state == "done"}
    total = plan.n * len(args["candidates"])

    def told(progress: Progress) -> None:
        done[progress.run] = progress.done
        value = None if progress.value is None else progress.value.value
        usd = {"cost_usd": progress.usd}
        report.progress(sum(done.values()), total, {"failed": progress.failed, "rate": progress.rate, **usd})
        report.progress(sum(done.values()), total, {f"score of {progress.candidate}": value}, progress.done)

    watching = asyncio.create_task(_heard(stop, halt))
    try:
        for run in begun.values():
            if run.state != "done" and not halt.asked:
                report.note(f"Run {run.id} goes on.")
                await resume_run(project, run.id, Limits(**plan.limits), report=told, stop=halt)
        rest = [candidate_with(project.reader, number) for number in left]
        async for run in run_candidates(project, rest, plan, report=told, stop=halt):
            report.note(f"Run {run.id} is {run.state}.")
    finally:
        watching.cancel()
    runs = _runs_of(project, report.job.id)
    if not stop.asked and any(run.state != "done" for run in runs):  # a run was ended by itself: the job is not done
        stop.ask("interrupt" if any(run.state == "paused" for run in runs) else "cancel")
    return {"runs": [run.id for run in runs]}


async def _heard(stop: "JobStop", halt: Stop) -> None:
    await stop.wait()
    halt.asked = "stop"


def _runs_of(project: "Project", job: int) -> list[Run]:
    rows = project.reader.rows("SELECT id FROM run WHERE job = ? ORDER BY id", (job,))
    return [find_run(project.reader, number) for (number,) in rows]
