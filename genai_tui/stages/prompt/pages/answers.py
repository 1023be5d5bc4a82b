"""What comes back: one column for each who is asked, all at once; each can be stopped alone and keeps what came."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL, weights_present
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.screens.folding import Stack, Want
from genai_tui.screens.streaming import stream_columns
from genai_tui.stages.prompt.pages.editing import Editing
from genai_tui.stages.prompt.sheet import MOST_COLUMNS, Column, Sheet, sheet_of
from genai_tui.stages.prompt.trying import money
from genai_tui.store.facts import expected_of, is_right
from genai_tui.store.prompts import find_prompt
from genai_tui.widgets.answer_signs import legend, state_of
from genai_tui.widgets.prompt_text import how_it_came
from genai_tui.widgets.stream import StreamView

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.prompt import asking

LETTERS = "ABCD"
NO_ANSWER = ("r asks with what stands at the left;", "the answer comes here.")


@dataclass
class Slot:
    """One column: its view, who is asked in it, whether an answer is coming, and what came of it."""

    view: StreamView
    stack: Stack
    column: Column = field(default_factory=Column)
    running: bool = False
    generation: Generation | None = None
    right: bool | None = None  # as expected
    output: Mapping[str, Any] | None = None  # the schema it was asked to keep to
    holds: bool | None = None  # and whether it does

    def clear(self) -> None:
        """Forget what came."""
        self.generation = self.right = self.output = self.holds = None
        self.view.clear()


class Answers(Editing):
    """The right columns. `slots` are those there could be; as many are shown as the sheet has columns."""

    def answer_columns(self) -> Sequence[Stack]:
        """The right columns; all are made at once, for a column that comes later would have to be waited for."""
        self.slots: list[Slot] = []
        self.places: list[Slot] = []  # the columns of the answers under way
        self.answers: asking.Answers | None = None
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
        return ["Sent", *(f"{LETTERS[n]} {self._sign(slot)}".strip() for n, slot in enumerate(self.asked))]

    def _sign(self, slot: Slot) -> str:
        return "" if slot.view.state == "empty" else slot.view.sign[0]

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
        if slot.generation is not None or slot.running:
            return  # it keeps the name of who was asked
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

        if len(self.asked) >= MOST_COLUMNS:
            self.say(f"{MOST_COLUMNS} columns are all there is room for; C takes one away.", "warn")
            return
        self.app.push_screen(AddColumn(self._added))

    def _added(self, column: Column) -> None:
        sheet = self.sheet
        self.slots[len(sheet.columns)].clear()
        self.take(replace(sheet, columns=(*sheet.columns, column)))
        self.say(f"Column {LETTERS[len(sheet.columns)]} is there; r asks all of them.", "good")

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
        for number, slot in enumerate(self.asked):
            slot.view.set_heading(LETTERS[number], slot.view.model, slot.view.what)

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
            self.say("An answer is still coming; ^c stops it.", "warn")
            return
        if self.lacks_weights(self.action_run):
            return
        slots = self.places = self.asked
        for slot in slots:
            slot.clear()
            self.name_column(slot)
            slot.running, slot.output = True, self._output_of(project, slot.column)
        if self.narrow:
            self.show_part(slots[0].view)
            self.set_focus(slots[0].view)
        self.app.run_worker(self._ask(project, slots), group="answers", exclusive=True, exit_on_error=False)

    async def _ask(self, project: "Project", slots: Sequence[Slot]) -> None:
        """Feed each column what comes for it."""
        from genai_tui.stages.prompt import asking

        try:
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

    def _output_of(self, project: "Project", column: Column) -> Mapping[str, Any] | None:
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
        slot.generation, slot.right = generation, self._is_right(generation)
        if generation.error is None:
            slot.view.finish(state_of(generation, slot.right))
            self.show_status(slot)

    def show_status(self, slot: Slot) -> None:
        """Under the answer: whether it is right, whether it holds its schema, and how it came."""
        each = slot.generation
        if each is None:
            return
        said = how_it_came(each, money(each.cost_usd), slot.right, self.host.look.signs)
        if slot.holds is not None:
            json = "JSON holds" if slot.holds else "JSON broken"
            role = said.role if slot.holds and slot.right is not None else "good" if slot.holds else "bad"
            said = said._replace(verdict=" · ".join(part for part in (said.verdict, json) if part), role=role)
        slot.view.show_status(*said)

    def _is_right(self, each: Generation) -> bool | None:
        """Whether it is the answer that is expected of its row; None where none is, or it is not whole."""
        if each.example is None or each.error is not None or each.finish_reason == "cancelled":
            return None
        assert self.host.project is not None
        expected = expected_of(self.host.project.reader, each.example)
        return None if expected is None else is_right(each.text, expected)

    def stop_work(self) -> bool:
        """Stop the chosen column, else all; what came is kept."""
        chosen = [slot for slot in self.asked if slot.view is self.part and slot.running]
        stopped = chosen or [slot for slot in self.slots if slot.running]
        if not stopped or self.answers is None:
            return False
        for slot in stopped:
            self.answers.cancel(self.places.index(slot))
        others = len([slot for slot in self.slots if slot.running]) - len(stopped)
        self.say("Stopped; what came is kept." + (f" {others} still answer." if others else ""))
        return True
