"""What the board says of Fine-tune."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.artifacts import made_models
from genai_tui.store.jobs import running_jobs
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Done when a model was made: the last one by its name; what trains now, with how far it is."""
    made = made_models(reader)
    [[waiting]] = reader.rows("SELECT count(*) FROM job WHERE kind = 'finetune' AND state IN ('queued', 'running')")
    going = [job for job in running_jobs(reader) if job.kind == "finetune"] if waiting else []
    lines = []
    if made:
        lines.append(made[0][0].partition("/")[2])
    for job in going[:1]:
        share = "" if job.progress is None else f" {job.progress * 100:.0f} %"
        lines.append(f"{job.args.get('name', 'training')}{share}")
    if made:
        return StageStatus("done", (*lines, f"{len(made)} model{'s' if len(made) > 1 else ''} made"))
    if going:
        return StageStatus("started", tuple(lines))
    [[ended]] = reader.rows("SELECT count(*) FROM job WHERE kind = 'finetune' AND state IN ('failed', 'running')")
    return StageStatus("started", ("nothing made yet",)) if ended else StageStatus("empty", ("not started",))
