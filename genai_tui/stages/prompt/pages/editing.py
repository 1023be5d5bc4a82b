"""Changing what is sent: which row, how many examples and which, variables and parameters, by keys and in boxes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.stages.prompt.pages.examples import Examples
from genai_tui.stages.prompt.pages.gauge import Gauge
from genai_tui.stages.prompt.pages.inputs import Variables
from genai_tui.stages.prompt.pages.sent import Sent, as_text
from genai_tui.stages.prompt.sheet import Sheet
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_edit import TextEdit


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
        self.ask(" row ▸ ", self.rows.reference or "dev:1", lambda typed: self._go(self.rows.go_to, typed))

    def _swap(self, one: Painted, other: Painted) -> None:
        """Show one part in the place of another."""
        stack = self.stacks[0]
        stack.parts = tuple(other if part is one else part for part in stack.parts)
        stack.current = other if stack.current is one else stack.current
        one.display = False
        self.fold()

    def _go(self, go: Callable[[Any], None], where: Any) -> None:
        before, typed = dict(self.rows.values), not self.rows.reference
        try:
            go(where)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
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

    async def _reshaped(self, work: Callable[..., Sheet], *given: Any) -> bool:
        """Put other examples into the sheet, by work that may read all of train."""
        project = self.host.project
        if project is None:
            return False
        try:
            self.take(await asyncio.to_thread(work, project, self.sheet, *given))
        except GenaiError as error:
            self.say(str(error), "warn")
            return False
        self.fold()
        return True

    def on_examples_turned(self, event: Examples.Turned) -> None:
        """Clicked."""
        self.call_later(self.action_shots)

    def on_examples_added(self, event: Examples.Added) -> None:
        """Type which row of train."""
        from genai_tui.stages.prompt import shots

        def add(typed: str) -> None:
            row = typed if ":" in typed else f"train:{typed}"
            self.run_worker(self._reshaped(shots.add, row), group="shots", exclusive=True, exit_on_error=False)

        self.ask(" row of train ▸ ", "train:", add)

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

        said = [(name, as_text(value)) for name, value in event.shot.inputs.items()]
        said.append(("expected", answer_text(event.shot.expected)))
        self.app.push_screen(How("An example, as it is shown", said, stage=self.STAGE))

    def action_parameters(self) -> None:
        """Parameters and output schema."""
        from genai_tui.stages.prompt.pages.settings import SettingsPage

        self.app.push_screen(SettingsPage(self.sheet, self.take))

    def ask(self, label: str, value: str, then: Callable[[str], None]) -> None:
        """Open the box of one line."""
        self._asked, self.box.label = then, label
        self.box.set_value(value)
        self.box.display = True
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

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what was asked for."""
        if event.box is self.box and self._asked is not None:
            then, back = self._asked, self.before_box
            self.set_focus(back)
            then(event.value.strip())

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
