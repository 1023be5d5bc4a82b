"""A file of rows becomes a dataset: what its columns mean is shown, and can be changed, before anything is stored."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.answering.render import answer_text
from genai_tui.datasets.importing import import_file, preview
from genai_tui.datasets.model import ImportOptions, ImportResult, Mapping
from genai_tui.datasets.storing import check_name, stem, store_import
from genai_tui.errors import GenaiError
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.pages.expected import expected_said
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project

MEANINGS = ("input", "expected", "tag", "not used")
NAMES, SHOWN = 22, 3
LONGEST = 160


class Meaning(NamedTuple):
    """A column and what it is taken for."""

    column: str
    meaning: str


class ImportPage(FramedPage):
    """`then` is given the dataset once it is stored; `refused` is called where nothing of the file can be taken."""

    WHERE = "import"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("import.go", "ctrl+r,r", "go", "import the rows", "r or ^r"),
        Act("import.turn", "space", "turn", "another meaning of this column: input, expected, tag, not used"),
        Act("import.split", "w", "next_split", "parted into train, dev and test, or all into one of them"),
        Act("import.name", "e", "rename", "the dataset's name"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("space", "meaning"), Key("w", "split"), Key("e", "name"), Key("r", "import"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self, project: "Project", file: Path, then: Callable[[Dataset], None], refused: Callable[[], None]
    ) -> None:
        super().__init__()
        self.project, self.file, self.then, self.refused = project, file, then, refused
        self.options = ImportOptions()
        self.named = stem(file.name)
        self.mapping: Mapping | None = None
        self.chosen = False  # whether meanings were changed: else they are left to the file

    def body(self) -> Sequence[Widget]:
        """Columns above, the first rows as they would be below."""
        self.table: LineTable[Meaning] = LineTable(
            "Columns", ListPages([]), self._draw, empty=("Reading …",), always_lit=True, id="columns",
            spoken=lambda row: f"{row.column}: {row.meaning}",
        )  # fmt: skip
        self.text = TextView("The first rows", id="preview")
        self.box = LineEdit(" name ▸ ", id="name")
        self.box.display = False
        return (self.table, self.text, self.box)

    def on_mount(self) -> None:
        """Read the first rows."""
        self._fold(self.app.size.height)
        self.table.focus()
        self._look()

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fold(event.size.height)

    def _fold(self, height: int) -> None:
        """The columns have the rows they need, up to a third of the page."""
        self.table.styles.height = min(max(self.table.count, 2) + 1, max(3, height // 3))

    def _look(self) -> None:
        begin(self, partial(self._preview, self.options), "preview")

    async def _preview(self, options: ImportOptions) -> None:
        try:
            mapping, rows = await asyncio.to_thread(preview, self.file, options, SHOWN)
        except GenaiError as error:
            self.text.show(error_parts(error), "It cannot be taken so")
            self.table.empty = ("Nothing of it can be taken.",)
            self.table.repaint()
            self.refused()
            return
        self.mapping = mapping
        self.table.title = f"{self.file.name}: {mapping.format}, {mapping.encoding}"
        if not self.chosen:
            self.table.replace(ListPages(_meanings(mapping)))
            self._fold(self.app.size.height)
        self.text.show(list(self._parts(rows)), "The first rows")

    def _parts(self, rows: Sequence[Example]) -> Sequence[Part]:
        into = "0.6 train, 0.15 dev, 0.25 test" if self.options.split is None else f"all into {self.options.split}"
        names = {"expected", "dataset", *(one_line(name) for row in rows for name in row.inputs)}
        width = min(max(map(width_of, names)), NAMES - 2)

        def lead(name: str) -> str:
            return f"{one_line(name, width)}{' ' * (width + 2 - width_of(one_line(name, width)))}"

        found = [Part(f"{self.named}, {into}", "strong", lead("dataset"), "soft")]
        if rows and all(row.expected is None for row in rows):
            found.append(Part("No expected answer, by which most scorers go: space on its column.", "warn"))
        found.append(Part(""))
        for row in rows:
            for name, value in row.inputs.items():
                found.append(Part(one_line(answer_text(value))[:LONGEST], "text", lead(name), "soft"))
            said = "–" if row.expected is None else one_line(expected_said(row.expected))[:LONGEST]
            found.append(Part(said, "strong", lead("expected"), "soft"))
            if row.tags:
                found.append(Part(", ".join(row.tags), "text", lead("tags"), "soft"))
            found.append(Part(""))
        return found

    def action_turn(self) -> None:
        """The next meaning of the column under the cursor."""
        row = self.table.row
        if row is None or self.mapping is None:
            return
        rows = list(self.table.near(1000))
        at = rows.index(row)
        taken = any(each.meaning == "expected" for each in rows if each is not row)
        turn = [meaning for meaning in MEANINGS if meaning != "expected" or not taken]  # there is one alone
        rows[at] = row._replace(meaning=turn[(turn.index(row.meaning) + 1) % len(turn)])
        self.chosen = True
        self.table.replace(ListPages(rows), at)
        self.options = ImportOptions(
            inputs=tuple(each.column for each in rows if each.meaning == "input"),
            expected=next((each.column for each in rows if each.meaning == "expected"), None),
            tags=tuple(each.column for each in rows if each.meaning == "tag"),
            split=self.options.split,
        )
        self._look()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Another meaning."""
        self.action_turn()

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Space in the list."""
        self.action_turn()

    def action_next_split(self) -> None:
        """Parted, or all into one."""
        from dataclasses import replace

        turn: tuple[Split | None, ...] = (None, *SPLITS)
        self.options = replace(self.options, split=turn[(turn.index(self.options.split) + 1) % len(turn)])
        self._look()

    def action_rename(self) -> None:
        """Another name."""
        self.box.set_value(self.named, picked=True)
        self.box.display = True
        self.before_box = self.table
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Take the name."""
        self.set_focus(self.table)
        self.named = event.value.strip() or self.named
        self._look()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def action_go(self) -> None:
        """Store them."""
        if self.mapping is None:
            self.say("Nothing of this file can be taken; the reason stands here.", "warn")
            return
        self.say("Reading the file to its end …", "wait")
        begin(self, partial(self._import, self.options, self.named), "import")

    async def _import(self, options: ImportOptions, name: str) -> None:
        try:
            check_name(name)
            result = await asyncio.to_thread(import_file, self.file, options, writer=self.project.writer)
            dataset = await asyncio.to_thread(self._store, result, name, options.split)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        if self.app.screen is self:
            self.app.pop_screen()
        rejected = [f"line {each.line}: {each.reason}" for each in result.rejected[:2]]
        more = f" {len(result.rejected):,} are rejected: {'; '.join(rejected)}." if rejected else ""
        self.then(dataset)
        page = self.host.screen
        if isinstance(page, FramedPage):
            said = f"{result.total:,} rows are {dataset.name}, version {dataset.version}.{more}"
            page.say(said, "warn" if rejected else "good")

    def _store(self, result: ImportResult, name: str, split: Split | None) -> Dataset:
        return store_import(self.project.writer, self.project.reader, result, name, split, lambda done, total: None)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Meaning) -> None:
        used = row.meaning != "not used"
        canvas.put(x, y, one_line(row.column), "text" if used else "soft", NAMES - 1)
        canvas.put(x + NAMES, y, row.meaning, "strong" if used else "soft", width - NAMES)

    def command(self) -> str:
        """The same on the command line."""
        import shlex

        words = ["genai-tui data import", shlex.quote(str(self.file)), "--name", shlex.quote(self.named)]
        if self.chosen:
            words += [f"--input {shlex.quote(column)}" for column in self.options.inputs]
            words += [f"--expected {shlex.quote(self.options.expected)}"] if self.options.expected else []
            words += [f"--tag {shlex.quote(column)}" for column in self.options.tags]
        words += [f"--split {self.options.split}"] if self.options.split else []
        return " ".join(words)


def _meanings(mapping: Mapping) -> list[Meaning]:
    """What each column is taken for."""
    inputs = set(mapping.inputs.values())

    def of(column: str) -> str:
        if column in inputs:
            return "input"
        return "expected" if column == mapping.expected else "tag" if column in mapping.tags else "not used"

    return [Meaning(column, of(column)) for column in mapping.columns]
