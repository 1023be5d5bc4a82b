"""Stage 6 by keyboard: a project to measure in, what was measured, and the way to the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.answering.candidates import candidate_of
from genai_tui.project import Project
from genai_tui.records.candidates import Candidate
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.evaluate.running import plan_run, run_candidates
from genai_tui.store.candidates import save_candidate
from genai_tui.store.prompts import save_prompt
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes
from tests.support.playground import project_with

ROWS = {
    "train": [("train ticket 0", "billing")],
    "dev": [(f"dev ticket {n}", "technical" if n % 3 == 0 else "billing") for n in range(12)],
    "test": [(f"test ticket {n}", "technical") for n in range(3)],
}  # 4 of dev are technical, 8 billing


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    """A project with these rows; the endpoint `fake` is the fake one."""
    with project_with(tmp_path / "work", fake, rows=ROWS) as made:
        yield made


def made(project: Project, model: str) -> Candidate:
    """A candidate of a model of the fake endpoint and one prompt."""
    [prompt] = project.writer.put_now(save_prompt(Prompt((Message("user", "Ticket: {{ ticket }}"),))))
    endpoint, model_id = project.settings.model(f"fake/{model}")
    [candidate] = project.writer.put_now(save_candidate(candidate_of(endpoint, model_id, prompt)))
    return candidate


async def measured(project: Project, *models: str, **more: object) -> None:
    """A run of each model over dev."""
    candidates = [made(project, model) for model in models]
    async for _ in run_candidates(project, candidates, plan_run(project, **more)):  # type: ignore[arg-type]
        pass


async def at_six(panes: Panes) -> None:
    """Open the stage."""
    await panes.press("6")
    await panes.until(lambda: panes.where == "Evaluate")


async def at_examples(panes: Panes) -> None:
    """Open the stage, and the answers of its newest run, of which one is wrong at least."""
    await at_six(panes)
    await panes.press("enter")
    await panes.until(lambda: "✘" in panes.part("#examples"))


async def type_over(panes: Panes, text: str) -> None:
    """Put a text into the box that is open, in place of what stands there."""
    box = panes.app.focused
    assert box is not None
    box.set_value(text)  # type: ignore[attr-defined]
    await panes.press("enter")
