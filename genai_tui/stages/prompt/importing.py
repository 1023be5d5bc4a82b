"""Prompts from other programs: an OpenAI messages JSON, and a promptfoo prompt file.

promptfoo's templates are nunjucks, and here they become ours: `dump` is rewritten; tags that name other files, names of
the environment, regular expressions and methods, which ours would only miss when it is filled in, are refused by name,
and what it cannot read it refuses itself. What both read, each in its own way (an empty list is true in nunjucks),
is not looked for; `genai-tui eval run --config` keeps templates as nunjucks. Nothing that a file names is fetched or
run.
"""

import csv
import io
import re
from pathlib import PurePath
from typing import Any, NamedTuple

from genai_tui.errors import FileFault, UsageFault, sentence
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.prompt.files import ROLES, load_yaml, read_prompt

KEPT_FIELDS = frozenset(
    (
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "stop",
        "n",
        "presence_penalty",
        "frequency_penalty",
        "logprobs",
        "top_logprobs",
        "response_format",
        "tools",
        "tool_choice",
        "reasoning_effort",
        "logit_bias",
    )
)
LEFT_OUT = frozenset(("model", "stream", "stream_options", "messages", "user", "metadata", "store"))
_UNKNOWN = (
    (re.compile(r"\{%-?\s*(include|import|extends|from)\b"), "the tag {0}"),
    (re.compile(r"\{\{-?\s*env\."), "`env.`: give it as a variable"),
    (re.compile(r"(?:\{\{|\{%)[^}%]*\br/"), "a regular expression"),
    (re.compile(r"(?:\{\{|\{%)[^}%]*\.(?:map|filter|reduce|slice|split|includes|push)\s*\("), "a method of JavaScript"),
)


class Imported(NamedTuple):
    """A prompt that was read from another program's file; `notes` say what was changed or left out."""

    prompt: Prompt
    notes: tuple[str, ...]


def import_prompts(text: str, name: str) -> list[Imported]:
    """The prompts in a file: messages JSON, or promptfoo's text, JSON, YAML or CSV form. Raises FileFault.

    A promptfoo text file holds several prompts, parted by lines that are `---`; a file with front matter or role lines
    is one of ours.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    suffix = PurePath(name).suffix.lower()
    if suffix in (".js", ".ts", ".py", ".mjs", ".cjs"):
        raise FileFault(f"{name} is a program, and nothing of it is run.", "", "Import the text that it makes.")
    if text.lstrip()[:1] in ("[", "{") and not text.lstrip().startswith(("{{", "{%", "{#")):
        return [_from_data(_json(text, name), name)]
    if suffix in (".yaml", ".yml"):
        return [_from_data(load_yaml(text, name), name)]
    if suffix == ".csv":
        return _from_table(text, name)
    if text.startswith("---\n") or any(line.rstrip() in [f"{role}:" for role in ROLES] for line in text.split("\n")):
        return [Imported(read_prompt(text, name), ())]
    parts = [part.strip("\n") for part in re.split(r"(?m)^---[ \t]*$", text)]
    found = [_from_messages([("user", part)], {}, name, ()) for part in parts if part.strip()]
    if not found:
        raise FileFault(f"{name} holds no prompt.", "It is empty.")
    return found


def _json(text: str, name: str) -> Any:
    from genai_tui.datasets.jsons import plain_json

    try:
        return plain_json(text)
    except ValueError as fault:
        raise FileFault(f"{name} begins like JSON and is none.", sentence(fault)) from fault


def _from_table(text: str, name: str) -> list[Imported]:
    """A row a prompt: in the column `prompt`, or in the only one; `label` is said, for people."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        raise FileFault(f"{name} is no table that can be read.", sentence(fault)) from fault
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "prompt" in head:
        rows = rows[1:]
    elif any(len(row) > 1 for row in rows):
        raise FileFault(f"{name} has no column called prompt.", f"Its first row is: {', '.join(head)}.")
    place, label = head.index("prompt") if "prompt" in head else 0, head.index("label") if "label" in head else None
    found = []
    for row in rows:
        if place < len(row) and row[place].strip():
            said = row[label].strip() if label is not None and label < len(row) else ""
            notes = (f"Its label is {said}.",) if said else ()
            found.append(_from_messages([("user", row[place])], {}, name, notes))
    if not found:
        raise FileFault(f"{name} holds no prompt.", "No row has a text in the column prompt.")
    return found


def _from_data(data: Any, name: str) -> Imported:
    fields: dict[str, Any] = {}
    notes: list[str] = []
    if isinstance(data, dict) and "prompts" in data and "messages" not in data:
        raise FileFault(
            f"{name} is a configuration of promptfoo, not one prompt.",
            "It names prompts, models and tests.",
            f"genai-tui eval run --config {name} runs it; its prompt files can be imported one by one.",
        )
    if isinstance(data, dict) and isinstance(data.get("messages"), list):
        for key, value in data.items():
            if key in KEPT_FIELDS:
                fields[key] = value
            elif key not in LEFT_OUT:
                notes.append(f"`{key}` was left out.")
        if "model" in data:
            notes.append(f"The model {data['model']} is named in the file; --model says which is asked.")
        data = data["messages"]
    if not isinstance(data, list) or not data:
        raise FileFault(f"{name} holds no messages.", "A list of {role, content}, or an object with `messages`.")
    pairs = []
    for number, item in enumerate(data, 1):
        role = item.get("role") if isinstance(item, dict) else None
        role = {"developer": "system"}.get(str(role), role)
        if role not in ROLES:
            raise FileFault(f"Message {number} of {name} has the role {role!r}.", f"Known are {', '.join(ROLES)}.")
        pairs.append((str(role), _content(item.get("content"), number, name)))
    output = fields.get("response_format")
    if isinstance(output, dict) and output.get("type") == "json_schema":
        notes.append("`response_format` is kept as a parameter, as it was sent.")
    return _from_messages(pairs, fields, name, tuple(notes))


def _content(content: Any, number: int, name: str) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in parts]
    if any(not isinstance(text, str) for text in texts):
        raise FileFault(f"Message {number} of {name} has a content that is no text.", "Only texts can be imported.")
    return "".join(str(text) for text in texts)


def _from_messages(pairs: list[tuple[str, str]], fields: dict[str, Any], name: str, notes: tuple[str, ...]) -> Imported:
    messages = []
    changed: list[str] = list(notes)
    for role, text in pairs:
        for pattern, what in _UNKNOWN:
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                named = what.format(*found.groups()) if found.groups() else what
                raise FileFault(f"{name}, line {line} of the {role} message: {named} cannot be imported.")
        rewritten = re.sub(r"\|\s*dump(?:\(\s*\))?(?=\s*[|}%])", "| tojson", text)
        if rewritten != text:
            changed.append("`dump` was rewritten as `tojson`.")
        messages.append(Message(role, rewritten))  # type: ignore[arg-type]  # it is one of ROLES
    prompt = Prompt(tuple(messages), parameters=fields)
    from genai_tui.answering.render import variables

    try:
        variables(prompt)
    except UsageFault as fault:
        raise FileFault(f"{name}: {fault.what}", fault.why, fault.do) from fault
    return Imported(prompt, tuple(dict.fromkeys(changed)))
