"""Answers of a run in groups, over the list of them; and what both have: a long read, how far it is, its end."""

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine
from functools import partial
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.records.scales import sign_of
from genai_tui.stages.evaluate.pages.answer_rows import AnswerTable
from genai_tui.stages.evaluate.pages.groups import TITLES, Groups, Kind, grouped
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.working import Found, Reading, begin, found_by
from genai_tui.stages.evaluate.scorers.labels import ClassReport
from genai_tui.store.results import Slice, Wish
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.painted import Painted

FEW = 20_000  # answers up to which the worst stand first unasked


class Grouping(Pane):
    """A list of the answers of `run` with something beside it; groups take the place of both."""

    table: AnswerTable

    def __init__(self, *parts: Painted, id: str) -> None:  # noqa: A002 - Textual's name
        self.groups = Groups()
        super().__init__(*parts, self.groups, id=id)
        self.run: Run | None = None
        self.wish = Wish("all", "worst")
        self.reading: Reading | None = None
        self.title = ""

    @abstractmethod
    def take(self, wish: Wish, *, stay: bool = False) -> None:
        """Show other answers."""

    @property
    def scorer(self) -> str:
        """The scorer that says right and wrong: the leading one."""
        return self.run.scorers[0] if self.run is not None else ""

    def cancel(self) -> bool:
        """End a long read; False where there is none."""
        if self.reading is None:
            return False
        self.reading.ended, self.reading = True, None
        return True

    async def _told(
        self, reads: Coroutine[Any, Any, Found], table: LineTable[Any], title: str, n: int, reading: Reading
    ) -> Found | None:
        """What a long read found; how far it is stands in the heading. None where it failed, or is wanted no more."""

        def tell(seconds: float) -> None:
            done = f"{reading.done / n:.0%}" if n else ""
            table.title = f"{title} … {done} read, {seconds:.0f} s"
            table.repaint()

        try:
            found = await found_by(reads, reading, tell)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return None
        if self.reading is not reading:
            return None
        self.reading = None
        return found

    def turn_slices(self) -> None:
        """Into groups, by another kind each time, and out of them."""
        if self.run is None:
            return
        kind = self.groups.following
        if kind is None:
            self.leave_slices()
            return
        self.groups.wait(self.title, kind, rights=self._rights())
        self.fold(self.page.size)
        self.page.set_focus(self.groups)
        self.cancel()
        self.reading = Reading()
        begin(self.page, partial(self._group, self.run, kind, self.reading), "read")

    def _rights(self) -> bool:
        """Whether the scorer says right or wrong of each answer, and right is 1."""
        from genai_tui.stages.evaluate.scorers.imported import scorer_of

        try:
            kind = scorer_of(self.run, self.scorer).kind if self.run is not None else "proportion"
        except GenaiError:
            return False
        return kind == "proportion" and sign_of(self.scorer) > 0

    async def _group(self, run: Run, kind: Kind, reading: Reading) -> None:
        reads = asyncio.to_thread(grouped, self.project.reader, run, kind, reading.told)
        found = await self._told(reads, self.groups, f"{self.title}: {TITLES[kind]}", run.n, reading)
        if found is not None:
            self.groups.take(self.title, found)
            self.page.draw_keys()

    def leave_slices(self) -> None:
        """Back to the list."""
        self.groups.kind = None
        self.fold(self.page.size)
        self.page.set_focus(self.table)
        self.page.draw_keys()

    def open_slice(self, row: Slice | ClassReport) -> None:
        """The answers of one group."""
        wish = Wish("all", "worst" if self.run is not None and self.run.n <= FEW else "asked")
        chosen = self.groups.wish_for(row, wish)
        if chosen is not None:
            self.leave_slices()
            self.take(chosen)
