"""What leads on from the form: pages over it, files, notes, and the versions that are saved from it."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from genai_tui.errors import GenaiError
from genai_tui.records.scopes import Scope
from genai_tui.screens.folding import Folding
from genai_tui.stages.scope.fields import Field
from genai_tui.stages.scope.setting import changed, same
from genai_tui.stages.scope.traffic import Follows
from genai_tui.store.scopes import note_scope, page_scopes, save_scope
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable

MOST_LOOKED_AT = 1_000  # versions that a file may hold which is written over


class Onward(Folding):
    """The screen has `scope` as it was saved, `found` what follows, and a `box` that `then` is given the text of."""

    scope: Scope
    found: Sequence[Follows]
    fault: GenaiError | None
    box: LineEdit
    table: LineTable[Field]
    then: Callable[[str], None] | None = None  # None: the box is for the chosen field

    @property
    @abstractmethod
    def meant(self) -> Scope:
        """The scope with what is typed."""

    @abstractmethod
    def show_all(self) -> None:
        """Draw the form and what follows from it."""

    def open_box(self, label: str, value: str, hint: str = "") -> None:
        """Let somebody type into the box."""
        self.box.label, self.box.hint = label, hint
        self.box.set_value(value)
        self.box.display = True
        self.before_box = self.table
        self.box.focus()

    def ask(self, label: str, value: str, then: Callable[[str], Awaitable[None]]) -> None:
        """Ask for a line that belongs to no field."""
        self.then = lambda text: self.work(partial(then, text))
        self.open_box(label, value)

    def work(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what waits, beside the keys."""
        self.run_worker(work, group="keeping", exit_on_error=False)

    async def save(self, scope: Scope) -> None:
        """Keep it as the next version, and show it. Raises GenaiError."""
        project = self.host.project
        if project is None:
            return
        [self.scope] = await project.writer.put(save_scope(scope))
        self.fault = None
        self.host.look_again()
        self.show_all()
        self.say(f"Saved: the scope is now version {self.scope.version}.", "good")

    async def go_back(self, scope: Scope) -> None:
        """Save an earlier version again."""
        try:
            await self.save(replace(scope, note=f"as version {scope.version}"))
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.say(f"As it was in version {scope.version}; it is now version {self.scope.version}.", "good")

    def how(self) -> None:
        """How everything that follows comes about."""
        from genai_tui.screens.how import How

        said: list[tuple[str, str]] = []
        for one in self.found:
            said += [("", "")] * bool(said) + [(one.name, one.value or "not known yet"), ("", one.reason)]
            said += [("  source", one.source)] if one.source else []
        self.app.push_screen(
            How("What follows, and how that is known", said, stage=self.STAGE, command="genai-tui scope follows")
        )

    def action_versions(self) -> None:
        """Every version."""
        from genai_tui.stages.scope.pages.versions import Versions

        project = self.host.project
        if project is not None:
            self.app.push_screen(Versions(project, lambda scope: self.work(partial(self.go_back, scope))))

    def action_critique(self) -> None:
        """What a capable model says of it."""
        from genai_tui.stages.scope.pages.critique import CritiquePage

        if self.host.project is not None:
            self.app.push_screen(CritiquePage(self.host.project, self.meant))

    def action_note(self) -> None:
        """Type a note for this version."""
        project, version = self.host.project, self.scope.version
        if project is None or not version:
            self.say("There is no version yet: enter writes into a field.")
            return

        async def keep(text: str) -> None:
            await project.writer.put(note_scope(version, text))
            self.say(f"Version {version} has {'that note' if text else 'no note any more'}.", "good")

        self.ask(f" note of version {version} ▸ ", self.scope.note, keep)

    def action_export(self) -> None:
        """Type the file that the scope is written into."""
        self.ask(" as Markdown into file ▸ ", "SCOPE.md", self._export)

    async def _export(self, name: str) -> None:
        from genai_tui.stages.scope.kept_files import write_scope

        project = self.host.project
        if project is None or not name:
            return
        try:
            over = page_scopes(project.reader, limit=MOST_LOOKED_AT)
            path = await asyncio.to_thread(write_scope, self.scope, project.folder, name, over=over)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.say(f"Version {self.scope.version} stands in {path}; I and genai-tui scope import read it back.", "good")

    def action_import(self) -> None:
        """Type the file that the scope is read from."""
        self.ask(" from Markdown file ▸ ", "SCOPE.md", self._import)

    async def _import(self, name: str) -> None:
        from genai_tui.stages.scope.kept_files import read_scope

        project = self.host.project
        if project is None or not name:
            return
        try:
            values = await asyncio.to_thread(read_scope, project.folder, name)
            scope = changed(self.scope, values)
            if same(scope, self.scope):
                self.say(f"{name} says what version {self.scope.version} says.")
                return
            await self.save(replace(scope, note=f"from {name}"))
        except GenaiError as error:
            self.say(str(error), "bad")
