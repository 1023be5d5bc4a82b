"""Notes on versions, and versions to and from files: each typed on one line under the list."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.screens.acts import Act
from genai_tui.stages.prompt.pages.beside import Beside
from genai_tui.stages.prompt.pages.version_list import VersionRow
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.marked_text import MarkedText

if TYPE_CHECKING:
    from genai_tui.project import Project


class Keeping(Beside[VersionRow]):
    """A list of versions with a box of one line, hidden until something is asked for."""

    KEEPING: ClassVar[tuple[Act, ...]] = (
        Act("versions.note", "N", "note", "give it a note, or another one"),
        Act("versions.export", "E", "export", "write it into a file that people review"),
        Act("versions.import", "I", "import", "versions from a file: ours, OpenAI messages, promptfoo"),
    )
    BOX = "line"
    project: "Project"
    _then: Callable[[str], None] | None = None

    def lay(self, table: LineTable[VersionRow], detail: MarkedText, *above: Widget) -> Sequence[Widget]:
        """The box stands below both."""
        self.box = LineEdit(id=self.BOX)
        self.box.display = False
        return (*super().lay(table, detail, *above), self.box)

    @abstractmethod
    def read_again(self, number: int | None = None) -> None:
        """Read the list again, and choose a version by its number; None: the one that was chosen."""

    def ask(self, label: str, value: str, then: Callable[[str], None], hint: str = "") -> None:
        """Open the box; enter gives what stands there to `then`, esc closes it."""
        self._then, self.box.label, self.box.hint = then, label, hint
        self.box.set_value(value)
        self.box.display = True
        self.before_box = self.table
        self.box.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Do what was asked for."""
        if event.box is self.box and self._then is not None:
            self.table.focus()
            self._then(event.value.strip())

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        if event.box is self.box:
            self.box.display, self.left_box = False, None

    def action_note(self) -> None:
        """Type a note for the chosen version."""
        row = self.table.row
        if row is not None:
            number = row.prompt.number
            keep = partial(self._note, number)
            self.ask(f" note of v{number} ▸ ", row.prompt.note, lambda typed: self._work(partial(keep, typed)))

    async def _note(self, number: int, note: str) -> None:
        from genai_tui.store.prompts import note_prompt

        await self.project.writer.put(note_prompt(number, note))
        self.read_again()
        self.say(f"v{number} has {'that note' if note else 'no note any more'}.", "good")

    def action_export(self) -> None:
        """Type the file that the chosen version is written into."""
        row = self.table.row
        if row is not None:
            self._export_to(row, f"prompt-{row.prompt.number}.txt")

    def _export_to(self, row: VersionRow, file: str) -> None:
        label = f" v{row.prompt.number} into file ▸ "
        self.ask(label, file, lambda typed: self._work(partial(self._export, row, typed)))

    async def _export(self, row: VersionRow, file: str) -> None:
        from genai_tui.stages.prompt.kept_files import export_prompt

        try:
            path = await asyncio.to_thread(export_prompt, row.prompt, file)
        except GenaiError as error:
            self._export_to(row, file)  # what was typed stands there again
            self.say(str(error), "warn")
            return
        self.say(f"v{row.prompt.number} stands in {path}; I and genai-tui prompt save read it.", "good")

    def action_import(self, file: str = "") -> None:
        """Type the file that versions are read from."""
        self.ask(" versions from file ▸ ", file, lambda typed: self._work(partial(self._import, typed)))

    async def _import(self, file: str) -> None:
        from genai_tui.stages.prompt.kept_files import read_prompts
        from genai_tui.store.prompts import save_prompt

        if not file:
            return
        try:
            found = await asyncio.to_thread(read_prompts, file)
            saved = await self.project.writer.put(*(save_prompt(item.prompt) for item in found))
        except GenaiError as error:
            self.action_import(file)
            self.say(str(error), "warn")
            return
        self.read_again(saved[-1].number)
        self.host.look_again()
        versions = ", ".join(f"v{prompt.number}" for prompt in saved)
        notes = " ".join(dict.fromkeys(note for item in found for note in item.notes))
        self.say(f"From {file}: {versions}. {notes}".rstrip(), "warn" if notes else "good")

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        self.run_worker(work, group="keeping", exclusive=True, exit_on_error=False)
