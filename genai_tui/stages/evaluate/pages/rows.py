"""Runs as rows: who was measured on what, what came of it, and whether that is enough."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.records.datasets import Dataset
from genai_tui.records.runs import Run, Value
from genai_tui.records.scales import Standing
from genai_tui.records.scales import standing as standing_of
from genai_tui.records.scopes import Scope
from genai_tui.stages.evaluate.results import dollars
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import configured, page_runs
from genai_tui.store.seen import Kind, mark_of, seen_of
from genai_tui.untrusted import one_line
from genai_tui.widgets.cells import fit, width_of
from genai_tui.widgets.look import Role

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.progress import Progress

LONGEST_NAME = 16  # characters of a candidate's name in a heading
LEAST = 72  # columns below which the name of a candidate goes before numbers that stand elsewhere, too
ENDING = {"paused": "pausing", "stopped": "stopping"}  # what a run does that somebody works on still
STANDINGS: dict[Standing, tuple[str, str, Role]] = {
    "": ("", "", "text"), "met": ("done", "met", "good"), "reached": ("attention", "reached", "warn"),
    "missed": ("empty", "not met", "soft"),
}  # fmt: skip


class Subject(NamedTuple):
    """Who is measured: a candidate in few words."""

    name: str
    shots: str
    model: str

    @property
    def short(self) -> str:
        """The model without its endpoint and publisher."""
        return self.model.rpartition("/")[2]


class RunRow(NamedTuple):
    """One run with the names of what it is about; `now` is how far it is, where it goes on.

    `mark` is why its score says less than it seems to; None where nothing does, or it is not known yet. `rows` is how
    many its split has, `named` the provider and prompt of a promptfoo test, as far as others have another.
    """

    run: Run
    subject: Subject
    dataset: str
    now: "Progress | None" = None
    mark: Kind | None = None
    rows: int = 0
    named: tuple[str, ...] = ()

    @property
    def value(self) -> Value | None:
        """What the leading scorer says, so far or in the end."""
        if self.now is not None:
            return self.now.value
        return self.run.result.scores.get(self.run.scorers[0]) if self.run.result is not None else None

    @property
    def kind(self) -> str:
        """What tells its candidate from others: the examples shown; of a promptfoo test the provider and the prompt."""
        return " · ".join(self.named) or self.subject.shots

    def kind_in(self, cells: int) -> str:
        """The same where there is little room: some of each of its words."""
        words, room = self.named, (cells - len(self.named) + 1) // max(1, len(self.named))
        return self.kind if len(words) < 2 or width_of(self.kind) <= cells else "·".join(fit(w, room) for w in words)

    @property
    def part(self) -> str:
        """`50/400`: the answers it has, or will have, where they are not those of its whole split; else empty."""
        whole, result = self.rows * self.run.repeats, self.run.result
        ended = result is not None and self.now is None and self.run.state != "done"
        asked = result.n if result is not None and ended else self.run.n
        return f"{asked:,}/{whole:,}" if asked < whole else ""

    @property
    def over(self) -> str:
        """The split, and how much of it where that is not all: `dev`, `dev 50/400`."""
        return f"{self.run.split} {self.part}".strip()

    @property
    def title(self) -> str:
        """The run in a few words."""
        return f"#{self.run.id} {one_line(self.subject.name, LONGEST_NAME)} {self.kind} / {self.over}"


class RunRows:
    """Runs as pages, the newest first; names are read once. `going` tells how far a run of this program is.

    `marks` are those of the runs for which `mark` was called.
    """

    def __init__(self, project: "Project") -> None:
        self.project = project
        self.going: dict[int, Progress] = {}
        self.marks: dict[int, Kind | None] = {}
        self._subjects: dict[int, Subject] = {}
        self._datasets: dict[int, Dataset] = {}
        self._newest = 0
        self._tests: tuple[int, dict[str, list[tuple[str, str]]]] = (0, {})  # by configuration; up to which run

    def count(self) -> int:
        """How many there are; their numbers count without gaps."""
        newest = page_runs(self.project.reader, None, 1)
        self._newest = newest[0].id if newest else 0
        return self._newest

    def after(self, key: Any, limit: int) -> Sequence[RunRow]:
        """Older ones than the run of that number."""
        return [self.row(run) for run in page_runs(self.project.reader, key, limit)]

    def before(self, key: Any, limit: int) -> Sequence[RunRow]:
        """Newer ones; from the end the oldest."""
        top = limit + 1 if key is None else key + limit + 1
        return [self.row(run) for run in page_runs(self.project.reader, top, limit) if key is None or run.id > key]

    def key_of(self, row: RunRow) -> int:
        """Its number."""
        return row.run.id

    def row(self, run: Run) -> RunRow:
        """A run with its names."""
        if run.dataset_version not in self._datasets:
            self._datasets[run.dataset_version] = find_dataset_version(self.project.reader, run.dataset_version)
        found = self._datasets[run.dataset_version]
        ends = run.state in ENDING and run.process is not None
        now = self.going.get(run.id) if run.state == "running" or ends else None
        over, rows = f"{found.name} v{found.version}", found.splits.get(run.split, 0)
        return RunRow(run, self.subject(run.candidate), over, now, self.marks.get(run.id), rows, self._named(run))

    def _named(self, run: Run) -> tuple[str, ...]:
        """The provider and prompt that a configuration's test was for, as far as its other tests have another."""
        config = run.options.get("config")
        if not config:
            return ()
        if self._tests[0] != self._newest:
            self._tests = (self._newest, {})
        known = self._tests[1]
        if config not in known:
            known[config] = configured(self.project.reader, config)
        mine = (str(run.options.get("provider", "")), str(run.options.get("label", "")))
        told = [mine[place] for place in range(2) if len({each[place] for each in known[config]}) > 1] or [mine[1]]
        return tuple(one_line(word, LONGEST_NAME) for word in told if word)

    def mark(self, runs: Iterable[Run]) -> bool:
        """Find out which scores say less than they seem to; whether any was not known. Call it in a thread."""
        new = [run.id for run in runs if run.id not in self.marks and run.result is not None]
        self.marks.update({number: mark_of(seen_of(self.project.reader, number)) for number in new})
        return any(self.marks[number] for number in new)

    def subject(self, candidate: int) -> Subject:
        """The candidate of that id in few words."""
        if candidate not in self._subjects:
            found = candidate_with(self.project.reader, candidate)
            shots = find_prompt(self.project.reader, str(found.prompt)).shots
            self._subjects[candidate] = Subject(found.name, shots, found.model)
        return self._subjects[candidate]


