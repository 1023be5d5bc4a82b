"""Everything by name: what has a ctrl key has its name here too, for not every terminal lets those through."""

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from genai_tui.screens.acts import APP_ACTS, Act, written
from genai_tui.screens.base import Page
from genai_tui.screens.choosing import Choosing
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages

HIDDEN = {"palette"}
WIDEST = 72  # columns of a name and its key


class Palette(Choosing[Act]):
    """A box to type into, and the actions whose names hold what was typed."""

    WHERE = "commands"
    BOX_KEYS = (Key("↑↓", "choose"), Key("enter", "do it"), Key("esc", "back"))
    KEYS = BOX_KEYS

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.STAGE = page.STAGE  # the rail shows where one came from
        self.acts = [act for act in (*page.acts_here(), *APP_ACTS) if act.id not in HIDDEN]

    def body(self) -> Sequence[Widget]:
        """Box and list."""
        self.box = LineEdit(" ▸ ", hint="type a part of a name")
        self.table = LineTable("Commands", ListPages(self.acts), _draw, spoken=lambda act: act.name, always_lit=True)
        return (self.box, self.table)

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Show what fits."""
        self.table.replace(ListPages(list(matching(self.acts, event.value))), 0)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what is chosen."""
        self._do(self.table.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Do what was clicked."""
        self._do(event.row)

    def _do(self, act: Act | None) -> None:
        if act is None:
            self.say("No command has that in its name.", "warn")
            return
        page, app = self.page, self.app
        app.pop_screen()
        app.call_later(app.run_action, act.action, page)


def matching(acts: Iterable[Act], typed: str) -> Iterable[Act]:
    """Acts whose name, id, key or other words have every word that was typed; those that begin with it first."""
    words = typed.lower().split()
    found = [act for act in acts if all(word in f"{act.name} {act.id} {act.keys} {act.also}".lower() for word in words)]

    def rank(act: Act) -> int:
        name = act.name.lower()
        return 0 if not words or name.startswith(words[0]) else 1 if f" {words[0]}" in f" {name}" else 2

    return sorted(found, key=rank)


def _draw(canvas: Canvas, x: int, y: int, width: int, act: Act) -> None:
    """The name, and the key near it, however wide the screen is."""
    width = min(width, WIDEST)
    canvas.put(x, y, act.name, "text", width - 14)
    if act.keys:
        canvas.right(x + width - 1, y, written(act), "key")
