"""The bell: once, after a long evaluation, to somebody whose terminal has no focus; never where it is switched off."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from textual import events

from genai_tui.project import Project
from genai_tui.screens import host
from genai_tui.screens.main import GenaiApp
from genai_tui.store.runs import find_run
from genai_tui.terminal.environment import read_terminal
from tests.support.evaluate_screen import at_six, made, project
from tests.support.fake_endpoint import FakeEndpoint, Received, serve_in_thread
from tests.support.panes import opened

__all__ = ["project"]

TERM = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


class Waiting(FakeEndpoint):
    """The fake endpoint, which answers nobody before `go_on` is set."""

    async def _answer(self, request: Received, out: Any) -> bool:
        await asyncio.to_thread(self.go_on.wait)
        return await super()._answer(request, out)


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with serve_in_thread(Waiting()) as endpoint:
        yield endpoint


async def rings(
    project: Project,
    fake: FakeEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    *,
    away: bool = True,
    bell: bool = True,
    long_s: float = 0.0,
) -> int:
    """How often it rings for a run, where work counts as long from `long_s` seconds on."""
    rung: list[int] = []
    monkeypatch.setattr(host, "LONG_S", long_s)
    monkeypatch.setattr(GenaiApp, "bell", lambda app: rung.append(1))
    made(project, "label-billing")
    async with opened(project, terminal=read_terminal(TERM, bell=bell)) as panes:
        await at_six(panes)
        await panes.press("a")
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        await panes.press("r")
        if away:
            panes.app.post_message(events.AppBlur())
            await panes.until(lambda: not panes.app.app_focus)
        fake.go_on.set()
        await panes.until(lambda: panes.shows("#1") and find_run(project.reader, 1).state == "done")
        await panes.until(lambda: all(w.is_finished for w in panes.app.workers if w.group.startswith("evaluate-")))
    return len(rung)


async def test_it_rings_once_after_long_work_that_nobody_looks_at(
    project: Project, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await rings(project, fake, monkeypatch) == 1


@pytest.mark.parametrize("why", [{"away": False}, {"bell": False}, {"long_s": 3_600.0}], ids=str)
async def test_it_is_silent_otherwise(
    project: Project, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch, why: dict[str, float | bool]
) -> None:
    assert await rings(project, fake, monkeypatch, **why) == 0  # type: ignore[arg-type]
