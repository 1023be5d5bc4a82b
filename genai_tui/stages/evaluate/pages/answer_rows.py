"""Answers of a run as a list: what was expected, what was read out of the answer, what was asked."""

import json
from array import array
from collections.abc import Sequence
from typing import Any

from genai_tui.answering.render import answer_text
from genai_tui.stages.evaluate.pages.expected import stored_said
from genai_tui.store.reader import Reader
from genai_tui.store.results import (
    Answer,
    Order,
    Wish,
    answers_count,
    answers_with,
    earlier_answers_of_run,
    page_answers_of_run,
)
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import ColumnTable
from genai_tui.widgets.look import Role
from genai_tui.widgets.pages import ListPages, Pages, StorePages

EXPECTED, GOT = 16, 22  # columns, at most
SIGNS: dict[str, tuple[str, Role]] = {
    "failed": ("attention", "bad"), "right": ("done", "good"), "wrong": ("failed", "bad"),
    "not judged": ("empty", "soft"),
}  # fmt: skip


class IdPages:
    """Answers whose ids are known: any order, read page by page."""

    def __init__(self, reader: Reader, scorer: str, ids: "Sequence[int] | array[int]") -> None:
        self._reader, self._scorer, self._ids = reader, scorer, ids

    def count(self) -> int:
        """How many there are."""
        return len(self._ids)

    def after(self, key: Any, limit: int) -> Sequence[Answer]:
        """Those after a place."""
        start = 0 if key is None else key + 1
        return answers_with(self._reader, self._scorer, list(self._ids[start : start + limit]), start)

    def before(self, key: Any, limit: int) -> Sequence[Answer]:
        """Those before a place."""
        end = len(self._ids) if key is None else key
        start = max(0, end - limit)
        return answers_with(self._reader, self._scorer, list(self._ids[start:end]), start)

    def key_of(self, row: Answer) -> int:
        """Its place in the list."""
        return row.place


def pages_by_key(reader: Reader, run: int, scorer: str, count: int | None, *, latest: bool) -> Pages[Answer]:
    """Answers in the order they came, or the latest first, by key; `count` where it is known already."""

    def later(key: int | None, limit: int) -> list[Answer]:
        return page_answers_of_run(reader, run, scorer, key, limit)

    def earlier(key: int | None, limit: int) -> list[Answer]:
        return earlier_answers_of_run(reader, run, scorer, key, limit)

    def counted() -> int:
        return answers_count(reader, run) if count is None else count

    if not latest:
        return StorePages(counted, later, lambda row: row.id, earlier)
    return StorePages(
        counted,
        lambda key, limit: earlier(key, limit)[::-1],
        lambda row: row.id,
        lambda key, limit: later(key, limit)[::-1],
    )


class AnswerTable(ColumnTable[Answer]):
    """Rows of answers. `order` says which number stands at the right."""

    def __init__(self, title: str, *, id: str, empty: Sequence[str] = (), always_lit: bool = False) -> None:  # noqa: A002
        super().__init__(
            title, ListPages([]), self._draw_answer, empty=empty, spoken=spoken, always_lit=always_lit, id=id
        )
        self.order: Order = "asked"
        self._shown: tuple[int, str] = (0, "")  # the run and the scorer
        self.shares = True  # whether the scorer says right or wrong, and no more

    def show_answers(self, reader: Reader, ids: "Sequence[int] | array[int]", run: int, scorer: str) -> None:
        """Show the answers with these ids; of the same run the cursor stays on its answer, or at the top."""
        same, self._shown = (run, scorer) == self._shown, (run, scorer)
        chosen = self.row.id if self.row is not None and same and self.position else None
        at = self.position if same else 0
        if chosen is not None:
            at = next((place for place, each in enumerate(ids) if each == chosen), at)
        self.replace(IdPages(reader, scorer, ids), at)

    def say_empty(self, why: Sequence[str]) -> None:
        """Say something else where no answer stands."""
        if not self.count and tuple(why) != tuple(self.empty):
            self.empty = tuple(why)
            self.repaint()

    def say_nothing(self, why: Sequence[str]) -> None:
        """Show no answer, and say why there is none."""
        self.empty, self._shown = tuple(why), (0, "")
        self.replace(ListPages([]), 0)

    def paint(self, canvas: Canvas) -> None:
        """Name the columns in the heading."""
        super().paint(canvas)
        expected, got = widths(canvas.width - 2)
        at = 4 + expected + 1
        if self.count and at + got + 20 < canvas.width and len(self.title) + 6 < at:
            canvas.put(at - 1, 0, " got ", "head")
            canvas.put(at + got, 0, " asked ", "head")

    def _draw_answer(self, canvas: Canvas, x: int, y: int, width: int, row: Answer) -> None:
        sign, role = SIGNS[_verdict(row)]
        canvas.put(x, y, canvas.look.signs[sign], role)
        expected, got = widths(width)
        end = x + width
        if said := beside(row, self.order):
            end = canvas.right(end - 1, y, said, "soft") - 1
        elif not self.shares and row.value is not None:
            end = canvas.right(end - 1, y, f"{row.value:.3g}", "soft") - 1
        if row.repeat:
            end = canvas.right(end - 1, y, f"repeat {row.repeat + 1}", "soft") - 1
        canvas.put(x + 2, y, expected_text(row) or "–", "text", expected)
        at = x + 3 + expected
        if row.error is not None:
            canvas.put(at, y, one_line(row.error), "bad", end - at)
            return
        canvas.put(at, y, one_line(row.got) or "(nothing)", "text" if row.right else "strong", got)
        canvas.put(at + got + 1, y, asked_text(row), "soft", end - at - got - 1)


