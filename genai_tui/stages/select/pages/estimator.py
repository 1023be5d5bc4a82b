"""What the five tabs of the estimator share: fields, the parts of the figure as bars, and what follows from it.

They call the functions that the commands `estimate …` call, in a thread: a key waits for none of them.
"""

import asyncio
import shlex
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from genai_tui.errors import GenaiError
from genai_tui.estimation.rental import hour_price
from genai_tui.project import DEFAULT_MODEL
from genai_tui.records.estimates import Part
from genai_tui.screens.acts import Act
from genai_tui.screens.folding import Want
from genai_tui.stages.select.estimate_text import total_line
from genai_tui.stages.select.pages.bars import Bars
from genai_tui.stages.select.pages.estimate_answers import (
    HERE,
    Answer,
    Asked,
    FieldFault,
    asked_of,
    found_hardware,
)
from genai_tui.stages.select.pages.estimate_fields import Field, Values, model_words
from genai_tui.stages.select.pages.estimate_form import Cell, EstimateForm
from genai_tui.stages.select.pages.estimate_telling import error_said, how_it_comes, told_lines
from genai_tui.stages.select.pages.tabs import Tab
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.lines import Key
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_view import Part as Line
from genai_tui.widgets.text_view import TextView

DRAFTS = "estimator"  # the name that what is typed here is kept by


