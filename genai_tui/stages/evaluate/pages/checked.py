"""What a look at every row of a dataset found: what would make scores untrue, and what one should know."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from genai_tui.records.datasets import Dataset
from genai_tui.screens.base import FramedPage
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part, TextView

if TYPE_CHECKING:
    from genai_tui.datasets.checking import Report

SIGNS: dict[str, tuple[str, Role]] = {"ok": ("✔ ", "good"), "remark": ("! ", "warn"), "fail": ("✘ ", "bad")}
ORDER = ("fail", "remark", "ok")
NAMED = 8  # rows of a check that are named
EXPECTS = 15  # columns of what a split expects
LABELS = 30


class Checked(FramedPage):
    """A line a check, the worst first; then labels and lengths."""

    WHERE = "check"
    STAGE = 6
    KEYS: ClassVar[tuple[Key, ...]] = (Key("↑↓", "scroll"), Key("y", "copy"), Key("esc", "back"))

    def __init__(self, dataset: Dataset, report: "Report") -> None:
        super().__init__()
        self.dataset, self.report = dataset, report

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView(f"{self.dataset.name} v{self.dataset.version}, checked", list(self._parts()))
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()

    def _parts(self) -> Iterator[Part]:
        yield Part("")
        for check in sorted(self.report.checks, key=lambda check: ORDER.index(check.state)):
            sign, role = SIGNS[check.state]
            yield Part(check.text, "strong" if check.state == "fail" else "text", sign, role)
            if check.rows:
                more = f" and {check.found - NAMED:,} more" if check.found > NAMED else ""
                yield Part(", ".join(check.rows[:NAMED]) + more, "soft", "  ")
        for split, labels in self.report.labels.items():
            if labels:
                said = " · ".join(f"{label} {count:,}" for label, count in list(labels.items())[:LABELS])
                yield Part("")
                yield Part(said, "text", f"{split} expects".ljust(EXPECTS), "soft")

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui data check --dataset {self.dataset.name}"

    def copy_text(self) -> str:
        """The whole page."""
        return self.text.plain_text()
