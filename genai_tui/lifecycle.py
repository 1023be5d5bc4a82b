"""The eight stages as data. Their modules are named by dotted path; none is imported here."""

from typing import NamedTuple


class Stage(NamedTuple):
    """One box of the lifecycle. `folder` is the dotted path that holds its `status` and `screen`."""

    number: int
    key: str
    title: str
    phase: str
    question: str

    @property
    def folder(self) -> str:
        """Dotted path of the stage's package."""
        return f"genai_tui.stages.{self.key}"


PHASES = ("SCOPE", "SELECT", "ADAPT & ALIGN", "INTEGRATE")

STAGES = (
    Stage(1, "scope", "Scope", "SCOPE", "what exactly should it do, and when is it good enough?"),
    Stage(2, "select", "Select", "SELECT", "which existing model, or is pretraining thinkable?"),
    Stage(3, "prompt", "Prompt", "ADAPT & ALIGN", "is prompting, with zero, one or a few examples, enough?"),
    Stage(4, "finetune", "Fine-tune", "ADAPT & ALIGN", "does supervised training lift it?"),
    Stage(5, "align", "Align", "ADAPT & ALIGN", "does it behave as people want?"),
    Stage(6, "evaluate", "Evaluate", "ADAPT & ALIGN", "how good is it, how sure is that, is it better than before?"),
    Stage(7, "deploy", "Deploy", "INTEGRATE", "how small and fast can it be, and does it hold under load?"),
    Stage(8, "augment", "Augment", "INTEGRATE", "what does it need beside the model?"),
)

BY_KEY = {stage.key: stage for stage in STAGES}

ARROWS = (  # the course of the work, drawn on the board and followed by the arrow keys
    ("scope", "select"),
    ("select", "prompt"),
    ("prompt", "evaluate"),
    ("finetune", "evaluate"),
    ("align", "evaluate"),
    ("evaluate", "deploy"),
    ("deploy", "augment"),
)

SIGNS = {"empty": "○", "started": "●", "done": "✔", "attention": "!", "failed": "✘"}
ASCII_SIGNS = {"empty": "o", "started": "*", "done": "+", "attention": "!", "failed": "x"}
