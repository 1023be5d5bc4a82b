"""A prompt of promptfoo's as one of ours: a text, or the messages that its JSON or YAML is."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from genai_tui.answering.render import NUNJUCKS, filled
from genai_tui.datasets.yamls import read_yaml
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.javascript import as_json
from genai_tui.records.prompts import Message, Prompt, Role
from genai_tui.stages.evaluate.interchange.files import Reading
from genai_tui.stages.evaluate.interchange.nunjucks import as_raw, is_left_open, is_template
from genai_tui.stages.evaluate.interchange.prompts import PREFIX, SUFFIX, Written, json_in

_DUMPED = re.compile(r'"(?:[^"\\]|\\.)*"|\{\{-?\s*([^{}]+?)\s*\|\s*dump\s*(?:\|\s*safe\s*)?-?\}\}')  # texts, or values
_BEGINS = re.compile(r"\[\s*(?:[\"\[\d{-]|true|false|null|\]$)")
_OPEN, _CLOSE = "\ue000", "\ue001"  # around texts that are templates within JSON


def prompt_of(
    reading: Reading,
    written: Written,
    parameters: dict[str, Any],
    inputs: Iterable[Mapping[str, Any]],
    *,
    echoes: bool,
    affixes: tuple[str, str] | None,
) -> Prompt | None:
    """The prompt as ours, to be filled with `inputs`; None where it is not supported.

    `affixes` stand around it; None: each test has its own, as inputs.
    """
    prefix, suffix = affixes if affixes is not None else (f"{{{{{PREFIX}}}}}", f"{{{{{SUFFIX}}}}}")
    note = written.label
    around = bool(prefix or suffix)
    if written.data is not None and around and affixes is None:
        reading.lacks("prefix", written.file, written.line, "around JSON, and not the same for all tests")
        return None
    text = prefix.removeprefix(NUNJUCKS) + written.raw + suffix.removeprefix(NUNJUCKS)
    data = json_in(text) if around else written.data
    is_yaml = data is None and written.raw.lstrip().startswith("- role:")
    if data is None and is_left_open(text):
        if is_yaml:
            reading.lacks("a chat in YAML with a tag that its line does not end", written.file, written.line)
            return None
        text = as_raw(text)
        reading.note(f"A tag begins in {written.label[:60]!r} that its line does not end: the whole prompt is text.")
    if echoes:
        data = json_in(text, scalars=True) if data is None else data
        content = text if data is None else as_json(_dumped(data), 2)
        return Prompt((Message("user", _template(reading, written, content, data)),), note=note)
    if is_yaml:
        try:
            data = read_yaml(text, written.file).plain()
        except FileFault as fault:
            why = fault.why.rstrip(".")
            reading.lacks("a prompt that is YAML only when it is filled in", written.file, written.line, why)
            return None
    becomes_json = data is None and _becomes_json(text)
    if becomes_json:
        data = json_in(_DUMPED.sub(lambda tag: _quoted(tag[1]) if tag[1] else tag[0], text))
    if becomes_json and data is None:
        reading.lacks("a prompt that is JSON only when it is filled in", written.file, written.line)
        return None
    if data is None:
        content = reading.template(text, written.file, written.line)
        if any(_fills_to_chat(content, each) for each in inputs):
            reading.lacks("a prompt that is a chat only when it is filled in", written.file, written.line)
            return None
        return Prompt((Message("user", content),), parameters=parameters, note=note)
    messages = _messages(reading, written, data)
    return None if messages is None else Prompt(messages, parameters=parameters, note=note)


def _becomes_json(text: str) -> bool:
    """Whether promptfoo takes the text, once it is filled in, for JSON or for a mistake in it."""
    plain = text.strip()
    if plain.startswith("{") and not plain.startswith(("{{", "{%", "{#")):
        return plain.endswith("}")
    if (only := _DUMPED.fullmatch(plain)) and only[1]:
        return True
    return plain.endswith("]") and _BEGINS.match(plain) is not None


def _fills_to_chat(template: str, inputs: Mapping[str, Any]) -> bool:
    """Whether the template is messages in JSON or YAML when it is filled in: promptfoo then sends those."""
    if not template.removeprefix(NUNJUCKS).lstrip().startswith(("{", "[", "-")):
        return False
    try:
        text = filled(template, inputs)
    except UsageFault:  # it is told when it is asked
        return False
    data = json_in(text)
    return text.lstrip().startswith("- role:") or (isinstance(data, list) and any(isinstance(m, dict) for m in data))


def _quoted(value: str) -> str:
    """What is dumped into JSON as a text in it, for content is a text: a text as it is, anything else in JSON."""
    return json.dumps(f"{{{{ ({value}) if ({value}) is string else ({value}) | dump }}}}")


def _dumped(data: Any) -> Any:
    """JSON whose texts that are templates are marked, so that each is filled in within its quotes."""
    if isinstance(data, dict):
        return {key: _dumped(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_dumped(value) for value in data]
    return f"{_OPEN}{data}{_CLOSE}" if isinstance(data, str) and is_template(data) else data


def _template(reading: Reading, written: Written, content: str, data: Any) -> str:
    if data is None:
        return reading.template(content, written.file, written.line)
    pieces = content.split(f'"{_OPEN}')
    text = _as_text(pieces[0])
    for piece in pieces[1:]:
        inner, _, rest = piece.partition(f'{_CLOSE}"')
        text += "{% filter dump %}" + json.loads(f'"{inner}"') + "{% endfilter %}" + _as_text(rest)
    return reading.template(text, written.file, written.line)


def _as_text(piece: str) -> str:
    return as_raw(piece) if is_template(piece) else piece


def _messages(reading: Reading, written: Written, data: Any) -> tuple[Message, ...] | None:
    if not isinstance(data, list):
        reading.lacks("a prompt in JSON that is no list of messages", written.file, written.line)
        return None
    found: list[Message] = []
    for item in data:
        role = item.get("role") if isinstance(item, dict) else None
        content = _content(item.get("content")) if isinstance(item, dict) else None
        role = "system" if role == "developer" else role
        if role not in ("system", "user", "assistant") or content is None:
            what = f"a message of the role {role}" if content is not None else "a message that is no text"
            reading.lacks(what, written.file, written.line)
            return None
        if role == "system" and any(message.role != "system" for message in found):
            reading.lacks("a system message after others", written.file, written.line)
            return None
        found.append(Message(cast(Role, role), reading.template(content, written.file, written.line)))
    return tuple(found)


def _content(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in parts]
    return None if any(not isinstance(text, str) for text in texts) else "".join(str(text) for text in texts)
