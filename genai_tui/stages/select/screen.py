"""2 Select: which existing model; what memory, training and serving take; whether pretraining is thinkable."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.one_line import AsksForLine
from genai_tui.screens.tabbed import TabbedScreen
from genai_tui.screens.tabs import TabLine
from genai_tui.stages.select.pages.compare import Compare
from genai_tui.stages.select.pages.memory import Memory
from genai_tui.stages.select.pages.models import Models
from genai_tui.stages.select.pages.own_or_rent import OwnOrRent
from genai_tui.stages.select.pages.pretrain import Pretrain
from genai_tui.stages.select.pages.serving import Serving
from genai_tui.stages.select.pages.tabs import TABS, Tab
from genai_tui.stages.select.pages.training import Training
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key

KINDS: tuple[type[Tab], ...] = (Models, Compare, Memory, Training, Serving, Pretrain, OwnOrRent)


class SelectScreen(TabbedScreen, AsksForLine):
    """Seven tabs, each with its own keys. No endpoint is contacted until one asks for its list."""

    STAGE = 2
    TAB_ACTS: ClassVar[tuple[Act, ...]] = (
        *(
            Act(f"select.{kind.ID}", tab.letter, f"tab({place})", f"tab: {tab.name}")
            for place, (tab, kind) in enumerate(zip(TABS, KINDS, strict=True))
        ),
        Act("select.next_tab", "right", "next_tab(1)", "the next tab", "→"),
        Act("select.previous_tab", "left", "next_tab(-1)", "the tab before", "←"),
    )
    ACTS: ClassVar[tuple[Act, ...]] = (*TAB_ACTS, *dict.fromkeys(act for kind in KINDS for act in kind.ACTS))
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)

    panes: tuple[Tab, ...]

    def body(self) -> Sequence[Widget]:
        """The line of tabs, the tabs, a box of one line."""
        self.tabs = TabLine(TABS)
        self.compare = Compare()  # what is marked in Models stands there
        self.panes = tuple(self.compare if kind is Compare else kind() for kind in KINDS)
        return (self.tabs, *self.panes, self.box)

    def on_mount(self) -> None:
        """The models."""
        self.action_tab(0)

    @property
    def pane(self) -> Tab:
        """The tab that is shown."""
        return self.panes[self.current]

    def action_do(self, name: str) -> None:
        """What a key of the tab that is shown does."""
        getattr(self.pane, f"do_{name}")()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key does different things in different tabs."""
        return action != "do" or hasattr(self.pane, f"do_{parameters[0]}")

    def acts_here(self) -> Sequence[Act]:
        """The acts of the tab that is shown."""
        return (*self.pane.ACTS, *self.TAB_ACTS)

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Space on a row: the tab knows what it means."""
        self.pane.shown(event.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Enter on a row: the tab knows what it means."""
        self.pane.chosen(event.row)

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys that matter in this tab."""
        if typing:
            return self.BOX_KEYS
        return self.pane.keys() if self.pane.is_attached and self.host.project is not None else self.pane.KEYS

    def help_lines(self) -> Sequence[str]:
        """What the tabs are."""
        return (
            *super().help_lines(),
            "Models: those known here, with what is known of each. Compare: up to four side by side. Memory, Training, "
            "Serving: what a model needs and how fast it is, by formula. Pretrain?: whether one of your own is "
            "thinkable with the scope's budget. Own or rent: an API against own accelerators. ← and → turn from tab to "
            "tab; the lit letter of each leads to it. Enter on a number tells how it is computed.",
        )


SCREEN = SelectScreen
