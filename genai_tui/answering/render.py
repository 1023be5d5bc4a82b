"""From a prompt and inputs to the messages that are sent: pure, the same everywhere.

It needs minijinja and records alone, so that an exported application can carry this file. Templates are foreign
text: they run with a limit on the work they may do, and without a way to files, modules or Python's attributes.

A template that begins with the comment `{# nunjucks #}` was written for promptfoo, whose templates are nunjucks: what
is not given is empty there, values are written as JavaScript writes them, and `dump` is a filter. Inputs are data in
either: braces in them stay.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genai_tui.errors import RequestFault, UsageFault
from genai_tui.records.expected import answer_text as answer_text
from genai_tui.records.javascript import as_json, as_text
from genai_tui.records.prompts import FewShot, Message, Prompt

FUEL = 100_000  # steps of the template engine; a ten-message loop takes a few hundred
FUEL_A_CHARACTER = 1  # besides, for what is written out: `{{ a }}` takes three steps
MOST_FUEL = 5_000_000  # a second or two
LONGEST_TEXT = 8_000_000  # characters of one rendered message
NUNJUCKS = "{# nunjucks #}"


def render(prompt: Prompt, inputs: Mapping[str, Any], examples: Sequence[FewShot] | None = None) -> tuple[Message, ...]:
    """The messages of this prompt for these inputs.

    System messages come first; then, for each few-shot example, the other messages filled with its inputs and
    its expected answer as the assistant's; then the other messages filled with `inputs`. `examples` are those
    that a rule picked; without it the prompt's fixed ones are shown. Raises UsageFault naming message and line.
    """
    shown = prompt.examples.fixed if examples is None else examples
    system = [m for m in prompt.messages if m.role == "system"]
    rest = [m for m in prompt.messages if m.role != "system"]
    messages = [_filled(prompt, m, inputs) for m in system]
    for example in shown:
        messages += [_filled(prompt, m, example.inputs) for m in rest]
        messages.append(Message("assistant", answer_text(example.expected)))
    return (*messages, *(_filled(prompt, m, inputs) for m in rest))


def filled(template: str, inputs: Mapping[str, Any]) -> str:
    """One template filled with `inputs`. Raises UsageFault naming the line."""
    return _filled(Prompt(()), Message("user", template), inputs).content


def variables(prompt: Prompt) -> tuple[str, ...]:
    """The variables its templates ask for, sorted. Raises UsageFault for a template that cannot be read."""
    names: set[str] = set()
    for message in prompt.messages:
        names |= _checked(prompt, message, lambda engine, text: engine.undeclared_variables_in_str(text), {})
    return tuple(sorted(names))


def _filled(prompt: Prompt, message: Message, inputs: Mapping[str, Any]) -> Message:
    text = _checked(prompt, message, lambda engine, source: engine.render_str(source), inputs)
    if len(text) > LONGEST_TEXT:
        raise RequestFault(f"The {message.role} message would be {len(text):,} characters.", "", "Shorten its inputs.")
    return Message(message.role, text)


def _checked(prompt: Prompt, message: Message, work: Any, inputs: Mapping[str, Any]) -> Any:
    """Do something with a message's template; a fault in it names the message and the line."""
    import minijinja

    # Inputs are given as globals, for a column may be called `self` or `name` like the engine's own parameters.
    theirs = message.content.startswith(NUNJUCKS)
    try:
        engine = minijinja.Environment(
            undefined_behavior="chainable" if theirs else "strict",
            fuel=min(MOST_FUEL, FUEL + FUEL_A_CHARACTER * len(message.content)),
            keep_trailing_newline=True,
            auto_escape_callback=lambda _: False,
            globals=dict(inputs),
            filters=_FILTERS if theirs else None,
            finalizer=_as_javascript if theirs else None,
        )
        return work(engine, message.content)
    except minijinja.TemplateError as fault:
        raise _fault(message, fault, inputs) from fault
    except UnicodeEncodeError as fault:
        what = f"The inputs of the {message.role} message cannot be filled in."
        raise UsageFault(what, "They hold bytes that are no UTF-8, or half a character.") from fault
    except (OverflowError, TypeError) as fault:
        raise UsageFault(f"The inputs of the {message.role} message cannot be filled in.", str(fault)) from fault


def _as_javascript(value: Any) -> Any:
    """What `{{ value }}` writes: nothing for null; lists and objects come as Python's."""
    return "" if value is None else value if isinstance(value, str) else as_text(value)


def _dump(value: Any, spaces: int | None = None) -> str:
    return as_json(value, spaces or 0)


def _pairs(value: Any) -> Any:
    """What `for key, value in …` goes over: an object's pairs, or a list of pairs as it is."""
    return list(value.items()) if isinstance(value, Mapping) else value or []


def _round(value: float, digits: int = 0) -> float:
    return float(math.floor(value * 10**digits + 0.5) / 10**digits)


_FILTERS: dict[str, Any] = {"dump": _dump, "pairs": _pairs, "round": _round}


def _fault(message: Message, fault: Any, inputs: Mapping[str, Any]) -> UsageFault:
    line = f" in line {fault.line}" if fault.line else ""
    what = f"The template of the {message.role} message has a fault{line}: {fault.detail or fault.message}."
    if fault.kind == "UndefinedError":
        there = ", ".join(sorted(inputs)) or "none"
        what = f"The {message.role} message{line} asks for a value that is not given: {fault.detail}."
        return UsageFault(what, f"Given are: {there}.", "Give it with --var NAME=VALUE, --vars FILE or --row SPLIT:N.")
    if fault.kind == "OutOfFuel":
        what = f"The template of the {message.role} message works too long{line}; it was stopped."
    return UsageFault(what, "", "Mend the template; `{{ name }}` is filled with the input called name.")
