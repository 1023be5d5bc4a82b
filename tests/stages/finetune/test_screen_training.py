"""A training from the screen, for real: planned, started, watched to its end, on a model of two layers."""

from pathlib import Path

from genai_tui.project import Project
from genai_tui.store.jobs import find_job
from tests.support.panes import opened
from tests.support.training import needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "tiny", "unpacked"]
pytestmark = needs_training
TURNS = 60_000  # of the loop: a minute or two, where others work besides


async def test_what_is_planned_is_started_with_one_key_and_seen_to_its_end(sample: Project, tiny: Path) -> None:
    async with opened(sample, (80, 24)) as panes:
        typed = panes.app.typed
        for name, text in (("model", str(tiny)), ("steps", "6"), ("warmup_steps", "1"), ("evaluations", "2")):
            typed.keep("finetune", name, text)
        await panes.press("4")
        await panes.until(lambda: "tokens, " in panes.part("#row").splitlines()[0], TURNS)
        row = panes.part("#row")
        assert "learned ▸" in row.splitlines()[0]
        assert "<|im_end|>" in next(line for line in row.splitlines() if line.startswith(" ▸"))
        assert "median" in panes.part("#shape")
        await panes.press("p")
        await panes.until(lambda: panes.shows("6 steps"), TURNS)
        assert panes.shows("makes embedded/lora-1")
        await panes.press("s")
        await panes.until(lambda: panes.shows("Trainings") and "lora-1" in panes.part("#trainings"), TURNS)
        await panes.until(lambda: find_job(sample.reader, 1).state not in ("queued", "running"), TURNS)
        job = find_job(sample.reader, 1)
        assert (job.state, job.reason) == ("done", "")
        await panes.until(lambda: "100 %" in panes.part("#trainings"), TURNS)
        assert "● dev" in panes.part("#curves")
        assert job.metrics["memory (GB)/cpu"] > 0.1
        assert "model" not in job.result  # a folder's model is not served here
        await panes.press("e")
        await panes.until(lambda: "has made no model" in panes.last_line)
