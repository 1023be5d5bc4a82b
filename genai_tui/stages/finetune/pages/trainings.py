"""Jobs: every training with how far it is, curves of several over each other, and what a made model is worth."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.records.jobs import GOES_ON, Job
from genai_tui.screens.folding import Want
from genai_tui.screens.job import JobPage
from genai_tui.stages.finetune.pages.outcome import about
from genai_tui.stages.finetune.pages.overlay import Overlay
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.pages.training_row import called, draw, spoken, words
from genai_tui.stages.finetune.proving import Proof, proof_of
from genai_tui.store.jobs import find_job, page_jobs
from genai_tui.store.reader import Reader
from genai_tui.widgets.curve_view import CurveView
from genai_tui.widgets.curves import Series
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import TextView

MOST = 200  # trainings that are listed
NONE = "There is no training yet: p plans one."
EMPTY = (
    "No model has been trained here yet.",
    "",
    "A training is a process of its own: it goes on when this terminal ends. Its loss stands here, live.",
    "p plans one; s starts it there.",
)
CURVES = "The loss of the chosen job stands here; o draws others over it."


@dataclass(frozen=True)
class Seen:
    """What was read at once: the trainings, the curves of those that are drawn, what the chosen model is worth."""

    jobs: list[Job]
    curves: Mapping[int, Mapping[str, Series]] = field(default_factory=dict)
    proof: Proof = field(default_factory=Proof)


class Trainings(FinetunePane):
    """The list over the curves over what came of the chosen one."""

    def __init__(self) -> None:
        self.table: LineTable[Job] = LineTable(
            "Trainings", ListPages([]), draw, empty=EMPTY, filtered=self._filtered, spoken=spoken,
            always_lit=True, id="trainings",
        )  # fmt: skip
        self.view = CurveView(CURVES)
        self.about = TextView("What came of it", (), id="about")
        super().__init__(self.table, self.view, self.about, id="tab-jobs")
        self.seen = Seen([])
        self.overlay = Overlay()

    def wants(self) -> Sequence[Want]:
        """The curves have what is left."""
        if not self.table.count:
            return (Want(5, 8, 1),)
        rows = min(self.table.count, 6) + 1
        return (Want(min(rows, 3), rows, 0), Want(8, 12, 3), Want(3, 7, 0))

    @property
    def chosen(self) -> Job | None:
        """The training that the keys are about."""
        return self.table.row

    def show_rows(self) -> None:
        """Read again what is shown: something was written."""
        self.begin(self._read, "trainings")

    def moved(self) -> None:
        """Another training is chosen."""
        self._draw_curves()
        self._tell()
        self.show_rows()

    async def _read(self) -> None:
        chosen, first = self.chosen, not self.table.count
        number = chosen.id if chosen is not None else None
        seen = await asyncio.to_thread(self._look_at, number)
        position = next((at for at, job in enumerate(seen.jobs) if job.id == number), 0)
        self.seen = seen
        self.table.replace(self._filtered(self.table.filter_text), position)
        if first and seen.jobs:
            self.refold()
        self._draw_curves()
        self._tell()
        self.page.draw_keys()

    def _look_at(self, chosen: int | None) -> Seen:
        reader = self.project.reader
        jobs = trainings(reader)
        at = next((job for job in jobs if job.id == chosen), jobs[0] if jobs else None)
        if at is None:
            return Seen(jobs)
        there = {job.id for job in jobs}
        found = {number: self.page.points.of(reader, number) for number in self.overlay.drawn(at.id) if number in there}
        return Seen(jobs, found, proof_of(self.project, at) if at.state == "done" else Proof())

    def _filtered(self, text: str) -> ListPages[Job]:
        wanted = text.lower().split()
        return ListPages([job for job in self.seen.jobs if all(word in words(job) for word in wanted)])

    # Curves

    def turn_quantity(self) -> None:
        """The next quantity."""
        self.overlay.turn_quantity()
        self._draw_curves()
        if self.table.look.plain:
            self.page.say(self.view.spoken())

    def turn_over(self) -> str:
        """Draw the chosen job over the others from now on, or no longer; says so."""
        return self._turn(self.overlay.turn_stay)

    def turn_pin(self) -> str:
        """Hold the others against the chosen job, or against none; says so."""
        return self._turn(self.overlay.turn_pin)

    def _turn(self, turn: Callable[[int], str]) -> str:
        if self.chosen is None:
            return NONE
        said = turn(self.chosen.id)
        self.show_rows()
        return said

    def _draw_curves(self) -> None:
        names = {job.id: called(job) for job in self.seen.jobs}
        self.overlay.draw(self.view, self.chosen, self.seen.curves, names)

    # What came of it

    def _tell(self) -> None:
        job = self.chosen
        self.about.show(tuple(about(job, self.seen.proof)) if job is not None else ())

    def choose(self, table: LineTable[Any], row: Any) -> None:
        """Attach to the job."""
        self.app.push_screen(JobPage(row.id))

    def keys(self) -> Sequence[Key]:
        """What can be done with the chosen job now."""
        job = self.chosen
        if job is None:
            return (Key("p", "plan"),)
        found = [Key("enter", "attach")]
        if job.state in ("queued", "running"):
            found.append(Key("x", "cancel"))
        elif job.state in GOES_ON:
            found.append(Key("r", "resume"))
        elif job.result.get("model"):
            found += [Key("e", "against parent"), Key("m", "use it"), Key("c", "candidate")]
        return (*found, Key("v", "curve"), Key("o", "over"), Key("t", "pin"), Key("l", "log axis"), Key("/", "filter"))

    def command(self) -> str:
        """The command that shows the chosen job."""
        return f"genai-tui job show {self.chosen.id}" if self.chosen is not None else "genai-tui job list"

    def now(self) -> Job | None:
        """The chosen job as it is at this moment."""
        job = self.chosen
        try:
            return find_job(self.project.reader, job.id) if job is not None else None
        except GenaiError:
            return None


def trainings(reader: Reader) -> list[Job]:
    """Trainings, the newest first."""
    found: list[Job] = []
    last: int | None = None
    while len(found) < MOST and (page := page_jobs(reader, last)):
        found += [job for job in page if job.kind == "finetune"]
        last = page[-1].id
    return found
