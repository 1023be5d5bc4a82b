"""The right columns: who is asked in each, how they are headed, adding one and taking one away."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.records.prompts import Prompt
from genai_tui.screens.folding import Stack, Want
from genai_tui.stages.prompt.pages.editing import Editing
from genai_tui.stages.prompt.pages.slots import Slot
from genai_tui.stages.prompt.sheet import MOST_COLUMNS, Column, Sheet
from genai_tui.widgets.answer_signs import legend
from genai_tui.widgets.stream import StreamView

if TYPE_CHECKING:
    from genai_tui.answering.together import Together

LETTERS = "ABCD"
NO_ANSWER = ("r asks with what stands at the left;", "the answer comes here.")


class Columns(Editing):
    """The right columns. `slots` are those there could be; as many are shown as the sheet has columns."""

    def answer_columns(self) -> Sequence[Stack]:
        """The right columns; all are made at once, for a column that comes later would have to be waited for."""
        self.slots: list[Slot] = []
        self.places: list[Slot] = []  # the columns of the answers under way
        self.answers: Together | None = None
        self.extra: Mapping[str, Any] | None = None
        for letter in LETTERS:
            view = StreamView(
                f"Answer {letter}", empty=NO_ANSWER if letter == LETTERS[0] else (), id=f"answer-{letter.lower()}"
            )
            self.slots.append(Slot(view, Stack(view, (view,), lambda: (Want(2, 2),))))
        return [slot.stack for slot in self.slots]

    @property
    def asked(self) -> list[Slot]:
        """The columns that are shown."""
        return self.slots[: len(self._sheet.columns)]

    @property
    def slot(self) -> Slot | None:
        """The column that is chosen, or the only one."""
        chosen = next((slot for slot in self.asked if slot.view is self.part), None)
        return chosen or (self.slots[0] if len(self.asked) == 1 else None)

    @property
    def running(self) -> bool:
        """Whether any answer is coming."""
        return any(slot.running for slot in self.slots)

    def names(self) -> Sequence[str]:
        """The tabs: what is sent, and each column with how it stands."""
        return ["Sent", *(" ".join([LETTERS[n], *self._said(slot)]) for n, slot in enumerate(self.asked))]

    def _said(self, slot: Slot) -> Sequence[str]:
        """How it stands; where it is of another row, of which."""
        if slot.view.state == "empty":
            return ()
        sign = slot.view.sign[0]
        return (sign, slot.asked.row) if slot.moved_to and slot.asked is not None else (sign,)

    def widths(self, total: int, count: int) -> Sequence[int]:
        """What is sent keeps about half beside one answer, and no less than a third beside four."""
        left = total * {2: 50, 3: 42, 4: 36}.get(count, 33) // 100
        right, columns = total - left, count - 1
        return [left, *(right // columns + (1 if n < right % columns else 0) for n in range(columns))]

    def take(self, sheet: Sheet) -> None:
        """The columns follow the sheet."""
        super().take(sheet)
        self.follow_columns()

    def follow_columns(self) -> None:
        """Show as many columns as the sheet has, each named by who is asked in it."""
        columns = self._sheet.columns
        changed = False
        for number, slot in enumerate(self.slots):
            shown = number < len(columns)
            changed = changed or slot.stack.shown != shown
            slot.stack.shown = shown
            if shown:
                slot.column = columns[number]
                self.name_column(slot)
        if changed:
            self.fold()

    def name_column(self, slot: Slot) -> None:
        """Name who is asked in a column."""
        letter, column = LETTERS[self.slots.index(slot)], slot.column
        if slot.asked is not None:  # it keeps the name of who was asked
            row = slot.asked.row if slot.moved_to else ""
            slot.view.set_heading(letter, slot.asked.model, f"{row} {slot.asked.what}".strip())
            return
        model = column.model or (self.host.board.model if self.host.board is not None else "")
        version = f"v{column.version}" if column.version else self.version_said()
        more = " ".join(f"{name}={value}" for name, value in column.parameters.items())
        slot.view.set_heading(letter, model, f"{version} {more}".strip())

    def seen(self) -> None:
        """The version in the headings may be another."""
        self.follow_columns()

    def version_said(self) -> str:
        """The sheet's version, with its number of examples; one that differs from all that are saved is `v3*`."""
        sheet = self._sheet
        number = f"v{sheet.based_on}" if sheet.based_on else "new"
        return f"{number}{'*' if sheet.based_on and self.unsaved else ''} {Prompt((), sheet.examples).shots}"

    def help_lines(self) -> Sequence[str]:
        """What the signs of answers mean."""
        return (*super().help_lines(), f"Signs of answers: {', '.join(legend(self.host.look.signs))}.")

    # Columns

    def action_column(self) -> None:
        """Another column."""
        from genai_tui.stages.prompt.pages.adding import AddColumn

        full = f"{MOST_COLUMNS} columns are all there is room for: esc, and C takes one away."
        self.app.push_screen(AddColumn(self._added, full if len(self.asked) >= MOST_COLUMNS else ""))

    def _added(self, column: Column) -> None:
        sheet = self.sheet
        self.slots[len(sheet.columns)].clear()
        self.take(replace(sheet, columns=(*sheet.columns, column)))
        then = "the next run asks it too" if self.running else "r asks all of them"
        self.say(f"Column {LETTERS[len(sheet.columns)]} is there; {then}.", "good")

    def action_uncolumn(self) -> None:
        """Take the chosen column away, else the last; u brings it back."""
        sheet, slot = self.sheet, next((slot for slot in self.asked if slot.view is self.part), self.asked[-1])
        if len(sheet.columns) == 1:
            self.say("One column stays: c adds another.", "warn")
            return
        if slot.running and self.answers is not None:
            self.answers.cancel(self.places.index(slot))
        gone, place = slot.column, self.slots.index(slot)
        self.slots.append(self.slots.pop(place))
        self._order()

        def back() -> None:
            self.slots.insert(place, self.slots.pop(self.slots.index(slot)))
            self._order()
            now = self.sheet.columns
            self.take(replace(self.sheet, columns=(*now[:place], gone, *now[place:])[:MOST_COLUMNS]))

        self.undoable("The column is back.", back)
        self.take(replace(sheet, columns=tuple(each for n, each in enumerate(sheet.columns) if n != place)))
        self.say("Taken away; u brings it back.")

    def _order(self) -> None:
        """Let the panes stand as the slots do."""
        self.stacks[1:] = [slot.stack for slot in self.slots]
        for slot in self.slots:
            last = self.panes.children[-1]
            if slot.stack.divider is not last:
                self.panes.move_child(slot.stack.divider, after=last)
            self.panes.move_child(slot.stack.holder, after=slot.stack.divider)
        for slot in self.asked:
            self.name_column(slot)
