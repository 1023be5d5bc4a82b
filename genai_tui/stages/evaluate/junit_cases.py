"""Runs as suites of JUnit: a case an answer, named and judged in words that a reader of CI understands."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from genai_tui.stages.evaluate.answers import Answer, answers_of
from genai_tui.stages.evaluate.exported import Exported, cell_of, place
from genai_tui.stages.evaluate.interchange.named import plainly, title_of
from genai_tui.stages.evaluate.interchange.prompts import PREFIX, SUFFIX
from genai_tui.stages.evaluate.junit import Case, Suite
from genai_tui.untrusted import one_line

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

LONGEST_TITLE = 100


def suites(reader: "Reader", runs: Sequence[Exported]) -> list[Suite]:
    """A suite a run; a test of a configuration is named by its description, else by its variables."""
    return [Suite(f"run {one.run.id}", [*_cases(reader, one)], _known(one)) for one in runs]


def _cases(reader: "Reader", one: Exported) -> Iterator[Case]:
    for answer in answers_of(reader, one.run, one.candidate):
        why = answer.error or ""
        if not why and not answer.right:
            why = f"{_verdict(answer)}expected {cell_of(plainly(answer.expected))}, got {answer.text}"
        variables = {name: value for name, value in answer.inputs.items() if name not in (PREFIX, SUFFIX)}
        title = one_line(title_of(answer.expected, variables), LONGEST_TITLE)
        yield Case(f"{one.candidate} {place(answer, one)} {title}".rstrip(), why, answer.latency_s or 0.0)


def _verdict(answer: Answer) -> str:
    """By which score it is wrong."""
    first = next(iter(answer.scores.values()), None)
    if first is None:
        return ""
    return f"{first.scorer} {'has no value' if first.value is None else f'{first.value:g}'}: "


def _known(one: Exported) -> list[tuple[str, str]]:
    return [(f"run {one.run.id}: seen", text) for text in one.seen]
