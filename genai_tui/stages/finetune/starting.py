"""Starting a training as a job."""

from dataclasses import replace
from typing import TYPE_CHECKING

from genai_tui.stages.finetune.planning import Plan, without_examples
from genai_tui.stages.finetune.work import FUNCTION

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.jobs import Job


async def start_training(project: "Project", plan: Plan) -> "Job":
    """Start the job of a plan; one trains on a device at a time. Raises what `start_job` raises."""
    from genai_tui.jobs.starting import start_job

    plan = replace(plan, prompt=without_examples(project, plan.prompt))
    return await start_job(project, "finetune", FUNCTION, plan.as_args(), estimate={}, device="train")
