"""4 Fine-tune, until its own screen comes: what it decides, and what is there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_tui.screens import known
from genai_tui.screens.ahead import Ahead

if TYPE_CHECKING:
    from genai_tui.project import Project


class FineTune(Ahead):
    """Supervised training."""

    CSS_PATH = "screen.tcss"
    STAGE = 4
    DECIDES = (
        "Where prompting alone stays below the target, training on examples of the task may lift the model past it. "
        "This stage decides on which examples, by which method, and whether the result is better than its parent."
    )
    WILL_SHOW = (
        "Data: where examples come from, duplicates, leaks from dev and test, lengths, balance.",
        "Plan: method and the few settings that matter, with time, memory and money before the start.",
        "Jobs: live loss of train and dev, tokens a second, time left; cancel, resume, attach.",
    )
    EXIST = (
        ("genai-tui data list", "datasets and their splits"),
        ("genai-tui data show train:1", "one row of them"),
    )

    def known(self, project: "Project") -> Iterator[tuple[str, str]]:
        """Dataset, model, target."""
        yield from known.dataset(project)
        yield from known.model(project)
        yield from known.target(project)


SCREEN = FineTune
