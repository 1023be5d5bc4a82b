"""What the board says of Fine-tune."""

from genai_tui.records.jobs import Job
from genai_tui.records.stages import StageStatus
from genai_tui.store.amounts import last_training
from genai_tui.store.artifacts import made_models
from genai_tui.store.jobs import find_job
from genai_tui.store.reader import Reader

BROKE_OFF = ("failed", "interrupted")


def status(reader: Reader) -> StageStatus:
    """Done when a model was made: the last one by its name; what trains now, with how far it is.

    Attention where the latest training broke off and wants to be gone on with.
    """
    made = made_models(reader)
    latest = _latest(reader)
    lines = [made[0][0].partition("/")[2]] if made else []
    broke_off = latest is not None and latest.state in BROKE_OFF
    if latest is not None and (broke_off or latest.state == "running"):
        lines.append(_line(latest))
    if made:
        count = f"{len(made)} model{'s' if len(made) > 1 else ''} made"
        return StageStatus("attention" if broke_off else "done", (*lines, count))
    if lines:
        return StageStatus("attention" if broke_off else "started", tuple(lines))
    return StageStatus("empty", ("not begun",)) if latest is None else StageStatus("started", ("nothing made yet",))


def _latest(reader: Reader) -> Job | None:
    last = last_training(reader)
    return None if last is None else find_job(reader, last)


def _line(job: Job) -> str:
    name = str(job.args.get("name", "training"))
    share = "" if job.progress is None else f" {job.progress * 100:.0f} %"
    return f"{name}{share}" if job.state == "running" else f"{name} {job.state}"
