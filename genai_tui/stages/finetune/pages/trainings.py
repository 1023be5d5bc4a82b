"""Jobs: every training with how far it is, curves of several over each other, and what a made model is worth."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.jobs.telling import figures_said, seconds_said
from genai_tui.records.jobs import GOES_ON, Job
from genai_tui.screens.folding import Want
from genai_tui.screens.job import STATES, JobPage
from genai_tui.stages.evaluate.rivals import Against
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.proving import Proof, proof_of
from genai_tui.store.jobs import find_job, page_jobs
from genai_tui.store.reader import Reader
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.curve_view import ROLES, SIGNS, CurveView
from genai_tui.widgets.curves import Curve, Series
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView

MOST = 200  # trainings that are listed
OVER = len(SIGNS) - 1  # curves beside the chosen one
FIRST = ("loss/train", "loss/dev", "rate", "gradient")  # in this order, then the others by name
EMPTY = (
    "No model has been trained here yet.",
    "",
    "A training is a process of its own: it goes on when this terminal ends. Its loss stands here, live.",
    "p plans one, s starts it.",
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
            "Trainings", ListPages([]), _draw_job, empty=EMPTY, filtered=self._filtered, spoken=_spoken,
            always_lit=True, id="trainings",
        )  # fmt: skip
        self.view = CurveView(CURVES)
        self.about = TextView("What came of it", (), id="about")
        super().__init__(self.table, self.view, self.about, id="tab-jobs")
        self.seen = Seen([])
        self.over: list[int] = []
        self.pinned: int | None = None
        self.quantity = "loss/train"
        self._proofs: dict[tuple[int, int], Proof] = {}

    def wants(self) -> Sequence[Want]:
        """The curves have what is left."""
        if not self.table.count:
            return (Want(5, 8, 1),)
        rows = min(self.table.count, 6) + 1
        return (Want(min(rows, 3), rows, 0), Want(8, 12, 3), Want(3, 5, 0))

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
        wanted = [at.id, *(number for number in (*self.over, self.pinned or 0) if number in there)]
        found = {number: self.page.points.of(reader, number) for number in dict.fromkeys(wanted)}
        return Seen(jobs, found, proof_of(self.project, at) if at.state == "done" else Proof())

    def _filtered(self, text: str) -> ListPages[Job]:
        words = text.lower().split()
        return ListPages([job for job in self.seen.jobs if all(word in _words(job) for word in words)])

    # Curves

    def quantities(self) -> list[str]:
        """What the drawn jobs measured, the loss first."""
        names = {name for measured in self.seen.curves.values() for name in measured}
        return [name for name in FIRST if name in names] + sorted(names - set(FIRST))

    def turn_quantity(self) -> None:
        """The next quantity."""
        names = self.quantities()
        if names:
            at = names.index(self.quantity) if self.quantity in names else -1
            self.quantity = names[(at + 1) % len(names)]
            self._draw_curves()
            if self.table.look.plain:
                self.page.say(self.view.spoken())

    def turn_over(self) -> str:
        """Draw the chosen job over the others from now on, or no longer; says so."""
        job = self.chosen
        if job is None:
            return "There is no training yet."
        if job.id in self.over:
            self.over.remove(job.id)
            said = f"Job {job.id} is drawn only where it is chosen."
        else:
            self.over = [*self.over, job.id][-OVER:]
            said = f"Job {job.id} stays drawn; choose another to see both."
        self.show_rows()
        return said

    def turn_pin(self) -> str:
        """Hold the others against the chosen job, or against none; says so."""
        job = self.chosen
        if job is None:
            return "There is no training yet."
        self.pinned = None if self.pinned == job.id else job.id
        self.show_rows()
        return (
            "Nothing is pinned."
            if self.pinned is None
            else f"Job {job.id} is pinned: others say how far they are from it."
        )

    def _draw_curves(self) -> None:
        chosen = self.chosen
        if chosen is None:
            self.view.show("", ())
            return
        both = self._alone(chosen)
        if both is not None:
            self.view.show(f"loss of job {chosen.id}", both)
            return
        order = dict.fromkeys((chosen.id, *((self.pinned,) if self.pinned else ()), *self.over))
        shown = [
            (number, points) for number in order if (points := self.seen.curves.get(number, {}).get(self.quantity))
        ]
        curves = [
            Curve(self._called(number), points, "" if number == chosen.id else SIGNS[place], ROLES[place])
            for place, (number, points) in enumerate(shown[: len(SIGNS)])
        ]
        self.view.show(self.quantity, curves, self._called(self.pinned) if self.pinned else "")

    def _alone(self, chosen: Job) -> list[Curve] | None:
        """One job alone: its losses of train and dev in one plane."""
        if self.quantity != "loss/train" or self.over not in ([], [chosen.id]) or self.pinned not in (None, chosen.id):
            return None
        found = self.seen.curves.get(chosen.id, {})
        parts = [(name, points) for name in ("train", "dev") if (points := found.get(f"loss/{name}"))]
        return [Curve(name, points, SIGNS[at], ROLES[at]) for at, (name, points) in enumerate(parts)] or None

    def _called(self, number: int) -> str:
        job = next((job for job in self.seen.jobs if job.id == number), None)
        return f"#{number} {job.args.get('name', '')}".strip() if job is not None else f"#{number}"

    # What came of it

    def _tell(self) -> None:
        job = self.chosen
        self.about.show(tuple(_about(job, self.seen.proof)) if job is not None else ())

    def choose(self, table: LineTable[Any], row: Any) -> None:
        """Attach to the job."""
        self.app.push_screen(JobPage(row.id))

    def keys(self) -> Sequence[Key]:
        """What can be done with the chosen job now."""
        job = self.chosen
        if job is None:
            return (Key("p", "plan"), Key("s", "start"))
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


def _words(job: Job) -> str:
    settings = job.args.get("settings", {})
    words = (job.id, job.state, job.args.get("name", ""), job.args.get("model", ""), settings.get("method", ""))
    return " ".join(map(str, words)).lower()


def _spoken(job: Job) -> str:
    share = "" if job.progress is None else f", {job.progress * 100:.0f} percent"
    return f"job {job.id} {job.args.get('name', '')}, {job.state}{share}, {figures_said(job.metrics)} {job.reason}"


def _draw_job(canvas: Canvas, x: int, y: int, width: int, job: Job) -> None:
    sign, role = STATES[job.state]
    canvas.put(x, y, canvas.look.signs[sign], role)
    canvas.put(x + 2, y, f"#{job.id}", "soft", 5)
    canvas.put(x + 8, y, str(job.args.get("name", "")), "strong", 14)
    canvas.put(x + 23, y, "ending" if job.ending else job.state, role, 11)
    share = "" if job.progress is None else f"{job.progress * 100:.0f} %"
    canvas.right(x + 40, y, share, "text")
    end = x + 42
    for name in ("train", "dev"):
        loss = job.metrics.get(f"loss/{name}")
        if isinstance(loss, (int, float)):
            end = canvas.put(end, y, f"{name} ", "soft")
            end = canvas.put(end, y, f"{loss:.3f}", "text") + 2
    left = job.metrics.get("left_s")
    if job.state == "running" and isinstance(left, (int, float)):
        canvas.put(end, y, f"{seconds_said(left)} left", "text", width - end)
    elif job.state in ("failed", "interrupted", "cancelled"):
        canvas.put(end, y, job.reason, "soft", width - end)


def _about(job: Job, proof: Proof) -> Iterator[Part]:
    settings = job.args.get("settings", {})
    made = job.result.get("model")
    if job.state == "done":
        metrics = job.result.get("metrics", {})
        yield Part(str(made or job.result.get("folder", "")), "strong", "✔ ", "good")
        before, after = metrics.get("parent_dev_loss"), metrics.get("dev_loss")
        if before is not None and after is not None:
            yield Part(
                f"dev loss {before:.3f} of its parent, {after:.3f} after {metrics.get('best_step')} steps", "text", "  "
            )
        yield from _proven(proof, made is not None)
        took = figures_said(job.measured)
        if took:
            yield Part(took, "soft", "  took ", "soft")
        return
    if job.reason:
        sign = "✘ " if job.state == "failed" else "! "
        yield Part(job.reason, "text", sign, "bad" if job.state == "failed" else "warn")
    if job.state in GOES_ON:
        kept = "It goes on from its last checkpoint with r." if job.checkpoint else "r begins it again."
        yield Part(kept, "text", "▸ ", "key")
    elif job.state == "queued":
        yield Part("It waits until the training before it has ended: one trains at a time.", "text", "  ")
    method = f"{settings.get('method')}, rate {settings.get('rate')}, batch {settings.get('batch')}"
    yield Part(f"{job.args.get('model')} by {method}", "soft", "  ")


def _proven(proof: Proof, served: bool) -> Iterator[Part]:
    if proof.measuring is not None:
        share = "" if proof.measuring.progress is None else f", {proof.measuring.progress * 100:.0f} %"
        yield Part(f"Job {proof.measuring.id} measures it against its parent on dev{share}.", "text", "● ", "key")
    elif proof.found is not None:
        sign = {"better": ("✔ ", "good"), "worse": ("✘ ", "bad")}.get(proof.found.verdict, ("! ", "warn"))
        yield Part(compared(proof.found), "strong", sign[0], sign[1])  # type: ignore[arg-type]
    elif served:
        yield Part("e measures it against its parent on dev: the same prompt, no examples.", "text", "▸ ", "key")


def compared(found: Against) -> str:
    """What a made model is against its parent, in a sentence with interval, p and test."""
    one = found.found
    if one is None or one.difference is None:
        return found.fault or "They have no examples in common."
    values = [run.result.scores[found.scorer].value if run.result else None for run in (found.base, found.run)]
    said = " to ".join("?" if value is None else f"{value:.2f}" for value in values)
    interval = "" if one.low is None or one.high is None else f", 95 % {one.low:+.2f} to {one.high:+.2f}"
    p = "" if one.p is None else f", p = {one.p:.2g}"
    verdict = {"better": "better than its parent", "worse": "worse than its parent"}.get(
        found.verdict, "no sure difference"
    )
    counts = f"better {one.better:,} · same {one.same:,} · worse {one.worse:,}"
    return f"{verdict}: {found.scorer} {said} ({one.difference:+.2f}{interval}{p}, {one.test}); {counts}"
