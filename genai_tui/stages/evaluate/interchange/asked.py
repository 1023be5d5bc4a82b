"""A run with what was asked in it: prompt, candidate, dataset, and for each answer the messages that were sent."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.answering.render import render
from genai_tui.errors import GenaiError
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Dataset
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.answers import Answer, answers_of
from genai_tui.stages.evaluate.interchange.prompts import PREFIX, SUFFIX
from genai_tui.stages.evaluate.results import as_it_stands
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.prompts import find_prompt

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


@dataclass(frozen=True)
class Asked:
    """One run with what belongs to it; its answers are read one by one."""

    reader: "Reader"
    run: Run
    candidate: Candidate
    prompt: Prompt
    dataset: Dataset

    @property
    def label(self) -> str:
        """What the prompt is called: by the configuration it came from, else by its number."""
        return str(self.run.options.get("label") or f"prompt {self.prompt.number}")

    @property
    def provider(self) -> str:
        """Who answered: as the configuration calls it, else the model."""
        return str(self.run.options.get("provider") or self.candidate.model)

    def answers(self) -> Iterator[Answer]:
        """Every answer, failures included, in the order of the rows."""
        return answers_of(self.reader, self.run, self.candidate.name)

    def messages(self, answer: Answer) -> tuple[Message, ...]:
        """What was sent; empty where it cannot be filled in again (few-shot examples were picked by a rule)."""
        if self.prompt.examples.pick != "fixed":
            return ()
        try:
            return render(self.prompt, answer.inputs)
        except GenaiError:
            return ()

    def test_of(self, answer: Answer) -> Mapping[str, Any]:
        """The test of a promptfoo configuration that the answer is to; empty where it is to an ordinary row."""
        expected = answer.expected
        return expected if isinstance(expected, dict) and isinstance(expected.get("assert"), list) else {}

    def place_of(self, answer: Answer) -> int:
        """The place, from 0, of the answer's row among all tests, also where the run had only some of them."""
        place = (answer.row or 1) - 1
        tests = self.run.options.get("tests") or ()
        return int(tests[place]) if place < len(tests) else place

    def variables(self, answer: Answer) -> dict[str, Any]:
        """The inputs without what stands for a test's own prefix and suffix."""
        return {name: value for name, value in answer.inputs.items() if name not in (PREFIX, SUFFIX)}


def asked_of(reader: "Reader", run: Run) -> Asked:
    """A run ready to be written. Reads all of it where its result is not there or not its last."""
    run = as_it_stands(reader, run)
    candidate = candidate_with(reader, run.candidate)
    prompt = find_prompt(reader, str(candidate.prompt))
    return Asked(reader, run, candidate, prompt, find_dataset_version(reader, run.dataset_version))


def chat(messages: Sequence[Message]) -> str:
    """Messages as one text: one message is its text, several are JSON."""
    if len(messages) == 1:
        return messages[0].content
    return (
        json.dumps([{"role": m.role, "content": m.content} for m in messages], ensure_ascii=False) if messages else ""
    )
