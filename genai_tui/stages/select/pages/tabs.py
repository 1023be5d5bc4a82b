"""The tabs of stage 2, which know their screen and bring their own keys."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.worker import Worker

from genai_tui.screens.acts import Act
from genai_tui.screens.tabs import TabName, TabPane
from genai_tui.widgets.painted import Painted

if TYPE_CHECKING:
    from genai_tui.stages.select.screen import SelectScreen

TABS = (
    TabName("Models", "d"), TabName("Compare", "c"), TabName("Memory", "o"), TabName("Training", "t"),
    TabName("Serving", "v"), TabName("Pretrain?", "p"), TabName("Own or rent", "r"),
)  # fmt: skip
MODELS, COMPARE, MEMORY, TRAINING, SERVING, PRETRAIN, OWN_OR_RENT = range(len(TABS))


class Tab(TabPane):
    """One tab of Select.

    An act whose action is `do('use')` calls `do_use` of the tab that is shown; `page.ask` opens a box of one line.
    """

    ID: ClassVar[str] = ""
    ACTS: ClassVar[tuple[Act, ...]] = ()

    def __init__(self, *parts: Painted) -> None:
        super().__init__(*parts, id=self.ID)

    @property
    def page(self) -> "SelectScreen":
        """The screen: the models there are, and the one that is looked at."""
        return cast("SelectScreen", super().page)

    def shown(self, row: Any) -> None:
        """More of a row of one of its tables is asked for, with space."""

    def chosen(self, row: Any) -> None:
        """A row of one of its tables was chosen with enter."""

    def begin(self, act: Callable[[], Awaitable[None]], group: str) -> None:
        """Do `act` in a worker; what else of that group works is given up. On a pane that is gone nothing begins."""
        if not self.is_attached:
            return

        async def work() -> None:  # given uncalled: a coroutine that is made and never begun is told of as a defect
            await act()

        _: Worker[None] = self.run_worker(work, group=group, exclusive=True, exit_on_error=False)