def standing(run: Run, scope: Scope) -> Standing:
    """Whether a run meets the scope's target: its interval's low end does; reached: only its value does."""
    metric = scope.metric or "exact"
    value = run.result.scores.get(metric) if run.result is not None else None
    return standing_of(metric, value, scope.target) if run.state == "done" else ""


def plus_minus(value: Value | None) -> str:
    """A value with half of its interval's width: `0.55 ±0.12`; a dash where there is none."""
    if value is None or value.value is None:
        return "–"
    if value.low is None or value.high is None:
        return number(value.value)
    return f"{number(value.value)} ±{number((value.high - value.low) / 2)}"


def number(value: float) -> str:
    """Two places where it is a share, else three digits that matter."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def counted(number: int) -> str:
    """A count in few cells: `200`, `12,000`, `250k`, `1.0M`."""
    if number < 100_000:
        return f"{number:,}"
    return f"{number / 1e3:,.0f}k" if number < 1_000_000 else f"{number / 1e6:.1f}M"


def milliseconds(seconds: float | None) -> str:
    """A time as people read it."""
    if seconds is None:
        return "–"
    return f"{seconds * 1000:,.0f}ms" if seconds < 10 else f"{seconds:,.0f}s"


def money(row: RunRow) -> str:
    """What the answers cost, so far or in the end: a dash where there is none yet, `$?` where no price is known."""
    now, result = row.now, row.run.result
    if now is not None:
        return dollars(now.usd) if now.done > now.failed else "–"
    return dollars(result.cost_usd) if result is not None and result.answered else "–"


def duration(seconds: float) -> str:
    """A time of waiting or working: `8 s`, `12 min`, `2 h 5 min`."""
    if seconds < 100:
        return f"{seconds:,.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
