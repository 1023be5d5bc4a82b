"""Before a run: who is measured, on what, by what; what it will take, and what so many examples can show."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Split
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.pages.rows import number
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.candidates import page_candidates
from genai_tui.store.datasets import find_dataset
from genai_tui.store.looks import WORN_OUT, looks
from genai_tui.store.prompts import find_prompt
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.runs import Run
    from genai_tui.stages.evaluate.estimating import Takes

MOST_CANDIDATES = 500
IN_TURN: tuple[Split, ...] = ("dev", "test", "train")
NAMES = 12
FIELDS = 6
NO_CANDIDATE = (
    "No candidate yet. One is a model and a prompt version together: K in the playground",
    "makes one of what stands there, or  genai-tui candidate make --prompt V",
)


class Field(NamedTuple):
    """One thing that can be set."""

    name: str
    does: str


FIELD_ROWS = (
    Field("split", "enter: dev, test, train"),
    Field("scorers", "names with blanks between; the first one leads"),
    Field("rows", "the first so many only; empty: all"),
    Field("repeats", "each row asked so many times"),
    Field("in flight", "requests at once"),
    Field("max cost", "US dollars at most; empty: no limit but the budget"),
)


@dataclass(frozen=True)
class Plan:
    """What is set."""

    candidates: tuple[str, ...] = ()
    split: Split = "dev"
    scorers: tuple[str, ...] = ()
    rows: int | None = None
    repeats: int = 1
    in_flight: int = 8
    max_usd: float | None = None

    def said(self, name: str) -> str:
        """The value of a field as it is typed."""
        value: Any = {
            "split": self.split, "scorers": " ".join(self.scorers), "rows": self.rows, "repeats": self.repeats,
            "in flight": self.in_flight, "max cost": self.max_usd,
        }[name]  # fmt: skip
        return "" if value is None else str(value)

    def with_(self, name: str, typed: str) -> "Plan":
        """The plan with a field set as it was typed. Raises ValueError with a sentence."""
        try:
            if name == "scorers":
                from genai_tui.stages.evaluate.scorers import find_scorer, known_name

                names = tuple(known_name(each) for each in typed.split())
                for each in names:
                    find_scorer(each)
                return replace(self, scorers=names)
            if name == "max cost":
                return replace(self, max_usd=float(typed.lstrip("$")) if typed else None)
            count = int(typed.replace(",", "")) if typed else None
        except ValueError as error:
            raise ValueError(f"{typed!r} is no number.") from error
        except GenaiError as error:
            raise ValueError(str(error)) from error
        if count is not None and count < 1:
            raise ValueError("It is at least 1.")
        if name == "rows":
            return replace(self, rows=count)
        if name == "repeats":
            return replace(self, repeats=min(count or 1, 1000))
        return replace(self, in_flight=min(count or 8, 1000))

    def for_run(self) -> dict[str, Any]:
        """As `run_candidates` takes it."""
        from genai_tui.stages.evaluate.working import Limits

        return {
            "split": self.split, "scorers": self.scorers, "rows": self.rows, "repeats": self.repeats,
            "limits": Limits(in_flight=self.in_flight, max_usd=self.max_usd),
        }  # fmt: skip

    def command(self) -> str:
        """The same on the command line."""
        import shlex

        words = ["genai-tui eval run", *(self.candidates or ("C",)), f"--split {self.split}"]
        words += [f"--scorer {shlex.quote(name)}" for name in self.scorers]
        words += [f"--limit {self.rows}"] if self.rows else []
        words += [f"--repeats {self.repeats}"] if self.repeats > 1 else []
        words += [f"--max-in-flight {self.in_flight}"] if self.in_flight != 8 else []
        words += [f"--max-cost {self.max_usd:g}"] if self.max_usd is not None else []
        return " ".join(words)


class Starting(FramedPage):
    """`then` is given the candidates and the plan. Nothing is asked before."""

    WHERE = "measure"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("starting.go", "ctrl+r,r", "go", "begin the runs", "r or ^r"),
        Act("starting.turn", "space", "turn", "this candidate too, or not"),
        Act("starting.split", "w", "next_split", "another split"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("space", "choose"), Key("w", "split"), Key("tab", "settings"), Key("r", "begin"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self,
        project: "Project",
        then: Callable[[list[Candidate], dict[str, Any]], None],
        *,
        candidates: Sequence[str] = (),
        rate: Callable[[str], float | None] = lambda model: None,
    ) -> None:
        super().__init__()
        self.project, self.then, self._rate = project, then, rate
        self.candidates = page_candidates(project.reader, None, MOST_CANDIDATES, newest_first=True)
        self._shots = {each.id: find_prompt(project.reader, str(each.prompt)).shots for each in self.candidates}
        known = [each.name for each in self.candidates]
        chosen = tuple(name for name in candidates if name in known) or tuple(known[:1])
        self.plan = Plan(chosen, scorers=(current_scope(project.reader).metric or "exact",))

    def body(self) -> Sequence[Widget]:
        """Candidates, settings, what it will take; the box, hidden until it is needed."""
        self.table: LineTable[Candidate] = LineTable(
            "Candidates", ListPages(self.candidates), self._draw, empty=NO_CANDIDATE, always_lit=True, id="candidates",
            spoken=lambda row: f"{row.name} {row.model} {'chosen' if row.name in self.plan.candidates else ''}",
        )  # fmt: skip
        self.fields: LineTable[Field] = LineTable(
            "Settings", ListPages(list(FIELD_ROWS)), self._draw_field, id="settings",
            spoken=lambda row: f"{row.name} {self.plan.said(row.name)}",
        )  # fmt: skip
        self.text = TextView("What it will take")
        self.box = LineEdit(id="value")
        self.box.display = False
        return (self.table, self.fields, self.text, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self._fold(self.app.size.height)
        names = [each.name for each in self.candidates]
        if self.plan.candidates:
            self.table.go_to(names.index(self.plan.candidates[0]))
        self.table.focus()
        self.text.show([Part("Counting tokens …", "soft")])
        self._told()

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fold(event.size.height)

    def _fold(self, height: int) -> None:
        room = height - 4
        self.table.styles.height = max(3, min(self.table.count + 1, room - FIELDS - 9)) if height >= 20 else "1fr"
        self.fields.styles.height = FIELDS + 1
        self.fields.display = height >= 14
        self.text.display = height >= 18

    def command(self) -> str:
        """The same on the command line."""
        return self.plan.command()

    def help_lines(self) -> Sequence[str]:
        """What is decided here."""
        return (
            "Each chosen candidate is asked every row of the split, one candidate after the other. Answers are stored "
            "as they come; a run can be paused, stopped and gone on with, and asks nothing twice.",
            "dev is for trying as often as you like. test has the last word: each run over it counts as a look.",
        )

    def action_turn(self) -> None:
        """Choose a candidate, or not."""
        row = self.table.row
        if row is not None and self.focused is self.table:
            chosen = self.plan.candidates
            names = [name for name in chosen if name != row.name] if row.name in chosen else [*chosen, row.name]
            order = [each.name for each in self.candidates]
            self._take(replace(self.plan, candidates=tuple(sorted(names, key=order.index))))

    def action_next_split(self) -> None:
        """Another split."""
        there = self._splits()
        at = there.index(self.plan.split) if self.plan.split in there else -1
        if there:
            self._take(replace(self.plan, split=there[(at + 1) % len(there)]))

    def _splits(self) -> list[Split]:
        try:
            splits = find_dataset(self.project.reader).splits
        except GenaiError:
            return []
        return [split for split in IN_TURN if splits.get(split)]

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Space in the list."""
        if event.table is self.table:
            self.action_turn()
        else:
            self._type(event.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Choose a candidate, or set a field."""
        if event.table is self.table:
            self.action_turn()
        else:
            self._type(event.row)

    def _type(self, field: Field) -> None:
        if field.name == "split":
            self.action_next_split()
            return
        self.box.label = f" {field.name} ▸ "
        self.box.hint = field.does
        self.box.set_value(self.plan.said(field.name))
        self.box.display = True
        self.before_box = self.fields
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Take the value."""
        field = self.fields.row
        if field is not None:
            try:
                self._take(self.plan.with_(field.name, event.value.strip()))
            except ValueError as error:
                self.say(str(error), "warn")
                return
        self.set_focus(self.fields)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self.table.repaint()
        self.fields.repaint()
        self._told()

    def _told(self) -> None:
        begin(self, partial(self._estimate, self.plan), "estimate")

    async def _estimate(self, plan: Plan) -> None:
        """What it takes is counted in a thread: the first count loads a tokenizer."""
        if not plan.candidates:
            self.text.show([Part("Choose who is measured: space.", "soft")])
            return
        try:
            said = await asyncio.to_thread(taken, self.project, self._chosen(plan), plan, self._rate)
        except GenaiError as error:
            self.text.show(error_parts(error))
            return
        if plan is self.plan:
            self.text.show([Part(text, role, lead.ljust(NAMES), "soft") for lead, text, role in said])  # type: ignore[arg-type]

    def _chosen(self, plan: Plan) -> list[Candidate]:
        return [each for each in self.candidates if each.name in plan.candidates]

    def action_go(self) -> None:
        """Begin."""
        chosen = self._chosen(self.plan)
        if not chosen:
            self.say("Choose a candidate first: space." if self.candidates else "There is no candidate yet.", "warn")
            return
        plan = self.plan.for_run()
        self.app.pop_screen()
        self.then(chosen, plan)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Candidate) -> None:
        chosen = row.name in self.plan.candidates
        canvas.put(x, y, canvas.look.signs["done" if chosen else "empty"], "good" if chosen else "soft")
        at = canvas.put(x + 2, y, row.name, "strong" if chosen else "text", 14) + 1
        at = canvas.put(max(at, x + 8), y, f"v{row.prompt} {self._shots[row.id]}", "text", 16) + 1
        canvas.put(max(at, x + 22), y, row.model, "soft", width - max(at - x, 22))

    def _draw_field(self, canvas: Canvas, x: int, y: int, width: int, row: Field) -> None:
        canvas.put(x, y, row.name, "text", NAMES - 1)
        said = self.plan.said(row.name)
        at = canvas.put(x + NAMES, y, said or "–", "strong" if said else "soft", 24)
        at = max(at + 2, x + NAMES + 14)
        canvas.put(at, y, row.does, "soft", x + width - at)


