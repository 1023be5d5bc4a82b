"""What is sent: the boxes of the sheet, its examples and its variables, kept as a draft at each change."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.timer import Timer
from textual.widget import Widget

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.records.prompts import Prompt
from genai_tui.screens.folding import Folding, Stack, Want
from genai_tui.screens.frame import Column as Pane
from genai_tui.stages.prompt.faults import Fault, names_of
from genai_tui.stages.prompt.history import when
from genai_tui.stages.prompt.looking import look_at
from genai_tui.stages.prompt.pages.examples import Examples
from genai_tui.stages.prompt.pages.gauge import Gauge, settings_line
from genai_tui.stages.prompt.pages.inputs import Variables
from genai_tui.stages.prompt.rows import Rows
from genai_tui.stages.prompt.sheet import Sheet, from_json, sheet_of
from genai_tui.store.prompts import latest_prompt
from genai_tui.untrusted import one_line
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.text_edit import TextEdit

if TYPE_CHECKING:
    from genai_tui.stages.prompt.counting import Counting, Counts

LOOK_AFTER_S = 0.2  # seconds without a key after which what was typed is looked at: faults, examples, tokens
DRAFT = "prompt"  # the name that its draft is stored by


class Sent(Folding):
    """The left column. `sheet` is what stands in it, `rows` what its variables are filled with.

    `settled` says whether what stands there has been looked at.
    """

    settled = False

    def sent(self) -> Stack:
        """The left column's parts."""
        self.rows = Rows(self.host.project)
        self._first_row = self.rows.reference
        self._sheet = self._opened = self.latest()
        self._typed_since = self.unsaved = False
        self._undoes: list[tuple[str, Callable[[], None]]] = []
        self._fitted: tuple[Want, ...] = ()
        self._looking: Timer | None = None
        self._counting: Counting | None = None
        self.counts: Counts | None = None
        self.system = TextEdit("System", self._sheet.system, hint="What the model is and does.", id="system")
        self.template = TextEdit("Template", self._sheet.template, hint="Ticket: {{ ticket }}", id="template")
        self.examples, self.variables, self.gauge = Examples(id="examples"), Variables(id="inputs"), Gauge(id="gauge")
        self.value = TextEdit("Variable", id="value")
        self.value.display = False
        self.box = LineEdit(id="box")
        self.box.display = False
        self._asked: Callable[[str], Awaitable[None] | None] | None = None
        self._chosen: Widget | None = None  # the box that was chosen when something was asked for
        parts = (self.system, self.template, self.examples, self.variables, self.gauge)
        return Stack(Pane(*parts, self.value, id="left"), parts, self._wants)

    def latest(self) -> Sheet:
        """The sheet of the latest version; an empty one where there is none."""
        project = self.host.project
        prompt = latest_prompt(project.reader) if project is not None else None
        return sheet_of(prompt) if prompt is not None else Sheet()

    def _wants(self) -> Sequence[Want]:
        """Each part as high as what it shows; what is left over stays empty under the variables."""
        wide = max(12, self.left_width)
        shown = 1 if self.examples.fault else max(1, self.examples.count)
        return (
            Want(2, self.system.wanted(wide), 0), Want(2, 1 + self.template.wanted(wide), 0), Want(2, 1 + shown, 0),
            Want(2, self.variables.wanted(wide), 1), Want(2, 2, 0),
        )  # fmt: skip

    def fit(self) -> None:
        """Give the parts other heights, where what they show needs them."""
        wants = tuple(self._wants())
        if wants != self._fitted:
            self._fitted = wants
            self.fold()

    # What stands there

    @property
    def sheet(self) -> Sheet:
        """What stands in the boxes now: their texts are taken up when they are asked for, not at each key."""
        if self._typed_since:
            self._typed_since = False
            self._sheet = replace(self._sheet, system=self.system.value, template=self.template.value)
        return self._sheet

    def take(self, sheet: Sheet) -> None:
        """Work with another sheet; boxes whose text is the same keep caret and undo."""
        before, self._sheet, self._typed_since = self.sheet, sheet, False
        for box, text, old in (
            (self.system, sheet.system, before.system),
            (self.template, sheet.template, before.template),
        ):
            if text != old:
                box.set_value(text)
        self.unsaved = sheet.changed
        self.touched()
        self._show_sheet()
        self.look_soon()

    def open_sheet(self, sheet: Sheet, said: str) -> None:
        """Work with a saved version, or with a try as it was; what stood here comes back with u."""
        self.undoable("What stood here before is back.", self.standing())
        self._opened = sheet
        self.take(sheet)
        self.say(f"{said}; u brings back what stood here.", "good")

    def standing(self) -> Callable[[], None]:
        """What brings back all that stands here now: the sheet, the row."""
        sheet, opened, rows = self.sheet, self._opened, copy(self.rows)

        def back() -> None:
            self._opened, self.rows = opened, rows
            self.take(sheet)

        return back

    def stands_saved(self, prompt: Prompt) -> None:
        """What stands in the sheet is this version now."""
        sheet = self.sheet
        if prompt.hash == sheet.prompt().hash:
            self._opened = replace(sheet_of(prompt, sheet.columns), kept=sheet.kept)
            self.take(self._opened)
        self.host.look_again()

    def undoable(self, said: str, back: Callable[[], None]) -> None:
        """Remember how to bring back what is taken away."""
        self._undoes.append((said, back))

    def action_undo(self) -> None:
        """Bring back what was taken away last."""
        if not self._undoes:
            self.say("Nothing was taken away. In a box ^z takes back what was typed.")
            return
        said, back = self._undoes.pop()
        back()
        self.say(said, "good")

    # Drafts

    async def take_up(self) -> None:
        """Put back what a program that ended left in the boxes."""
        await self.host.typed.take_up()
        left = self.host.typed.of(DRAFT)
        self.host.typed.hold(DRAFT, self._draft)
        if self.sheet != self._opened:
            left.pop("sheet", None)  # what was typed meanwhile wins
        self._put_back(left)
        if others := self.host.typed.others(DRAFT):
            told = f"There is another draft, from {when(others[0].saved)}: `:other draft` shows it."
            self.call_after_refresh(self.say, told)  # opening a screen empties the line

    def _put_back(self, left: Mapping[str, Any]) -> None:
        if isinstance(left.get("sheet"), dict):
            self.take(from_json(left["sheet"]))
        row, values = left.get("row"), left.get("values")
        if isinstance(row, str) and row:
            with suppress(GenaiError):  # a row that is gone: the first one stands there
                self.rows.go_to(row)
        elif isinstance(values, dict):
            self.rows.type(values)
        if left:
            self._show_sheet()
            self.look_soon()

    async def action_other_draft(self) -> None:
        """What was typed in another program: it stands here then, and what stood here is the other draft."""
        standing = self._draft()
        try:
            draft = await self.host.typed.take_other(DRAFT, keep="sheet" in standing or "values" in standing)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        if draft is None:
            self.say("There is no other draft.")
            return
        self._put_back(draft.data)
        more = "; `:other draft` shows the next" if self.host.typed.others(DRAFT) else ""
        self.say(f"The draft from {when(draft.saved)} stands here{more}.", "good")

    def _draft(self) -> Mapping[str, Any]:
        sheet = self.sheet
        left: dict[str, Any] = {}
        if sheet != self._opened or (sheet.changed and sheet != Sheet()):
            left["sheet"] = sheet.as_json()
        if self.rows.reference:
            left["row"] = self.rows.reference if self.rows.reference != self._first_row else ""
        elif any(self.rows.values.values()):
            left["values"] = dict(self.rows.values)
        return left

    def touched(self) -> None:
        """Something is not as it was stored: within a second it is."""
        self.host.typed.changed(DRAFT)

    # Looking at what was typed, beside the loop

    def look_soon(self) -> None:
        """Look at it when the keys rest."""
        self.settled = False
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(LOOK_AFTER_S, self._look)

    def _look(self) -> None:
        self._looking = None
        if self.host.project is not None:
            self.run_worker(self._seen_through(), group="look", exclusive=True, exit_on_error=False)

    async def _seen_through(self) -> None:
        """Its fault, its examples for this row and its tokens, each by work that never blocks the loop."""
        project, sheet = self.host.project, self.sheet
        if project is None:
            return
        seen = await asyncio.to_thread(look_at, project, sheet, dict(self.rows.values))
        self.unsaved = seen.unsaved
        self._show_fault_of_sheet(seen.fault)
        if seen.fault is None:
            await self._count(sheet)
        if self.sheet is not sheet:
            return  # it is another one by now, at which a look of its own follows
        self.examples.show(sheet.examples, seen.shots, seen.no_shots)
        self._show_inputs()
        self.fit()
        self.seen()
        self.settled = True

    async def _count(self, sheet: Sheet) -> None:
        project = self.host.project
        if project is None:
            return
        if self._counting is None:
            from genai_tui.stages.prompt.counting import Counting

            self._counting = Counting(project)
        try:
            self.counts = counts = await self._counting.counts(sheet, sheet.columns[0], dict(self.rows.values))
        except GenaiError:
            self.counts = counts = None  # what the sheet asks for is not given; asking says so
        about = "≈ " if counts is not None and counts.guessed else ""

        def said(number: int) -> str:
            return f"{about}{number:,} tok" if number else ""

        self.system.set_note(said(counts.system if counts is not None else 0))
        self.template.set_note(said(counts.template if counts is not None else 0))
        self.examples.show_tokens(said(counts.examples if counts is not None else 0))
        if counts is None:
            self.gauge.show_tokens(None, None, guessed=False)
        else:
            added = counts.whole - counts.system - counts.template - counts.examples
            self.gauge.show_tokens(counts.whole, counts.context, guessed=counts.whole_guessed, added=max(0, added))

    def seen(self) -> None:
        """What was typed was looked at."""

    def _show_fault_of_sheet(self, fault: Fault | None) -> None:
        for name, box in (("system", self.system), ("template", self.template)):
            if fault is not None and fault.box == name:
                box.set_fault(fault.line, fault.sentence)
            else:
                box.set_fault(None, "")

    def _show_sheet(self) -> None:
        """Everything but the boxes: settings, examples, variables."""
        self.gauge.show_settings(settings_line(self._sheet.parameters, self._sheet.output), self._sheet.schema_fault)
        self.examples.show(self._sheet.examples, self._sheet.examples.fixed)
        self._show_inputs()

    def _show_inputs(self) -> None:
        """The variables that the boxes ask for, and what the row expects."""
        values = self.rows.values
        asked = names_of(self.sheet)
        if not asked and self.template.fault[1]:
            asked = tuple(name for name, _ in self.variables.values)  # until the template can be read again
        expected = self.rows.expected
        self.variables.show(
            [(name, answer_text(values.get(name, ""))) for name in asked],
            self.rows.where(),
            one_line(answer_text(expected)) if expected is not None else "",
            [name for name in values if name not in asked],
        )
