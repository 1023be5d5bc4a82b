"""Filling in the form: what is typed into a field is kept, saved as a version, or refused."""

from abc import abstractmethod
from functools import partial
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.fields import BY_KEY, FIELDS, Field, typed
from genai_tui.stages.scope.pages.onward import Onward
from genai_tui.stages.scope.setting import changed, with_drafts
from genai_tui.store.scopes import page_scopes
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.text_view import TextView, error_parts

DRAFTS = "scope"  # the name that what is typed here is kept by


class FillingIn(Onward):
    """The `table` has the fields, the `box` takes what is typed; `about` says what belongs there."""

    about: TextView

    @abstractmethod
    def tell(self) -> None:
        """Say what belongs in the chosen field."""

    @property
    def drafts(self) -> dict[str, Any]:
        """What is typed and not saved, by field."""
        return {key: text for key, text in self.host.typed.of(DRAFTS).items() if key in BY_KEY}

    @property
    def meant(self) -> Scope:
        """The scope with what is typed, as far as that can be read."""
        return with_drafts(self.scope, self.drafts)

    @property
    def writing(self) -> bool:
        """Whether the box is open, for the chosen field."""
        return self.box.display and self.then is None

    def _text(self, field: Field) -> str:
        """What was typed there and not saved, else its value."""
        return str(self.drafts.get(field.key, typed(self.scope, field.key)))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Write there."""
        self.action_edit()

    def action_edit(self) -> None:
        """Open the box on the chosen field, or a page where it takes many lines."""
        field: Field | None = self.table.row
        if field is None:
            return
        text = self._text(field)
        if field.long or "\n" in text:
            self._write_long(field, text)
            return
        self.then = None
        self.tell()
        self.open_box(f" {field.name} ▸ ", text, field.like)

    def _write_long(self, field: Field, text: str) -> None:
        from genai_tui.stages.scope.pages.writing import Writing

        self.app.push_screen(
            Writing(field, text, keep=partial(self._keep, field.key), save=partial(self._save_field, field.key))
        )

    def _keep(self, key: str, text: str) -> None:
        """Keep it as a draft, and show what follows from it."""
        self.host.typed.keep(DRAFTS, key, "" if text.strip() == typed(self.scope, key) else text)
        self.show_all()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Keep it as a draft."""
        if self.writing and self.table.row is not None:
            self._keep(self.table.row.key, event.value)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; what was typed and not saved stays a draft of its field."""
        self.box.display = False
        self.left_box = None
        self.fault = None
        self.show_all()
        self.draw_keys()

    async def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Save a new version, or say what is wrong and let it be corrected."""
        if self.then is not None:
            then, self.then = self.then, None
            self.set_focus(self.table)
            then(event.value.strip())
            return
        field: Field | None = self.table.row
        if field is not None and await self._save_field(field.key, event.value) is None:
            self.set_focus(self.table)

    async def _save_field(self, key: str, text: str) -> GenaiError | None:
        """Save one field as a version; the error where it cannot be, which is shown here, too."""
        try:
            scope = changed(self.scope, {key: text})
            self.host.typed.keep(DRAFTS, key, "")
            await self.save(scope)
        except GenaiError as error:
            self.host.typed.keep(DRAFTS, key, text)
            self._say_fault(error)
            return error
        return None

    def _say_fault(self, error: GenaiError) -> None:
        self.fault = error
        if not self.about.display:
            self.say(str(error), "bad")
        self.about.show(error_parts(error), "Not saved")

    async def action_save(self) -> None:
        """Save all that is typed, as one version."""
        drafts = self.drafts
        if not drafts:
            self.say("Nothing is typed that is not saved.")
            return
        for key, text in drafts.items():  # one by one, so that the field that is wrong is shown
            try:
                changed(self.scope, {key: str(text)})
            except GenaiError as error:
                self.table.go_to(FIELDS.index(BY_KEY[key]))
                self._say_fault(error)
                return
        try:
            await self.save(changed(self.scope, {key: str(text) for key, text in drafts.items()}))
        except GenaiError as error:
            self._say_fault(error)
            return
        for key in drafts:
            self.host.typed.keep(DRAFTS, key, "")
        self.show_all()
        self.draw_keys()

    async def action_undo(self) -> None:
        """Save the version before the present one again; nothing is lost by it."""
        project = self.host.project
        versions = page_scopes(project.reader, self.scope.version or None, 1) if project is not None else []
        if not versions:
            self.say("There is no version before this one.", "warn")
            return
        await self.go_back(versions[0])

    async def action_editor(self) -> None:
        """The chosen field in the user's editor; what comes back is saved."""
        from genai_tui.screens.editing import edited

        field: Field | None = self.table.row
        if field is None:
            return
        before = self._text(field)
        after = await edited(self, before)
        if after is not None and after != before:
            await self._save_field(field.key, after)
