"""A job that is attached to: what reaches the terminal while it stands still, and when one figure changes."""

from genai_tui.project import Project
from genai_tui.records.jobs import Point
from genai_tui.store.jobs import beat_job
from tests.screens.test_jobs import STEPS, job_with_curves
from tests.support.far_end import far, settle

STILL = 1.5  # seconds without a byte: two looks at the store at least
WAYS = (((b"J", b"finetune"), (b"\r", b"118 ")), ((b"4", b"118 "),))  # the job's own page, the tab of trainings


def beat(project: Project, number: int, loss: float) -> None:
    """A heartbeat; everything but the loss is as it was."""
    metrics = {"loss/train": loss, "tokens a second": 118.0}
    project.writer.put_now(beat_job(number, 0.5, metrics, [Point("loss/train", STEPS, loss)], worked_s=12.0))


def test_what_stands_still_sends_nothing_and_one_figure_a_few_cells(sample: Project) -> None:
    number = job_with_curves(sample)
    beat(sample, number, 0.5)
    for keys in WAYS:
        with far(sample) as end:
            for key, seen in keys:
                end.send(key)
                end.wait_for(seen)
            settle(end)
            assert end.quiet(STILL)
            before = len(end.output)
            beat(sample, number, 0.5)  # its process is there, and nothing else is new
            assert end.quiet(STILL)
            assert len(end.output) == before
            beat(sample, number, 0.51)
            assert not end.quiet(STILL)
            settle(end)
            assert len(end.output) - before < 1000
            beat(sample, number, 0.5)
