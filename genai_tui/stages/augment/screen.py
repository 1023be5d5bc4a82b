"""8 Augment, until its own screen comes: what it decides, and what is there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_tui.screens import known
from genai_tui.screens.ahead import Ahead
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project


class Augment(Ahead):
    """What a model needs beside itself."""

    CSS_PATH = "screen.tcss"
    STAGE = 8
    DECIDES = (
        "A model does not know your documents, today's figures, or how to act. This stage decides what a candidate "
        "gets beside the model: passages found for the question, tools, ways of reasoning, guards."
    )
    WILL_SHOW = (
        "Documents: folders added, and the passages they became.",
        "Search: a question and what is found, by words, by meaning and by both; recall as measured.",
        "Tools: what the model may call, and a trace of each call.",
        "App: export the application, and the proof that it answers as the candidate did.",
    )
    EXIST = (
        ("genai-tui scope show", "what the application must do"),
        ("genai-tui prompt list", "the prompts so far"),
    )

    def known(self, project: "Project") -> Iterator[tuple[str, str]]:
        """Data rules, dataset, model."""
        yield "data rules", current_scope(project.reader).data_rules or "none said: stage 1"
        yield from known.dataset(project)
        yield from known.model(project)


SCREEN = Augment
