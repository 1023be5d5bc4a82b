"""What comes back: one answer a column, all at once; each can be stopped alone and keeps what came."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL, weights_present
from genai_tui.records.expected import is_right
from genai_tui.records.generations import Generation
from genai_tui.screens.streaming import stream_columns
from genai_tui.stages.prompt.pages.columns import Columns
from genai_tui.stages.prompt.pages.slots import TYPED, Asked, Slot
from genai_tui.stages.prompt.sheet import Column, sheet_of
from genai_tui.stages.prompt.trying import money
from genai_tui.store.facts import expected_of
from genai_tui.store.prompts import find_prompt
from genai_tui.widgets.answer_signs import state_of
from genai_tui.widgets.prompt_text import how_it_came

if TYPE_CHECKING:
    from genai_tui.project import Project


class Answers(Columns):
    """Asking in all columns, and how each answer stands."""

    # Asking

    def lacks_weights(self, then: Callable[[], Any]) -> bool:
        """Whether our own model's weights are wanted and not here; they are offered, and `then` goes on."""
        models = {column.model or (self.host.project.model_in_use if self.host.project else None)
                  for column in self._sheet.columns}  # fmt: skip
        lacking = bool(models & {None, DEFAULT_MODEL}) and not weights_present()
        if lacking:
            from genai_tui.screens.fetching import offer_weights

            def go_on() -> None:
                self.call_later(then)

            offer_weights(self, go_on)
        return lacking

    def action_run(self) -> None:
        """Ask in all columns, in a worker of the app: it goes on when another screen is looked at."""
        project = self.host.project
        if project is None:
            return
        if self.running:
            self.say("Answers are still coming: ^c stops them, and then r asks again.", "warn")
            return
        if self.lacks_weights(self.action_run):
            return
        slots = self.places = self.asked
        for slot in slots:
            slot.clear()
            self.name_column(slot)
            slot.running, slot.asked = True, self._asked_now(project, slot)
        if self.narrow:
            self.show_part(slots[0].view)
            self.set_focus(slots[0].view)
        self.app.run_worker(self._ask(project, slots), group="answers", exclusive=True, exit_on_error=False)

    async def _ask(self, project: "Project", slots: Sequence[Slot]) -> None:
        """Feed each column what comes for it."""
        from genai_tui.answering.asking import load

        try:
            await asyncio.to_thread(load)  # nothing of it on the event loop
            from genai_tui.stages.prompt import asking

            given = await self.host.asking()
            if self._counting is not None:
                self._counting.asking = given  # a server that is awake counts with its own tokenizer
            self.answers = asking.columns(project, self.sheet, self.rows.inputs(), asking=given, extra=self.extra)
            views = [slot.view for slot in slots]
            await stream_columns(views, self.answers, lambda place, came: self._ended(slots[place], came.generation))
        except GenaiError as error:  # nobody could be asked at all
            for slot in slots:
                slot.view.fail(error)
        finally:
            self.answers = None
            for slot in slots:
                slot.running = False
            if self.is_mounted:
                self.look_soon()  # the counts may be exact now
            self.show_states()

    def _asked_now(self, project: "Project", slot: Slot) -> Asked:
        rows, view = self.rows, slot.view
        output = self.output_of(project, slot.column)
        where = rows.reference or TYPED
        return Asked(slot.column, view.model, view.what, where, dict(rows.values), self.sheet, output)

    def output_of(self, project: "Project", column: Column) -> Mapping[str, Any] | None:
        """The schema that a column asks for. Raises UsageFault where its version is gone."""
        if column.version is None:
            return self.sheet.output
        return sheet_of(find_prompt(project.reader, str(column.version))).output

    def _ended(self, slot: Slot, generation: Generation | None) -> None:
        slot.running = False
        if not self.running:
            self.has_ended()
        if generation is not None:
            self.show_generation(slot, generation)
        self.show_states()
        self.host.look_again()

    def show_states(self) -> None:
        """The tabs say which columns still answer, the keys what can be done."""
        if self.is_mounted:
            self.show_tabs()
            self.draw_keys()

    def show_generation(self, slot: Slot, generation: Generation) -> None:
        """Show how an answer came."""
        if self.message is not None and self.message.tone == "wait":
            self.forget_message()
        slot.generation, slot.right = generation, self._is_right(slot, generation)
        if generation.error is None:
            self.show_state(slot)
        self.touched()

    def show_state(self, slot: Slot) -> None:
        """Show by sign and words how an answer stands that came without an error."""
        if slot.generation is not None:
            slot.view.finish(state_of(slot.generation, slot.right, slot.holds))
            self.show_status(slot)

    def show_status(self, slot: Slot) -> None:
        """Under the answer: its row, whether it is right, whether it holds its schema, and how it came."""
        each, asked = slot.generation, slot.asked
        if each is None or asked is None:
            return
        said = how_it_came(each, money(each.cost_usd), slot.right, self.host.look.signs)
        if slot.holds is not None:
            json = "JSON holds" if slot.holds else f"{self.host.look.signs['failed']} JSON broken"
            role = said.role if slot.holds and slot.right is not None else "good" if slot.holds else "bad"
            said = said._replace(verdict=" · ".join(part for part in (said.verdict, json) if part), role=role)
        since = ""
        if slot.moved_to:
            since = f"r asks {slot.moved_to}"
        elif slot.view.faded:
            since = "what is sent has changed since"
        verdict = " · ".join(part for part in (asked.row, said.verdict, since) if part)
        slot.view.show_status(verdict, "soft" if since or not said.verdict else said.role, said.details)

    def _show_inputs(self) -> None:
        """Another row may stand there."""
        super()._show_inputs()
        self.follow_answers()

    def follow_answers(self) -> None:
        """An answer that is of another row or of what stood there before says so, and its text is soft."""
        sheet, now = self.sheet, self.rows.reference or TYPED
        for slot in self.asked:
            if slot.asked is None:
                continue
            here = self.rows.values == slot.asked.values
            moved, faded = "" if here else now, not here or not slot.asked.asks_the_same(sheet, slot.column)
            right = self._is_right(slot, slot.generation) if slot.generation is not None else None
            if (moved, faded, right) == (slot.moved_to, slot.view.faded, slot.right):
                continue
            slot.moved_to, slot.right = moved, right
            slot.view.fade(faded)
            self.name_column(slot)
            if slot.generation is not None and slot.generation.error is None:
                self.show_state(slot)
        self.show_tabs()

    def _is_right(self, slot: Slot, each: Generation) -> bool | None:
        """Whether it is the answer that is expected of its row; None where none is, or it was stopped."""
        if each.error is not None or each.finish_reason == "cancelled":
            return None
        expected = None
        if slot.asked is not None and self.rows.example is not None and slot.asked.values == self.rows.values:
            expected = self.rows.expected  # it may have been changed since
        elif each.example is not None and self.host.project is not None:
            expected = expected_of(self.host.project.reader, each.example)
        return None if expected is None else is_right(each.text, expected)

    def stop_work(self) -> bool:
        """Stop the chosen column, else all; what came is kept."""
        chosen = [slot for slot in self.asked if slot.view is self.part and slot.running]
        stopped = chosen or [slot for slot in self.slots if slot.running]
        if not stopped:
            return False
        if self.answers is None:  # nobody was asked yet: what asks is being loaded
            self.app.workers.cancel_group(self.app, "answers")
            self.say("Stopped; nothing was asked.")
            return True
        for slot in stopped:
            self.answers.cancel(self.places.index(slot))
        others = len([slot for slot in self.slots if slot.running]) - len(stopped)
        self.say("Stopped; what came is kept." + (f" {others} still answer." if others else ""))
        return True
