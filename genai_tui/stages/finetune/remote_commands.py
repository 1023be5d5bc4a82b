"""`finetune plan` and `start` for a model that its service trains."""

import sys
from typing import TYPE_CHECKING, Any

from genai_tui.commands.frame import Frame, run
from genai_tui.commands.question import answered_yes
from genai_tui.stages.finetune.checking import refuse_findings
from genai_tui.stages.finetune.remote import warning
from genai_tui.stages.finetune.remote_planning import PRICE, RemotePlan, plan_remote, start_remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from genai_tui.project import Project
    from genai_tui.records.jobs import Job


def tell_plan(frame: Frame, project: "Project", progress: "Callable[[int, int], None]", what: dict[str, Any]) -> int:
    """Say what would be uploaded, and where to; nothing is sent."""
    found = _planned(frame, project, progress, what)
    if frame.say.json:
        frame.say.document(found.as_json())
    else:
        frame.say.lines(found.lines())
        for one in found.looked.findings:
            if one.severity != "ok":
                frame.say.note(f"{one.reason} {one.do}".strip())
    return 1 if found.looked.refused(allow_leaks=found.allow_leaks) else 0


def start_there(
    frame: Frame, project: "Project", progress: "Callable[[int, int], None]", what: dict[str, Any]
) -> "Job | None":
    """Start the job, after a yes where somebody can give it; None after a no."""
    found = _planned(frame, project, progress, what)
    refuse_findings(found.looked, allow_leaks=found.allow_leaks)
    rows = " and ".join(f"{one.rows:,} rows of {one.split} (≈ {one.tokens:,} tokens)" for one in found.uploads)
    for said in (f"To {found.endpoint.base_url} go {rows}.", PRICE, warning(found.endpoint)):
        if said:
            frame.say.note(said)
    if found.unsent:
        frame.say.note(f"Not sent: {', '.join(found.unsent)}.")
    asks = sys.stdin.isatty() and not frame.say.json
    if asks and not answered_yes(f"Let {found.endpoint.name} train {found.model_id}?", default=False):
        return None
    job = run(lambda: start_remote(project, found))
    frame.say.note(f"Job {job.id} watches {found.endpoint.name}; genai-tui job show {job.id} tells of it.")
    return job


def _planned(
    frame: Frame, project: "Project", progress: "Callable[[int, int], None]", what: dict[str, Any]
) -> RemotePlan:
    from genai_tui.stages.finetune.settings import assigned

    given = dict(what)
    values, file = assigned(given.pop("assignments")), given.pop("config")
    found = plan_remote(project, given.pop("model"), file=file, values=values, progress=progress, **given)
    frame.say.progress_done()
    return found
