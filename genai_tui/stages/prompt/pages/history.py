"""Every try, the newest first: found by a line of words, seen whole beside the list, opened again as it was."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key as KeyPress
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.expected import is_right
from genai_tui.records.generations import Generation
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.lists import try_pages
from genai_tui.stages.prompt.history import Search, as_words, parse_filter, when
from genai_tui.stages.prompt.pages.beside import Beside
from genai_tui.stages.prompt.pages.try_text import Row, try_lines
from genai_tui.store.facts import expected_of
from genai_tui.untrusted import one_line
from genai_tui.widgets.answer_signs import SIGNS_OF, legend, state_of
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.marked_text import MarkedText, plain_lines
from genai_tui.widgets.pages import ListPages, Pages

if TYPE_CHECKING:
    from genai_tui.project import Project

FOUND_AT_ONCE = 200  # hits after which the search waits to be sent further back
SEARCHES_S = 2.0  # seconds after which it waits, too
TYPING_RESTS_S = 0.05
MODEL_FROM = 64  # columns of the list from which it names the model
SYNTAX = (
    "v4            a version",
    "m:smol        a model, or a part of its name",
    "2026-11-28    a day; 2026-11 a month; 2026-11-01.. since then",
    "right         how it ended; also wrong, failed, stopped, cut",
    "other words   are looked for in answers and inputs",
)
NO_TRIES = (
    "No try yet. Every answer that is asked for in the playground, or by", "genai-tui prompt run V",
    "is kept from the moment it was complete or stopped, and found again here.",
)  # fmt: skip


class FindLine(LineEdit):
    """The line of words; `?` in it while it is empty tells what can be asked for."""

    async def on_key(self, event: KeyPress) -> None:  # type: ignore[override]
        """Help, or a letter."""
        if event.character == "?" and not self.value:
            event.stop()
            event.prevent_default()
            await self.app.run_action("app.help")


class History(Beside[Generation]):
    """`on_open` is given the try to open again, whole."""

    WHERE = "history"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("history.find", "slash", "find", "say which tries: words, v4, m:model, a date", "/"),
        Act("history.further", "m", "further", "search further back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTS), Binding("down", "into_list", show=False)]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "open it again"), Key("/", "find"), Key("m", "further back"), Key("tab", "next part"),
        Key("esc", "back"),
    )  # fmt: skip
    BOX_KEYS: ClassVar[tuple[Key, ...]] = (Key("enter or ↓", "into the list"), Key("esc", "leave; the words stay"))

    def __init__(self, project: "Project", *, on_open: Callable[[Generation], None], words: str = "") -> None:
        super().__init__()
        self.project, self.on_open, self.words = project, on_open, words
        self.found: list[Generation] = []
        self.search: Search | None = None
        self._expected: dict[int, object] = {}

    def body(self) -> Sequence[Widget]:
        """The line of words, the list, the chosen try."""
        self.box = FindLine(
            " find ▸ ", self.words, hint="words   v4   m:model   2026-11-28   wrong   failed   ? help", id="find"
        )
        tries: LineTable[Generation] = LineTable(
            "Tries", try_pages(self.project), self._draw, empty=NO_TRIES, spoken=_spoken, always_lit=True, id="tries"
        )
        detail = MarkedText("Try", empty=("What was sent and what came stands here.",), id="try")
        return self.lay(tries, detail, self.box)

    def on_mount(self) -> None:
        """The latest try is chosen."""
        super().on_mount()
        self.before_box = self.table
        if self.words:
            self._look_for(self.words)
        self._show(rest=False)

    def show_board(self, board: Board | None) -> None:
        """There may be new tries; a search that was made stays as it is."""
        super().show_board(board)
        if self.is_mounted and self.search is None and self.table.position == 0:
            self.table.replace(try_pages(self.project))
            self._show(rest=False)

    def action_find(self) -> None:
        """Go to the line of words: typing takes the place of what stands there."""
        self.box.set_value(self.box.value, picked=True)
        self.box.focus()

    def action_into_list(self) -> None:
        """From the line of words into the list."""
        if self.focused is self.box:
            self.table.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Into the list."""
        self.table.focus()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Search while typing."""
        self._look_for(event.value)

    def _look_for(self, words: str) -> None:
        self.words = words
        if not words.strip():
            self.workers.cancel_group(self, "search")
            self.search = None
            self._list("Tries", try_pages(self.project), 0)
            return
        endpoints = ("embedded", *self.project.settings.endpoints)
        self.search, self.found = Search(self.project.reader, parse_filter(words, endpoints)), []
        self.run_worker(self._search(self.search, TYPING_RESTS_S), group="search", exclusive=True, exit_on_error=False)

    def action_further(self) -> None:
        """Search on from where it waited."""
        if self.search is None:
            self.say("All tries are here already; / says which of them to find.")
        elif self.search.ended:
            self.say("There is nothing older.")
        else:
            self.run_worker(self._search(self.search), group="search", exclusive=True, exit_on_error=False)

    async def _search(self, search: Search, rest: float = 0.0) -> None:
        """Search until there is a pageful more, or it has taken long enough; each step in a thread."""
        if rest:
            await asyncio.sleep(rest)
        until, enough = time.monotonic() + SEARCHES_S, len(self.found) + FOUND_AT_ONCE
        try:
            while True:
                hits = await asyncio.to_thread(search.step, max(1, enough - len(self.found)))
                self.found += hits
                waits = search.ended or len(self.found) >= enough or time.monotonic() > until
                self._tell(search, len(hits), waits=waits)
                if waits:
                    return
        except GenaiError as error:
            self.say(str(error), "bad")

    def _tell(self, search: Search, hits: int, *, waits: bool) -> None:
        count = f"{len(self.found):,} found"
        if search.ended:
            title = f"{count} of all tries"
        elif search.back_to is not None:
            title = f"{count}, searched back to {search.back_to.created[:10]}" + (" · m further" if waits else " …")
        if hits or waits:
            self._list(title, ListPages(self.found), 0 if hits == len(self.found) else None)
        else:
            self.table.title = title
            self.table.repaint()

    def _list(self, title: str, pages: Pages[Generation], position: int | None) -> None:
        self.table.title = title
        self.table.empty = NO_TRIES if self.search is None else ("Nothing fits.",)
        self.table.replace(pages, position)
        self.fold(self.size or self.app.size)
        self._show()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show another try, once the cursor rests."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Open it again."""
        self.run_worker(self._open(event.row), group="detail", exclusive=True, exit_on_error=False)

    async def _open(self, each: Generation) -> None:
        whole = await asyncio.to_thread(self._whole, each)
        if whole is not None and self.app.screen is self:
            self.app.pop_screen()
            self.on_open(whole)

    def _show(self, *, rest: bool = True) -> None:
        self.when_rested(self._read, rest=rest)

    async def _read(self) -> None:
        each = self.table.row
        if each is None:
            lines = plain_lines("\n".join(SYNTAX)) if self.search is not None else ()
            self.detail.show(lines, "What can be asked for" if lines else "Try")
            return
        whole = await asyncio.to_thread(self._whole, each)
        if whole is not None:
            row = await asyncio.to_thread(self._row, whole)
            version = f" · v{whole.prompt}" if whole.prompt else ""
            lines = try_lines(whole, self.host.look.signs, row, self._right(whole))
            self.detail.show(lines, f"#{whole.id}{version} · {when(whole.created)}")

    def _whole(self, each: Generation) -> Generation | None:
        from genai_tui.store.generations import find_generation

        try:
            return find_generation(self.project.reader, each.id)
        except GenaiError as error:
            self.app.call_from_thread(self.say, str(error), "bad")
            return None

    def _row(self, each: Generation) -> Row | None:
        """What it was asked of; None: variables that were typed."""
        from genai_tui.stages.prompt.rows import row_of_try

        if each.example is None:
            return None
        return Row(row_of_try(self.project, each), expected_of(self.project.reader, each.example))

    def _right(self, each: Generation) -> bool | None:
        """Whether it gave the answer that is expected of its row; None where none is, or it is not whole."""
        if each.example is None or each.error is not None or each.finish_reason == "cancelled":
            return None
        if each.example not in self._expected:
            self._expected[each.example] = expected_of(self.project.reader, each.example)
        expected = self._expected[each.example]
        return None if expected is None else is_right(each.text, expected)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, each: Generation) -> None:
        sign, role = verdict(each, self._right(each))
        canvas.put(x, y, canvas.look.signs[sign], role)
        at = canvas.put(x + 2, y, f"v{each.prompt}" if each.prompt else "–", "strong", 6)
        end = canvas.right(x + width - 1, y, f"{when(each.created):>11}", "soft") - 1
        if width >= MODEL_FROM:
            end = canvas.right(end, y, f"{each.model_id.rpartition('/')[2][:20]:<20}", "soft") - 1
        at = max(at + 1, x + 6)
        if each.error is not None:
            canvas.put(at, y, one_line(each.error.what), "bad", end - at)
        else:
            canvas.put(at, y, one_line(each.text[:400]) or "(nothing)", "text", end - at)

    def command(self) -> str:
        """The same search as a command."""
        return f"genai-tui prompt history {as_words(self.box.value)}".rstrip()

    def help_lines(self) -> Sequence[str]:
        """What can be asked for."""
        return (
            "Every try is kept as it was; enter opens it again in the playground, with its row: there A takes its "
            "answer as the expected one, and D puts the row with the right answer into train. / says which are listed: "
            "v4 a version, m:smol or endpoint/model a model, 2026-11-28 or 2026-11 a day or month (2026-11-01.. "
            "since then), right, wrong, failed, stopped, cut how it ended; all other words are looked for in answers "
            'and inputs, "several words" as they stand.',
            "Text is searched for step by step, the newest first; m goes on where it waited.",
            f"Signs of tries: {', '.join(legend(self.host.look.signs))}.",
        )


def verdict(each: Generation, right: bool | None) -> tuple[str, Role]:
    """The sign of a try, and its role."""
    sign, role, _ = SIGNS_OF[state_of(each, right)]
    return sign, role


def _spoken(each: Generation) -> str:
    return f"try {each.id}, version {each.prompt}, {each.model}, {when(each.created)}: {one_line(each.text[:400])}"
