"""The tabs of stage 6, which know their screen."""

from typing import TYPE_CHECKING, cast

from genai_tui.screens.tabs import TabLine, TabName, TabPane

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.screen import Evaluate

__all__ = ["Pane", "TabLine", "TabName"]


class Pane(TabPane):
    """One tab of Evaluate."""

    @property
    def page(self) -> "Evaluate":
        """The screen: runs, what is chosen among them, and what goes on."""
        return cast("Evaluate", super().page)

    def show_progress(self) -> None:
        """A run got on."""
