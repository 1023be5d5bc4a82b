"""Tokens of a request as this project asks it: its prompt rendered over its dataset, and the answers it expects."""

from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset, Split
from genai_tui.records.prompts import Prompt

if TYPE_CHECKING:
    from genai_tui.project import Project

LOOKED_AT = 200
"""Rows that are rendered and counted, from the beginning of the split."""


class RequestTokens(NamedTuple):
    """Tokens of a request on average: in, out as the expected answers have them, over how many rows."""

    input_tokens: int
    output_tokens: int
    rows: int
    guessed: bool

    @property
    def counted(self) -> str:
        """How they were counted, for people."""
        whose = "guessed with o200k's vocabulary" if self.guessed else "by the model's own tokenizer"
        return f"{whose}, mean of {self.rows:,} rows of the dataset through the prompt"


def request_tokens(project: "Project", prompt: Prompt, dataset: Dataset, split: Split, model_id: str) -> RequestTokens:
    """Count them. Loads a vocabulary and renders rows: call it in a thread where a loop runs.

    Raises UsageFault where no row of the split can be rendered.
    """
    from genai_tui.answering.render import answer_text, render
    from genai_tui.inference.tokens import count, count_messages
    from genai_tui.store.datasets import page_examples

    into, out, guessed = [], [], False
    for _, example in page_examples(project.reader, dataset, split, 0, LOOKED_AT):
        try:
            messages = render(prompt, example.inputs, project.examples_for(prompt, example.inputs))
        except UsageFault:  # this row would fail, and cost nothing
            continue
        asked, expected = count_messages(messages, model_id), count(answer_text(example.expected), model_id)
        into.append(asked.tokens)
        out.append(expected.tokens)
        guessed = guessed or asked.guessed
    if not into:
        raise UsageFault(
            f"No row of {dataset.name}'s {split} split can be put into prompt {prompt.number}.",
            "The split is empty, or variables of the prompt are no columns of it.",
            "Give --input-tokens and --output-tokens, or another --split.",
        )
    return RequestTokens(round(mean(into)), max(1, round(mean(out))), len(into), guessed)
