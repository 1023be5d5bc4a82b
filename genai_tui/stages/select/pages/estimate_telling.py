"""What is told beside the bars: faults and assumptions in the words of the fields, and how a part comes about."""

import re
from collections.abc import Iterator, Sequence

from genai_tui.errors import GenaiError, sentence
from genai_tui.records.estimates import Part
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.stages.select.pages.estimate_answers import Answer, lead
from genai_tui.stages.select.pages.estimate_fields import Field
from genai_tui.widgets.text_view import Part as Line


def told_lines(answer: Answer, part: Part | None, fields: Sequence[Field], from_scope: Sequence[str]) -> Iterator[Line]:
    """What follows, how the chosen part comes about, and what it rests on: a measurement, the scope, assumptions."""
    yield from answer.lines[:1]
    if part is not None:
        yield Line(f"{amount_text(part.value, part.unit)} = {part.formula}", "text", lead("formula"))
        yield Line(part.source, "soft", lead("source"))
    if (measured := answer.told.estimate.measured) is not None:
        yield Line(sentence(measured.sentence), "good", lead("measured"), "good")
    yield from answer.lines[1:]
    if from_scope:
        yield Line(f"says {', '.join(from_scope)}", "soft", lead("scope"))
    for one in _assumed(answer, fields):
        yield Line(one, "soft", lead("assumed"))


def how_it_comes(answer: Answer, part: Part, fields: Sequence[Field], given: str) -> list[tuple[str, str]]:
    """The part with its formula, inputs, source, and what is assumed and measured; each with its name."""
    said = [
        (part.name, amount_text(part.value, part.unit)),
        ("formula", part.formula),
        ("source", part.source),
        ("with", given),
        *(("assumed", one) for one in _assumed(answer, fields)),
    ]
    if answer.told.estimate.measured is not None:
        said.append(("measured", sentence(answer.told.estimate.measured.sentence)))
    return said


def error_said(error: GenaiError, fields: Sequence[Field]) -> str:
    """An error in sentences."""
    return _in_fields(" ".join(sentence(part) for part in (error.what, error.why, error.do) if part), fields)


def _assumed(answer: Answer, fields: Sequence[Field]) -> Iterator[str]:
    told = (*answer.told.estimate.assumptions, answer.asked.said, answer.asked.hardware.said)
    yield from (_in_fields(one, fields) for one in told if one)


def _in_fields(said: str, fields: Sequence[Field]) -> str:
    """A sentence with the names of fields where it names options of the command."""
    said = re.sub(" with --(config|params|gpu)", "", said)
    for each in fields:
        if each.option:
            said = re.sub(rf"{each.option}(?![\w-])( [A-Z]+)?", f"the field {each.name}", said)
    return said
