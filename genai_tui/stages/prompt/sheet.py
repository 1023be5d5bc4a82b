"""The sheet of the playground: what stands in its boxes, who is asked, and the prompt that both make.

The template box holds every message but a single first system message, which has a box of its own. One user message is
its text alone; several have role lines above them (`system:`, `user:`, `assistant:` alone on a line, with a blank
line before). A line of text that looks like a role line has a backslash before it. Unlike in a prompt file nothing
is trimmed: what stands in the box is what is sent.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from genai_tui.answering.outcome import Subject
from genai_tui.errors import UsageFault
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt, Role

if TYPE_CHECKING:
    from genai_tui.project import Project

MOST_COLUMNS = 4
_TEXTS = ("system", "template", "based_hash", "schema_text", "schema_fault")
_ROLE_LINE = re.compile(rf"({'|'.join(get_args(Role))}):[ \t]*")
_SIGNS = re.compile(r"(\{[{%#])")
_ESCAPED = re.compile(rf"(?m)^(\\*)({_ROLE_LINE.pattern})$")


@dataclass(frozen=True)
class Column:
    """Who answers in one column: model (`endpoint/model-id`) and version; what is not set follows the sheet.

    `parameters` are laid over the prompt's; one that is None is not sent.
    """

    model: str | None = None
    version: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """What is sent and who is asked. `output` is a JSON schema.

    `kept` are the last rules of several examples, the newest first and one for each way of picking: to come back to.
    `schema_text` was typed as `output` and is none: `schema_fault` says why, and nothing is asked meanwhile.
    `based_on` and `based_hash` are number and hash of the version that it was made from.
    """

    system: str = ""
    template: str = ""
    examples: ExampleRule = field(default_factory=ExampleRule)
    kept: tuple[ExampleRule, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] | None = None
    schema_text: str = ""
    schema_fault: str = ""
    based_on: int | None = None
    based_hash: str = ""
    columns: tuple[Column, ...] = (Column(),)

    def prompt(self) -> Prompt:
        """The prompt: that version where nothing differs, else an unsaved one (number 0) whose parent it is.

        Raises UsageFault naming the line of the template box, where there is no message at all, and where what was
        typed as the schema of its output is none.
        """
        if self.schema_fault:
            raise UsageFault(f"The output schema is {self.schema_fault.rstrip('.')}.", "", "o leads to it.")
        first = (Message("system", self.system),) if self.system else ()
        messages = (*first, *messages_of(self.template))
        if not messages:
            raise UsageFault("There is nothing to send.", "System and template are empty.", "Write the template.")
        output = None if self.output is None else {"schema": self.output}
        made = Prompt(messages, self.examples, dict(self.parameters), output, parent=self.based_on)
        same = self.based_on is not None and made.hash == self.based_hash
        return replace(made, number=self.based_on, parent=None) if same else made  # type: ignore[arg-type]

    @property
    def changed(self) -> bool:
        """Whether it differs from the version it was made from, or was made from none."""
        try:
            return not self.prompt().number
        except UsageFault:
            return True

    def as_json(self) -> dict[str, Any]:
        """As a draft is kept; `from_json` reads it."""
        return asdict(self)


def sheet_of(prompt: Prompt, columns: tuple[Column, ...] = (Column(),)) -> Sheet:
    """The sheet that makes this prompt, to the same hash."""
    system, rest = "", prompt.messages
    if rest and rest[0].role == "system" and rest[0].content and all(m.role != "system" for m in rest[1:]):
        system, rest = rest[0].content, rest[1:]
    saved = prompt.number or None
    return Sheet(
        system=system,
        template=text_of(rest),
        examples=prompt.examples,
        kept=(prompt.examples,) if prompt.examples.count > 1 else (),
        parameters=dict(prompt.parameters),
        output=prompt.output["schema"] if prompt.output is not None else None,
        based_on=saved or prompt.parent,
        based_hash=prompt.hash if saved else "",
        columns=columns,
    )


def from_json(data: Mapping[str, Any]) -> Sheet:
    """The sheet of a draft; what cannot be read (an older program's, a broken one) is left out, never a fault."""
    texts = {name: data[name] for name in _TEXTS if isinstance(data.get(name), str)}
    kept = tuple(_rule(item) for item in _items(data.get("kept")))
    columns = tuple(_column(item) for item in _items(data.get("columns"))[:MOST_COLUMNS])
    output = data.get("output")
    return Sheet(
        **texts,
        examples=_rule(data.get("examples")),
        kept=tuple(rule for rule in kept if rule.count > 1),
        parameters=_named(data.get("parameters")),
        output=_named(output) if isinstance(output, dict) else None,
        based_on=_number(data.get("based_on")),
        columns=columns or (Column(),),
    )


def subject_of(project: "Project", sheet: Sheet, column: Column) -> Subject:
    """Who answers in a column: its model and version, its parameters laid over; a saved prompt has its number.

    Reads the store. Raises UsageFault where model or version do not exist, or the sheet makes no prompt.
    """
    from genai_tui.store.prompts import find_prompt

    prompt = sheet.prompt() if column.version is None else find_prompt(project.reader, str(column.version))
    if column.parameters:
        laid = {**prompt.parameters, **column.parameters}
        parameters = {name: value for name, value in laid.items() if value is not None}
        parent = prompt.number or prompt.parent
        prompt = replace(prompt, parameters=parameters, number=0, parent=parent, note="", created="")
    if not prompt.number:
        with suppress(UsageFault):  # no version has this content
            prompt = find_prompt(project.reader, prompt.hash)
    endpoint, model_id = project.model(column.model)
    return Subject(endpoint, model_id, prompt)


def sheet_of_try(project: "Project", generation: Generation) -> Sheet:
    """The sheet that a try was asked with: its version, or what stood there unsaved; its model in the one column.

    Of a try that kept neither (an older program's) the messages as they were sent. The variables are
    `generation.inputs`. Reads the store.
    """
    from genai_tui.store.generations import find_generation
    from genai_tui.store.prompts import find_prompt
    from genai_tui.store.unsaved import find_unsaved_prompt

    columns = (Column(generation.model),)
    if generation.prompt is not None:
        return sheet_of(find_prompt(project.reader, str(generation.prompt)), columns)
    unsaved = find_unsaved_prompt(project.reader, generation.id)
    if unsaved is not None:
        return sheet_of(unsaved, columns)
    exchanges = generation.exchanges or find_generation(project.reader, generation.id).exchanges
    sent = exchanges[-1].body.get("messages") if exchanges else None
    messages = tuple(
        Message(item["role"], _raw(item["content"]))
        for item in _items(sent)
        if isinstance(item, dict) and item.get("role") in get_args(Role) and isinstance(item.get("content"), str)
    )
    return sheet_of(Prompt(messages), columns)


def _raw(text: str) -> str:
    """A template that is filled to `text`, whatever signs stand in it."""
    return "".join(f"{{{{ {json.dumps(part)} }}}}" if part[:1] == "{" else part for part in _SIGNS.split(text))


def messages_of(box: str) -> tuple[Message, ...]:
    """The messages that the template box holds; none where it is empty. Raises UsageFault naming the line."""
    return tuple(Message(role, text) for role, _, text in parted(box))


def parted(box: str) -> list[tuple[Role, int, str]]:
    """The messages of the template box: role, the 1-based line where its text begins, text. Raises UsageFault."""
    if not box:
        return []
    lines = box.split("\n")
    heads = [number for number, line in enumerate(lines) if _ROLE_LINE.fullmatch(line)]
    if not heads:
        return [("user", 1, _without_escapes(box))]
    if any(line.strip() for line in lines[: heads[0]]):
        role = lines[heads[0]].rstrip()
        raise UsageFault(
            f"The template has text before its first role line, `{role}` in line {heads[0] + 1}.",
            "Texts of several messages stand below a role line each.",
            f"Put `user:` above it, or write `\\{role}` where that line is text.",
        )
    messages = []
    for head, following in zip(heads, [*heads[1:], len(lines)], strict=True):
        text = lines[head + 1 : following]
        if following < len(lines) and text and not text[-1]:
            del text[-1]  # the blank line that parts two messages
        messages.append((_role(lines[head]), head + 2, _without_escapes("\n".join(text))))
    return messages


def text_of(messages: tuple[Message, ...]) -> str:
    """What the template box holds for these messages: `messages_of` reads the very same."""
    if len(messages) == 1 and messages[0].role == "user" and messages[0].content:
        return _with_escapes(messages[0].content)
    return "\n\n".join(f"{message.role}:\n{_with_escapes(message.content)}" for message in messages)


def _with_escapes(text: str) -> str:
    return _ESCAPED.sub(r"\\\1\2", text)


def _without_escapes(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[1][1:] + found[2], text)


def _role(line: str) -> Role:
    return line.rstrip(" \t")[:-1]  # type: ignore[return-value]  # the pattern lets no other word through


def _rule(value: Any) -> ExampleRule:
    if not isinstance(value, dict):
        return ExampleRule()
    number, seed, pool = _number(value.get("number")), value.get("seed"), value.get("pool")
    if value.get("pick") in ("similar", "diverse") and number:
        seed, pool = seed if type(seed) is int else 0, pool if isinstance(pool, str) else None
        return ExampleRule(value["pick"], (), number, seed, pool)
    items = [item for item in _items(value.get("fixed")) if isinstance(item, dict)]
    shots = [FewShot(_named(item.get("inputs")), item.get("expected")) for item in items if "expected" in item]
    return ExampleRule(fixed=tuple(shots))


def _column(value: Any) -> Column:
    if not isinstance(value, dict):
        return Column()
    model = value.get("model")
    return Column(
        model if isinstance(model, str) else None, _number(value.get("version")), _named(value.get("parameters"))
    )


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _named(value: Any) -> dict[str, Any]:
    return {key: item for key, item in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None
