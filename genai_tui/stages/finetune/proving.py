"""Whether a model that was made is better than its parent: both as candidates, with the prompt it was trained for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.datasets import Split
from genai_tui.records.jobs import Job
from genai_tui.store.candidates import all_candidates, save_candidate
from genai_tui.store.jobs import page_jobs
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import page_runs

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.candidates import Candidate
    from genai_tui.records.runs import Run
    from genai_tui.stages.evaluate.rivals import Against

SPLIT: Split = "dev"
LATEST = 200  # runs and jobs that are looked through


@dataclass(frozen=True)
class Proof:
    """What is known of a made model against its parent: the paired comparison, or the job that measures them."""

    found: "Against | None" = None
    measuring: Job | None = None


def made_by(job: Job) -> str:
    """The reference of the model that a training made. Raises UsageFault where it made none that is served here."""
    model = job.result.get("model")
    if not isinstance(model, str):
        why = job.reason or ("It is not done." if job.state != "done" else "What it made is not served here.")
        raise UsageFault(f"Job {job.id} has made no model yet.", why, "")
    return model


def candidate_of_job(project: "Project", job: Job, model: str | None = None) -> "Candidate":
    """The candidate of what a training made (or of `model`) with the prompt it was trained for, which has no examples.

    It is saved, or the one that is there. Reads the heads of weights: call it in a thread. Raises UsageFault,
    MissingPiece.
    """
    saved: Candidate = project.writer.put_now(save_candidate(_candidate(project, job, model)))[0]
    return saved


def _candidate(project: "Project", job: Job, model: str | None) -> "Candidate":
    from genai_tui.answering.candidates import candidate_of

    endpoint, model_id = project.settings.model(model or made_by(job))
    return candidate_of(endpoint, model_id, find_prompt(project.reader, str(job.args["prompt"])))


async def start_proof(project: "Project", job: Job) -> Job:
    """Start a job that measures the parent and what was made of it, over dev of the dataset it was trained on.

    Raises UsageFault where no model was made or there is no dev, and what starting a job raises.
    """
    import asyncio

    from genai_tui.stages.evaluate.background import start_measuring
    from genai_tui.stages.evaluate.running import plan_run
    from genai_tui.store.datasets import find_dataset_version

    made_by(job)
    pair = [await asyncio.to_thread(candidate_of_job, project, job, model) for model in (job.args["model"], None)]
    dataset = find_dataset_version(project.reader, job.args["dataset_version"])
    plan = plan_run(project, split=SPLIT, dataset=dataset.name)
    return await start_measuring(project, pair, plan)


def proof_of(project: "Project", job: Job) -> Proof:
    """The last paired comparison of what a job made with its parent on dev. Reads answers: call it in a thread."""
    from genai_tui.stages.evaluate.rivals import against

    try:
        both = [_candidate(project, job, model) for model in (job.args["model"], None)]
    except GenaiError:
        return Proof()
    known = {(one.hash, one.endpoint): one.id for one in all_candidates(project.reader)}
    pair = [known.get((one.hash, one.endpoint), 0) for one in both]
    if not all(pair):  # never made: looking makes none
        return Proof()
    runs: dict[int, Run] = {}
    for run in page_runs(project.reader, None, LATEST):
        if run.candidate in pair and run.split == SPLIT and run.result is not None:
            runs.setdefault(run.candidate, run)
    found = against(project.reader, runs[pair[0]], runs[pair[1]]) if len(runs) == 2 else None
    going = (each for each in page_jobs(project.reader, None, LATEST) if _measures(each, pair))
    return Proof(found, next(going, None))


def _measures(job: Job, pair: list[int]) -> bool:
    groups: list[dict[str, Any]] = job.args.get("groups", [])
    going = job.kind == "eval" and job.state in ("queued", "running")
    return going and any(group.get("candidates") == pair for group in groups)
