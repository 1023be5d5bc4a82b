"""One training as a line of the list: its state, how far it is, its losses, how long it takes yet."""

from genai_tui.jobs.telling import figures_said, left_said
from genai_tui.records.jobs import GOES_ON, Job
from genai_tui.screens.job import STATES
from genai_tui.screens.quantities import live
from genai_tui.widgets.canvas import Canvas

NAME, STATE, SHARE, LOSS, REST = 8, 23, 40, 42, 66  # columns


def name_of(job: Job) -> str:
    """What its model is called."""
    return str(job.args.get("name", ""))


def called(job: Job) -> str:
    """Its number and name: `#3 lora-3`."""
    return f"#{job.id} {name_of(job)}".rstrip()


def words(job: Job) -> str:
    """What it is found by."""
    method = job.args.get("settings", {}).get("method", "")
    return " ".join(map(str, (job.id, job.state, name_of(job), job.args.get("model", ""), method))).lower()


def spoken(job: Job) -> str:
    """The line in words."""
    share = "" if job.progress is None else f", {job.progress * 100:.0f} percent"
    return f"job {job.id} {name_of(job)}, {job.state}{share}, {figures_said(live(job.metrics))} {job.reason}"


def draw(canvas: Canvas, x: int, y: int, width: int, job: Job) -> None:
    """The line; what it ended by, or the time that is left, has what room there is."""
    sign, role = STATES[job.state]
    canvas.put(x, y, canvas.look.signs[sign], role)
    canvas.put(x + 2, y, f"#{job.id}", "soft", NAME - 3)
    canvas.put(x + NAME, y, name_of(job), "strong", STATE - NAME - 1)
    canvas.put(x + STATE, y, "ending" if job.ending else job.state, role, SHARE - STATE - 6)
    share = "" if job.progress is None else f"{job.progress * 100:.0f} %"
    canvas.right(x + SHARE, y, share, "text")
    end = x + LOSS
    for part in ("train", "dev"):
        loss = job.metrics.get(f"loss/{part}")
        if isinstance(loss, (int, float)):
            end = canvas.put(canvas.put(end, y, f"{part} ", "soft"), y, f"{loss:.3f}", "text") + 2
    left = job.metrics.get("left_s")
    if job.state == "running" and isinstance(left, (int, float)):
        ended = job.progress is not None and job.progress >= 1  # what came of it is kept yet
        canvas.put(x + REST, y, "being packed" if ended else left_said(left), "text", width - REST)
    elif job.state in GOES_ON:
        canvas.put(end, y, job.reason, "soft", width + x - end)
