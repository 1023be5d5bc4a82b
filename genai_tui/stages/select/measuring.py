"""Compared models measured on all of dev: a candidate of each with the latest prompt, evaluated as a job."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.answering.candidates import candidate_of
from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.background import start_measuring
from genai_tui.stages.evaluate.running import plan_run
from genai_tui.store.candidates import save_candidate
from genai_tui.store.prompts import latest_prompt

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.jobs import Job


async def start_measuring_models(project: "Project", models: Sequence[str]) -> "Job":
    """Make the candidates and start the job. Raises UsageFault without a prompt, and what measuring raises at once."""
    prompt = latest_prompt(project.reader)
    if prompt is None:
        raise UsageFault("There is no prompt to measure models with.", "None is saved yet.", "3 leads to the prompts.")
    plan = plan_run(project, split="dev")
    made = [save_candidate(candidate_of(*project.settings.model(model), prompt)) for model in models]
    candidates = await project.writer.put(*made)
    return await start_measuring(project, candidates, plan)
