"""Before a promptfoo configuration is measured: who is asked how many tests, and what it will take."""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.pages.plan import Told, amounts, can_show, parts
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.interchange.config import Entry, Suite

PROVIDERS = 30  # columns of a provider's name, at most
TOLD = 9  # lines that are kept for what it will take


class ConfigPage(FramedPage):
    """Nothing is stored or asked before a yes; `then` does it. `rate` is how many answers a second a model gave."""

    WHERE = "promptfoo"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (Act("config.go", "ctrl+r,r", "go", "begin the runs", "r or ^r"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("r", "begin"), Key("esc", "back"))

    def __init__(
        self, project: "Project", suite: "Suite", then: Callable[[], None], rate: Callable[[str], float | None]
    ) -> None:
        super().__init__()
        self.project, self.suite, self.then, self._rate = project, suite, then, rate
        self.entries = [entry for entry in suite.entries if entry.tests]

    def body(self) -> Sequence[Widget]:
        """Who is asked, and what it will take."""
        self.table: LineTable[Entry] = LineTable(
            self.suite.path.name, ListPages(self.entries), self._draw, empty=("No test in it is meant for anybody.",),
            id="entries", spoken=lambda row: f"{row.provider.label}, {row.prompt.note}, {len(row.tests):,} tests",
        )  # fmt: skip
        self.text = TextView("What it will take", [Part("Counting tokens …", "soft")], id="takes")
        return (self.table, self.text)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self._fold(self.app.size.height)
        self.table.focus()
        begin(self, self._estimate, "estimate")

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fold(event.size.height)

    def _fold(self, height: int) -> None:
        self.table.styles.height = max(3, min(max(len(self.entries), 1) + 1, height - 3 - TOLD))

    async def _estimate(self) -> None:
        try:
            said = await asyncio.to_thread(taken_by, self.project, self.suite, self.entries, self._rate)
        except GenaiError as error:
            self.text.show(error_parts(error))
            return
        notes = [Part(note, "warn", "! ", "warn") for note in self.suite.notes]
        self.text.show([*parts(said), *notes])

    def action_go(self) -> None:
        """Begin."""
        self.app.pop_screen()
        self.then()

    def help_lines(self) -> Sequence[str]:
        """What becomes of it here."""
        return (
            "Each prompt and provider of the configuration is a candidate, and its tests are rows of dev of a dataset "
            "of that name. The verdicts are those that promptfoo gives.",
        )

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: "Entry") -> None:
        end = canvas.right(x + width - 1, y, f"{len(row.tests):,} tests", "text") - 1
        room = min(PROVIDERS, width // 2)
        canvas.put(x, y, one_line(row.provider.label), "strong", room)
        canvas.put(x + room + 1, y, one_line(row.prompt.note), "soft", end - x - room - 1)

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui eval run --config {shlex.quote(str(self.suite.path))}"


def taken_by(
    project: "Project", suite: "Suite", entries: "Sequence[Entry]", rate: Callable[[str], float | None]
) -> list[Told]:
    """What a configuration takes, as `plan.taken` says it of candidates. Counts tokens: call it in a thread."""
    from genai_tui.answering.outcome import Subject
    from genai_tui.stages.evaluate.estimating import takes_for
    from genai_tui.stages.evaluate.planning import plan

    repeats = suite.options.get("repeats", 1)
    found = []
    for entry in entries:
        subject = Subject(entry.provider.endpoint, entry.provider.model_id, entry.prompt)
        rows = [suite.tests[number].inputs for number in entry.tests]
        found.append(takes_for(project, subject, rows, repeats))
    models = [f"{entry.provider.endpoint.name}/{entry.provider.model_id}" for entry in entries]
    sizes = {len(entry.tests) for entry in entries}
    each = f" × {min(sizes):,} tests" if len(sizes) == 1 else ""
    counted = f"{len(entries)} {'prompt and provider' if len(entries) == 1 else 'prompts and providers'}{each}"
    counted += f" × {repeats} repeats" if repeats > 1 else ""
    return amounts(found, models, counted, rate) + (can_show(plan(min(sizes))) if sizes else [])
