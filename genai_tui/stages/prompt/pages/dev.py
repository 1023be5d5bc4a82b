"""All of dev with one candidate: how far it is, and the score with its interval as it narrows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.asking_first import AskingFirst
from genai_tui.screens.base import FramedPage
from genai_tui.stages.prompt.onward import measure_on_dev, measured
from genai_tui.stages.prompt.trying import money
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.estimating import Takes
    from genai_tui.stages.evaluate.progress import Progress

TRACK = 40  # cells of the bar
NAMES = 12  # columns for the names


class Measuring:
    """One run over dev, in a worker of the app: `tell` is called when it is further."""

    def __init__(self, project: "Project", candidate: Candidate, done: Callable[[], None]) -> None:
        from genai_tui.stages.evaluate.limits import Stop

        self.project, self.candidate, self._done = project, candidate, done
        self.progress: Progress | None = None
        self.run: Run | None = None
        self.error: GenaiError | None = None
        self.stop = Stop()
        self.tell: Callable[[], None] = lambda: None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.run is not None or self.error is not None

    async def work(self) -> None:
        """Ask, score, keep."""
        try:
            self.run = await measure_on_dev(self.project, self.candidate, report=self._report, stop=self.stop)
        except GenaiError as error:
            self.error = error
        self.tell()
        self._done()

    def _report(self, progress: "Progress") -> None:
        self.progress = progress
        self.tell()


class MayCost(AskingFirst):
    """Says what all of dev takes where it is not free, and asks: `then` is called after a yes, which no word types."""

    WHERE = "all of dev"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (Act("dev.yes", "Y", "yes", "ask all of dev"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("Y", "ask them"), Key("esc", "back; nothing is asked"))

    def __init__(self, model: str, takes: "Takes", then: Callable[[], object]) -> None:
        super().__init__(then)
        self.model, self.takes = model, takes

    def heading(self) -> str:
        """What is asked."""
        return "All of dev is not free here"

    def parts(self) -> Sequence[Part]:
        """How many rows and tokens, and what they cost."""
        takes = self.takes
        out = "nobody knows how many out" if takes.output_tokens is None else f"≈ {takes.output_tokens:,} out"
        cost = "≈ " + money(takes.usd) if takes.usd is not None else f"nobody says what {self.model} costs"
        return (
            _row("asked", f"{_rows(takes.requests)}, of {self.model}"),
            _row("tokens", f"≈ {takes.input_tokens:,} in, {out}"),
            _row("money", cost),
            Part(""),
            Part("Y asks them: what stands here is saved as a version and made a candidate.", "text", "▸ ", "key"),
            Part("esc goes back; nothing is asked and nothing is saved.", "text", "▸ ", "key"),
        )


class AllOfDev(FramedPage):
    """What a run is at; esc goes back and lets it go on."""

    WHERE = "all of dev"
    STAGE = 3
    ESC_STOPS = False

    def __init__(self, measuring: Measuring) -> None:
        super().__init__()
        self.measuring = measuring

    def body(self) -> Sequence[Widget]:
        """One text."""
        made = self.measuring.candidate
        self.text = TextView(f"All of dev · {made.name} · {made.model} · v{made.prompt}", self._parts())
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.text.focus()
        self.measuring.tell = self._tell
        self._tell()

    def on_unmount(self) -> None:
        """It goes on without anybody who looks."""
        self.measuring.tell = lambda: None

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """What can be done while it runs, and after it."""
        if not self.measuring.ended:
            return (Key("^c", "stop; it can be resumed"), Key("esc", "back; it goes on"))
        seen = (Key("6", "its failures"),) if self.measuring.run is not None else ()
        return (*seen, Key("y", "copy"), Key("esc", "back"))

    def help_lines(self) -> Sequence[str]:
        """How it is left, stopped and found again."""
        return (
            "Every row of dev is asked once and scored; failed ones count as wrong. esc goes back and the run goes on, "
            "whatever is looked at; a in the playground shows it again. ^c stops it: what came is kept, and "
            "genai-tui eval resume goes on with it.",
        )

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui eval run {self.measuring.candidate.name} --split dev"

    def stop_work(self) -> bool:
        """^c stops it; esc does not."""
        if self.measuring.ended or self.measuring.stop.asked:
            return False
        self.measuring.stop.asked = "stop"
        self.say("Stopping: what is in flight is given up, what came is kept.", "wait")
        return True

    def _tell(self) -> None:
        if self.is_mounted:
            self.text.show(self._parts())
            self.draw_keys()

    def _parts(self) -> Sequence[Part]:
        now, run = self.measuring.progress, self.measuring.run
        if self.measuring.error is not None:
            return (Part(""), *error_parts(self.measuring.error))
        if run is not None and run.result is not None:
            return (
                Part(""), Part(measured(run), "strong"), Part(""),
                _row("asked", _rows(run.result.n)),
                _row("scored by", "exact: the answer is the expected one, white space around it left out"),
                _row("interval", "95 %, Wilson's score interval of a proportion"),
                _row("run", f"{run.id}; genai-tui eval show {run.id}"), Part(""),
                Part("6 shows in Evaluate what failed, and compares this run with others.", "text", "▸ ", "key"),
            )  # fmt: skip
        if now is None or not now.total:
            return (Part(""), Part("It begins: the first rows are on their way.", "soft"))
        filled = round(TRACK * now.done / now.total)
        left = f", ≈ {now.left_s:,.0f} s left" if now.left_s is not None else ""
        said = "nothing is scored yet"
        if now.value is not None and now.value.value is not None:
            said = f"{now.value.value:.2f}{now.value.interval()}, n = {now.value.n:,}"
        return (
            Part(""), Part("█" * filled + "░" * (TRACK - filled), "key"), Part(""),
            _row("done", f"{now.done:,} of {now.total:,} row{'s' * (now.total != 1)}{left}"), _row("exact", said),
            _row("failed", f"{now.failed:,}"), _row("rate", f"{now.rate:,.1f} answers a second"),
            _row("money", money(now.usd)),
        )  # fmt: skip


def _row(name: str, text: str) -> Part:
    return Part(text, "text", name.ljust(NAMES), "soft")


def _rows(count: int) -> str:
    return "the 1 row of dev, once" if count == 1 else f"{count:,} rows of dev, each once"