def taken(
    project: "Project", candidates: Sequence[Candidate], plan: Plan, rate: Callable[[str], float | None]
) -> list[tuple[str, str, str]]:
    """Names, sentences and their roles: requests, tokens, money, time, what n can show. Raises GenaiError.

    `rate` is how many answers a second a model gave in its last run.
    """
    from genai_tui.stages.evaluate.estimating import takes
    from genai_tui.stages.evaluate.running import plan_run
    from genai_tui.stages.evaluate.working import subject_of

    run = plan_run(project, split=plan.split, scorers=plan.scorers, rows=plan.rows, repeats=plan.repeats)
    found = [takes(project, subject_of(project, candidate), run) for candidate in candidates]
    said: list[tuple[str, str, str]] = []
    total = run.n * len(candidates)
    repeats = f" × {plan.repeats} repeats" if plan.repeats > 1 else ""
    said.append(("requests", f"{total:,}: {len(candidates)} × {run.n // plan.repeats:,} rows{repeats}", "strong"))
    into = sum(each.input_tokens for each in found)
    outs = [each.output_tokens for each in found if each.output_tokens is not None]
    most = "at most" if all(each.at_most for each in found) else "≈"
    out = f", {most} {sum(outs):,} out" if len(outs) == len(found) and found else ", nobody knows how many out"
    said.append(("tokens", f"≈ {into:,} in{out}", "text"))
    said.append(("money", _price(found, most), "text"))
    seconds = [run.n / speed for candidate in candidates if (speed := rate(candidate.model))]
    if seconds and len(seconds) == len(candidates):
        from genai_tui.stages.evaluate.pages.rows import duration

        said.append(("time", f"≈ {duration(sum(seconds))}, as fast as the last run of each", "text"))
    else:
        said.append(("time", "not known before the first run", "soft"))
    said += _can_show(run)
    if plan.split == "test":
        count = looks(project.reader)
        worn = "; so many looks make the best look better than it is" if count + len(candidates) >= WORN_OUT else ""
        said.append(("test", f"counts as a look: {count:,} so far{worn}. dev is for trying.", "warn"))
    return said


def _price(found: "Sequence[Takes]", most: str) -> str:
    from genai_tui.stages.evaluate.results import dollars

    all_of_it = [each.usd for each in found if each.usd is not None]
    if len(all_of_it) == len(found):
        return f"{most} {dollars(sum(all_of_it))}" if sum(all_of_it) else "$0"
    sent = [each.input_usd for each in found if each.input_usd is not None]
    if len(sent) == len(found):
        return f"at least {dollars(sum(sent))}: what is sent; the prompt sets no max_tokens"
    return "not known: the settings have no price, and no list has one"


def _can_show(run: "Run") -> list[tuple[str, str, str]]:
    from genai_tui.stages.evaluate.scorers import find_scorer
    from genai_tui.stages.evaluate.statistics.power import examples_for, smallest_difference

    if find_scorer(run.scorers[0]).kind != "proportion":
        return []
    examples = run.n // run.repeats
    least = smallest_difference(examples)
    wished = f"; for 0.05 it takes {examples_for(0.05):,}"
    if least is None:
        return [("can show", f"{examples:,} examples show no difference, however large{wished}", "warn")]
    return [("can show", f"a difference of {number(least)} or more, 8 times out of 10{wished}", "text")]
