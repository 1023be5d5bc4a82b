"""Preparing a training (its rows looked at, what it will take) and starting it as a job."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import MissingPiece
from genai_tui.stages.finetune.checking import Looked, look, refuse_findings
from genai_tui.stages.finetune.estimating import Takes, check_room, takes
from genai_tui.stages.finetune.keeping import kept_with
from genai_tui.stages.finetune.loading import check_four_bits
from genai_tui.stages.finetune.planning import Plan, without_examples
from genai_tui.stages.finetune.scored import check_scorer
from genai_tui.stages.finetune.settings import check_steps
from genai_tui.stages.finetune.tokenizing import tokenizer_of
from genai_tui.stages.finetune.where import asked_for, machine_of
from genai_tui.stages.finetune.work import FUNCTION

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.asked import Asked
    from genai_tui.records.jobs import Job


@dataclass(frozen=True)
class Prepared:
    """A plan with what was found of its rows, what it should take and what is kept with it.

    `takes` is None where tokens could not be counted: `missing` says what is not here for that. `asked` is what Slurm
    would be asked, None where it runs on this machine.
    """

    plan: Plan
    looked: Looked
    takes: Takes | None
    kept: dict[str, Any]
    missing: MissingPiece | None = None
    asked: "Asked | None" = None

    def as_json(self) -> dict[str, Any]:
        """As `finetune plan --json` prints it."""
        return {
            **self.plan.as_args(),
            "dataset": self.plan.dataset.name,
            "version": self.plan.dataset.version,
            "rows": self.plan.dataset.splits,
            "data": self.looked.as_json(),
            "steps": None if self.takes is None else self.takes.steps,
            "estimate": None if self.takes is None else self.takes.as_job(),
            "slurm": None if self.asked is None else self.asked._asdict(),
            "kept": self.kept,
        }


async def prepare(project: "Project", plan: Plan, progress: Callable[[int, int], None] | None = None) -> Prepared:
    """Look at the rows of a plan and say what its training will take. Nothing is refused yet.

    At first use the parent's weights are written as they are trained (seconds). Raises what `takes` raises.
    """
    return await asyncio.to_thread(prepared, project, plan, progress)


def prepared(
    project: "Project", plan: Plan, progress: Callable[[int, int], None] | None = None, looked: Looked | None = None
) -> Prepared:
    """As `prepare`, here and now; what was `looked` at already is not looked at again."""
    try:
        tokenizer, missing = tokenizer_of(plan.parent), None
    except MissingPiece as error:
        tokenizer, missing = None, error
    looked = looked or look(project, plan, tokenizer, progress)
    machine = machine_of(plan.slurm)
    found = takes(project, plan, looked.tokens, machine) if "train" in looked.tokens else None
    if found is not None:
        plan = replace(plan, settings=found.settings)
    asked = None if plan.slurm is None or missing is not None else asked_for(found, plan.slurm)
    return Prepared(plan, looked, found, kept_with(project, plan, looked), missing, asked)


def refuse(found: Prepared) -> None:
    """Raises what stands in the way of starting: UsageFault, or MissingPiece without the extra `train`."""
    refuse_findings(found.looked, allow_leaks=found.plan.allow_leaks)
    if found.missing is not None:
        raise found.missing
    if found.plan.settings.method == "qlora":
        check_four_bits()
    check_scorer(found.plan.settings.best_by, found.plan.dataset.splits.get("dev", 0))
    if found.takes is not None:
        check_steps(found.plan.settings, found.takes.steps)
        check_room(found.takes)


async def start_training(project: "Project", plan: Plan, found: Prepared | None = None) -> "Job":
    """Start the job of a plan, prepared here unless it was; one trains on a device at a time, or as Slurm has room.

    Raises what `refuse` and `start_job` raise.
    """
    from genai_tui.jobs.starting import start_job

    found = found or await prepare(project, plan)
    refuse(found)
    plan = replace(found.plan, prompt=await asyncio.to_thread(without_examples, project, plan.prompt))
    estimate = {} if found.takes is None else found.takes.as_job()
    args = {**plan.as_args(), "kept": found.kept}
    return await start_job(project, "finetune", FUNCTION, args, estimate=estimate, device="train", asked=found.asked)
