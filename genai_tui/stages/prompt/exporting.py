"""Exactly what goes over the wire, as something another program can do: Python, curl, and our own command.

Run as they are, the exports send the same JSON body as the program did. The key stays in its environment variable.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from genai_tui.inference.addresses import join
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message
from genai_tui.settings.checks import REFERENCE
from genai_tui.untrusted import escape_json, harmless

LONGEST_LINE = 88  # characters, as ruff and black break lines
KNOWN = frozenset(  # what the openai client's `create` takes by name; anything else goes through extra_body
    (
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "modalities",
        "model",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
    )
)


def as_python(endpoint: Endpoint, base_url: str, body: Mapping[str, Any]) -> str:
    """A Python program with the `openai` client that sends this body and prints the answer."""
    known = {key: value for key, value in body.items() if key in KNOWN}
    extra = {key: value for key, value in body.items() if key not in KNOWN}
    key = f'os.environ["{endpoint.key_env}"]' if endpoint.key_env else '"none"'
    if extra:
        known["extra_body"] = extra
    arguments = [_argument(name, value) for name, value in known.items()]
    headers, query = _fields("default_headers", endpoint.headers), _fields("default_query", endpoint.query)
    if body.get("stream"):
        printing = (
            "for chunk in answer:\n    if chunk.choices:\n"
            '        print(chunk.choices[0].delta.content or "", end="", flush=True)\nprint()\n'
        )
    else:
        printing = "print(answer.choices[0].message.content)\n"
    return (
        ("import os\n\n" if "os.environ[" in key + headers + query else "")
        + "from openai import OpenAI\n\n"
        + f"client = OpenAI(\n    base_url={_literal(base_url)},\n    api_key={key},\n{headers}{query})\n"
        + "answer = client.chat.completions.create(\n"
        + "\n".join(arguments)
        + f"\n)\n{printing}"
    )


def _argument(name: str, value: Any) -> str:
    return f"    {name}={_literal(value, f'{name}=')},"


def as_curl(endpoint: Endpoint, base_url: str, body: Mapping[str, Any]) -> str:
    """A curl command that sends this body."""
    url = join(base_url, "/chat/completions")
    mark = "&" if "?" in url else "?"
    fields = "".join(
        f"{shlex.quote(sign + quote_plus(key) + '=')}{_word(value, quote_plus)}"
        for sign, (key, value) in zip((mark, *"&" * len(endpoint.query)), endpoint.query.items(), strict=False)
    )
    lines = [f"curl --no-buffer {shlex.quote(url)}{fields}", "-H 'Content-Type: application/json'"]
    if endpoint.key_env:
        lines.append(f'-H "Authorization: Bearer ${endpoint.key_env}"')
    for name, value in endpoint.headers.items():
        lines.append(f"-H {shlex.quote(f'{name}: ')}{_word(value)}")
    document = escape_json(json.dumps(dict(body), ensure_ascii=False, indent=1))
    lines.append(f"-d {shlex.quote(document)}")
    return " \\\n  ".join(lines) + "\n"


def _word(value: str, encode: Callable[[str], str] = str) -> str:
    """A value of the settings as a word of the shell, which fills in `$NAME` as we do, and runs nothing."""
    return "".join(f'"${{{name}}}"' if name else shlex.quote(encode(text)) for text, name in _pieces(value))


def _fields(name: str, fields: Mapping[str, str]) -> str:
    """Headers or query fields as an argument of the client, which fills in `$NAME` as we do."""
    rows = "".join(f"        {_quoted(key)}: {_filled(value)},\n" for key, value in fields.items())
    return f"    {name}={{\n{rows}    }},\n" if fields else ""


def _filled(value: str) -> str:
    pieces = (f'os.environ["{name}"]' if name else _quoted(text) for text, name in _pieces(value))
    return " + ".join(pieces) or '""'


def _pieces(value: str) -> Iterator[tuple[str, str]]:
    """A value of the settings: texts, and names of environment variables (with no text) between them."""
    at, text = 0, ""
    for found in REFERENCE.finditer(value):
        text += value[at : found.start()]
        at = found.end()
        name = found[1] or found[2]
        if not name:  # `$$` is a dollar
            text += "$"
            continue
        if text:
            yield text, ""
        yield "", name
        text = ""
    if text + value[at:]:
        yield text + value[at:], ""


def as_command(
    prompt: int,
    model: str,
    inputs: Mapping[str, Any],
    row: str | None = None,
    *,
    stream: bool = True,
) -> str:
    """The `genai-tui prompt run` that does the same. It is shown on terminals: what one could obey stands in JSON."""
    words = ["genai-tui", "prompt", "run", str(prompt), "--model", model]
    stdin = ""
    if row is not None:
        words += ["--row", row]
    elif all(isinstance(value, str) and harmless(value) == value for value in inputs.values()):
        for name, value in inputs.items():
            words += ["--var", f"{name}={value}"]
    else:
        words += ["--vars", "-"]
        stdin = f"printf %s {shlex.quote(json.dumps(dict(inputs)))} | "
    if not stream:
        words.append("--no-stream")
    return stdin + shlex.join(words)


def as_messages(messages: Sequence[Message]) -> str:
    """The messages as JSON, as they stand in the body."""
    return json.dumps([{"role": m.role, "content": m.content} for m in messages], ensure_ascii=False, indent=2)


def _literal(value: Any, before: str = "", indent: int = 4) -> str:
    """A Python literal of a JSON value, safe to run and to print, as ruff and black write it after `before`."""
    line = _on_one_line(value)
    if not isinstance(value, (dict, list, tuple)) or not value or indent + len(before) + len(line) < LONGEST_LINE:
        return line
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        named = ((f"{_quoted(str(key))}: ", item) for key, item in value.items())
        rows = [f"{inner}{name}{_literal(item, name, indent + 4)},\n" for name, item in named]
        return f"{{\n{''.join(rows)}{' ' * indent}}}"
    rows = [f"{inner}{_literal(item, '', indent + 4)},\n" for item in value]
    return f"[\n{''.join(rows)}{' ' * indent}]"


def _on_one_line(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_on_one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_on_one_line, value)) + "]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """In double quotes, unless single ones need fewer escapes; what does not print as it is stands as an escape."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(f"\\{char}" if char in (quote, "\\") else _char(char) for char in text) + quote


def _char(char: str) -> str:
    return char if char.isprintable() else ascii(char)[1:-1]
