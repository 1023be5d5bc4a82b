"""The tab Compare: models side by side, asked the same, blind too, and one chosen with why."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.selections import Selection
from genai_tui.sample import make_sample
from genai_tui.stages.select.pages.compare import Compare
from genai_tui.stages.select.pages.trial import Trial
from genai_tui.stages.select.screen import SelectScreen
from genai_tui.store.candidates import page_candidates
from genai_tui.store.generations import page_generations
from genai_tui.store.jobs import find_job, page_jobs
from genai_tui.store.selections import latest_selection, select_model
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread
from tests.support.panes import Panes, opened


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """A fake endpoint that serves in a thread, as `openai`."""
    with serve_in_thread() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    """The sample project with a model of the endpoint in use."""
    with make_sample(tmp_path / "p", environ=os.environ) as made:
        made.writer.put_now(select_model(Selection("openai/echo")))
        yield made


def compare(panes: Panes) -> Compare:
    """The tab, once it is shown."""
    screen = panes.app.screen
    assert isinstance(screen, SelectScreen)
    assert isinstance(screen.pane, Compare)
    return screen.pane


async def only(panes: Panes, *models: str) -> None:
    """Go to the tab and compare these."""
    await panes.press("2", "c")
    tab = compare(panes)
    tab.names = []
    for model in models:
        await panes.press("a", *(letter for letter in model), "enter")
        await panes.until(lambda: {*models[: len(tab.names or ())]} == {row.known.name for row in tab.table.near(4)})


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_models_stand_side_by_side_with_what_is_unknown(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        await only(panes, "openai/echo", "llama-3.1-8b")
        assert "in use" in panes.part("#compared")
        cards = panes.part("#cards")
        assert "8,030,261,248" in cards
        assert "unknown" in cards
        assert compare(panes).command() == "genai-tui model compare openai/echo llama-3.1-8b"
        await panes.press("x")
        await panes.until(lambda: compare(panes).table.count == 1)


async def test_all_are_asked_the_same_blind_and_the_chosen_one_is_the_first_candidate(project: Project) -> None:
    async with opened(project, (120, 36)) as panes:
        await only(panes, "openai/echo", "openai/other")
        await panes.press("b")
        await panes.until(lambda: panes.where == "Trial" and len(page_generations(project.reader, limit=9)) == 2)
        await panes.until(lambda: getattr(panes.app.screen, "settled", False))
        assert "openai/other" not in panes.part("#answer-0") + panes.part("#answer-1")
        assert "expected" in panes.part("#answer-0")
        await panes.press("u", *"it is better", "enter")
        await panes.until(lambda: "is in use now" in panes.last_line)
    model = project.model_in_use
    assert model in ("openai/echo", "openai/other")
    kept = latest_selection(project.reader, model)
    assert kept is not None
    assert len(kept.rivals) == 1
    assert kept.why.startswith("blind, in an order by seed ")
    assert kept.why.endswith("it is better")
    made = page_candidates(project.reader)[-1]
    assert (kept.candidate, made.model) == (made.id, model)


async def test_blind_neither_speed_nor_failure_nor_what_is_waited_for_tells_who_it_is(
    project: Project, fake: FakeEndpoint
) -> None:
    async with opened(project, (120, 36)) as panes:
        await only(panes, "openai/echo", "openai/held-2", "openai/fault-401")
        await panes.press("b")
        await panes.until(lambda: panes.where == "Trial" and len(page_generations(project.reader, limit=9)) == 2)
        trial = panes.app.screen
        assert isinstance(trial, Trial)
        trial.say("Starting the embedded model smollm2-135m.", "wait")
        await panes.until(lambda: all("waiting" in panes.part(f"#answer-{place}") for place in range(3)))
        assert "smollm2" not in panes.last_line
        fake.go_on.set()
        await panes.until(lambda: trial.settled)
        shown = [panes.part(f"#answer-{place}") for place in range(3)]
        [failed] = [part for part in shown if "did not answer" in part]
        assert all(word not in failed for word in ("openai", "401", "key"))
        assert sum("expected" in part for part in shown) == 2


async def test_a_card_without_an_endpoint_is_asked_nothing(project: Project) -> None:
    async with opened(project) as panes:
        await only(panes, "llama-3.1-8b")
        await panes.press("s")
        assert "answers nothing" in panes.last_line
        assert page_generations(project.reader, limit=1) == []


async def test_all_are_evaluated_on_dev_as_a_job(project: Project) -> None:
    async with opened(project, (120, 36)) as panes:
        await only(panes, "openai/echo", "openai/other", "llama-3.1-8b")
        await panes.press("e")
        await panes.until(lambda: "measured on dev by job 1" in panes.last_line)
        assert "2 models are" in panes.last_line
        [job] = page_jobs(project.reader, None, 10)
        assert job.kind == "eval"
        assert {each.model for each in page_candidates(project.reader, None, 10)} >= {"openai/echo", "openai/other"}
        await panes.until(lambda: find_job(project.reader, 1).state not in ("queued", "running"))
