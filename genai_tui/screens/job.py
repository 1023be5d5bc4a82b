"""One job, attached to: how far it is, its curves, its log; it goes on when this page is left."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.jobs.ending import kept_of
from genai_tui.jobs.folders import logs_of
from genai_tui.jobs.telling import figure_list
from genai_tui.records.jobs import GOES_ON, Job
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.screens.quantities import by_quantity, live, short
from genai_tui.store.curve_points import CurvePoints
from genai_tui.store.jobs import find_job
from genai_tui.untrusted import harmless
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.curve_view import CurveView, as_curves
from genai_tui.widgets.curves import Series
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_view import Part, TextView

STATES: dict[str, tuple[str, Role]] = {
    "queued": ("empty", "soft"), "running": ("started", "text"), "done": ("done", "good"),
    "failed": ("failed", "bad"), "interrupted": ("attention", "warn"), "cancelled": ("attention", "soft"),
}  # fmt: skip
NOTHING = "It has written nothing yet."
LOG_BYTES = 64_000  # of the end of a log that are shown; all of it is in its file


class JobHead(Painted):
    """State, share and figures of a job, in a few lines."""

    DEFAULT_CSS = "JobHead { height: 4; }"
    LEAD = 10  # columns of what figures are of

    def __init__(self) -> None:
        super().__init__(id="job")
        self.job: Job | None = None

    def paint(self, canvas: Canvas) -> None:
        """Sign, state and bar; the reason or what is known; what it should take and took."""
        job = self.job
        if job is None:
            return
        heading(canvas, " · ".join((f"Job {job.id}", job.kind, *filter(None, (job.args.get("name"),)))), False)
        sign, role = STATES[job.state]
        x = canvas.put(1, 1, f"{canvas.look.signs[sign]} {'ending' if job.ending else job.state}", role) + 2
        if job.progress is not None:
            width = max(0, min(30, canvas.width - x - 8))
            full = round(job.progress * width)
            canvas.fill(x, 1, width, "░", "soft")
            canvas.fill(x, 1, full, "▓", "key")
            x = canvas.put(x + width + 1, 1, f"{job.progress * 100:.0f} %", "strong") + 2
        if job.state not in GOES_ON:
            canvas.put(x, 1, job.reason, "text")
        y = 2
        for name, lines in self._figures(canvas.width):
            canvas.put(1, y, name, "soft")
            for line in lines:
                canvas.put(self.LEAD, y, line, "text")
                y += 1

    def show(self, job: Job) -> None:
        """How it stands now; as high as its figures need."""
        self.job = job
        rows = 2 + sum(len(lines) for _, lines in self._figures(self.size.width or self.app.size.width))
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = rows
        self.repaint()

    def _figures(self, width: int) -> Iterator[tuple[str, list[str]]]:
        """Why it broke off and what was kept, what is known now or what it took, what it should take: in lines."""
        if (job := self.job) is None:
            return
        if job.state in GOES_ON:
            for name, text in (("why", job.reason), ("kept", kept_of(job))):
                if text:
                    yield name, wrap(text, width - self.LEAD - 1)
        now = ("took", job.measured) if job.measured else ("now", live(job.metrics))
        for name, said in (now, ("estimate", job.estimate)):
            if lines := in_lines(figure_list(said), width - self.LEAD - 1):
                yield name, lines

    def spoken(self) -> str:
        """The state in words."""
        return "" if self.job is None else f"job {self.job.id}, {self.job.state} {self.job.reason}"


class JobPage(FramedPage):
    """One job; what it writes is seen within a second, from any terminal."""

    WHERE = "job"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("job.quantity", "v", "quantity(1)", "the next quantity that was measured"),
        Act("job.log_axis", "l", "log_axis", "a logarithmic axis, or a linear one"),
        Act("job.step_back", "left", "step(-1)", "the cursor of the curves a step back", "←"),
        Act("job.step_on", "right", "step(1)", "the cursor of the curves a step on", "→"),
        Act("job.cancel", "x", "cancel", "cancel the job; what it had is kept"),
        Act("job.resume", "r", "resume", "go on with the job from its last checkpoint"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.quantity = 0
        self._curves: dict[str, dict[str, Series]] = {}
        self._points = CurvePoints()

    def body(self) -> Sequence[Widget]:
        """Head, curves, log."""
        self.state = JobHead()
        self.view = CurveView()
        self.log_text = TextView("Log", (Part("", "soft"),), id="log")
        self.log_text.styles.height = "30%"
        return (self.state, self.view, self.log_text)

    @property
    def settled(self) -> bool:
        """Whether everything that is read in the background stands there."""
        return all(worker.is_finished for worker in self.app.workers if worker.node is self)

    def on_mount(self) -> None:
        """It is read at once."""
        self.view.focus()
        self.read_again()

    def show_board(self, board: Board | None) -> None:
        """Something was written: read the job again."""
        super().show_board(board)
        if self.is_mounted:
            self.read_again()

    def read_again(self) -> None:
        """Read the job in the background."""
        self.run_worker(self._read(), group="job", exclusive=True)

    async def _read(self) -> None:
        project = self.host.project
        if project is None:
            return
        job, measured, log = await asyncio.to_thread(_look_at, project, self.number, self._points)
        self.state.show(job)
        self._curves = by_quantity(measured)
        self._show_curves()
        at_end = self.log_text.top + self.log_text.room >= self.log_text.row_count()
        top = self.log_text.top
        self.log_text.show([Part(line, "text") for line in log])
        self.log_text.top = top
        if at_end:
            self.log_text.action_scroll_lines(1_000_000)
        self.show_keys(self._keys_of(job))

    def _keys_of(self, job: Job) -> tuple[Key, ...]:
        keys = [Key("v", "curve"), Key("l", "log axis"), Key("←→", "cursor")] if self._curves else []
        if job.state in ("queued", "running"):
            keys.append(Key("x", "cancel"))
        elif job.state in GOES_ON:
            keys.append(Key("r", "resume"))
        return (*keys, Key("tab", "log"), Key("esc", "back"))

    def _show_curves(self) -> None:
        names = list(self._curves)
        if not names:
            self.view.show("", ())
            return
        name = names[self.quantity % len(names)]
        self.view.show(short(name), as_curves(self._curves[name]), [short(each) for each in names])

    def action_quantity(self, step: int) -> None:
        """Another quantity."""
        self.quantity += step
        self._show_curves()
        if self.host.look.plain:
            self.say(self.view.spoken())

    def action_log_axis(self) -> None:
        """The other axis."""
        self.view.turn_axis()

    def action_step(self, step: int) -> None:
        """The cursor to the next step of which there is a value."""
        self.view.action_step(step)

    def action_cancel(self) -> None:
        """Cancel the job."""
        self.run_worker(self._cancel(), group="cancel")

    async def _cancel(self) -> None:
        from genai_tui.jobs.cancelling import cancel_job

        if self.host.project is not None:
            self.say("It is asked to end.", "wait")
            try:
                job = await cancel_job(self.host.project, self.number)
            except GenaiError as fault:
                self.say(str(fault), "bad")
                return
            self.say(
                f"Job {job.id} is {job.state}. r goes on with it." if job.state in GOES_ON else f"It is {job.state}."
            )
            self.read_again()

    def action_resume(self) -> None:
        """Go on with it."""
        self.run_worker(self._resume(), group="resume", exclusive=True)

    async def _resume(self) -> None:
        from genai_tui.jobs.starting import resume_job

        if self.host.project is not None:
            try:
                job = await resume_job(self.host.project, self.number)
            except GenaiError as fault:
                self.say(str(fault), "bad")
                return
            self.say(f"Job {job.id} goes on.", "good")
            self.read_again()

    def command(self) -> str:
        """The job as a command."""
        return f"genai-tui job show {self.number}"

    def help_lines(self) -> tuple[str, ...]:
        """What attaching means."""
        return (
            "The job is a process of its own: leaving this page, the app or the connection does not end it. "
            "What is interrupted goes on from its last checkpoint and does no step twice.",
            f"Its whole log: genai-tui job log {self.number} --follow",
        )


def in_lines(figures: Sequence[str], width: int) -> list[str]:
    """Figures beside one another, none broken, in as many lines as they need."""
    lines: list[str] = []
    for figure in figures:
        if lines and len(lines[-1]) + 3 + len(figure) <= width:
            lines[-1] += f" · {figure}"
        else:
            lines.append(figure)
    return lines


def _look_at(project: Any, number: int, points: CurvePoints) -> tuple[Job, Mapping[str, Series], list[str]]:
    return (
        find_job(project.reader, number),
        points.of(project.reader, number),
        [line for path in logs_of(project.database, number) for line in log_lines(path)] or [NOTHING],
    )


def log_lines(path: Path) -> list[str]:
    """The last lines of a log, harmless."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, 2)
            begin = max(0, stream.tell() - LOG_BYTES)
            stream.seek(begin)
            text = stream.read().decode("utf-8", "replace")
    except OSError as error:
        return [f"The log cannot be read: {error.strerror}."]
    lines = text.splitlines()[1 if begin else 0 :]
    return [harmless(line) for line in lines]
