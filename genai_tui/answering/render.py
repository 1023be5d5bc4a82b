"""From a prompt and inputs to the messages that are sent: pure, the same everywhere.

It needs minijinja, nunjucks beside it and records alone, so that an exported application can carry them. Templates
are foreign text: they run with a limit on the work they may do, and without a way to files, modules or Python's
attributes.

A template that begins with the comment `{# nunjucks #}` was written for promptfoo, whose templates are nunjucks.
Inputs are data in either: braces in them stay.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.errors import RequestFault, UsageFault
from genai_tui.records.expected import answer_text as answer_text
from genai_tui.records.prompts import FewShot, Message, Prompt

if TYPE_CHECKING:
    from genai_tui.answering.nunjucks import Template

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
    messages = [_filled(m, inputs) for m in system]
    for example in shown:
        messages += [_filled(m, example.inputs) for m in rest]
        messages.append(Message("assistant", answer_text(example.expected)))
    return (*messages, *(_filled(m, inputs) for m in rest))


def filled(template: str, inputs: Mapping[str, Any]) -> str:
    """One template filled with `inputs`. Raises UsageFault naming the line."""
    return _filled(Message("user", template), inputs).content


def variables(prompt: Prompt) -> tuple[str, ...]:
    """The variables its templates ask for, sorted. Raises UsageFault for a template that cannot be read."""
    names: set[str] = set()
    for message in prompt.messages:
        if message.content.startswith(NUNJUCKS):
            names.update(_theirs(message, lambda template: template.asked))
        else:
            names |= _checked(message, lambda engine, text: engine.undeclared_variables_in_str(text), {})
    return tuple(sorted(names))


def _filled(message: Message, inputs: Mapping[str, Any]) -> Message:
    if message.content.startswith(NUNJUCKS):
        text = _theirs(message, lambda template: template.filled(inputs))
    else:
        text = _checked(message, lambda engine, source: engine.render_str(source), inputs)
    if len(text) > LONGEST_TEXT:
        raise RequestFault(f"The {message.role} message would be {len(text):,} characters.", "", "Shorten its inputs.")
    return Message(message.role, text)


def _theirs(message: Message, work: Callable[["Template"], Any]) -> Any:
    """Do something with a template of promptfoo's; a fault in it names the message."""
    from genai_tui.answering.nunjucks import BadTemplate, Failed, parsed

    try:
        return work(parsed(message.content.removeprefix(NUNJUCKS)))
    except BadTemplate as fault:
        what = f"The template of the {message.role} message has a fault in line {fault.line}: {fault.why}."
    except Failed as fault:
        what = f"The template of the {message.role} message cannot be filled in: {fault}."
    raise UsageFault(what, "", "Mend the template, or what it is filled with.")


def _checked(message: Message, work: Any, inputs: Mapping[str, Any]) -> Any:
    """Do something with a message's template; a fault in it names the message and the line."""
    import minijinja

    # Inputs are given as globals, for a column may be called `self` or `name` like the engine's own parameters.
    try:
        engine = minijinja.Environment(
            undefined_behavior="strict",
            fuel=min(MOST_FUEL, FUEL + FUEL_A_CHARACTER * len(message.content)),
            keep_trailing_newline=True,
            auto_escape_callback=lambda _: False,
            globals=dict(inputs),
        )
        return work(engine, message.content)
    except minijinja.TemplateError as fault:
        raise _fault(message, fault, inputs) from fault
    except UnicodeEncodeError as fault:
        what = f"The inputs of the {message.role} message cannot be filled in."
        raise UsageFault(what, "They hold bytes that are no UTF-8, or half a character.") from fault
    except (OverflowError, TypeError) as fault:
        raise UsageFault(f"The inputs of the {message.role} message cannot be filled in.", str(fault)) from fault


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
