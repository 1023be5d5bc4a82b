"""Data: where rows come from, what is wrong with them, how long and how balanced they are, one as it is trained on."""

import asyncio
import threading
from collections.abc import Sequence
from typing import ClassVar, cast

from textual.geometry import Size

from genai_tui.errors import GenaiError
from genai_tui.screens.folding import Want
from genai_tui.stages.finetune.checking import LEAKS, Finding, Looked
from genai_tui.stages.finetune.pages.from_where import Source, sources_of
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.pages.reading import Read, key_of, read_rows
from genai_tui.stages.finetune.pages.remote import read_remote, remote_key
from genai_tui.stages.finetune.pages.shape import Shape
from genai_tui.stages.finetune.pages.trained_row import TrainedRow
from genai_tui.stages.finetune.planning import Plan
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.pages import ListPages

SIGNS: dict[str, tuple[str, Role]] = {
    "refused": ("failed", "bad"),
    "remark": ("attention", "warn"),
    "ok": ("done", "good"),
}
TELL_S = 0.2  # how often a long look says how far it is
LEAKED = Key("a", "train all the same")
ALLOWED = Key("a", "refuse leaks")


class Data(FinetunePane):
    """Sources over findings over shape over one row."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "show or take"), Key(", .", "row"), Key("c", "check again"), Key("s", "start"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.sources: LineTable[Source] = LineTable(
            "Where rows come from", ListPages([]), _draw_source, spoken=lambda one: f"{one.name}: {one.text}",
            id="sources",
            empty=("No dataset yet: a model is trained on rows of train.", "6, then d: i adds one, I imports a file."),
        )  # fmt: skip
        self.findings: LineTable[Finding] = LineTable(
            "Checks", ListPages([]), self._draw_finding, spoken=lambda one: f"{one.severity}: {one.reason} {one.do}",
            id="findings", empty=("Every row is looked at.",),
        )  # fmt: skip
        self.shape = Shape()
        self.row_view = TrainedRow()
        super().__init__(self.sources, self.findings, self.shape, self.row_view, id="tab-data")
        self.read: Read | None = None
        self._reading: tuple[object, ...] | None = None
        self._done = (0, 0)
        self._lock = threading.Lock()

    def wants(self) -> Sequence[Want]:
        """All four at 80×24; the row goes first where it is lower."""
        sources = self.sources.count or len(self.sources.empty)
        found = self.findings.count or len(self.findings.empty)
        return (
            Want(min(sources, 3) + 1, min(sources, 6) + 1, 0), Want(min(found, 3) + 1, min(found, 8) + 1, 0),
            Want(5, 8, 0), Want(3, 12, 1),
        )  # fmt: skip

    def show_rows(self) -> None:
        """Sources again, and the plan: a dataset, a prompt may be others by now; rows only where they are."""
        self.begin(self._sources, "sources")
        self.page.plan_again()

    async def _sources(self) -> None:
        found = await asyncio.to_thread(sources_of, self.project)
        self.sources.replace(ListPages(found))
        self.refold()

    def show_plan(self) -> None:
        """Look at the rows of the plan, if they are others than those that were looked at."""
        key = self._key()
        if key is None:
            if self.page.fault is not None:
                self._cannot(self.page.fault)
                self.page.draw_keys()
            return
        self.findings.repaint()  # what is allowed may be another
        if (self.read is not None and self.read.key == key) or self._reading == key:
            return
        self._reading = key
        self.begin(self._look, "look")

    def _key(self) -> tuple[object, ...] | None:
        """What decides what is found of the rows of the plan; None without one."""
        if self.page.remote is not None:
            return remote_key(self.page.remote)
        return key_of(self.page.plan) if self.page.plan is not None else None

    def looked_at(self, plan: Plan) -> Looked | None:
        """What was found of the rows of this very plan, if they were looked at whole."""
        return self.read.looked if self.read is not None and self.read.key == key_of(plan) else None

    def keys(self) -> Sequence[Key]:
        """What stands in the way comes first: weights that are not here, rows that are measured too."""
        if self._lacks_weights():
            return (Key("w", "fetch the weights"), *self.KEYS)
        if self.is_mounted and self.read is not None and self.read.looked.leaks:
            refused = any(one.name in LEAKS for one in self.read.looked.refused(allow_leaks=self._allowed))
            return (*((LEAKED,) if refused else (ALLOWED,) if self._allowed else ()), *self.KEYS)
        return self.KEYS

    @property
    def _allowed(self) -> bool:
        plan = self.page.remote or self.page.plan
        return plan is not None and plan.allow_leaks

    def _lacks_weights(self) -> bool:
        from genai_tui.screens.fetching import weights_lacking

        return self.is_mounted and self._key() is None and self.page.fault is not None and weights_lacking(self.project)

    def check_again(self) -> None:
        """Look at all rows once more."""
        self.read = self._reading = None
        self.show_plan()

    async def _look(self) -> None:
        plan, remote = self.page.plan, self.page.remote
        timer = self.set_interval(TELL_S, self._tell)
        try:
            if remote is not None:
                self.read = await asyncio.to_thread(read_remote, self.project.reader, remote)
            elif plan is not None:
                self.read = await asyncio.to_thread(read_rows, self.project, plan, self._told)
        except GenaiError as error:
            self._cannot(error)
            return
        finally:
            timer.stop()
            self._reading = None
            self.findings.title = "Checks"
        if self.read is not None:
            self._show(self.read, plan.settings.max_tokens if plan is not None else 0)
            self.page.planning.show_plan()
            self.page.draw_keys()
            await self.row_view.show_row(plan, self.read)

    def _cannot(self, error: GenaiError) -> None:
        """The rows cannot be looked at: what happened, why, and what to do."""
        self.findings.empty = (error.what, *(text for text in (error.why, error.do) if text))
        self.findings.replace(ListPages([]))
        self.shape.show({}, {}, 0, "")
        self.refold()

    def _told(self, done: int, whole: int) -> None:
        with self._lock:
            self._done = (done, whole)

    def _tell(self) -> None:
        with self._lock:
            done, whole = self._done
        self.findings.title = f"Checks {done * 100 // whole} %" if whole and done < whole else "Checks …"
        self.findings.repaint()

    def _show(self, read: Read, limit: int) -> None:
        looked = read.looked
        self.findings.replace(ListPages([*([_lacking(read.lacks)] if read.lacks else []), *looked.findings]), 0)
        why = "" if read.lacks is None else "Not known here: see the checks."
        self.shape.show(looked.tokens, looked.labels, limit, why)
        self.refold()

    def turn_row(self, step: int) -> None:
        """Another row of train, as it is trained on."""
        if self.read is not None:
            self.row_view.turn(step, len(self.read.rows))
            self._begin_row()

    def _begin_row(self) -> None:
        async def show() -> None:
            if self.read is not None:
                await self.row_view.show_row(self.page.plan, self.read)

        self.begin(show, "row")

    def choose(self, table: "LineTable[object]", row: object) -> None:
        """Take rows from a source; show the first row that a finding names."""
        if table is self.sources:
            self.page.take_source(cast(Source, row))
            return
        finding = cast(Finding, row)
        named = next((place for place in finding.rows if place.startswith("train:")), None)
        if named is not None and self.read is not None:
            self.row_view.place = int(named.partition(":")[2].split()[0]) - 1
            self._begin_row()
        self.page.say(" ".join(part for part in (finding.reason, finding.do, ", ".join(finding.rows[:8])) if part))

    def _draw_finding(self, canvas: Canvas, x: int, y: int, width: int, one: Finding) -> None:
        """What was allowed is no longer in the way, and still attended to."""
        allowed = one.severity == "refused" and one.name in LEAKS and self._allowed
        sign, role = SIGNS["remark" if allowed else one.severity]
        canvas.put(x, y, canvas.look.signs[sign], role)
        reason = f"Allowed: {one.reason}" if allowed else one.reason
        end = canvas.put(x + 2, y, reason, "strong" if one.severity == "refused" else "text", width - 3)
        if one.do and one.severity != "ok" and not allowed:
            canvas.put(end + 1, y, one.do, "soft", max(0, width - end))

    def command(self) -> str:
        """What says the same on the command line."""
        return self.page.plan_command("plan")

    def copied(self) -> str:
        """The row, where it has the keys."""
        return self.row_view.plain_text() if self.row_view.has_focus else ""

    def fold(self, size: Size) -> None:
        """Fold, then draw what has another width."""
        super().fold(size)
        self.shape.repaint()


def _lacking(error: GenaiError) -> Finding:
    return Finding("tokens", "remark", 0, f"{error.what} {error.do}", error.why)


def _draw_source(canvas: Canvas, x: int, y: int, width: int, one: Source) -> None:
    canvas.put(x, y, canvas.look.signs["done" if one.in_use else "empty"], "good" if one.in_use else "soft")
    canvas.put(x + 2, y, one.name, "strong" if one.in_use else "text", 20)
    key = f"enter {one.does}" if one.does else ""
    canvas.put(x + 23, y, one.text, "text", width - 25 - len(key))
    canvas.right(x + width - 1, y, key, "soft")
