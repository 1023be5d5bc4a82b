"""The fault of a template as it is typed: in which box, in which line; and variables that the row does not have."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, NamedTuple

from genai_tui.answering.render import render, variables
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.prompt.sheet import Sheet, parted

Box = Literal["system", "template"]


class Fault(NamedTuple):
    """A fault of what stands in a box; `line` is counted from 1 within the box."""

    box: Box
    line: int
    sentence: str


def fault_of(sheet: Sheet, inputs: Mapping[str, Any] | None = None) -> Fault | None:
    """The first fault of the boxes, else None. With `inputs` the templates are filled too, which finds what only then
    fails; a variable that is not given is no fault (see `unknown`).

    Filling is limited in its work, yet may take tens of milliseconds: call it in a thread.
    """
    try:
        parts = list(_parts(sheet))
    except UsageFault as fault:
        return Fault("template", 1, str(fault))
    for box, first, message in parts:
        prompt = Prompt((message,))
        try:
            variables(prompt)
            if inputs is not None:
                render(prompt, inputs)
        except GenaiError as fault:
            cause = fault.__cause__
            if getattr(cause, "kind", "") != "UndefinedError":
                line = getattr(cause, "line", None) or 1
                return Fault(box, first + line - 1, _sentence(fault))
    return None


def names_of(sheet: Sheet) -> tuple[str, ...]:
    """The variables that the boxes ask for, sorted; of boxes with a fault those of the messages without."""
    names: set[str] = set()
    try:
        for _, _, message in _parts(sheet):
            names |= _names(message)
    except UsageFault:
        names |= _names(Message("system", sheet.system))
    return tuple(sorted(names))


def unknown(sheet: Sheet, columns: Collection[str]) -> str:
    """A hint where the boxes ask for variables that the row's columns do not have; empty where they have all."""
    missing = [name for name in names_of(sheet) if name not in columns and name not in _built_in()]
    if not missing:
        return ""
    near = get_close_matches(missing[0], list(columns), 1)
    there = f"did you mean {near[0]}?" if near else f"the row has {', '.join(sorted(columns)) or 'no columns'}."
    return f"{', '.join(missing)}: no such column; {there}"


def _parts(sheet: Sheet) -> Iterator[tuple[Box, int, Message]]:
    """Each message with its box and the line in it where its text begins."""
    if sheet.system:
        yield "system", 1, Message("system", sheet.system)
    for role, line, text in parted(sheet.template):
        yield "template", line, Message(role, text)


def _names(message: Message) -> set[str]:
    try:
        return set(variables(Prompt((message,))))
    except UsageFault:  # `fault_of` says where it is wrong
        return set()


@cache
def _built_in() -> frozenset[str]:
    """What the template engine itself has under a name, as `range`."""
    import minijinja

    return frozenset(minijinja.Environment().globals)


def _sentence(fault: GenaiError) -> str:
    """What the template engine says, without the place: that is told by box and line."""
    cause = fault.__cause__
    said = getattr(cause, "detail", None) or getattr(cause, "message", None)
    if getattr(cause, "kind", "") == "OutOfFuel":
        said = "works too long; it is stopped"
    return str(fault) if not said else f"{said[:1].upper()}{said[1:].rstrip('.')}."
