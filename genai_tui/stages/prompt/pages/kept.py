"""Answers that were kept: a try opened again as it was, and what stood there brought back, at the next start too."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.records.generations import Generation
from genai_tui.screens.streaming import show_whole
from genai_tui.stages.prompt.pages.answers import Answers
from genai_tui.stages.prompt.pages.sent import DRAFT
from genai_tui.stages.prompt.pages.slots import TYPED, Asked, Slot
from genai_tui.stages.prompt.rows import row_of_try
from genai_tui.stages.prompt.sheet import Sheet, sheet_of_try

if TYPE_CHECKING:
    from genai_tui.project import Project


class Kept(Answers):
    """What stands in the columns outlives what is opened over it, and the program."""

    def put_answer(self, slot: Slot, asked: Asked | None, generation: Generation | None) -> None:
        """Show an answer that was recorded; none empties the column."""
        slot.clear()
        slot.asked = asked if generation is not None else None
        self.name_column(slot)
        if generation is not None:
            show_whole(slot.view, generation)
            self.show_generation(slot, generation)

    def standing(self) -> Callable[[], None]:
        """Besides, the answers."""
        back, answers = super().standing(), [(slot.asked, slot.generation) for slot in self.slots]

        def all_back() -> None:
            back()
            if not self.running:
                for slot, (asked, generation) in zip(self.slots, answers, strict=True):
                    self.put_answer(slot, asked, generation)
                self.follow_answers()

        return all_back

    # A try again

    def reopen(self, generation: Generation) -> None:
        """A try as it was: its sheet, its row, its answer."""
        project = self.host.project
        if project is None:
            return
        if self.running:
            self.say("Answers are still coming: ^c stops them.", "warn")
            return
        self.run_worker(self._reopen(project, generation), group="reopen", exclusive=True, exit_on_error=False)

    async def _reopen(self, project: "Project", generation: Generation) -> None:
        try:
            sheet, row = await asyncio.to_thread(_read_try, project, generation)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.open_sheet(
            replace(sheet, kept=sheet.kept or self.sheet.kept), f"Try {generation.id} stands here as it was"
        )
        if row:
            self.rows.go_to(row)
        else:
            self.rows.fill(generation.inputs or {})
        slot = self.slots[0]
        slot.clear()
        self.name_column(slot)
        view, sheet = slot.view, self.sheet
        asked = Asked(slot.column, view.model, view.what, row or TYPED, dict(self.rows.values), sheet, sheet.output)
        self.put_answer(slot, asked, generation)
        self._show_inputs()
        self.touched()
        self.look_soon()
        self.show_part(view)
        self.set_focus(view)

    # At the next start

    def _draft(self) -> Mapping[str, Any]:
        left, sheet = dict(super()._draft()), self.sheet
        answers = [_as_json(slot, sheet) for slot in self.asked]
        if any(answers):
            left["answers"] = answers
        return left

    async def take_up(self) -> None:
        """Besides, the answers that stood there."""
        await self.host.typed.take_up()
        answers = self.host.typed.of(DRAFT).get("answers")
        await super().take_up()
        project = self.host.project
        for slot, said in zip(self.asked, answers if isinstance(answers, list) else (), strict=False):
            if project is not None and isinstance(said, dict) and isinstance(said.get("try"), int):
                await self._take_up_answer(project, slot, said)
        self.follow_answers()

    async def _take_up_answer(self, project: "Project", slot: Slot, said: Mapping[str, Any]) -> None:
        from genai_tui.store.generations import find_generation

        try:
            generation = await asyncio.to_thread(find_generation, project.reader, said["try"])
            output = self.output_of(project, slot.column)
        except GenaiError:
            return  # it is gone, or its version is
        sheet = self.sheet if said.get("now") is True else None
        model, what, row = (str(said.get(name, "")) for name in ("model", "what", "row"))
        self.put_answer(slot, Asked(slot.column, model, what, row, generation.inputs or {}, sheet, output), generation)


def _as_json(slot: Slot, sheet: Sheet) -> Mapping[str, Any] | None:
    asked, generation = slot.asked, slot.generation
    if asked is None or generation is None or not generation.id:
        return None
    now = asked.asks_the_same(sheet, slot.column)
    return {"try": generation.id, "model": asked.model, "what": asked.what, "row": asked.row, "now": now}


def _read_try(project: "Project", generation: Generation) -> tuple[Sheet, str]:
    return sheet_of_try(project, generation), row_of_try(project, generation)
