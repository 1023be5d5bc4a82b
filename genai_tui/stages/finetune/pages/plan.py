"""Plan: the settings that matter over what the training will take, which follows what is typed."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from genai_tui.errors import GenaiError
from genai_tui.jobs.telling import seconds_said
from genai_tui.records.asked import Asked
from genai_tui.records.estimates import Estimate
from genai_tui.screens.folding import Want
from genai_tui.stages.finetune.checking import LEAKS
from genai_tui.stages.finetune.estimating import Takes, takes
from genai_tui.stages.finetune.pages.fields import Field, value_of
from genai_tui.stages.finetune.pages.pane import FinetunePane
from genai_tui.stages.finetune.pages.remote import remote_parts
from genai_tui.stages.finetune.planning import Plan as Planned
from genai_tui.stages.finetune.settings import Method, default_settings
from genai_tui.stages.finetune.where import asked_for, machine_of
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

NAME = 17  # columns for the names of settings
GB = 1e9


class PlanPane(FinetunePane):
    """The form over what it will take; side by side where it is wide."""

    BESIDE: ClassVar[float] = 0.52
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "change"), Key("s", "start"), Key("u", "default"), Key("e", "all in $EDITOR"), Key("y", "command"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.table: LineTable[Field] = LineTable(
            "Plan", ListPages([]), self._draw, spoken=self._spoken, always_lit=True, id="plan", empty=("…",)
        )
        self.will = TextView("What it will take", (), id="takes")
        super().__init__(self.table, self.will, id="tab-plan")
        self.takes: Takes | None = None
        self.asked: Asked | None = None
        self.fault: GenaiError | None = None
        self._of: tuple[Any, ...] | None = None

    def wants(self) -> Sequence[Want]:
        """The settings first."""
        return (Want(4, self.table.count + 1 if self.table.count else 4, 0), Want(7, 7, 1))

    def show_rows(self) -> None:
        """Plan again: a dataset, a prompt, a model may be others by now."""
        self.page.plan_again()

    def show_plan(self) -> None:
        """Another plan: its lines, and what it will take."""
        fields = self.page.fields()
        if fields and (len(fields) != self.table.count or self.table.row not in fields):
            self.table.replace(ListPages(fields))
            self.refold()
        self.table.empty = ("…",) if self.page.fault is None else ()
        self.table.repaint()
        self._tell()
        self.begin(self._estimate, "estimate")

    async def _estimate(self) -> None:
        plan, read = self.page.plan, self.page.data.read
        if plan is None or read is None or "train" not in read.looked.tokens:
            return
        try:
            machine = machine_of(plan.slurm)
            self.takes = await asyncio.to_thread(takes, self.project, plan, read.looked.tokens, machine)
            self.asked = None if plan.slurm is None else asked_for(self.takes, plan.slurm)
            self.fault = None
        except GenaiError as error:
            self.takes, self.fault = None, error
        self._of = _same(plan)
        self._tell()

    def tell_field(self) -> None:
        """The cursor stands on another line: what belongs there."""
        self._tell()

    def _tell(self) -> None:
        self.will.show(tuple(self._parts()))

    def _parts(self) -> Iterator[Part]:
        page = self.page
        field = self.table.row
        if page.fault is not None:
            yield from error_parts(page.fault)
            return
        if page.plan is None and page.remote is None:
            yield Part("It is planned.", "soft")
            return
        if field is not None:
            yield Part(field.help, "text")
        yield from self._leaks()
        if page.remote is not None:
            yield from remote_parts(page.remote)
        elif page.plan is not None:
            yield from self._here(page.plan)

    def _here(self, plan: Planned) -> Iterator[Part]:
        """What a training on this machine makes and takes."""
        yield Part(f"embedded/{plan.name}, made of {plan.parent.ref}", "strong", "makes   ", "soft")
        read, found = self.page.data.read, self.takes
        if read is not None and read.lacks is not None:
            yield Part(f"{read.lacks.what} {read.lacks.why} Install it: {read.lacks.do}", "text", "!       ", "warn")
        elif self.fault is not None:
            yield Part(str(self.fault), "text", "!       ", "warn")
        elif found is None:
            yield Part("The rows are looked at; then it stands here.", "soft", "takes   ", "soft")
        else:
            stale = "" if self._of == _same(plan) else " (of the settings before)"
            time = f"{_time(found.time)} on {found.device}, {found.steps:,} steps{stale}"
            yield Part(time, "text", "time    ", "soft")
            there = self.asked is not None and not self.asked.accelerator  # what is free here does not matter then
            memory, disk = found.free_memory_bytes / GB, found.free_disk_bytes / GB
            free = "" if there else f", {memory:.1f} free"
            room = f"{_bytes(found.memory)}{free} · disk {_bytes(found.disk)}, {disk:,.0f} GB free"
            yield Part(room, "text", "memory  ", "soft")
            if self.asked is None:
                yield Part("$0: it runs here, and no row leaves this machine", "text", "money   ", "soft")
            else:
                yield Part(f"is asked for {self.asked}: {self.asked.why}", "text", "Slurm   ", "soft")
            for each in (found.time, found.memory):
                if each.measured is not None:
                    yield Part(each.measured.sentence, "soft", "        ")
            for warning in () if there else found.warnings:
                yield Part(warning, "text", "!       ", "warn")

    def _leaks(self) -> Iterator[Part]:
        """What stands in the way of starting, and what was allowed."""
        page = self.page
        looked = page.data.read.looked if page.data.read is not None else None
        plan = page.remote or page.plan
        if looked is None or plan is None:
            return
        refused = looked.refused(allow_leaks=plan.allow_leaks)
        for one in refused[:3]:
            yield Part(f"{one.reason} {one.do}", "text", "✘       ", "bad")
        if refused:
            leaks = any(one.name in LEAKS for one in refused)
            more = "; a trains all the same, and every later score says so" if leaks else ""
            yield Part(f"d shows the rows; it does not start before{more}.", "soft", "        ")
        elif plan.allow_leaks and looked.leaks:
            said = (
                f"{sum(looked.leaks.values()):,} rows that are measured too are trained on: every later score says so."
            )
            yield Part(f"{said} a refuses them again.", "text", "!       ", "warn")

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, field: Field) -> None:
        plan = self.page.plan
        own = field.key in self.page.drafts
        canvas.put(x, y, field.name, "strong" if own else "text", NAME - 1)
        if field.choices and plan is not None:
            _draw_choices(canvas, x + NAME, y, field, value_of(plan, field.key))
            return
        text = self.page.drafts.get(field.key) if self.page.fault is not None and own else self.page.text_of(field.key)
        end = canvas.put(x + NAME, y, str(text), "text", width - NAME)
        if own and plan is not None and (usual := _usual(plan, field)) and end + len(usual) + 4 < x + width:
            canvas.put(end + 2, y, usual, "soft")

    def _spoken(self, field: Field) -> str:
        return f"{field.name}: {self.page.text_of(field.key)}. {field.help}"

    def choose(self, table: LineTable[Any], row: Any) -> None:
        """Change the line."""
        self.page.change_field(row)

    def command(self) -> str:
        """The command that starts it."""
        return self.page.plan_command("start")

    def copied(self) -> str:
        """The error, while there is one."""
        return self.will.plain_text() if self.page.fault is not None else ""


def _draw_choices(canvas: Canvas, x: int, y: int, field: Field, chosen: str) -> None:
    """All that there is to choose from, the chosen one in brackets."""
    for choice in field.choices:
        lit = choice == chosen
        x = canvas.put(x, y, f"[{choice}]" if lit else f" {choice} ", "strong" if lit else "soft")


def _usual(plan: Planned, field: Field) -> str:
    """The default of a setting that is another now."""
    if not field.setting:
        return ""
    method: Method = plan.settings.method
    usual = getattr(default_settings(method, plan.dataset.splits.get("train", 0)), field.key)
    return (
        ""
        if usual == getattr(plan.settings, field.key)
        else f"(by default {usual:g})"
        if isinstance(usual, (int, float))
        else ""
    )


def _same(plan: Planned) -> tuple[Any, ...]:
    return (plan.dataset.id, plan.prompt.number, plan.parent.ref, plan.settings, plan.slurm)


def _time(one: Estimate) -> str:
    between = f", {seconds_said(one.low)} to {seconds_said(one.high)}" if one.low and one.high else ""
    return f"≈ {seconds_said(one.total)}{between}"


def _bytes(one: Estimate) -> str:
    between = f", {one.low / GB:.1f} to {one.high / GB:.1f}" if one.low and one.high and one.total >= GB else ""
    return f"≈ {one.total / GB:.2f} GB{between}" if one.total >= 0.1 * GB else f"≈ {one.total / 1e6:.0f} MB"
