"""Before a run: who is measured, on what, by what; what it will take, and what so many examples can show."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Split
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import RAIL_FROM, FramedPage
from genai_tui.screens.folding import Want, rows_of
from genai_tui.stages.evaluate.pages.plan import NAMES, Plan, parts, scorers_of, taken
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.candidates import page_candidates
from genai_tui.store.datasets import find_dataset
from genai_tui.store.prompts import find_prompt
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.stages import Board

MOST_CANDIDATES = 500
IN_TURN: tuple[Split, ...] = ("dev", "test", "train")
FIELDS, AT_EASE = 6, 8  # how many there are, and of candidates are seen at ease
LONGEST_NAME, PROMPTS = 16, 14  # columns of a candidate's name, at most, and of its prompt
NO_CANDIDATE = (
    "No candidate yet: a model and a prompt version together.",
    "Press 3 for the playground, and K there makes one of what stands in it.",
)


class Field(NamedTuple):
    """One thing that can be set."""

    name: str
    does: str


FIELD_ROWS = (
    Field("split", "enter: dev, test, train"),
    Field("scorers", "blanks between; the first leads"),
    Field("rows", "the first so many; empty: all"),
    Field("repeats", "each row asked so many times"),
    Field("in flight", "requests at once"),
    Field("max cost", "US dollars; empty: the budget"),
)


class Starting(FramedPage):
    """`then` is given the candidates and the plan. Nothing is asked before. The cursor starts on the candidate `at`."""

    WHERE = "measure"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("starting.go", "ctrl+r,r", "go", "begin the runs", "r or ^r"),
        Act("starting.turn", "space", "turn", "this candidate too, or not"),
        Act("starting.split", "w", "next_split", "another split"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("space", "choose"), Key("w", "split"), Key("tab", "settings"), Key("r", "begin"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self,
        project: "Project",
        then: Callable[[list[Candidate], dict[str, Any]], None],
        *,
        candidates: Sequence[str] = (),
        at: str = "",
        rate: Callable[[str], float | None] = lambda model: None,
    ) -> None:
        super().__init__()
        self.project, self.then, self._rate = project, then, rate
        self._read()
        known = [each.name for each in self.candidates]
        chosen = tuple(name for name in candidates if name in known)
        self._at = next((name for name in (*chosen, at) if name in known), "")
        self.plan = Plan(chosen, scorers=(current_scope(project.reader).metric or "exact",))

    def body(self) -> Sequence[Widget]:
        """Candidates, settings, what it will take; the box, hidden until it is needed."""
        self.table: LineTable[Candidate] = LineTable(
            "Candidates", ListPages(self.candidates), self._draw, empty=NO_CANDIDATE, always_lit=True, id="candidates",
            spoken=lambda row: f"{row.name} {row.model} {'chosen' if row.name in self.plan.candidates else ''}",
        )  # fmt: skip
        self.fields: LineTable[Field] = LineTable(
            "Settings", ListPages(list(FIELD_ROWS)), self._draw_field, id="settings",
            spoken=lambda row: f"{row.name} {self.plan.said(row.name)}",
        )  # fmt: skip
        self.text = TextView("What it will take")
        self.box = LineEdit(id="value")
        self.box.display = False
        return (self.table, self.fields, self.text, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self._fold(self.app.size.height)
        names = [each.name for each in self.candidates]
        if self._at:
            self.table.go_to(names.index(self._at))
        self.table.focus()
        self.text.show([Part("Counting tokens …", "soft")])
        self._told()
        self.draw_keys()

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """Without a candidate, the way to one."""
        if typing or self.candidates:
            return super().keys_here(typing=typing)
        return Key("3", "playground"), self.KEYS[-1]

    def _read(self) -> None:
        reader = self.project.reader
        self.candidates = page_candidates(reader, None, MOST_CANDIDATES, newest_first=True)
        self._longest = max((min(width_of(each.name), LONGEST_NAME) for each in self.candidates), default=0)
        self._shots = {each.id: find_prompt(reader, str(each.prompt)).shots for each in self.candidates}

    def show_board(self, board: "Board | None") -> None:
        """Candidates that were made elsewhere meanwhile can be chosen too."""
        super().show_board(board)
        newest = page_candidates(self.project.reader, None, 1, newest_first=True)
        if self.is_mounted and newest != self.candidates[:1]:
            row = self.table.row
            self._read()
            self.table.replace(ListPages(self.candidates), self.candidates.index(row) if row in self.candidates else 0)
            self._fold(self.app.size.height)
            self.draw_keys()

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fold(event.size.height)

    @property
    def _parts(self) -> tuple[Painted, ...]:
        return (self.table, self.fields, self.text)

    def _fold(self, height: int) -> None:
        """Rows for each part; where they do not fit, the whole page for the one that has the keys."""
        room = height - (1 if height < RAIL_FROM else 2) - 1
        many = self.table.count > AT_EASE
        listed = Want(3, max(3, min(self.table.count, AT_EASE) + 1), int(many))
        rows = rows_of(room, (listed, Want(3, FIELDS + 1, 0), Want(4, 8)))
        alone = next((part for part in self._parts if part is self.part), self.table)
        for place, part in enumerate(self._parts):
            part.display = rows is not None or part is alone
            part.styles.height = rows[place] if rows is not None and part is not self.text else "1fr"

    def action_next_part(self, step: int) -> None:
        """Go to the next part; where there is no room for all, it takes the place of this one."""
        if not all(part.display for part in self._parts):
            at = next((place for place, part in enumerate(self._parts) if part.display), 0)
            part = self._parts[(at + step) % len(self._parts)]
            part.display = True
            self.set_focus(part)
            self._fold(self.app.size.height)
            return
        super().action_next_part(step)

    def command(self) -> str:
        """The same on the command line."""
        return self.plan.command()

    def help_lines(self) -> Sequence[str]:
        """What is decided here."""
        return (
            "Each chosen candidate is asked every row of the split, one candidate after the other. Answers are stored "
            "as they come; a run can be paused, stopped and gone on with, and asks nothing twice.",
            "dev is for trying as often as you like. test has the last word: each run over it counts as a look.",
        )

    def action_turn(self) -> None:
        """Choose a candidate, or not."""
        row = self.table.row
        if row is not None and self.focused is self.table:
            chosen = self.plan.candidates
            names = [name for name in chosen if name != row.name] if row.name in chosen else [*chosen, row.name]
            order = [each.name for each in self.candidates]
            self._take(replace(self.plan, candidates=tuple(sorted(names, key=order.index))))

    def action_next_split(self) -> None:
        """Another split."""
        there = self._splits()
        at = there.index(self.plan.split) if self.plan.split in there else -1
        if there:
            self._take(replace(self.plan, split=there[(at + 1) % len(there)]))

    def _splits(self) -> list[Split]:
        try:
            splits = find_dataset(self.project.reader).splits
        except GenaiError:
            return []
        return [split for split in IN_TURN if splits.get(split)]

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Space in the list."""
        if event.table is self.table:
            self.action_turn()
        else:
            self._type(event.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Choose a candidate, or set a field."""
        if event.table is self.table:
            self.action_turn()
        else:
            self._type(event.row)

    def _type(self, field: Field) -> None:
        if field.name == "split":
            self.action_next_split()
            return
        self.box.label = f" {field.name} ▸ "
        self.box.hint = field.does
        self.box.set_value(self.plan.said(field.name), picked=field.name != "scorers")
        self.box.display = True
        self.before_box = self.fields
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Take the value."""
        field = self.fields.row
        if field is not None and field.name == "scorers":
            begin(self, partial(self._set_scorers, event.value), "scorers")
            return
        if field is not None:
            try:
                self._take(self.plan.with_(field.name, event.value.strip()))
            except ValueError as error:
                self.say(str(error), "warn")
                return
        self.set_focus(self.fields)

    async def _set_scorers(self, typed: str) -> None:
        self.say("Making the scorers …", "wait")
        try:
            names = await asyncio.to_thread(scorers_of, typed)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.say("")
        self._take(replace(self.plan, scorers=names))
        self.set_focus(self.fields)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self.table.repaint()
        self.fields.repaint()
        self._told()

    def _told(self) -> None:
        begin(self, partial(self._estimate, self.plan), "estimate")

    async def _estimate(self, plan: Plan) -> None:
        """What it takes is counted in a thread: the first count loads a tokenizer."""
        if not plan.candidates:
            nobody = "Nobody can be measured yet." if not self.candidates else "Choose who is measured: space."
            self.text.show([Part(nobody, "soft")])
            return
        try:
            said = await asyncio.to_thread(taken, self.project, self._chosen(plan), plan, self._rate)
        except GenaiError as error:
            self.text.show(error_parts(error))
            return
        if plan is self.plan:
            self.text.show(parts(said))

    def _chosen(self, plan: Plan) -> list[Candidate]:
        return [each for each in self.candidates if each.name in plan.candidates]

    def action_go(self) -> None:
        """Begin."""
        chosen = self._chosen(self.plan)
        if not chosen:
            self.say("Choose a candidate first: space." if self.candidates else "There is no candidate yet.", "warn")
            return
        plan = self.plan.for_run()
        self.app.pop_screen()
        self.then(chosen, plan)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Candidate) -> None:
        chosen = row.name in self.plan.candidates
        canvas.put(x, y, canvas.look.signs["done" if chosen else "empty"], "good" if chosen else "soft")
        canvas.put(x + 2, y, row.name, "strong" if chosen else "text", self._longest)
        at = x + 4 + self._longest
        canvas.put(at, y, f"v{row.prompt} {self._shots[row.id]}", "text", PROMPTS)
        canvas.put(at + PROMPTS + 1, y, row.model, "soft", x + width - at - PROMPTS - 1)

    def _draw_field(self, canvas: Canvas, x: int, y: int, width: int, row: Field) -> None:
        canvas.put(x, y, row.name, "text", NAMES - 1)
        said = self.plan.said(row.name)
        at = canvas.put(x + NAMES, y, said or "–", "strong" if said else "soft", 24)
        at = max(at + 2, x + NAMES + 14)
        canvas.put(at, y, row.does, "soft", x + width - at)
