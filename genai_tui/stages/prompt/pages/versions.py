"""Every saved version, as a list or as a tree of parents; beside it what the chosen one sends, or how it differs."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.prompts import Prompt
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.stages.prompt.diff import difference
from genai_tui.stages.prompt.pages.difference import changed_parts, difference_lines
from genai_tui.stages.prompt.pages.keeping import Keeping
from genai_tui.stages.prompt.pages.version_list import (
    FoundVersions,
    TreePages,
    VersionPages,
    VersionRow,
    half_width,
    measured,
    often,
    right_of,
    said,
)
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.marked_text import Marked, MarkedText, Words, plain_lines
from genai_tui.widgets.prompt_text import prompt_parts

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.store.facts import Best
    from genai_tui.store.tries import Tried

NEAR = 40  # rows around the chosen one of which is asked how often they were tried
WIDE_FROM = 64  # columns of the list from which it says the parent, how many tries, and when a version was saved
NUMBER, SHOTS, PARENT, TRIED, DATE = 6, 10, 7, 18, 11  # cells of the columns, each with a blank after it
RIGHT_ONLY = 11  # cells of what came of measuring or trying it, where there is no room for more
MEASURED = 11  # cells of a score with its interval, and a blank before it
SHOTS_FROM, RIGHT_FROM = 38, 30  # columns of the list from which it says the examples, and what came of trying it
LONGEST_SHOWN = 20_000  # characters of one message; enter takes up all of it
NO_VERSIONS = (
    "No version is saved yet.", "", "In the playground ^s saves what stands there as a version;",
    "genai-tui prompt save FILE keeps one from a file.",
)  # fmt: skip


class Versions(Keeping):
    """`on_take` is given the version to go back to, `on_compare` two versions to ask side by side."""

    WHERE = "versions"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("versions.tree", "t", "tree", "as a tree of parents, or as a list"),
        Act("versions.difference", "d", "difference", "how it differs from the marked one, else from its parent"),
        Act("versions.compare", "c", "compare", "ask the marked one and this one side by side"),
        Act("versions.whole", "a", "whole", "of a difference what is the same, too"),
        *Keeping.KEEPING,
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "take up"), Key("d", "diff"), Key("space", "mark"), Key("c", "compare"),
        Key("t", "tree"), Key("N", "note"), Key("E", "export"), Key("I", "import"), Key("/", "find"),
        Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self,
        project: "Project",
        *,
        on_take: Callable[[Prompt], None],
        on_compare: Callable[[Prompt, Prompt], None],
        current: int | None = None,
    ) -> None:
        super().__init__()
        self.project, self.on_take, self.on_compare, self.current = project, on_take, on_compare, current
        self.marked: Prompt | None = None
        self.as_tree = self.differing = self.whole = False
        self.tried: dict[int, Tried] = {}
        self.measured: dict[int, Best] = {}
        self.lines_width = 0  # cells of the tree's lines

    def body(self) -> Sequence[Widget]:
        """The list, and the chosen version."""
        versions: LineTable[VersionRow] = LineTable(
            "Versions", self._pages(), self._draw, empty=NO_VERSIONS, spoken=_spoken, always_lit=True,
            filtered=self._pages, id="versions",
        )  # fmt: skip
        return self.lay(versions, MarkedText("Version", empty=("What a version sends stands here.",), id="version"))

    def on_mount(self) -> None:
        """The version that the playground is based on is chosen."""
        super().on_mount()
        self._go_to(self.current)
        self._show(rest=False)

    def _go_to(self, number: int | None) -> None:
        """Put the cursor on a version, if the list has it within reach."""
        place = self.pages.place_of(number) if number is not None else None
        self.table.go_to(place or 0)

    @property
    def chosen(self) -> Prompt | None:
        """The version under the cursor."""
        row = self.table.row
        return row.prompt if row is not None else None

    def show_board(self, board: Board | None) -> None:
        """There may be new versions, and new tries."""
        super().show_board(board)
        if self.is_mounted:
            self.tried.clear()
            self.read_again()

    def read_again(self, number: int | None = None) -> None:
        """Read the list again, and choose a version by its number; None: the one that was chosen."""
        chosen = self.chosen.number if number is None and self.chosen is not None else number
        if number is not None:
            self.table.filter_text = ""
        self.table.replace(self._pages(self.table.filter_text))
        self._go_to(chosen)
        self._show(rest=False)

    def _pages(self, text: str = "") -> FoundVersions | VersionPages:
        reader = self.project.reader
        self.pages = (
            FoundVersions(reader, text) if text else TreePages(reader) if self.as_tree else VersionPages(reader)
        )
        self.lines_width = self.pages.lines_width
        return self.pages

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show another version, once the cursor rests."""
        self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Go back to it."""
        prompt: Prompt = event.row.prompt
        self.app.pop_screen()
        self.on_take(prompt)

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Mark it, or take its mark away."""
        prompt: Prompt = event.row.prompt
        self.marked = None if self.marked is not None and self.marked.number == prompt.number else prompt
        self.table.repaint()
        if self.marked is not None:
            self.say(f"v{prompt.number} is marked: d on another shows what differs, c asks both.")
        if self.differing:
            self._show(rest=False)

    def action_tree(self) -> None:
        """Tree or list; the chosen version stays chosen."""
        self.as_tree = not self.as_tree
        self.table.filter_text = ""
        self.table.title = "Versions, from parent to child" if self.as_tree else "Versions"
        self.read_again()

    def action_difference(self) -> None:
        """Show what differs, or what it sends."""
        self.differing = not self.differing
        self._show(rest=False)

    def action_whole(self) -> None:
        """Of a difference show what is the same, too, or no longer."""
        self.whole = not (self.whole and self.differing)
        self.differing = True
        self._show(rest=False)

    def action_compare(self) -> None:
        """Ask two of them side by side."""
        prompt = self.chosen
        if prompt is None or self.marked is None or self.marked.number == prompt.number:
            self.say("space marks one version; c on another asks both side by side.")
            return
        marked = self.marked
        self.app.pop_screen()
        self.on_compare(marked, prompt)

    def _show(self, *, rest: bool = True) -> None:
        self.when_rested(self._read, rest=rest)

    async def _read(self) -> None:
        prompt = self.chosen
        if prompt is None:
            return
        near = [number for row in self.table.near(NEAR) if (number := row.prompt.number) not in self.tried]
        title, lines = await asyncio.to_thread(self._lines, prompt)
        self._tell(prompt, title, lines)
        if near:
            tried, self.measured = await asyncio.to_thread(self._count, near)
            self.tried.update(tried)
            self.table.repaint()
            self._tell(prompt, title, lines)

    def _tell(self, prompt: Prompt, title: str, lines: Sequence[Marked]) -> None:
        best = self.measured.get(prompt.number)
        score = [] if best is None else [*plain_lines(measured(best), "strong"), Marked(())]
        self.detail.show((*score, *lines), title, note=said(self.tried.get(prompt.number)) if best is None else "")

    def _count(self, numbers: Sequence[int]) -> "tuple[dict[int, Tried], dict[int, Best]]":
        from genai_tui.store.facts import each_on_dev
        from genai_tui.store.tries import tried

        return {number: tried(self.project.reader, number) for number in numbers}, each_on_dev(self.project.reader)

    def _lines(self, prompt: Prompt) -> tuple[str, tuple[Marked, ...]]:
        """Heading and text of what is shown of a version. Reads the store; takes a while where texts are long."""
        before = self._before(prompt) if self.differing else None
        if before is not None:
            sections = difference(before, prompt)
            lines = difference_lines(sections, self.host.look, whole=self.whole)
            return f"v{before.number} → v{prompt.number} · {changed_parts(sections)}", tuple(lines)
        shown = list(version_lines(prompt))
        if self.differing:
            shown.insert(0, Marked((Words("It has no parent; space marks another version to compare with.", "soft"),)))
        parent = f" · from v{prompt.parent}" if prompt.parent else ""
        here = " · on the sheet" if prompt.number == self.current else ""
        return f"v{prompt.number} · {prompt.shots}{parent}{here}", tuple(shown)

    def _before(self, prompt: Prompt) -> Prompt | None:
        from genai_tui.store.prompts import numbered

        if self.marked is not None and self.marked.number != prompt.number:
            return self.marked
        return numbered(self.project.reader, [prompt.parent]).get(prompt.parent) if prompt.parent else None

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: VersionRow) -> None:
        prompt, signs, wide = row.prompt, canvas.look.signs, width >= WIDE_FROM
        if self.marked is not None and self.marked.number == prompt.number:
            canvas.put(x, y, signs["started"], "key")
        at, end = x + 2, x + width - 1
        if self.lines_width:
            room = max(1, min(self.lines_width, x + width - at - NUMBER))
            canvas.put(at, y, row.lines, "soft", room)
            at += room + 1
        over = canvas.put(at, y, f"v{prompt.number}", "strong")
        if prompt.number == self.current:
            over = canvas.put(over, y, signs["best"], "key")
        at = max(over + 1, at + NUMBER)
        if width >= SHOTS_FROM:
            canvas.put(at, y, prompt.shots, "text", SHOTS - 1)
            at += SHOTS
        if wide and not self.lines_width:
            canvas.put(at, y, f"of v{prompt.parent}" if prompt.parent else "", "soft", PARENT - 1)
            at += PARENT
        if wide:
            canvas.put(end - DATE + 1, y, prompt.created[:10], "soft")
            end -= DATE
        tried, best = self.tried.get(prompt.number), self.measured.get(prompt.number)
        if width >= RIGHT_FROM:
            times = f"{often(tried)}×" if tried is not None and tried.times else ""
            verdict = half_width(best) if best is not None else right_of(tried, signs) if tried is not None else ""
            if wide:
                canvas.right(end - MEASURED, y, times, "soft")
            canvas.right(end, y, verdict or ("" if wide else times), "text" if best is not None else "soft")
            end -= TRIED if wide else RIGHT_ONLY
        canvas.put(at, y, one_text(prompt), "strong" if prompt.note else "soft", end - at)

    def command(self) -> str:
        """The list, the tree, or the difference that is shown."""
        prompt = self.chosen
        if prompt is not None and self.differing and (before := self._before(prompt)) is not None:
            return f"genai-tui prompt diff {before.number} {prompt.number}"
        return "genai-tui prompt list" + (" --tree" if self.as_tree else "")

    def help_lines(self) -> Sequence[str]:
        """What versions are."""
        return (
            "Every saved version stays as it is, but for its note; enter takes the chosen one up in the playground, "
            "where it can be changed and saved as a new one. ◀ stands at the one that the sheet is made from. How "
            "often each was tried stands at its right, and its best score over all of dev with half its 95 % interval; "
            "where it was not measured, of its latest tries on rows with an expected answer how many gave it.",
            "In the tree ○ has no parent, ● comes from the version above it in its column, and ├─● from the one that "
            "the line at its left comes down from.",
            "In a difference lines with - were taken away and lines with + came; the words that differ are marked.",
        )


def version_lines(prompt: Prompt) -> Sequence[Marked]:
    """What a version sends, under its note."""
    lines = [*plain_lines(prompt.note, "strong"), Marked(())] if prompt.note else []
    for part in prompt_parts(prompt):
        text = part.text[:LONGEST_SHOWN]
        lines += [Marked((Words(line, part.role),), part.lead, part.lead_role) for line in text.split("\n")]
        if len(part.text) > LONGEST_SHOWN:
            left_out = f"… {len(part.text) - LONGEST_SHOWN:,} more characters"
            lines.append(Marked((Words(left_out, "soft"),), part.lead))
    return lines


def one_text(prompt: Prompt) -> str:
    """The note of a version, else the beginning of its last message, on one line."""
    return " ".join((prompt.note or prompt.messages[-1].content)[:400].split())


def _spoken(row: VersionRow) -> str:
    prompt = row.prompt
    parent = f", from {prompt.parent}" if prompt.parent else ""
    return f"version {prompt.number}{parent}, {prompt.shots}. {one_text(prompt)}"
