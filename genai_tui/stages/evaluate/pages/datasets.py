"""Datasets: every version, its splits, its rows; rows are added and edited, each time as a new version."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.screens.folding import Want
from genai_tui.stages.evaluate.pages.expected import expected_said
from genai_tui.stages.evaluate.pages.pane import Pane
from genai_tui.stages.evaluate.pages.working import Reading, begin, found_by
from genai_tui.store.datasets import page_examples, page_versions, use_dataset
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import fit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages, Pages

NO_DATASET = (
    "No dataset yet: rows with what is asked, and what is expected.",
    "Press I to import a file: CSV, JSONL, JSON, Parquet, chats, promptfoo tests.",
)  # fmt: skip
EXPECTED = 18
TAGS = 24  # cells of the tags of a row


class Numbered(NamedTuple):
    """A row with its number in the split."""

    position: int
    example: Example


class RowPages:
    """The rows of a split; their numbers count without gaps."""

    def __init__(self, pane: "Datasets", dataset: Dataset, split: Split) -> None:
        self._pane, self._dataset, self._split = pane, dataset, split

    def count(self) -> int:
        """How many there are."""
        return self._dataset.splits.get(self._split, 0)

    def after(self, key: Any, limit: int) -> Sequence[Numbered]:
        """Those after a number."""
        found = page_examples(self._pane.project.reader, self._dataset, self._split, key or 0, limit)
        return [Numbered(*row) for row in found]

    def before(self, key: Any, limit: int) -> Sequence[Numbered]:
        """Those before a number."""
        end = self.count() + 1 if key is None else key
        start = max(0, end - 1 - limit)
        return self.after(start, end - 1 - start)

    def key_of(self, row: Numbered) -> int:
        """Its number."""
        return row.position


class Datasets(Pane):
    """Versions at the left, rows at the right."""

    BESIDE = 0.38
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("w", "split"), Key("enter", "edit"), Key("+", "add a row"), Key("x", "check"), Key("o", "use"),
        Key("I", "import"),
    )  # fmt: skip

    def keys(self) -> Sequence[Key]:
        """Without a dataset, the way to one."""
        return self.KEYS if self.versions.count else (Key("I", "import"),)

    def __init__(self) -> None:
        self.versions: LineTable[Dataset] = LineTable(
            "Datasets", ListPages([]), self._draw_version, empty=NO_DATASET, always_lit=True, id="versions",
            spoken=lambda row: f"{row.name} version {row.version}, {row.rows} rows",
        )  # fmt: skip
        self.rows: LineTable[Numbered] = LineTable(
            "Rows", ListPages([]), self._draw_row, id="rows",
            empty=("This split has no rows: + adds one, w turns to another split.",),
            spoken=lambda row: f"expected {_expected(row.example)}: {_inputs(row.example)}",
        )  # fmt: skip
        super().__init__(self.versions, self.rows, id="tab-datasets")
        self.split: Split = "dev"
        self._shown: tuple[int, Split] | None = None

    def wants(self) -> Sequence[Want]:
        """A few versions above the rows."""
        rows = max(2, min(self.versions.count, 6)) + 1
        return (Want(3, rows, 0), Want(5, 9, 1))

    def choose(self, dataset: Dataset) -> None:
        """Put the cursor on a version, as on one that was just imported."""
        known = [row.id for row in self.versions.near(1000)]
        if dataset.id in known:
            self.versions.go_to(known.index(dataset.id))

    def show_rows(self) -> None:
        """There may be a new version: the newest stands first."""
        reader = self.project.reader
        before = self.versions.row
        found: Pages[Dataset] = ListPages(page_versions(reader))
        at = 0 if before is None or self.versions.position == 0 else self.versions.position
        if [row.id for row in found.after(None, 1000)] != [row.id for row in self.versions.near(1000)] or any(
            one.in_use != other.in_use
            for one, other in zip(found.after(None, 1000), self.versions.near(1000), strict=False)
        ):
            self.versions.replace(found, at)
            self.fold(self.page.size)
            self.page.draw_keys()
        self._show()

    @property
    def dataset(self) -> Dataset | None:
        """The chosen version."""
        return self.versions.row

    def _show(self) -> None:
        chosen = self.versions.row
        if chosen is None:
            return
        if not chosen.splits.get(self.split):
            self.split = next((split for split in SPLITS if chosen.splits.get(split)), "dev")
        if self._shown == (chosen.id, self.split):
            return
        same = self._shown is not None and self._shown[1] == self.split
        position = self.rows.position if same else 0
        self._shown = (chosen.id, self.split)
        others = " ".join(
            f"[{split}]" if split == self.split else split for split in SPLITS if chosen.splits.get(split)
        )
        self.rows.title = f"{chosen.name} v{chosen.version}  {others}"
        self.rows.replace(RowPages(self, chosen, self.split), position)

    def turn_split(self) -> None:
        """Another split."""
        chosen = self.dataset
        there = [split for split in SPLITS if chosen is not None and chosen.splits.get(split)]
        if there:
            self.split = there[(there.index(self.split) + 1) % len(there)] if self.split in there else there[0]
            self._show()

    def open_row(self, row: Numbered | None) -> None:
        """A row to be edited, or a new one."""
        from genai_tui.stages.evaluate.pages.row import RowPage

        chosen = self.dataset
        if chosen is None:
            self.page.say("There is no dataset yet: I makes one of a file.")
            return
        latest = next((each for each in self.versions.near(1000) if each.name == chosen.name), chosen)
        if row is not None and latest.id != chosen.id:
            self.page.say(f"This is an older version; version {latest.version} can be edited.", "warn")
            return
        self._shown = None
        self.app.push_screen(RowPage(self.project, latest, self.split, row, self._saved))

    def _saved(self, position: int) -> None:
        self.page.host.look_again()
        self.show_rows()
        self.rows.go_to(position - 1)
        self.page.say("Saved as a new version; the one before stays as it was.", "good")

    async def use(self) -> None:
        """Make it the dataset in use."""
        chosen = self.dataset
        if chosen is None:
            return
        try:
            await self.project.writer.put(use_dataset(chosen.name))
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.page.host.look_again()
        self.page.say(f"{chosen.name} is in use: runs and tries take its last version.", "good")

    def check(self) -> None:
        """Leaks, duplicates, empties, balance."""
        chosen = self.dataset
        if chosen is not None:
            self.page.say("Every row is looked at …", "wait")
            begin(self.page, partial(self._check, chosen), "check")

    async def _check(self, chosen: Dataset) -> None:
        from genai_tui.datasets.checking import check_dataset
        from genai_tui.stages.evaluate.pages.checked import Checked

        reading = Reading()

        def tell(_: float) -> None:
            if reading.done:
                self.page.say(f"{reading.done:,} of {chosen.rows:,} rows are looked at …", "wait")

        try:
            looks = asyncio.to_thread(check_dataset, self.project.reader, chosen, reading.tell)
            report = await found_by(looks, reading, tell)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.page.forget_message()
        if self.page.is_current:
            self.app.push_screen(Checked(chosen, report))

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another version."""
        if event.table is self.versions:
            self._show()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """A row to edit; a version's rows."""
        if event.table is self.rows:
            self.open_row(event.row)
        else:
            self.page.step_to(self.rows)

    def _draw_version(self, canvas: Canvas, x: int, y: int, width: int, row: Dataset) -> None:
        if row.in_use:
            canvas.put(x, y, canvas.look.signs["done"], "good")
        splits = " · ".join(f"{split} {count:,}" for split, count in row.splits.items())
        end = canvas.right(x + width - 1, y, splits, "soft") - 1
        at = canvas.put(x + 2, y, row.name, "strong", max(8, min(30, end - x - 8)))
        canvas.put(at + 1, y, f"v{row.version}", "text", end - at - 1)

    def _draw_row(self, canvas: Canvas, x: int, y: int, width: int, row: Numbered) -> None:
        at = canvas.right(x + 6, y, f"{row.position:,}", "soft") and x + 7
        room = min(EXPECTED, width // 4)
        canvas.put(at, y, _expected(row.example), "strong", room)
        end = x + width
        if row.example.tags and width > 60:
            tags = fit(canvas.look.text(", ".join(row.example.tags)), TAGS, canvas.look.signs["ellipsis"])
            end = canvas.right(end - 1, y, tags, "soft") - 1
        canvas.put(at + room + 1, y, _inputs(row.example), "text", end - at - room - 1)

    def command(self) -> str:
        """The row on the command line."""
        chosen, row = self.dataset, self.rows.row
        if chosen is None or row is None:
            return "genai-tui data list"
        return f"genai-tui data show {self.split}:{row.position} --dataset {chosen.name}"


def _expected(example: Example) -> str:
    return one_line(expected_said(example.expected)[:200]) if example.expected is not None else "–"


def _inputs(example: Example) -> str:
    values = list(example.inputs.values())
    text = answer_text(values[0]) if len(values) == 1 else "  ".join(
        f"{name}: {answer_text(value)[:200]}" for name, value in example.inputs.items()
    )  # fmt: skip
    return one_line(text[:600])
