"""What a capable model says of the scope: who is asked and what it takes first, and asked only then."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.scopes import Scope
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.scope.critique import critique_of, subject_of, takes
from genai_tui.stages.scope.traffic import dollars
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project


class CritiquePage(FramedPage):
    """A model that costs nothing is asked at once; any other after Y."""

    STAGE = 1
    WHERE = "critique"
    ACTS: ClassVar[tuple[Act, ...]] = (Act("critique.ask", "Y", "ask", "yes, ask the model"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS = (Key("↑↓", "scroll"), Key("y", "copy"), Key("esc", "back"))

    def __init__(self, project: "Project", scope: Scope) -> None:
        super().__init__()
        self.project, self.scope = project, scope
        self._working: Worker[None] | None = None
        self._may_ask = False

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView("Critique", (Part("Looking at who can be asked …", "soft"),))
        return (self.text,)

    def on_mount(self) -> None:
        """Say who would be asked and what it takes."""
        self.text.focus()
        self._working = self.run_worker(self._begin, group="critique", exclusive=True, exit_on_error=False)

    async def _begin(self) -> None:
        try:
            self._subject = subject_of(self.project, self.scope)
        except GenaiError as error:
            self.text.show(error_parts(error), "Critique")
            return
        found = await asyncio.to_thread(takes, self._subject, self.scope)
        name = f"{self._subject.endpoint.name}/{self._subject.model_id}"
        if found.usd == 0:
            await self._ask()
            return
        money = "for an unknown price" if found.usd is None else f"for {dollars(found.usd)} at most"
        self._may_ask = True
        self.show_keys((Key("Y", "ask"), Key("esc", "back")))
        self.text.show(
            (
                Part(f"{name} would be asked."),
                Part(f"≈ {found.input_tokens:,} tokens in, {found.output_tokens:,} out at most, {money}.", "soft"),
                Part("The whole scope is sent. Y asks, esc leaves it.", "strong"),
            ),
            "Critique",
        )

    def action_ask(self) -> None:
        """Ask."""
        if self._may_ask:
            self._may_ask = False
            self._working = self.run_worker(self._ask, group="critique", exclusive=True, exit_on_error=False)

    async def _ask(self) -> None:
        self.text.show((Part("The model reads it … ^c stops.", "soft"),), "Critique")
        self.show_keys((Key("^c", "stop"), Key("esc", "stop")))
        try:
            said = await critique_of(self._subject, self.scope, await self.host.asking())
        except GenaiError as error:
            self.text.show(error_parts(error), "Critique")
            return
        except asyncio.CancelledError:
            if self.is_attached:
                self.text.show((Part("Stopped. What came is kept.", "soft"),), "Critique")
            raise
        finally:
            if self.is_attached:
                self.show_keys(self.KEYS)
        lines = [Part(line) for line in said.text.splitlines()] or [Part("It said nothing.", "soft")]
        cost = "price unknown" if said.cost_usd is None else dollars(said.cost_usd)
        self.text.show(lines, f"{said.model} says")
        self.text.set_note(cost)
        self.host.look_again()

    def stop_work(self) -> bool:
        """Stop the model."""
        if self._working is None or self._working.is_finished:
            return False
        self._working.cancel()
        return True

    def command(self) -> str:
        """The same as a command."""
        return "genai-tui scope check --critique"

    def copy_text(self) -> str:
        """All of it."""
        return self.text.plain_text()
