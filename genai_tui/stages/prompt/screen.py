"""3 Prompt, the playground: left what is sent, right what comes back, one column for each who is asked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.prompts import Prompt
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.folding import SIDE_BY_SIDE
from genai_tui.stages.prompt.pages import acts
from genai_tui.stages.prompt.pages.onward import Onward
from genai_tui.stages.prompt.sheet import Column, Sheet, sheet_of
from genai_tui.store.prompts import find_prompt, note_prompt, save_prompt
from genai_tui.widgets.lines import Key
from genai_tui.widgets.stream import StreamView
from genai_tui.widgets.text_edit import TextEdit

STOOD_S = 0.5  # seconds that the screen has stood before it gets ready to ask


class PromptScreen(Onward):
    """The sheet and its answers. Everything else of the stage is a page over it."""

    CSS_PATH = "screen.tcss"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = acts.ACTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)

    def body(self) -> Sequence[Widget]:
        """The columns, or tabs; a box of one line, hidden until it is needed."""
        return (*self.fold_into([self.sent(), *self.answer_columns()]), self.box)

    async def on_mount(self) -> None:
        """The latest version stands there, or the draft that was left; no box has the keys."""
        self._show_sheet()
        self.follow_columns()
        self.fold(self.app.size)
        await self.take_up()
        self.look_soon()
        self.set_timer(STOOD_S, self._get_ready)

    def _get_ready(self) -> None:
        """Import what asking needs (about a second) before somebody asks."""

        async def work() -> None:
            from genai_tui.answering.asking import load

            await asyncio.to_thread(load, client=True)

        _: Worker[None] = self.run_worker(work, group="load", exit_on_error=False)

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys that matter where the keys go."""
        if typing:
            return super().keys_here(typing=True) if self.focused is self.box else acts.TYPING
        slot = next((slot for slot in self.asked if slot.view is self.focused), None)
        if slot is not None:
            return acts.ANSWERING if slot.running else acts.ANSWER
        here = {self.examples: acts.EXAMPLES, self.variables: acts.VARIABLES, self.gauge: acts.GAUGE}
        return here.get(self.focused, acts.OUTSIDE)  # type: ignore[call-overload, no-any-return]

    def show_board(self, board: Board | None) -> None:
        """Another model may be in use, another version there."""
        super().show_board(board)
        if self.is_mounted:
            self.follow_columns()
            if self.sheet == Sheet() and (latest := self.latest()).based_on:
                self._opened = latest
                self.take(latest)

    def help_lines(self) -> Sequence[str]:
        """What the playground is."""
        where = "At the left stands what is sent, at the right what comes back."
        if self.narrow:
            where = (
                "The tab Sent, the one at the left, has what is sent; those at its right, A to D, have what comes "
                f"back. b turns from tab to tab; from {SIDE_BY_SIDE} columns on they stand side by side."
            )
        return (
            *super().help_lines(),
            f"{where} Letters are text in a box: esc leaves it, and then each letter does what is said below; ctrl "
            "keys work in boxes too. What is typed is kept within a second, saved or not.",
            "Examples are drawn from train only. f turns from zero to one to a few of them and back; p picks them "
            "fixed, similar to the row, or diverse.",
        )

    def command(self) -> str:
        """The command that asks what the screen is set to ask."""
        from genai_tui.stages.prompt.pages.command import command_of

        project = self.host.project
        try:
            return command_of(project, self.sheet, self.rows.options()) if project is not None else ""
        except GenaiError:
            return "genai-tui prompt list"  # the sheet makes no prompt yet

    def copy_text(self) -> str:
        """The answer, or why there is none, where the keys go there."""
        slot = next((slot for slot in self.asked if slot.view is self.part), None)
        return slot.view.plain_text() if slot is not None else ""

    def take_in(self, handed: Mapping[str, Any]) -> None:
        """A version with its model and a row, as an evaluation hands them over."""
        project = self.host.project
        if project is None:
            return
        prompt = find_prompt(project.reader, str(handed["prompt"]))
        self.open_sheet(sheet_of(prompt, (Column(model=handed["model"]),)), handed["said"])
        if handed["row"] is not None:
            self._go(self.rows.go_to, handed["row"])
        else:
            self.type_values(handed["inputs"])

    # Versions

    async def action_save(self) -> None:
        """Save the sheet as a version; the same one twice is one."""
        project, sheet = self.host.project, self.sheet
        if project is None:
            return
        try:
            prompt = sheet.prompt()
            if prompt.number:
                self.say(f"This is version {prompt.number}: nothing in it was changed.")
                return
            [saved] = await project.writer.put(save_prompt(prompt))
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        there = saved.parent != prompt.parent  # with the same content, saved once before
        self.stands_saved(saved)
        parent = f", from v{saved.parent}" if saved.parent else ""
        if there:
            self.say(f"The same was saved before: it is version {saved.number}{parent}.")
        else:
            self.say(f"Saved: version {saved.number}{parent}. N gives it a note, d shows what differs.", "good")

    def action_note(self) -> None:
        """Type a note for the version that stands here."""
        project, number = self.host.project, self.sheet.based_on
        if project is None:
            return
        if number is None or not self._stands_saved():
            self.say("What stands here is not saved yet: s saves it, then N gives it a note.")
            return

        async def keep(typed: str) -> None:
            await project.writer.put(note_prompt(number, typed))
            self.say(f"v{number} has {'that note' if typed else 'no note any more'}.", "good")

        def then(typed: str) -> None:
            self.run_worker(keep(typed), group="note", exit_on_error=False)

        self.ask(f" note of v{number} ▸ ", find_prompt(project.reader, str(number)).note, then)

    def _stands_saved(self) -> bool:
        try:
            return bool(self.sheet.prompt().number)
        except GenaiError:  # the sheet makes no prompt yet
            return False

    def action_diff(self) -> None:
        """What differs from the version it was made from; of a saved one, from its parent."""
        from genai_tui.stages.prompt.pages.difference import Difference

        project, sheet = self.host.project, self.sheet
        try:
            after = sheet.prompt()
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        if project is None or (not after.number and after.parent is None):
            self.say("It was made from no version: there is nothing to compare it with. s saves it.")
            return
        if after.number:
            after = find_prompt(project.reader, str(after.number))
        if after.parent is None:
            self.say(f"Version {after.number} has no parent to compare it with.")
            return
        self.app.push_screen(Difference(find_prompt(project.reader, str(after.parent)), after))

    def action_versions(self) -> None:
        """Every saved version."""
        from genai_tui.stages.prompt.pages.versions import Versions

        project = self.host.project
        if project is not None:
            self.app.push_screen(
                Versions(project, on_take=self._go_back_to, on_compare=self._side_by_side, current=self.sheet.based_on)
            )

    def _go_back_to(self, prompt: Prompt) -> None:
        self.open_sheet(sheet_of(prompt, self.sheet.columns), f"Version {prompt.number} stands here")

    def _side_by_side(self, one: Prompt, other: Prompt) -> None:
        """Ask two versions in two columns."""
        before = self.sheet
        self.undoable("The columns are as they were.", lambda: self.take(replace(self.sheet, columns=before.columns)))
        self.take(replace(before, columns=(Column(version=one.number), Column(version=other.number))))
        self.action_run()

    async def action_editor(self) -> None:
        """The chosen box in the user's editor; an answer is only shown there."""
        from genai_tui.screens.editing import edit_in_editor, show_in_editor

        part = self.part
        if isinstance(part, TextEdit):
            await edit_in_editor(self, part)
        elif isinstance(part, StreamView) and part.text:
            await show_in_editor(self, part.text)
        else:
            self.say("Choose a box first: tab goes into it, esc leaves it chosen.")

    def action_fetch(self) -> None:
        """Fetch the weights of the embedded model, after a yes."""
        from genai_tui.screens.fetching import fetch_if_missing

        if not self.running:
            fetch_if_missing(self)


SCREEN = PromptScreen
