"""Jobs: long work in processes of its own, which outlives this terminal."""

from collections.abc import Sequence

from textual.widget import Widget

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
                "Fine-tuning, long evaluations and serving run as jobs: processes of their own, which go on",
                "when this terminal, the connection or the app ends, and which any later terminal finds here.",
            ),
            spoken=lambda job: f"job {job.id}, {job.kind}, {job.state}",
        )
        return (self.table,)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()
        self.show_keys((Key("↑↓", "move"), Key("enter", "attach"), Key("esc", "back")))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Attach to a job."""
        self.app.push_screen(JobPage(event.row.id))

    def show_board(self, board: Board | None) -> None:
        """Read the list again: something was written."""
        super().show_board(board)
        if self.is_mounted:
            self.table.replace(job_pages(self.host.project))

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
    canvas.put(x + 2, y, f"#{job.id}", "soft")
    canvas.put(x + 8, y, job.kind, "text", 14)
    share = "" if job.progress is None else f"{job.progress * 100:.0f} %"
    canvas.put(x + 23, y, job.state, role, 12)
    canvas.put(x + 36, y, share, "text", 6)
    canvas.put(x + 43, y, job.reason or job.started or "", "soft", width - 43)