class Estimator(Tab):
    """Fields over bars over what is told. A fault in a field is said under it; the figures before stay."""

    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("estimator.fields", "f", "do('fields')", "the fields of the estimate", also="model gpu precision batch"),
        Act("estimator.clear", "u", "do('clear')", "all fields as they were before anything was typed"),
    )
    NAME: ClassVar[str] = ""  # of the command
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    ALSO: ClassVar[Mapping[str, Any]] = {}  # what the functions take, and no field asks for
    RENTED: ClassVar[bool] = False
    """Whether it is about accelerators with a price, even for a model that runs on this processor."""
    EMPTY: ClassVar[str] = "The parts of the figure stand here once every field can be read."

    def __init__(self, *between: Painted) -> None:
        self.values = Values(self.NAME, self.FIELDS)
        self.form = EstimateForm([Cell(each.key, each.name, each.width, "", "", each.hint) for each in self.FIELDS])
        self.bars = Bars(self.EMPTY)
        self.told = TextView("What follows", id="told")
        super().__init__(self.form, *between, self.bars, self.told)
        self.answer: Answer | None = None
        self.fault: tuple[str, GenaiError] | None = None
        self._asked_for: object = None

    @abstractmethod
    def work_out(self, asked: Asked) -> Answer:
        """Estimate; called in a thread. Raises UsageFault."""

    # What there is room for

    def wants(self) -> Sequence[Want]:
        """The fields as they are; the bars before what is told of them."""
        size = self.page.size.width or self.page.app.size.width
        fields, bars = self.form.rows(size), len(self.bars.bars) + 1
        return (Want(fields, fields, 0), Want(3, max(bars, 4), 0), Want(4, 5, 1))

    def entry(self) -> Sequence[Painted]:
        """The keys go to the figures first: there ← and → still turn the tabs."""
        return (self.bars, self.form)

    # What is asked

    def show_rows(self) -> None:
        """Ask again, if anything is another."""
        project = self.project
        self.values.scope = current_scope(project.reader)
        self.values.model = project.model_in_use or DEFAULT_MODEL
        self.ask()

    def ask(self) -> None:
        """Read the fields, and work out what they mean beside the keys."""
        self.values.typed = self.page.host.typed.of(DRAFTS)
        texts = self.values.texts()
        state = (texts, self.values.scope, self.values.model)
        if state != self._asked_for or self.answer is None:
            self._asked_for = state
            self.begin(self._work, "estimate")
        self._show_fields()

    async def _work(self) -> None:
        await self.page.host.typed.take_up()
        self.values.typed = self.page.host.typed.of(DRAFTS)
        texts = self.values.texts()
        try:
            self.answer = await asyncio.to_thread(self._answer, texts)
            self.fault = None
        except FieldFault as fault:
            self.fault = (fault.key, fault.error)
        except GenaiError as error:
            self.fault = ("", error)
        self.show_answer()

    def _answer(self, texts: Mapping[str, str]) -> Answer:
        answer = self.work_out(asked_of(self.FIELDS, self.ALSO, texts, rented=self.RENTED))
        price = hour_price(answer.asked.hardware.accelerator)
        return replace(answer, shown={"hour_price": f"{price.median:g}" if price else ""} | answer.shown)

    # What is shown

    def _show_fields(self) -> None:
        self.form.show([self._cell(each) for each in self.FIELDS])

    def _cell(self, each: Field) -> Cell:
        given, text = self.values.draft(each.key), self.values.text(each.key)
        shown = text if each.kind not in ("count", "amount") else _spaced(text)
        answer = self.answer
        if answer is not None and each.key == "gpu" and (answer.asked.given["gpu"] or "") == text:
            shown = answer.asked.hardware.accelerator.name
        elif answer is not None and not text:
            shown = str(answer.asked.hardware.gpus) if each.key == "gpus" else answer.shown.get(each.key, "")
        hint = each.hint
        if not given and self.values.of_scope(each.key):
            hint = f"{each.hint} · from the scope"
        elif given:
            hint = f"{each.hint} · backspace: as before"
        if answer is not None and each.key in ("gpu", "gpus") and answer.asked.hardware.said.endswith(HERE):
            hint = f"{hint} · {found_hardware(None, None).gpus} here"
        fault = error_said(self.fault[1], self.FIELDS) if self.fault is not None and self.fault[0] == each.key else ""
        return Cell(each.key, each.name, each.width, given, shown, hint, fault)

    def show_answer(self) -> None:
        """Draw what came."""
        self._show_fields()
        answer = self.answer
        if answer is not None and self.fault is None:
            on = answer.asked.hardware
            title = f"{answer.asked.card.name.rsplit('/', 1)[-1]}: {answer.told.title}"
            note = f"{on.gpus:,} × {on.accelerator.name}" if on.gpus > 1 else on.accelerator.name
            self.bars.show(title, answer.bars, note, answer.mark)
        self.bars.set_stale(self.fault is not None)
        self._tell()
        if self.display and not self.page.zoomed:
            self.fold(self.page.size or self.page.app.size)

    def _tell(self) -> None:
        """What follows, and how the chosen part comes about."""
        lines = list[Line]()
        if self.fault is not None and (self.answer is None or not self._said_under(self.fault)):
            lines.append(Line(error_said(self.fault[1], self.FIELDS), "text", "✘ ", "bad"))
        if self.fault is not None and self.answer is None:
            lines.append(
                Line("f leads to the fields; backspace there takes back what was typed into one.", "soft", "  ")
            )
        answer = self.answer
        if answer is not None:
            lines += told_lines(answer, self.part, self.FIELDS, self.values.from_scope())
        self.told.show(lines, self.heading(answer) if answer is not None else "What follows")

    def _said_under(self, fault: tuple[str, GenaiError]) -> bool:
        """Whether an error is one of a field, and can be read whole under it."""
        key, error = fault
        return bool(key) and len(error_said(error, self.FIELDS)) + 16 < self.page.size.width

    def heading(self, answer: Answer) -> str:
        """The figure with its range, and whether it fits."""
        fits, signs = answer.told.more.get("fits"), self.page.host.look.signs
        verdict = "" if fits is None else f" {signs['done']} fits" if fits else f" {signs['failed']} does not fit"
        return f"{total_line(answer.told.estimate)}{verdict}"

    @property
    def part(self) -> Part | None:
        """The part that is chosen."""
        parts = self.answer.parts if self.answer is not None else ()
        return parts[self.bars.chosen] if self.bars.chosen < len(parts) else None

    # Keys

    def keys(self) -> Sequence[Key]:
        """What can be done where the keys go."""
        if self.page.focused is self.form:
            return (Key("↑↓", "field"), Key("←→", "value"), Key("enter", "type"), Key("tab", "figures"))
        if self.page.focused is self.told:
            return (Key("↑↓", "scroll"), Key("f", "fields"), Key("y", "command"))
        return (Key("f", "fields"), Key("↑↓", "part"), Key("enter", "how"), Key("y", "command"), Key("←→", "tab"))

    def do_fields(self) -> None:
        """Go to the fields."""
        self.page.set_focus(self.form)

    def do_clear(self) -> None:
        """Forget what was typed on this tab."""
        for each in self.FIELDS:
            self.page.host.typed.keep(DRAFTS, self.values.kept_as(each.key), "")
        self.ask()

    def on_estimate_form_changed(self, event: EstimateForm.Changed) -> None:
        """It counts at once, and is kept."""
        self._type(event.key, event.text)

    def _type(self, key: str, text: str) -> None:
        self.page.host.typed.keep(DRAFTS, self.values.kept_as(key), text)
        self.ask()

    def on_estimate_form_stepped(self, event: EstimateForm.Stepped) -> None:
        """The known value beside it."""
        resolved = ""
        if self.answer is not None:
            gpu = self.answer.asked.hardware.accelerator.id
            resolved = gpu if event.key == "gpu" else self.answer.shown.get(event.key, "")
        self._type(event.key, self.values.beside(event.key, event.by, resolved))

    def on_estimate_form_opened(self) -> None:
        """The key esc in the box leads back to the fields."""
        self.page.before_box = self.form

    def on_estimate_form_left(self) -> None:
        """Down from the fields."""
        self.page.set_focus(self.bars)

    def on_bars_left(self) -> None:
        """Up from the bars."""
        self.page.set_focus(self.form)

    def on_bars_moved(self) -> None:
        """Tell of another part."""
        self._tell()

    def on_bars_chosen(self) -> None:
        """How the part comes about: formula, inputs, source, what is assumed."""
        from genai_tui.screens.how import How

        answer, part = self.answer, self.part
        if answer is None or part is None:
            return
        given = " · ".join(f"{cell.name} {cell.shown}" for cell in self.form.cells if cell.shown)
        said = how_it_comes(answer, part, self.FIELDS, given)
        self.page.app.push_screen(How(f"How {part.name} comes about", said, stage=2, command=self.command()))

    # The command

    def command(self) -> str:
        """The command that gives the same."""
        return shlex.join(["genai-tui", "estimate", self.command_name, *self._words()])

    @property
    def command_name(self) -> str:
        """Which of the commands it is."""
        return self.NAME

    def _words(self) -> Iterator[str]:
        texts = self.values.texts()
        yield from model_words(texts["model"])
        if self.answer is not None:
            on = self.answer.asked.hardware
            if not on.said.endswith(HERE):
                yield from ("--gpu", on.accelerator.id)
            if on.accelerator.id != "cpu":
                yield from ("--gpus", str(on.gpus))
        for each in self.fields_of_command():
            if each.option and not (self.fault is not None and self.fault[0] == each.key):
                yield from each.words(texts[each.key])

    def fields_of_command(self) -> Iterator[Field]:
        """The fields that the command has options for."""
        return iter(self.FIELDS)

    def copied(self) -> str:
        """What is told, where the keys go to it."""
        return self.told.plain_text() if self.page.focused is self.told else ""


def _spaced(text: str) -> str:
    """A whole number as people read it."""
    return f"{int(text):,}" if text.isascii() and text.isdigit() and len(text) < 16 else text
