"""4 Fine-tune: what is learned from, how, and what came of it; a training is a job that goes on without the screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.tabs import TabLine
from genai_tui.stages.finetune.pages import acts
from genai_tui.stages.finetune.pages.data import Data
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.pages.plan import PlanPane
from genai_tui.stages.finetune.pages.starts import Starts
from genai_tui.stages.finetune.pages.taking import Taking
from genai_tui.stages.finetune.pages.trainings import Trainings
from genai_tui.stages.finetune.pages.with_job import WithJob
from genai_tui.store.curve_points import CurvePoints
from genai_tui.widgets.line_table import LineTable


class FineTune(Taking, Starts, WithJob):
    """Three tabs. What is typed in the plan is kept, and counts at once for what the training will take."""

    CSS_PATH = "screen.tcss"
    STAGE = 4
    ACTS: ClassVar[tuple[Act, ...]] = acts.ACTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    ONLY_IN = acts.TAB
    panes: tuple[FinetunePane, ...]

    def body(self) -> Sequence[Widget]:
        """The line of tabs, the tabs, a box of one line."""
        self.points = CurvePoints()
        self.tabs = TabLine(acts.TABS)
        self.data, self.planning, self.trainings = Data(), PlanPane(), Trainings()
        self.panes = (self.data, self.planning, self.trainings)
        return (self.tabs, *self.panes, self.box)

    async def on_mount(self) -> None:
        """Data first; where something trains, that."""
        await self.host.typed.take_up()
        board = self.host.board
        self.action_tab(acts.JOBS if board is not None and board.jobs_running else acts.DATA)
        self.plan_again()

    @property
    def pane(self) -> FinetunePane:
        """The tab that is shown."""
        return self.panes[self.current]

    def help_lines(self) -> Sequence[str]:
        """What the tabs are."""
        return (
            *super().help_lines(),
            "Data: where rows come from, what is wrong with them, how long they are, and one as it is trained on: what "
            "stands behind ▸ is learned, all else is only read. Plan: a few settings with what the training will take; "
            "e opens all of them as a file. Jobs: every training, live, and whether it made a better model.",
            "Enter on a source takes its rows into train, in a new version of the dataset; u takes the last change "
            "back. Rows that are measured too stand in the way of a training; a allows them, and every later score of "
            "the model says so.",
            "A parent ENDPOINT/NAME is trained by its service: Plan says what leaves this machine before Y sends it.",
            "A training is a process of its own: it goes on when the screen, the app or the connection ends. o draws "
            "several jobs' curves over each other, t pins one that the others are held against, and where the curves "
            "have the keys (tab) ← and → move one cursor through all of them.",
            "e in Jobs measures what was made against its parent: the same prompt, no examples, over dev, as a job.",
        )

    # What is chosen

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Enter does what the tab does with it."""
        self.pane.choose(event.table, event.row)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another line."""
        if event.table is self.trainings.table:
            self.trainings.moved()
        elif event.table is self.planning.table:
            self.planning.tell_field()

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """More of it in the last line."""
        event.table.speak()

    def action_check(self) -> None:
        """Look at all rows again."""
        self.data.check_again()

    def action_fetch(self) -> None:
        """Fetch the embedded model's weights, and plan again once they are here."""
        from genai_tui.screens.fetching import fetch_if_missing, offer_weights, weights_lacking

        if weights_lacking(self.host.project):
            offer_weights(self, self.plan_again)
        else:
            fetch_if_missing(self)

    def action_row(self, step: int) -> None:
        """Another row as it is trained on."""
        self.data.turn_row(step)


SCREEN = FineTune
