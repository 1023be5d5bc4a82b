"""The tabs of stage 4, which know their screen."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual.worker import Worker

from genai_tui.screens.tabs import TabPane
from genai_tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from genai_tui.stages.finetune.screen import FineTune


class FinetunePane(TabPane):
    """One tab of Fine-tune."""

    @property
    def page(self) -> "FineTune":
        """The screen: what is planned, and the keys that act."""
        return cast("FineTune", super().page)

    def show_plan(self) -> None:
        """Another training is planned."""

    def choose(self, table: LineTable[Any], row: Any) -> None:
        """A row was chosen with enter."""

    def refold(self) -> None:
        """There is more or less to show."""
        if self.display and not self.page.zoomed:
            self.fold(self.page.size or self.page.app.size)

    def begin(self, act: Callable[[], Coroutine[None, None, None]], group: str) -> None:
        """Do `act` in a worker; what else of that group works is given up. On a pane that is gone nothing begins."""
        if self.is_attached:
            _: Worker[None] = self.run_worker(act, group=group, exclusive=True, exit_on_error=False)
