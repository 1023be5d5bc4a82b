"""Answers of a run that goes on, listed again as they come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.working import begin

AGAIN_S = 0.5
SHARE = 10  # of the time one in so many is spent on listing, where that takes long


class Following:
    """`list_again` lists a run's answers, and gives False where they are looked at no more."""

    def __init__(self, pane: Pane, list_again: Callable[[Run], Awaitable[bool]]) -> None:
        self._pane, self._list = pane, list_again
        self._run = 0

    def follow(self, run: Run) -> None:
        """List them as they come, from now until the run has ended or the tab is left."""
        if self._run != run.id:
            self._run = run.id
            begin(self._pane.page, partial(self._follow, run), f"follow-{self._pane.id}")

    async def _follow(self, run: Run) -> None:
        listed, wanted = -1, True
        try:
            while wanted and self._pane.display and (now := self._pane.page.progress.get(run.id)) is not None:
                began = time.monotonic()
                if now.done != listed:
                    listed, wanted = now.done, await self._list(run)
                await asyncio.sleep(max(AGAIN_S, SHARE * (time.monotonic() - began)))
        finally:
            if self._run == run.id:
                self._run = 0
