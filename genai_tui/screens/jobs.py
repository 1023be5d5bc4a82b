"""Jobs: long work in processes of its own, which outlives this terminal."""

from collections.abc import Sequence

from textual.widget import Widget

from genai_tui.jobs.telling import left_said, seconds_said
from genai_tui.records.jobs import Job
from genai_tui.records.stages import Board
from genai_tui.screens.base import FramedPage
from genai_tui.screens.job import STATES, JobPage
from genai_tui.screens.lists import job_pages
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key


class Jobs(FramedPage):
    """The list of jobs, the newest first."""

    WHERE = "jobs"

    def body(self) -> Sequence[Widget]:
        """One list."""
        self.table = LineTable(
            "Jobs",
            job_pages(self.host.project),
            _draw,
            empty=(
                "No job has run here yet.",
                "",
                "Fine-tuning and long evaluations run as jobs: processes of their own, which go on when this "
                "terminal, the connection or the app ends, and which any later terminal finds here.",
                "4 and then s starts a training; genai-tui eval run C --background an evaluation.",
            ),
            spoken=lambda job: f"job {job.id}, {job.kind}, {job.state}",
        )
        return (self.table,)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()
        self._name_keys()

    def _name_keys(self) -> None:
        moves = (Key("↑↓", "move"), Key("enter", "attach")) if self.table.count else (Key("4", "Fine-tune"),)
        self.show_keys((*moves, Key("esc", "back")))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Attach to a job."""
        self.app.push_screen(JobPage(event.row.id))

    def show_board(self, board: Board | None) -> None:
        """Read the list again: something was written."""
        super().show_board(board)
        if self.is_mounted:
            self.table.replace(job_pages(self.host.project))
            self._name_keys()

    def command(self) -> str:
        """The list as a command."""
        return "genai-tui job list"

    def help_lines(self) -> tuple[str, ...]:
        """What a job is."""
        return (
            "A job is long work in a process of its own: it goes on when the terminal or the connection ends. "
            "A job whose process is gone is shown as interrupted, never as running.",
        )


def _draw(canvas: Canvas, x: int, y: int, width: int, job: Job) -> None:
    sign, role = STATES[job.state]
    canvas.put(x, y, canvas.look.signs[sign], role)
    canvas.put(x + 2, y, f"#{job.id}", "soft", 5)
    canvas.put(x + 8, y, job.kind, "text", 10)
    canvas.put(x + 19, y, str(job.args.get("name", "")), "strong", 14)
    canvas.put(x + 34, y, "ending" if job.ending else job.state, role, 11)
    canvas.right(x + 51, y, "" if job.progress is None else f"{job.progress * 100:.0f} %", "text")
    canvas.put(x + 53, y, _more(job), "soft", width - 53)


def _more(job: Job) -> str:
    """Why it ended, how long it takes yet, or what it took."""
    left, took = job.metrics.get("left_s"), job.measured.get("wall_s")
    if job.state == "running" and isinstance(left, (int, float)) and left > 0:
        return left_said(left)
    return job.reason or (f"took {seconds_said(took)}" if isinstance(took, (int, float)) else "")
