"""An evaluation as a job: it goes on when the terminal ends, and resumed asks only what has no answer yet."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.groups import Group, as_args, from_args
from genai_tui.stages.evaluate.limits import Limits, Stop
from genai_tui.stages.evaluate.progress import Progress
from genai_tui.stages.evaluate.running import check_ahead, resume_run, run_groups
from genai_tui.store.amounts import runs_of_job
from genai_tui.store.runs import find_run

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report
    from genai_tui.jobs.contract import Stop as JobStop
    from genai_tui.project import Project
    from genai_tui.records.jobs import Job

Notice = Callable[[str], None]
FUNCTION = f"{__name__}:measure"


async def start_measuring(
    project: "Project", candidates: Sequence[Candidate], plan: Run, notice: Notice | None = None
) -> "Job":
    """Start a job that measures each candidate as `plan_run` planned it; `notice` is told what it will take.

    Raises what `check_ahead` raises: what can be known before is no job that fails later.
    """
    return await start_groups(project, [Group(candidates, plan)], notice=notice)


async def start_groups(
    project: "Project", groups: Sequence[Group], config: Path | None = None, notice: Notice | None = None
) -> "Job":
    """Start a job that measures these groups; `config` is the promptfoo configuration that describes them.

    Within `reachable`, where there is one. Raises what `check_ahead` raises.
    """
    from genai_tui.jobs.starting import start_job

    await check_ahead(project, groups, Stop(notice=notice))
    args: dict[str, Any] = {"groups": [as_args(group) for group in groups]}
    if config is not None:
        args["config"] = str(config.absolute())
    return await start_job(project, "eval", FUNCTION, args, estimate={"answers": sum(each.answers for each in groups)})


async def measure(project: "Project", args: dict[str, Any], report: "Report", stop: "JobStop") -> dict[str, Any]:
    """Measure what `start_groups` was given, going on with the runs of this job that are there. Gives their numbers.

    Raises GenaiError for what stands in the way of all answers; what came is kept.
    """
    from genai_tui.stages.evaluate.interchange.measuring import as_configured

    kept = args.get("groups", [args])  # one group stood bare in jobs of an earlier version
    groups = [from_args(project.reader, each, report.job.id) for each in kept]
    begun = _runs_of(project, report.job.id)
    halt = Stop(notice=report.note)
    done = {run.id: run.n for run in begun if run.state == "done"}
    total = sum(group.answers for group in groups)

    def told(progress: Progress) -> None:
        done[progress.run] = progress.done
        value = None if progress.value is None else progress.value.value
        usd = {"cost_usd": progress.usd}
        report.progress(sum(done.values()), total, {"failed": progress.failed, "rate": progress.rate, **usd})
        report.progress(sum(done.values()), total, {f"score of {progress.candidate}": value}, progress.done)

    watching = asyncio.create_task(_heard(stop, halt))
    try:
        async with as_configured(project, args.get("config")):
            for run in begun:
                if run.state != "done" and not halt.asked:
                    report.note(f"Run {run.id} goes on.")
                    await resume_run(project, run.id, Limits(**run.limits), report=told, stop=halt)
            rest, left = [], len(begun)  # runs were begun in the order of the candidates
            for group in groups:
                rest.append(group.after(left))
                left = max(0, left - len(group.candidates))
            beside = [run.id for run in begun]
            async for run in run_groups(project, rest, report=told, stop=halt, beside=beside):
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
    return [find_run(project.reader, number) for number in runs_of_job(project.reader, job)]