def widths(width: int) -> tuple[int, int]:
    """Columns of what was expected, and of what was got."""
    return min(EXPECTED, max(8, width // 6)), min(GOT, max(10, width // 4))


def beside(row: Answer, order: Order) -> str:
    """The number that an order is by."""
    if order == "slowest" and row.latency_s is not None:
        return f"{row.latency_s * 1000:,.0f} ms"
    if order == "dearest" and row.cost_usd is not None:
        return f"${row.cost_usd:.3g}"
    if order == "longest":
        return f"{row.output_tokens:,} tok" if row.output_tokens is not None else ""
    return ""


def expected_text(row: Answer) -> str:
    """The expected answer on one line."""
    return one_line(stored_said(row.expected)) if row.expected is not None else ""


def asked_text(row: Answer) -> str:
    """The inputs on one line: one alone by itself."""
    try:
        values = json.loads(row.inputs)
    except ValueError:  # cut: its beginning, without the name of the first input
        return one_line(row.inputs.partition('":')[2].lstrip('" '))
    if isinstance(values, dict) and len(values) == 1:
        return one_line(answer_text(next(iter(values.values()))))
    return one_line(row.inputs)


def _verdict(row: Answer) -> str:
    if row.error is not None:
        return "failed"
    return "right" if row.right else "wrong" if row.judged else "not judged"


def spoken(row: Answer) -> str:
    """A row, for who listens."""
    verdict = _verdict(row)
    again = f", repeat {row.repeat + 1}" if row.repeat else ""
    return f"{verdict}{again}: expected {expected_text(row)}, got {one_line(row.got)}. {asked_text(row)}"


def title_of(wish: Wish) -> str:
    """What is shown, in words: `wrong answers, worst first`."""
    by = {"asked": "", "expected": ", by expected"}.get(wish.order, f", {wish.order} first")
    return what_of(wish) + by + (f" /{wish.words}" if wish.words else "")


def none_of(wish: Wish, run: int) -> tuple[str, ...]:
    """Why none is shown, and what shows others: `Run 3 has no wrong answers.`"""
    if wish == Wish(order=wish.order):
        return (f"Run {run} has no answer yet: they stand here as they come.",)
    words = f" with “{one_line(wish.words)[:24]}”" if wish.words else ""
    what = what_of(wish).removeprefix("all ")
    return (f"Run {run} has no {what}{words}.", "esc shows all its answers, w turns to wrong, right and failed ones.")


def what_of(wish: Wish) -> str:
    """Which answers: `wrong answers, expected billing`."""
    what = {"all": "all answers", "wrong": "wrong answers", "right": "right answers", "failed": "failed requests"}
    said = what[wish.show]
    if wish.expected is not None:
        said += f", expected {one_line(stored_said(wish.expected))[:24]}"
    if wish.got is not None:
        said += f", got {one_line(wish.got)[:24]}"
    if wish.tag is not None:
        said += f", tag {one_line(wish.tag)[:24]}"
    if wish.length is not None:
        said += f", inputs up to {wish.length:,} characters" if wish.length else ", the longest inputs"
    return said
