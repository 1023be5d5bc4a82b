"""A picture of every tab and page of stage 6 at 80×24 and 120×36; of the runs in every look."""

import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from genai_tui.project import Project
from genai_tui.records.runs import Value
from genai_tui.records.scopes import Scope
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictures import steady
from genai_tui.stages.evaluate.progress import Progress
from genai_tui.stages.evaluate.screen import Evaluate
from genai_tui.store.scopes import save_scope
from tests.snapshots.playground import keys
from tests.snapshots.test_playground import LOOKS
from tests.support.evaluated import three_runs, with_run
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import a_terminal
from tests.support.playground import project_with

TICKETS = ("I was charged twice, please refund", "The app closes when I open a room", "I cannot log in since Monday")
LABELS = ("billing", "technical", "account")
ROWS = {
    split: [(f"{TICKETS[n % 3]} ({n})", LABELS[n % 3]) for n in range(count)]
    for split, count in (("train", 9), ("dev", 24), ("test", 12))
}
SIZES = [(80, 24), (120, 36)]
STATES: dict[str, tuple[str, ...]] = {
    "runs": (), "compare": ("down", "c"), "examples": ("down", "e"), "groups": ("down", "e", "t"),
    "confusion": ("down", "down", "e", "t", "t"),
    "datasets": ("d",), "scorers": ("s",), "judge": ("u",), "start": ("a",), "example": ("down", "e", "enter"),
    "leaderboard": ("l",), "plot-runs": ("v",), "plot-cost": ("v", "v"), "plot-latency": ("v", "v", "v"),
    "row": ("d", "tab", "enter"), "check": ("d", "x"), "help": ("question_mark",),
}  # fmt: skip


@pytest.fixture
def evaluated(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Three runs over dev, one of them stopped, and one over test."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with project_with(tmp_path / "tickets", FakeEndpoint(), rows=ROWS) as project:
        project.writer.put_now(save_scope(Scope(metric="exact", target=0.8)))
        with_run(project, "large", lambda place, row: str(row.expected), shots=3, split="test")
        three_runs(project)
        yield project
    monkeypatch.undo()
    time.tzset()


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until nothing works any more but what follows a run that goes on."""
    workers = pilot.app.workers
    for _ in range(3):
        if others := [each for each in workers if not each.group.startswith("follow")]:
            await workers.wait_for_complete(others)
        await pilot.pause()
    screen = pilot.app.screen
    getattr(screen, "forget_message", lambda: None)()


def walk(*pressed: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def walked(pilot: Pilot[Any]) -> None:
        await keys(pilot, "6")
        await settled(pilot)
        for key in pressed:
            await keys(pilot, key)
            await settled(pilot)

    return walked


async def live(pilot: Pilot[Any]) -> None:
    """A run that goes on, half of it done."""
    await walk()(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, Evaluate)
    now = Progress(5, "c2", 11, 24, 1, Value(0.73, 0.43, 0.9, 11), 6.4, 2.03, 0.0003)
    screen._going().progress[5] = now
    screen._tell()
    await settled(pilot)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36"])
@pytest.mark.parametrize("state", STATES)
def test_evaluate(snap_compare: Any, evaluated: Project, state: str, size: tuple[int, int]) -> None:
    app = GenaiApp(a_terminal(), evaluated, board=steady(evaluated))
    assert snap_compare(app, run_before=walk(*STATES[state]), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36"])
def test_a_run_that_goes_on(snap_compare: Any, evaluated: Project, size: tuple[int, int]) -> None:
    with_run(evaluated, "large", lambda place, row: "billing", shots=3, state="running", only=11)
    app = GenaiApp(a_terminal(), evaluated, board=steady(evaluated))
    assert snap_compare(app, run_before=live, terminal_size=size)


@pytest.mark.parametrize("look", ["light", "16", "none"])
def test_runs_in_every_look(snap_compare: Any, evaluated: Project, look: str) -> None:
    theme, environ = LOOKS[look]
    app = GenaiApp(a_terminal(**environ), evaluated, board=steady(evaluated), theme=theme)  # type: ignore[arg-type]
    assert snap_compare(app, run_before=walk(), terminal_size=SIZES[0])
