"""Prompt files: YAML front matter over the text of the messages, to be reviewed in git.

`read_prompt` reads what `write_prompt` writes, to the same hash. A role line is `system:`, `user:` or
`assistant:` alone on its line; a text without role lines is one user message. Texts that a file of lines cannot hold
(blank lines at their ends, a line that looks like a role line) stand in the front matter under `messages`.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from genai_tui.errors import FileFault, sentence
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt, Role

ROLES = get_args(Role)
KEYS = ("model", "parameters", "inputs", "examples", "output", "messages")
OURS = {"model": "--model says which", "messages": "they are the text of the file", "stream": "prompt run decides it"}
LONGEST_FRONT = 1_000_000  # characters; a prompt file is written by people

_ROLE_LINE = re.compile(rf"^({'|'.join(ROLES)}):[ \t]*$")


def read_prompt(text: str, name: str = "the prompt file") -> Prompt:
    """The prompt that a file's text says, unsaved (number 0). Raises FileFault naming line or key."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front, body, offset = _parted(text, name)
    unknown = [key for key in front if key not in KEYS]
    if unknown:
        near = get_close_matches(str(unknown[0]), KEYS, 1)
        why = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(KEYS)}."
        raise FileFault(f"The front matter of {name} has an unknown key: {unknown[0]}.", why)
    messages = _messages_of(front, name) if "messages" in front else _body_messages(body, offset, name)
    if "messages" in front and body.strip():
        raise FileFault(f"{name} has messages in its front matter and a text below it.", "", "Keep one of the two.")
    if not messages:
        raise FileFault(f"{name} holds no message.", "", "Write the text that is to be sent, with {{ variables }}.")
    parameters = _mapping(front, "parameters", name)
    for key in parameters.keys() & OURS.keys():
        raise FileFault(f"`{key}` cannot be a parameter in {name}.", sentence(OURS[key]))
    output = _mapping(front, "output", name) or None
    if output is not None and (set(output) != {"schema"} or not isinstance(output["schema"], dict)):
        raise FileFault(f"`output` in {name} must be `schema:` with a JSON schema below it.", "", "Or leave it out.")
    prompt = Prompt(messages, _examples_of(front.get("examples"), name), parameters, output)
    _check_inputs(front.get("inputs"), prompt, name)
    return prompt


def write_prompt(prompt: Prompt) -> str:
    """The text of a file that `read_prompt` reads to the same hash. Raises FileFault where no text would."""
    from genai_tui.answering.render import variables

    front: dict[str, Any] = {}
    if prompt.parameters:
        front["parameters"] = prompt.parameters
    if names := variables(prompt):
        front["inputs"] = list(names)
    if prompt.examples.count:
        front["examples"] = _examples_as_data(prompt.examples)
    if prompt.output is not None:
        front["output"] = prompt.output
    body = "\n\n".join(f"{m.role}:\n{m.content}" for m in prompt.messages) + "\n"
    for dump in (_yaml, _json):
        for with_messages in (False, True):
            data = {**front, "messages": [{m.role: m.content} for m in prompt.messages]} if with_messages else front
            text = (f"---\n{dump(data)}---\n" if data else "") + ("" if with_messages else body)
            if _reads_back(text, prompt):
                return text
    raise FileFault(f"Prompt {prompt.number} cannot be written as a file.", "No text file can hold it.")


def _reads_back(text: str, prompt: Prompt) -> bool:
    try:
        return read_prompt(text).hash == prompt.hash
    except FileFault:
        return False


def _parted(text: str, name: str) -> tuple[dict[str, Any], str, int]:
    """Front matter, body, and how many lines stand before the body."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, text, 0
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            front = load_yaml("\n".join(lines[1:number]), name, 1)
            if front is not None and not isinstance(front, dict):
                raise FileFault(f"The front matter of {name} is no mapping of keys to values.")
            return front or {}, "\n".join(lines[number + 1 :]), number + 1
    raise FileFault(f"{name}, line 1: the front matter is never closed.", "", "End it with a line that is ---.")


def load_yaml(text: str, name: str, offset: int = 0) -> Any:
    """YAML 1.2 as plain JSON values; dates stay text. Raises FileFault naming the line, and for too many aliases."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import YAMLError

    class Constructor(SafeConstructor):
        """Safe, and without dates: what is written as one stays as it is written."""

    said = f"The front matter of {name}" if offset else name
    Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
    if len(text) > LONGEST_FRONT:
        raise FileFault(f"{said} is longer than {LONGEST_FRONT:,} characters.")
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Constructor
    try:
        value = yaml.load(text)
        if _unfolded(value, {}) > LONGEST_FRONT:
            raise FileFault(f"The aliases in {name} stand for over {LONGEST_FRONT:,} characters.", "", "Write it out.")
        json.dumps(value, allow_nan=False)
    except YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f", line {mark.line + 1 + offset}" if mark is not None else ""
        problem = getattr(fault, "problem", None) or str(fault).splitlines()[0]
        raise FileFault(
            f"{name}{where}: {'the front matter is' if offset else 'this is'} no YAML.", sentence(problem)
        ) from fault
    except (TypeError, ValueError, RecursionError) as fault:
        raise FileFault(f"{said} holds a value that JSON cannot.", sentence(fault)) from fault
    return value


