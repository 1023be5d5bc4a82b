"""A stage's screen in tabs: which one is shown, and how it folds, zooms and is read again, and which keys it has."""

from collections.abc import Mapping, Sequence, Set
from typing import ClassVar

from textual.events import Resize

from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act
from genai_tui.screens.base import StageScreen
from genai_tui.screens.tabs import TabLine, TabPane
from genai_tui.widgets.lines import Key
from genai_tui.widgets.painted import Painted


class TabbedScreen(StageScreen):
    """A line of tabs over the one that is shown; the body of a stage sets `tabs` and `panes`."""

    ONLY_IN: ClassVar[Mapping[str, Set[int]]] = {}  # the tabs in which an action counts; others count in all
    tabs: TabLine
    panes: tuple[TabPane, ...] = ()
    current = 0

    @property
    def pane(self) -> TabPane:
        """The tab that is shown."""
        return self.panes[self.current]

    @property
    def settled(self) -> bool:
        """Whether everything that is read in the background stands there."""
        mine = (self, *self.panes)
        return all(worker.is_finished for worker in self.app.workers if worker.node in mine)

    def action_tab(self, place: int) -> None:
        """Show a tab, with what it shows read again."""
        if self.zoomed:
            self.zoom()
        self.current = place % len(self.panes)
        for number, pane in enumerate(self.panes):
            pane.display = number == self.current
        self.tabs.show(self.current)
        if self.host.project is None:
            return
        self.pane.fold(self.size or self.app.size)
        self.pane.show_rows()
        self.pane.fold(self.size or self.app.size)  # what was read may want other room
        self.set_focus(next((part for part in self.pane.entry() if _takes_keys(part)), None))
        self.before_box = self.focused
        self.draw_keys()

    def action_next_tab(self, step: int) -> None:
        """The tab beside it, around the ends."""
        self.action_tab(self.current + step)

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        if not self.zoomed:
            self.pane.fold(event.size)

    def zoom(self) -> None:
        """Fold again afterwards: the screen may have another size by now."""
        super().zoom()
        if not self.zoomed:
            self.pane.fold(self.size or self.app.size)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key does different things in different tabs."""
        return self.current in self.ONLY_IN.get(action, {self.current})

    def acts_here(self) -> Sequence[Act]:
        """The acts of the tab that is shown."""
        return tuple(act for act in self.ACTS if self.check_action(act.action.partition("(")[0], ()))

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys that matter in this tab."""
        parts = sum(part.focusable and part.display for part in self.pane.entry())
        return self.BOX_KEYS if typing else (*self.pane.keys(), *((Key("tab", "part"),) if parts > 1 else ()))

    def command(self) -> str:
        """The command that does what this tab shows."""
        return self.pane.command()

    def copy_text(self) -> str:
        """The text of the part that has the keys, where it is one."""
        return self.pane.copied()

    def show_board(self, board: Board | None) -> None:
        """Something was written: read again what is shown."""
        super().show_board(board)
        if self.pane.is_attached and self.host.project is not None:  # at the end of the app panes go before this
            self.pane.show_rows()


def _takes_keys(part: Painted) -> bool:
    """On entering no text box has the focus."""
    return part.focusable and part.display and not getattr(part, "TEXT_BOX", False)
