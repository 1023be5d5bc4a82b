"""Examples: the answers of one run, what is wrong first; in groups; one of them whole."""

import asyncio
from array import array
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.pages.answer_rows import AnswerTable, none_of, pages_by_key, title_of
from genai_tui.stages.evaluate.pages.following import Following
from genai_tui.stages.evaluate.pages.grouping import FEW, Grouping
from genai_tui.stages.evaluate.pages.groups import SHORT
from genai_tui.stages.evaluate.pages.rows import RunRows
from genai_tui.stages.evaluate.pages.whole import answer_lines, whole_answer
from genai_tui.stages.evaluate.pages.working import Reading, begin
from genai_tui.store.results import ORDERS, SHOWS, Answer, Wish, ids_of
from genai_tui.store.runs import find_run, page_runs
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import MarkedText

RESTS_S = 0.08
EMPTY = (
    "No answers yet. Each row of a run stands here: what was expected, what came, "
    "and what it was read as; what is wrong first. Press a to measure a candidate.",
)  # fmt: skip


class Examples(Grouping):
    """The list with the chosen one beside or below it; groups lie over the list."""

    BESIDE = 0.56
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "open"), Key("w", "which"), Key("o", "order"), Key("t", "groups"), Key("/", "find"),
        Key("L", "label"), Key("f", "to dataset"), Key("p", "playground"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.table = AnswerTable("Examples", id="examples", empty=EMPTY, always_lit=True)
        self.detail = MarkedText("Answer", empty=("What was answered stands here.",), id="answer")
        super().__init__(self.table, self.detail, id="tab-examples")
        self._state = ""
        self._following = Following(self, self._list_again)

    def wants(self) -> Sequence[Want]:
        """The list above the chosen answer."""
        return (Want(5, 10, 3), Want(5, 9, 2))

    def fold(self, size: object) -> None:
        """Groups take the place of the list while they are looked at."""
        super().fold(size)  # type: ignore[arg-type]
        self.groups.display = self.groups.kind is not None
        if self.groups.kind is not None:
            self.groups.styles.height = "1fr"
            self.groups.styles.width = "1fr"
            self.table.display = self.detail.display = self.divider.display = False

    def show_rows(self) -> None:
        """The answers of the chosen run; the same run stays as it is shown."""
        reader = self.project.reader
        number = self.page.run_chosen
        if number is None:
            newest = page_runs(reader, None, 1)
            number = newest[0].id if newest else None
        if number is None:
            return
        try:
            run = find_run(reader, number)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        state = f"{run.id} {run.ended} {run.scorers} {run.state}"
        if run.state == "running":  # it grows while one looks, which is followed
            state = f"{run.id} running"
        if state == self._state:
            self._show()  # somebody may have labelled it
            return
        another = self.run is None or run.id != self.run.id
        self.run, self._state, self.page.run_chosen = run, state, run.id
        self.title = RunRows(self.project).row(run).title
        if another:
            self.groups.kind = None
            self.wish = Wish("all", "worst" if run.n <= FEW else "asked")
        if another or run.n > FEW:
            self.take(self.wish, stay=not another)
        else:
            begin(self.page, partial(self._again, run), "again")

    def show_progress(self) -> None:
        """A run got on: its answers are listed as they come, where there are not too many."""
        if self.run is not None and self.run.n <= FEW:
            self._following.follow(self.run)

    async def _again(self, run: Run) -> None:
        await self._list_again(run)

    async def _list_again(self, run: Run) -> bool:
        wish, reader = self.wish, self.project.reader
        ids = await asyncio.to_thread(ids_of, reader, run.id, run.scorers[0], wish)
        if self.run is None or self.run.id != run.id:
            return False
        if self.reading is None and self.wish == wish and self.groups.kind is None:
            before = self.table.row
            self.table.title, self.table.empty = f"{self.title}: {title_of(wish)}", none_of(wish, run.id)
            self.table.show_answers(reader, ids, run.id, self.scorer)
            if before is None or self.table.row is None or self.table.row.id != before.id:
                self._show()
                self.page.draw_keys()
        return True

    def take(self, wish: Wish, *, stay: bool = False) -> None:
        """Show other answers, or in another order: by key at once, else as soon as they are read.

        The cursor goes to the first of them, or, of the same ones read again, does `stay` on its answer.
        """
        run = self.run
        if run is None:
            return
        self.wish, self.table.order = wish, wish.order
        self.cancel()
        if wish.by_key:
            self.table.empty = none_of(wish, run.id)
            self.table.title = f"{self.title}: {title_of(wish)}"
            latest = wish.order == "latest"
            self.table.replace(pages_by_key(self.project.reader, run.id, self.scorer, self._count(), latest=latest), 0)
            self._show(rest=False)
            return
        self.reading = Reading()
        begin(self.page, partial(self._read, run, wish, self.reading, stay), "read")

    def _count(self) -> int | None:
        """How many answers there are, where that is known without counting them."""
        assert self.run is not None
        now = self.page.progress.get(self.run.id)
        if now is not None:
            return now.done
        return self.run.result.n if self.run.result is not None else None

    async def _read(self, run: Run, wish: Wish, reading: Reading, stay: bool) -> None:
        reads = asyncio.to_thread(ids_of, self.project.reader, run.id, self.scorer, wish, reading.told)
        ids = await self._told(reads, self.table, f"{self.title}: {title_of(wish)}", run.n, reading)
        if ids is not None:
            self._found(wish, ids, stay)

    def _found(self, wish: Wish, ids: "array[int]", stay: bool) -> None:
        self.table.title = f"{self.title}: {title_of(wish)}"
        self.table.empty = none_of(wish, self.run.id) if self.run is not None else EMPTY
        if not stay:
            self.table.position = 0
        self.table.show_answers(self.project.reader, ids, self.run.id if self.run else 0, self.scorer)
        self.page.draw_keys()
        self._show(rest=False)

    # Which, and in what order

    def turn_show(self) -> None:
        """All, wrong, right, failed."""
        shows = SHOWS
        self.take(self.wish._replace(show=shows[(shows.index(self.wish.show) + 1) % len(shows)]))

    def turn_order(self) -> None:
        """Another order."""
        self.take(self.wish._replace(order=ORDERS[(ORDERS.index(self.wish.order) + 1) % len(ORDERS)]))

    def find(self) -> None:
        """Those that hold some words."""
        self.page.ask(
            " answers with ▸ ", lambda typed: self.take(self.wish._replace(words=typed)), value=self.wish.words
        )

    def back(self) -> bool:
        """One step back: a long read, the groups, a choice; False where there is none."""
        stopped = self.cancel()
        if self.groups.kind is not None:
            self.leave_slices()
            if stopped:
                self.page.say("Reading was stopped; t groups again.", "note")
            return True
        if stopped:
            self.table.title = f"{self.title}: stopped"
            self.page.say("Reading was stopped; o and w read again.", "note")
            self.table.repaint()
            return True
        plain = Wish("all", self.wish.order)
        if self.wish != plain:
            self.take(plain)
            return True
        return False

    # What the parts tell

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show another one, once the cursor rests."""
        if event.table is self.table:
            self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open it."""
        if event.table is self.groups:
            self.open_slice(event.row)
        elif self.run is not None:
            self.page.open_answer(self.run, event.row)

    def _show(self, *, rest: bool = True) -> None:
        row = self.table.row
        if self.detail.display:
            begin(self.page, partial(self._detail, row, rest), "detail")

    async def _detail(self, row: Answer | None, rest: bool) -> None:
        if rest:
            await asyncio.sleep(RESTS_S)
        if row is None:
            self.detail.show((), "Answer")
            return
        try:
            whole = await asyncio.to_thread(whole_answer, self.project.reader, row.id)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.detail.show(answer_lines(whole), f"Answer to {whole.name}")

    def keys(self) -> Sequence[Key]:
        """What can be done now."""
        if self.groups.kind is not None:
            further = self.groups.following
            turn = Key("t", SHORT[further] if further is not None else "no groups")
            return (
                *((Key("enter", "its answers"),) if self.groups.count and self.groups.kind != "class" else ()),
                turn,
                Key("esc", "back"),
            )
        if self.run is None:
            return (Key("a", "measure"),)
        if not self.table.count:
            plain = self.wish == Wish(order=self.wish.order)
            return () if plain else (Key("esc", "all answers"), Key("w", "which"), Key("/", "find"))
        return self.KEYS

    def command(self) -> str:
        """What tells of this run."""
        return f"genai-tui eval show {self.run.id}" if self.run is not None else "genai-tui eval list"

    def copied(self) -> str:
        """The answer, where the keys go to it."""
        return self.detail.plain_text() if self.page.focused is self.detail else ""