def _unfolded(value: Any, known: dict[int, int]) -> int:
    """How long a value is, in characters about, where what an alias stands for is written out each time.

    Raises ValueError where one holds itself.
    """
    if not isinstance(value, (dict, list)):
        return len(value) if isinstance(value, str) else 1
    if id(value) not in known:
        known[id(value)] = -1
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_unfolded(part, known) for part in parts)
    if known[id(value)] < 0:
        raise ValueError("An alias holds itself.")
    return known[id(value)]


def _body_messages(body: str, offset: int, name: str) -> tuple[Message, ...]:
    parts: list[tuple[Role | None, list[str]]] = [(None, [])]
    for line in body.split("\n"):
        role = _ROLE_LINE.match(line)
        if role:
            parts.append((role[1], []))  # type: ignore[arg-type]
        else:
            parts[-1][1].append(line)
    head = _trimmed(parts[0][1])
    if len(parts) == 1:
        return (Message("user", head),) if head else ()
    if head:
        raise FileFault(f"{name}, line {offset + 1}: text before the first role line.", "", "Put `user:` above it.")
    return tuple(Message(role, _trimmed(lines)) for role, lines in parts[1:] if role)


def _trimmed(lines: list[str]) -> str:
    """The text without blank lines at its ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[start:end])


def _messages_of(front: Mapping[str, Any], name: str) -> tuple[Message, ...]:
    """Messages of the front matter: `- user: text`, or `- {role: user, content: text}` as APIs write them."""
    messages = []
    for item in front["messages"] if isinstance(front["messages"], list) else [None]:
        if isinstance(item, dict) and set(item) == {"role", "content"}:
            item = {item["role"]: item["content"]}
        role, content = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else ("", None)
        if role not in ROLES or not isinstance(content, str):
            raise FileFault(f"`messages` in {name} must be a list of `- user: text`.", f"Roles are {', '.join(ROLES)}.")
        messages.append(Message(role, content))  # type: ignore[arg-type]  # it is one of ROLES
    return tuple(messages)


def _mapping(front: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = front.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise FileFault(f"`{key}` in {name} must be a mapping of names to values.")
    return value


def _examples_of(value: Any, name: str) -> ExampleRule:
    if value is None or value == []:
        return ExampleRule()
    if isinstance(value, dict):
        return _rule_of(value, name)
    if not isinstance(value, list):
        raise FileFault(f"`examples` in {name} must be a list.", "Each has `inputs:` and `expected:`.")
    return ExampleRule(fixed=tuple(_example_of(item, number, name) for number, item in enumerate(value, 1)))


def _rule_of(value: Mapping[str, Any], name: str) -> ExampleRule:
    """A rule that picks examples: `pick`, `number`, and where they are given `seed` and `pool`."""
    pick, number, seed, pool = (value.get(key) for key in ("pick", "number", "seed", "pool"))
    if pick not in ("similar", "diverse") or type(number) is not int or number < 1:
        raise FileFault(f"`examples` in {name} must be a list, or `pick: similar` (or diverse) with a `number`.")
    if type(seed or 0) is not int or not isinstance(pool, str | None):
        raise FileFault(f"`examples` in {name} takes a whole number as `seed` and a hash as `pool`.")
    return ExampleRule(pick, (), number, seed or 0, pool)


def _example_of(item: Any, number: int, name: str) -> FewShot:
    if not isinstance(item, dict) or "expected" not in item:
        raise FileFault(f"Example {number} in {name} has no `expected`.", "", "Each has `inputs:` and `expected:`.")
    if set(item) == {"inputs", "expected"} and isinstance(item["inputs"], dict):
        return FewShot(item["inputs"], item["expected"])
    return FewShot({key: value for key, value in item.items() if key != "expected"}, item["expected"])


def _examples_as_data(rule: ExampleRule) -> Any:
    if rule.pick == "fixed":
        return [{"inputs": example.inputs, "expected": example.expected} for example in rule.fixed]
    return {"pick": rule.pick, "number": rule.number, "seed": rule.seed, "pool": rule.pool}


def _check_inputs(value: Any, prompt: Prompt, name: str) -> None:
    """`inputs` is a note of the variables; one that the templates ask for and it does not name is a fault."""
    from genai_tui.answering.render import variables

    names = set(variables(prompt))
    if value is None:
        return
    if not isinstance(value, (list, dict)):
        raise FileFault(f"`inputs` in {name} must be a list of names.")
    missing = sorted(names - {str(key) for key in value} - {"inputs"})
    if missing:
        raise FileFault(f"The templates in {name} ask for {', '.join(missing)}, which `inputs` does not name.")


def _yaml(data: dict[str, Any]) -> str:
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString

    def readable(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: readable(item) for key, item in value.items()}
        if isinstance(value, list):
            return [readable(item) for item in value]
        return LiteralScalarString(value) if isinstance(value, str) and "\n" in value.strip("\n") else value

    yaml = YAML(typ="rt", pure=True)
    yaml.width = 10_000
    out = StringIO()
    yaml.dump(readable(data), out)
    return out.getvalue()


def _json(data: dict[str, Any]) -> str:
    """JSON is YAML too: for texts that the block style cannot hold. What YAML takes for a line end is escaped."""

    def escaped(match: re.Match[str]) -> str:
        return f"\\u{ord(match[0]):04x}"

    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in data.items())
    return "".join(re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", escaped, line) for line in lines)
