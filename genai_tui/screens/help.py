"""Help for one screen: what it is for, its keys, and the keys that work everywhere."""

from collections.abc import Sequence

from textual.widget import Widget

from genai_tui.screens.acts import APP_ACTS, Act, written
from genai_tui.screens.base import FramedPage, Page
from genai_tui.widgets.cells import pad
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView

IN_LISTS = (
    ("↑ ↓  or  k j", "move"), ("home end  or  g G", "first, last"), ("page up, page down", "a screenful"),
    ("space", "show more of the row"), ("/", "filter, where there is something to filter"),
    ("tab, shift+tab", "next, previous part of the screen"),
)  # fmt: skip
IN_BOXES = (
    ("enter", "done; where there are many lines, a new one"), ("esc", "leave the box; the text stays"),
    ("tab, shift+tab", "leave it for the next, the previous part"), ("^z  ^y", "undo, redo"),
    ("shift and arrows", "select; ^c copies, ^x cuts, ^v pastes what was cut"),
    ("^w  ^u  ^k", "delete a word, all before, all after"),
    ("^a  ^e", "to the beginning, to the end"),
)  # fmt: skip
VSCODE = (
    "VS Code keeps ctrl+p, ctrl+q and others for itself. Use : instead, or give them back with the setting "
    "terminal.integrated.commandsToSkipShell, each command with a leading -, as -workbench.action.quickOpen."
)
ZELLIJ = "Zellij keeps ctrl+p, ctrl+q, ctrl+o and others for itself. Use : instead, or lock Zellij with ctrl+g first."


class Help(FramedPage):
    """The help of the page it was called from."""

    WHERE = "help"

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.STAGE = page.STAGE  # the rail shows where one came from

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView(self.page.help_title(), self.parts())
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()
        self.show_keys((Key("↑↓", "scroll"), Key("y", "copy"), Key("esc", "back")))

    def copy_text(self) -> str:
        """The whole page."""
        return self.text.plain_text()

    def parts(self) -> Sequence[Part]:
        """What the page shows."""
        parts = [part for line in self.page.help_lines() for part in (Part(line), Part(""))]
        if self.page.acts_here():
            parts += [
                Part("HERE", "strong"),
                *(_row(written(act), act.name) for act in _shown(self.page.acts_here())),
                Part(""),
            ]
        parts += [Part("EVERYWHERE", "strong"), _row("1 … 8", "go to a stage")]
        parts += [_row(written(act), act.name) for act in _shown(APP_ACTS) if not act.id.startswith("stage.")]
        parts += [Part(""), Part("IN LISTS AND TEXTS", "strong"), *(_row(*pair) for pair in IN_LISTS)]
        parts += [Part(""), Part("IN TEXT BOXES", "strong"), *(_row(*pair) for pair in IN_BOXES)]
        terminal = self.host.terminal
        if terminal.vscode or terminal.zellij:
            parts += [Part(""), Part(VSCODE if terminal.vscode else ZELLIJ)]
        return parts


def _shown(acts: Sequence[Act]) -> list[Act]:
    return [act for act in acts if act.keys]


def _row(keys: str, does: str) -> Part:
    return Part(does, "text", pad(keys, 20) + "  ", "key")
