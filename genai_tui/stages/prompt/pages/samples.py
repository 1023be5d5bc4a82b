"""One column asked again and again: the distinct answers with their share, and how each differs from the commonest."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.records.expected import is_right
from genai_tui.records.generations import Failure, Generation
from genai_tui.screens.acts import Act, bindings
from genai_tui.stages.prompt.asking import ask_all
from genai_tui.stages.prompt.diff import Line
from genai_tui.stages.prompt.pages.beside import Beside
from genai_tui.stages.prompt.pages.difference import difference_line
from genai_tui.stages.prompt.samples import AT_ONCE, Agreement, agreement
from genai_tui.stages.prompt.sheet import Column, Sheet
from genai_tui.stages.prompt.trying import Inputs
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import Marked, MarkedText, Words, plain_lines
from genai_tui.widgets.pages import ListPages

if TYPE_CHECKING:
    from genai_tui.answering.together import Together
    from genai_tui.project import Project

AT_FIRST = 5  # samples asked for when the page opens, and by each `+`
MOST = 200
PAINT_EVERY_S = 0.25  # while answers come
BAR = 10  # cells of a bar
BAR_FROM, SHARE_FROM = 36, 26  # columns of the list from which it has the bar, and the share as a number
NAMES = 13  # cells for the names of what was asked
LONGEST_SHOWN = 20_000  # characters of one answer
STOPPED = Failure("Stopped; what came is kept.")


class SampleRow(NamedTuple):
    """A distinct answer, one that still comes (`times` 0), or a failure; `generations` are its tries."""

    text: str
    times: int = 0
    share: float = 0.0
    lines: tuple[Line, ...] = ()
    generations: tuple[int, ...] = ()
    failure: Failure | None = None
    place: int = -1


class Samples(Beside[SampleRow]):
    """Asks at once. `on_open` is given a try to open; `command` is the `prompt run` of one sample."""

    WHERE = "samples"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (Act("samples.more", "plus,t", "more", f"ask for {AT_FIRST} more", "+ or t"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("+", f"{AT_FIRST} more"), Key("enter", "open the try"), Key("^c", "stop"), Key("tab", "next part"),
        Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self,
        project: "Project",
        sheet: Sheet,
        column: Column,
        inputs: Inputs,
        *,
        on_open: Callable[[Generation], None],
        expected: Any = None,
        extra: Mapping[str, Any] | None = None,
        command: str = "",
        number: int = AT_FIRST,
    ) -> None:
        super().__init__()
        self.project, self.sheet, self.column, self.inputs = project, sheet, column, inputs
        self.on_open, self.expected, self.extra, self._command = on_open, expected, extra, command
        self.number, self.asked = number, 0
        self.coming: dict[int, str] = {}
        self.came: list[Generation] = []
        self.answers: Together | None = None
        self._timer: Timer | None = None

    def body(self) -> Sequence[Widget]:
        """The distinct answers, and the chosen one."""
        table: LineTable[SampleRow] = LineTable(
            "Samples", ListPages([]), self._draw, empty=("The answers come here.",), spoken=_spoken, always_lit=True,
            id="samples",
        )  # fmt: skip
        return self.lay(table, MarkedText("Answer", id="sample"))

    def on_mount(self) -> None:
        """Ask at once."""
        super().on_mount()
        self._ask(self.number)

    def action_more(self) -> None:
        """Ask for some more."""
        if self.answers is not None:
            self.say("Samples are still coming; ^c stops them.")
        elif self.asked >= MOST:
            self.say(f"{MOST} samples are enough for a look; an evaluation repeats rows as often as it is told.")
        else:
            self._ask(AT_FIRST)

    def _ask(self, number: int) -> None:
        first, self.asked = self.asked, self.asked + number
        self.coming = dict.fromkeys(range(number), "")
        self.run_worker(self._work(range(first, first + number)), group="samples", exclusive=True, exit_on_error=False)

    async def _work(self, repeats: range) -> None:
        """Ask, and take in what comes; the list is drawn a few times a second."""
        self._timer = self.set_interval(PAINT_EVERY_S, self._show_coming)
        try:
            asking = await self.host.asking()
            questions = [(self.column, repeat) for repeat in repeats]
            self.answers = ask_all(
                self.project, self.sheet, self.inputs, asking=asking, questions=questions, extra=self.extra,
                at_once=AT_ONCE,
            )  # fmt: skip
            async for came in self.answers:  # cancelled while it waits for the next, it stops all and keeps what came
                if came.ended:
                    self.coming.pop(came.place, None)
                    self.came += [came.generation] if came.generation is not None else []
                    if came.error is not None:
                        self.say(str(came.error), "bad")
                elif came.place in self.coming:
                    self.coming[came.place] += came.text
        except GenaiError as error:
            self.say(str(error), "bad")
        finally:
            self._timer.stop()
            self.answers, self.coming = None, {}
        await self._list()
        self.host.look_again()

    def stop_work(self) -> bool:
        """Stop all that still come; what came of them is kept."""
        if self.answers is None:
            return False
        self.answers.cancel()
        self.say("Stopped; what came is kept.")
        return True

    async def _show_coming(self) -> None:
        await self._list()

    async def _list(self) -> None:
        said = await asyncio.to_thread(agreement, tuple(self.came))
        rows = [SampleRow(d.text, d.times, d.share, d.lines, d.generations) for d in said.distinct]
        rows += [SampleRow(text, place=place) for place, text in self.coming.items()]
        rows += list(_failures(self.came))
        title = self._title(said)
        if title != self.table.title or rows != self.table.near(MOST):
            self.table.title = title
            self.table.replace(ListPages(rows))
            self.fold(self.size or self.app.size)
            self._show()

    def _title(self, said: Agreement) -> str:
        parts = [f"{said.answered} of {self.asked} answered"]
        if len(said.distinct) == 1 and said.answered > 1:
            parts.append("all the same")
        elif said.distinct:
            parts.append(f"{len(said.distinct)} different")
        return " · ".join(parts)

    def _temperature(self) -> float | None:
        value = {**self.sheet.parameters, **self.column.parameters}.get("temperature")
        return float(value) if isinstance(value, (int, float)) else None

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show the whole of another one."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open the try that gave this answer first."""
        if event.row.generations:
            self.run_worker(self._open(event.row.generations[0]), group="open", exclusive=True, exit_on_error=False)

    async def _open(self, number: int) -> None:
        from genai_tui.store.generations import find_generation

        if self.answers is not None:
            self.say("Samples are still coming; ^c stops them.")
            return
        whole = await asyncio.to_thread(find_generation, self.project.reader, number)
        if self.app.screen is self:
            self.app.pop_screen()
            self.on_open(whole)

    def _show(self) -> None:
        row = self.table.row
        if row is not None:
            self.detail.show(self._lines(row), self._heading(row))

    def _heading(self, row: SampleRow) -> str:
        if row.failure is not None or not row.times:
            return "Not answered" if row.failure is not None else f"Sample {row.place + 1}, coming"
        against = "" if self.table.position == 0 else " · against the commonest"
        return f"{row.times} of {len(self.came)}{against}"

    def _lines(self, row: SampleRow) -> Iterator[Marked]:
        if row.failure is not None:
            yield Marked((Words(row.failure.what, "strong"),), "✘ ", "bad")
            said = "\n".join(text for text in (row.failure.why, row.failure.do) if text)
            yield from plain_lines(said, "text", "  ")
        elif any(line.kind != "same" for line in row.lines):
            yield from (difference_line(line, self.host.look) for line in row.lines)
        else:
            yield from plain_lines(row.text[:LONGEST_SHOWN] or "(nothing)")
            if len(row.text) > LONGEST_SHOWN:
                yield Marked((Words(f"… {len(row.text) - LONGEST_SHOWN:,} more characters", "soft"),))
        yield Marked(())
        if row.generations:
            yield _named("tries", ", ".join(f"#{number}" for number in row.generations[:10]))
        if self.expected is not None:
            yield _named("expected", one_line(answer_text(self.expected)[:400]))
        for name, value in self.inputs.values.items():
            yield _named(name, one_line(str(value)[:400]))
        if self._temperature() == 0:
            yield _named("temperature", "0: samples differ little or not at all; o in the playground sets it")

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: SampleRow) -> None:
        signs = canvas.look.signs
        if row.failure is not None:
            canvas.put(x, y, signs["attention"], "bad")
            canvas.put(x + 2, y, one_line(row.failure.what), "bad", width - 3)
            return
        if not row.times:
            canvas.put(x, y, signs["job"], "soft")
            canvas.put(x + 2, y, one_line(row.text[-400:]) or "waiting", "soft", width - 3)
            return
        if self.expected is not None:
            right = is_right(row.text, self.expected)
            canvas.put(x, y, signs["done" if right else "failed"], "good" if right else "bad")
        said = f"{row.times:>4}× {row.share:>4.0%}" if width >= SHARE_FROM else f"{row.times}×"
        end = canvas.right(x + width - 1, y, said, "text") - 1
        if width >= BAR_FROM:
            end -= BAR
            canvas.fill(end, y, BAR, "░", "track")
            canvas.fill(end, y, round(row.share * BAR), "▓", "text")
            end -= 1
        canvas.put(x + 2, y, one_line(row.text[:400]) or "(nothing)", "strong", end - x - 2)

    def command(self) -> str:
        """The command that asks as often."""
        return f"{self._command} --samples {self.asked}" if self._command else ""

    def help_lines(self) -> Sequence[str]:
        """What is counted."""
        return (
            "The same question asked several times. Answers that are the same but for blank space at their ends are "
            "one row, with how often it came; of the others, words that the commonest does not have are marked with "
            "+, and what they lack with -. Each is kept as a try. With a temperature of 0 they differ little or not "
            "at all.",
        )


def _named(name: str, text: str) -> Marked:
    return Marked((Words(text, "soft"),), f"{one_line(name[:40]):<{NAMES}}", "head")


def _failures(came: Sequence[Generation]) -> Iterator[SampleRow]:
    """The answers that failed or were stopped, one row for each reason."""
    reasons: dict[Failure, list[int]] = {}
    for each in came:
        if each.error is not None or each.finish_reason == "cancelled":
            reasons.setdefault(each.error or STOPPED, []).append(each.id)
    for failure, numbers in reasons.items():
        yield SampleRow("", len(numbers), 0.0, (), tuple(numbers), failure)


def _spoken(row: SampleRow) -> str:
    if row.failure is not None:
        return row.failure.what
    return f"{row.times} times: {one_line(row.text[:400])}" if row.times else "coming"
