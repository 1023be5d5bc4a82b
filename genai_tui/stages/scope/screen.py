"""1 Scope: what it must do and when it is good enough: a form; beside it how narrow that is, and what follows."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.scopes import Scope
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.folding import Stack, Want
from genai_tui.screens.frame import Column
from genai_tui.stages.scope.around import Around, Counted, count_examples, look_around
from genai_tui.stages.scope.checking import check
from genai_tui.stages.scope.fields import FIELDS, Field, typed
from genai_tui.stages.scope.following import what_follows
from genai_tui.stages.scope.narrowness import narrowness
from genai_tui.stages.scope.pages import acts
from genai_tui.stages.scope.pages.filling_in import FillingIn
from genai_tui.stages.scope.pages.form import InShort, about, draw_field, spoken
from genai_tui.stages.scope.pages.telling import SIGNS, follows_parts, in_short, narrow_parts
from genai_tui.stages.scope.setting import same
from genai_tui.stages.scope.traffic import Follows
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import TextView

FORM_SHARE = 0.52  # of a wide screen


class ScopeScreen(FillingIn):
    """What is typed counts for what follows at once; enter, or s for all of it, makes it a version."""

    CSS_PATH = "screen.tcss"
    STAGE = 1
    ACTS: ClassVar[tuple[Act, ...]] = acts.ACTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    BOX_KEYS: ClassVar[tuple[Key, ...]] = acts.BOX
    around: Around
    counted: tuple[tuple[Any, ...], Counted | None] | None  # examples, and what was counted in them; None: not yet

    def body(self) -> Sequence[Widget]:
        """The form; beside it, or in a tab, how narrow it is and what follows; a box, hidden until enter."""
        self.scope = self.drawn = self._read()
        self.around, self.counted = Around(), None
        self.found: Sequence[Follows] = ()
        self.fault: GenaiError | None = None
        self.table = LineTable("Scope", ListPages(FIELDS), self._draw, spoken=self._spoken, always_lit=True)
        self.short = InShort()
        self.about = TextView("About")
        self.narrow_view = TextView("How narrow")
        self.follows_view = TextView("What follows")
        self.box = LineEdit(id="value")
        self.box.display = False
        form = Stack(
            Column(self.table, self.short, self.about, id="form"), (self.table,), self._form_wants,
            fixed=(self.short, self.about),
        )  # fmt: skip
        told = Stack(
            Column(self.narrow_view, self.follows_view, id="told"), (self.narrow_view, self.follows_view),
            self._told_wants,
        )  # fmt: skip
        return (*self.fold_into([form, told]), self.box)

    async def on_mount(self) -> None:
        """The arrow keys move at once; what was typed before a crash is back."""
        self.fold(self.app.size)
        self.table.focus()
        self.before_box = self.table
        await self.host.typed.take_up()
        self.show_all()
        self._look_around()

    # What there is room for

    def names(self) -> Sequence[str]:
        """The tabs."""
        return ("Scope", "What follows")

    def widths(self, total: int, count: int) -> Sequence[int]:
        """The form has a little more."""
        return (round(total * FORM_SHARE), total - round(total * FORM_SHARE))

    def _form_wants(self) -> Sequence[Want]:
        line = 1 if self.narrow else 0
        return (Want(3, len(FIELDS) + 1, 0), Want(line, line, 0), Want(2, 4, 1))

    def _told_wants(self) -> Sequence[Want]:
        rows = len(self.narrow_view.lines(self.narrow_view.size.width or self.left_width))
        return (Want(3, min(rows + 1, 12), 0), Want(3, 12, 1))

    def fold(self, size: Size | None = None) -> None:
        """The verdict has a line of its own where it is in another tab."""
        super().fold(size)
        self.short.display = self.short.display and self.narrow

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fit_head(event.size.height)
        self.over.show(self.message, event.size.width, event.size.height)
        self.call_after_refresh(self.show_all)

    # What is shown

    def _read(self) -> Scope:
        return current_scope(self.host.project.reader) if self.host.project is not None else Scope()

    def show_all(self) -> None:
        """Draw the form, and what follows from what stands in it now: some 1 ms, at each key."""
        scope = self.drawn = self.meant
        if scope.examples and (self.counted is None or self.counted[0] != scope.examples):
            self._count(scope)
        counted = self.counted[1] if self.counted is not None and self.counted[0] == scope.examples else None
        narrow, findings = narrowness(scope), check(scope, self.around)
        self.found = what_follows(scope, self.around, counted)
        sign, role = SIGNS[narrow.verdict]
        if any(finding.kind == "contradiction" for finding in findings):
            sign, role = "failed", "bad"
        look = self.host.look
        self.short.show(sign, role, in_short(narrow, findings, self.found))
        with_typed = "" if same(scope, self.scope) else "with what is typed"
        self._tell_in(
            self.narrow_view, narrow_parts(narrow, findings, look), f"How narrow: {narrow.verdict}", with_typed
        )
        self._tell_in(self.follows_view, follows_parts(self.found, look), "What follows", with_typed)
        self.table.title = f"Scope, version {self.scope.version}" if self.scope.version else "Scope"
        self.table.repaint()
        if self.fault is None:
            self.tell()

    def _tell_in(self, view: TextView, parts: Any, title: str, note: str) -> None:
        """Other text, at the row that is read now."""
        top = view.top
        view.note = note
        view.show(tuple(parts), title)
        view.top = max(0, min(top, view.row_count() - view.room))
        view.repaint()

    def tell(self) -> None:
        """What belongs in the chosen field."""
        field: Field | None = self.table.row
        if field is not None:
            self.about.show(tuple(about(field, self.drawn)), field.name)

    def show_board(self, board: Board | None) -> None:
        """Another terminal may have changed the scope; the model in use may be another."""
        super().show_board(board)
        if self.is_mounted:
            self.scope = self._read()
            self.show_all()
            self._look_around()

    def show_look(self) -> None:
        """Signs are others where there is no UTF-8."""
        self.show_all()
        super().show_look()

    # What is read in the background

    @property
    def settled(self) -> bool:
        """Whether everything that is read and counted in the background stands there."""
        return all(worker.is_finished for worker in self.app.workers if worker.node is self)

    def _look_around(self) -> None:
        project = self.host.project
        if project is None:
            return

        async def work() -> None:
            self.around = await asyncio.to_thread(look_around, project)
            self.show_all()

        reading: Callable[[], Awaitable[None]] = work  # no coroutine of one that is overtaken before it began
        self.run_worker(reading, group="around", exclusive=True, exit_on_error=False)

    def _count(self, scope: Scope) -> None:
        examples = scope.examples

        async def work() -> None:
            found = await asyncio.to_thread(count_examples, examples)
            self.counted = (examples, found)
            self.show_all()

        self.counted = (examples, None)
        counting: Callable[[], Awaitable[None]] = work
        self.run_worker(counting, group="count", exclusive=True, exit_on_error=False)

    # Keys and words

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys that matter where the keys go."""
        if typing:
            return self.BOX_KEYS
        if self._in_told:
            return acts.TOLD
        return acts.TYPED if self.drafts else acts.FORM

    def help_lines(self) -> Sequence[str]:
        """What the form is."""
        return (
            *super().help_lines(),
            "At the left the form: enter writes into the chosen field. What is typed is kept within a second, saved or "
            "not, and counts at once for what is said at the right. Enter in the box saves it as a version; s saves "
            "all that is typed as one.",
            "At the right how narrow it is, by rule, and what follows: enter there tells how each number comes about. "
            "Nothing is sent to a model, but for a critique (c), which is asked for.",
            "Metric and target are what runs and gates are held against; the budget bounds every request that is paid; "
            "the data rules decide which endpoints may be asked at all.",
        )

    def command(self) -> str:
        """The command that writes the chosen field, or tells what is shown."""
        if self.focused is self.narrow_view:
            return "genai-tui scope check"
        if self.focused is self.follows_view:
            return "genai-tui scope follows"
        field = self.table.row
        if field is None:
            return "genai-tui scope show"
        value = self.box.value if self.writing else typed(self.meant, field.key)
        return f"genai-tui scope set {shlex.quote(f'{field.key}={value}')}"

    def copy_text(self) -> str:
        """The error, while one is shown."""
        return self.about.plain_text() if self.fault is not None else ""

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Say what belongs there; on a narrow screen space asks for it, so that a move stays a few hundred bytes."""
        self.fault = None
        if not self.narrow:
            self.tell()

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Say it at once; in the last line where there is no room for more."""
        self.fault = None
        self.tell()
        if not self.about.display:
            self.say(event.row.hint)

    @property
    def _in_told(self) -> bool:
        """Whether the keys go to what follows, not to the form."""
        return self.focused in (self.narrow_view, self.follows_view)

    def action_edit(self) -> None:
        """Write into the chosen field; where the keys go to what follows, tell how it comes about."""
        if self._in_told:
            self.how()
        else:
            super().action_edit()

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, field: Field) -> None:
        draw_field(canvas, x, y, width, field, self.drawn, self.drafts)

    def _spoken(self, field: Field) -> str:
        return spoken(field, self.drawn, self.drafts)


SCREEN = ScopeScreen
