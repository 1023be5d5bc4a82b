"""5 Align, until its own screen comes: what it decides, and what is there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_tui.screens import known
from genai_tui.screens.ahead import Ahead
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project


class Align(Ahead):
    """Preferences of people."""

    CSS_PATH = "screen.tcss"
    STAGE = 5
    DECIDES = (
        "An answer can be right and still not be what people want. This stage collects which of two answers people "
        "prefer, ranks candidates by it, and decides whether training on preferences is worth its price."
    )
    WILL_SHOW = (
        "Collect: two answers side by side, candidates hidden, one key a choice.",
        "Agreement: between people, and between people and the judge.",
        "Train: preference optimisation, with its reward and its distance from the parent.",
        "Harms: helpful, honest and harmless, measured before and after.",
    )
    EXIST = (
        ("genai-tui candidate list", "what could be compared"),
        ("genai-tui scope show", "harms the scope names"),
    )

    def known(self, project: "Project") -> Iterator[tuple[str, str]]:
        """Harms, tries, model."""
        yield "harms", current_scope(project.reader).harms or "none named: stage 1"
        yield from known.tries(project)
        yield from known.model(project)


SCREEN = Align
