"""Changing what is sent: which row, how many examples and which, variables and parameters, by keys and in boxes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.stages.prompt.pages.examples import Examples
from genai_tui.stages.prompt.pages.gauge import Gauge
from genai_tui.stages.prompt.pages.inputs import Variables
from genai_tui.stages.prompt.pages.sent import Sent
from genai_tui.stages.prompt.sheet import Sheet
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_edit import TextEdit

BOXES = "prompt boxes"  # the name that drafts of boxes of one line are stored by


class Editing(Sent):
    """The keys of the left column."""

    def action_enter(self) -> None:
        """Into the box that was left, else into the first."""
        box = self.left_box if isinstance(self.left_box, TextEdit) else self.system
        self.show_part(box)
        self.set_focus(box)

    def action_row(self, step: int) -> None:
        """Another row of the dataset."""
        self._go(self.rows.move, step)

    def action_type_row(self) -> None:
        """Type which row."""

        def go(typed: str) -> None:
            self._went(self.rows.go_to, typed if ":" in typed else f"{self.rows.split}:{typed}")

        self.ask(" row ▸ ", self.rows.reference or "dev:1", go)

    def _swap(self, one: Painted, other: Painted) -> None:
        """Show one part in the place of another."""
        stack = self.stacks[0]
        stack.parts = tuple(other if part is one else part for part in stack.parts)
        stack.current = other if stack.current is one else stack.current
        one.display = False
        self.fold()

    def _go(self, go: Callable[[Any], None], where: Any) -> None:
        try:
            self._went(go, where)
        except GenaiError as error:
            self.say(str(error), "warn")

    def _went(self, go: Callable[[Any], None], where: Any) -> None:
        """Take a row. Raises GenaiError where there is none."""
        before, typed = dict(self.rows.values), not self.rows.reference
        go(where)
        if typed and any(before.values()):
            self.undoable("The variables are as you typed them.", lambda: self.type_values(before))
        self._show_inputs()
        self.touched()
        self.look_soon()

    def type_values(self, values: Mapping[str, Any]) -> None:
        """Fill the variables by hand."""
        self.rows.type(values)
        self._show_inputs()
        self.touched()
        self.look_soon()

    async def action_shots(self) -> None:
        """Zero, one, a few, zero."""
        from genai_tui.stages.prompt import shots

        await self._reshaped(shots.turn)

    async def action_pick(self) -> None:
        """Fixed, similar, diverse."""
        from genai_tui.stages.prompt import shots

        await self._reshaped(shots.pick)

    async def _reshaped(self, work: Callable[..., Sheet]) -> None:
        try:
            await self._reshape(work)
        except GenaiError as error:
            self.say(str(error), "warn")

    async def _reshape(self, work: Callable[..., Sheet], *given: Any) -> None:
        """Put other examples into the sheet, by work that may read all of train. Raises GenaiError."""
        project = self.host.project
        if project is not None:
            self.take(await asyncio.to_thread(work, project, self.sheet, *given))

    def on_examples_turned(self, event: Examples.Turned) -> None:
        """Clicked."""
        self.call_later(self.action_shots)

    def on_examples_added(self, event: Examples.Added) -> None:
        """Type which row of train."""
        from genai_tui.stages.prompt import shots

        async def add(typed: str) -> None:
            await self._reshape(shots.add, typed if ":" in typed else f"train:{typed}")

        self.ask(" row of train ▸ ", "", add)

    def on_examples_removed(self, event: Examples.Removed) -> None:
        """Take it away; u brings it back."""
        from genai_tui.stages.prompt import shots

        before = self.sheet
        try:
            self.take(shots.remove(before, event.index))
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.undoable("The example is back.", lambda: self.take(replace(self.sheet, examples=before.examples)))
        self.say("Taken away; u brings it back.")

    def on_examples_opened(self, event: Examples.Opened) -> None:
        """All of it."""
        from genai_tui.screens.how import How

        said = [(name, answer_text(value)) for name, value in event.shot.inputs.items()]
        said.append(("expected", answer_text(event.shot.expected)))
        self.app.push_screen(How("An example, as it is shown", said, stage=self.STAGE))

    def action_parameters(self) -> None:
        """Parameters and output schema."""
        from genai_tui.stages.prompt.pages.settings import SettingsPage

        def removed(name: str, before: dict[str, Any]) -> None:
            self.undoable(f"{name} is sent again.", lambda: self.take(replace(self.sheet, parameters=before)))

        def undo() -> None:
            self.action_undo()
            page.show(self.sheet)
            if self.message is not None:
                page.say(*self.message)

        page = SettingsPage(self.sheet, self.take, removed, undo)
        self.app.push_screen(page)

    def ask(self, label: str, value: str, then: Callable[[str], Awaitable[None] | None]) -> None:
        """Open the box of one line with a `value` that typing replaces, or with what was typed there and left.

        Where `then` raises GenaiError, that is said, and the box stays open with what was typed.
        """
        left = self.host.typed.of(BOXES).get(label, "")
        self._asked, self.box.label = then, label
        self.box.set_value(left or value, picked=not left)
        self.box.display = True
        if self.focused is not self.box:
            self.before_box, self._chosen = self.focused, self.left_box
        self.set_focus(self.box)

    # What the parts tell

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        """A key was typed: nothing is done now but to remember it."""
        if event.box is self.value:
            self.rows.type({self._named: event.value})
        else:
            self._typed_since = True
        self.touched()
        self.look_soon()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """What stands in the box is kept like every other text."""
        if event.box is self.box:
            self.host.typed.keep(BOXES, self.box.label, event.value)

    async def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what was asked for; keys that come meanwhile wait."""
        if event.box is not self.box or self._asked is None:
            return
        then, label = self._asked, self.box.label
        try:
            doing = then(event.value.strip())
            if doing is not None:
                await doing
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.host.typed.keep(BOXES, label, "")
        if self._asked is then:  # else it has asked for more
            self.set_focus(self.before_box)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        if event.box is self.box:
            self.box.display, self.before_box, self.left_box = False, None, self._chosen

    def on_variables_chosen(self, event: Variables.Chosen) -> None:
        """Type a variable in a box of its own, in the place of the list."""
        self._named = event.name
        self.value.set_value(str(self.rows.values.get(event.name, "")))
        self.value.set_title(event.name)
        self._swap(self.variables, self.value)
        self.set_focus(self.value)

    def leave_box(self) -> None:
        """From the box of a variable back to the list of them."""
        if self.focused is self.value:
            self.variables.display = True
            self.set_focus(self.variables)
        else:
            super().leave_box()

    def on_text_edit_left(self, event: TextEdit.Left) -> None:
        """The box of a variable goes when it is left."""
        if event.box is self.value and self.value in self.stacks[0].parts:
            self._swap(self.value, self.variables)
            self._show_inputs()

    def on_gauge_told(self, event: Gauge.Told) -> None:
        """How the tokens are counted."""
        if self.counts is None:
            self.say("Nothing is counted: what stands here cannot be filled in yet.")
            return
        from genai_tui.screens.how import How
        from genai_tui.stages.prompt.explaining import explain_counts

        model = self.host.board.model if self.host.board is not None else ""
        said = tuple(explain_counts(self.counts, self.sheet.columns[0].model or model))
        self.app.push_screen(How("How the tokens are counted", said, stage=self.STAGE, command="genai-tui tokens"))
