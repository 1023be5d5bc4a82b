"""Every version of the scope: what changed in it, its note; the chosen one against the marked one; back to it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.scopes import Scope
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.scope.versions import changes, rows
from genai_tui.store.scopes import current_scope, note_scope, page_scopes
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part, TextView

if TYPE_CHECKING:
    from genai_tui.project import Project

NUMBER, DATE = 5, 17  # columns
ROLES: dict[str, Role] = {"-": "bad", "+": "good", " ": "soft"}
Row = tuple[Scope, str]


class VersionPages:
    """The latest version first, each with what changed in it."""

    def __init__(self, project: "Project") -> None:
        self._reader = project.reader
        self._count = current_scope(self._reader).version

    def count(self) -> int:
        """Versions count without gaps."""
        return self._count

    def after(self, key: Any, limit: int) -> Sequence[Row]:
        """Older ones."""
        found = page_scopes(self._reader, key, limit + 1)
        return rows(found, None)[:limit] if len(found) <= limit else rows(found[:limit], found[limit])

    def before(self, key: Any, limit: int) -> Sequence[Row]:
        """Later ones, or the oldest."""
        first = limit if key is None else min(self._count, key + limit)
        return [row for row in self.after(first + 1, first) if key is None or row[0].version > key][-limit:]

    def key_of(self, row: Row) -> int:
        """Its number."""
        return row[0].version


class Versions(FramedPage):
    """`back` is given the version that is gone back to."""

    STAGE = 1
    WHERE = "versions"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("scope_versions.mark", "m", "mark", "mark it: others are compared with it"),
        Act("scope_versions.note", "N", "note", "say something of it"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS = (
        Key("↑↓", "version"), Key("enter", "back to it"), Key("m", "mark, to compare"), Key("N", "note"),
        Key("esc", "back"),
    )  # fmt: skip
    DEFAULT_CSS = "Versions LineTable { height: 1fr; } Versions TextView { height: 1fr; }"

    def __init__(self, project: "Project", back: Callable[[Scope], None]) -> None:
        super().__init__()
        self.project, self.back = project, back
        self.marked: Scope | None = None

    def body(self) -> Sequence[Widget]:
        """The list over what differs."""
        self.table: LineTable[Row] = LineTable(
            "Versions", VersionPages(self.project), self._draw, spoken=lambda row: f"v{row[0].version}: {row[1]}",
            empty=("There is no version yet.", "", "In the form enter writes into a field: that makes the first one."),
            always_lit=True,
        )  # fmt: skip
        self.text = TextView("What changed")
        self.box = LineEdit(id="line")
        self.box.display = False
        return (self.table, self.text, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()
        self.before_box = self.table
        self._show()

    def _show(self) -> None:
        row = self.table.row
        if row is None:
            return
        scope = row[0]
        other = self.marked if self.marked is not None and self.marked.version != scope.version else None
        if other is None:
            before = page_scopes(self.project.reader, scope.version, 1)
            other = before[0] if before else Scope()
        title = f"From version {other.version} to {scope.version}" if other.version else f"Version {scope.version}"
        self.text.show(tuple(_parts(other, scope)), title)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Row) -> None:
        scope, told = row
        marked = self.marked is not None and self.marked.version == scope.version
        canvas.put(x, y, f"v{scope.version}{'*' if marked else ''}", "strong", NUMBER)
        canvas.put(x + NUMBER, y, scope.created[:16].replace("T", " "), "soft", DATE - 1)
        end = canvas.put(x + NUMBER + DATE, y, told, "text", width - NUMBER - DATE)
        if scope.note and end + 4 < x + width:
            canvas.put(end + 2, y, f"“{scope.note}”", "soft", x + width - end - 2)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show what changed in another one."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Go back to it."""
        scope = event.row[0]
        self.app.pop_screen()
        self.back(scope)

    def action_mark(self) -> None:
        """Mark the chosen one, or take its mark away."""
        row = self.table.row
        if row is not None:
            again = self.marked is not None and self.marked.version == row[0].version
            self.marked = None if again else row[0]
            self.table.repaint()
            self._show()
            if not again:
                self.say(f"v{row[0].version} is marked: what others differ in is shown against it.")

    def action_note(self) -> None:
        """Type a note for the chosen version."""
        row = self.table.row
        if row is not None:
            self.noted = row[0].version
            self.box.label = f" note of version {self.noted} ▸ "
            self.box.set_value(row[0].note)
            self.box.display = True
            self.box.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Keep the note."""
        self.set_focus(self.table)
        self.run_worker(self._note(event.value.strip()), group="note", exit_on_error=False)

    async def _note(self, text: str) -> None:
        await self.project.writer.put(note_scope(self.noted, text))
        self.table.replace(VersionPages(self.project))
        self._show()
        self.host.look_again()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display, self.left_box = False, None

    def command(self) -> str:
        """The difference as a command."""
        row = self.table.row
        if row is None:
            return "genai-tui scope list"
        other = self.marked.version if self.marked is not None else row[0].version - 1
        return f"genai-tui scope diff {other} {row[0].version}" if other else f"genai-tui scope show {row[0].version}"


def _parts(before: Scope, after: Scope) -> Iterator[Part]:
    found = changes(before, after)
    if not found:
        yield Part("They say the same.", "soft")
    for change in found:
        yield Part(change.name, "strong")
        for sign, text in change.lines():
            yield Part(text, ROLES[sign], f"{sign} ", ROLES[sign])
    if after.note:
        yield Part("")
        yield Part(after.note, "soft", "note  ", "soft")
