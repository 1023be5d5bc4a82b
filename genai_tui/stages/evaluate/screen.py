"""6 Evaluate: every candidate measured the same way, compared, looked into; what to measure on, and by what."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.stages.evaluate.pages import acts
from genai_tui.stages.evaluate.pages.compare import Compare
from genai_tui.stages.evaluate.pages.datasets import Datasets
from genai_tui.stages.evaluate.pages.examples import Examples
from genai_tui.stages.evaluate.pages.interchange import Interchange
from genai_tui.stages.evaluate.pages.judges import Judges
from genai_tui.stages.evaluate.pages.pane import Pane, TabLine
from genai_tui.stages.evaluate.pages.runs import Runs
from genai_tui.stages.evaluate.pages.scorer_list import Scorers
from genai_tui.store.results import Answer


class Evaluate(Interchange):
    """Six tabs. What goes on is a worker of the app: leaving the screen does not end it."""

    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = acts.ACTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    ONLY_IN = acts.TAB

    panes: tuple[Pane, ...]

    def body(self) -> Sequence[Widget]:
        """The line of tabs, the tabs, a box of one line."""
        self.tabs = TabLine(acts.TABS)
        self.runs, self.compare, self.examples, self.datasets = Runs(), Compare(), Examples(), Datasets()
        self.panes = (self.runs, self.compare, self.examples, self.datasets, Scorers(), Judges())
        return (self.tabs, *self.panes, self.box)

    def on_mount(self) -> None:
        """The runs, newest first."""
        self.watch_elsewhere()
        self.action_tab(0)

    @property
    def pane(self) -> Pane:
        """The tab that is shown."""
        return self.panes[self.current]

    def show_progress(self) -> None:
        """A run got on."""
        self.pane.show_progress()

    def help_lines(self) -> Sequence[str]:
        """What the tabs are."""
        return (
            *super().help_lines(),
            "Runs: every run with its score, half the width of its 95 % interval beside it. Compare: two runs on the "
            "examples both have. Examples: what was answered, and where it fails. Datasets, Scorers, Judge: what is "
            "measured on, and by what. ← and → turn from tab to tab; the lit letter of each leads to it.",
            "A score meets the target when the low end of its interval is at or above it; it reaches it when the score "
            "alone is. Failures count as wrong.",
        )

    def open_answer(self, run: Run, answer: Answer) -> None:
        """One example: what was sent, the answer, every score, other candidates' answers."""
        from genai_tui.stages.evaluate.pages.example import ExamplePage

        project = self.host.project
        if project is not None:
            self.app.push_screen(ExamplePage(project, run, answer, self))


SCREEN = Evaluate
