"""What is asked, and how an endpoint is reached."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from genai_tui.errors import RequestFault
from genai_tui.records.prompts import Message

LONG_AS_A_KEY = 20
_SECRET = re.compile("key|token|auth|secret|cookie|pass|credential|sig", re.IGNORECASE)
COMPLETIONS = "/chat/completions"
_as_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # `json.dumps` would make one each time


@dataclass(frozen=True)
class Access:
    """How an endpoint is reached now: for the embedded one from its lease, for others from the settings.

    `key` None or empty sends no Authorization header. `headers` and `query` are the user's own, `ca_file` is a path
    of certificates trusted besides the system's. `local` gives the first byte five minutes (a model is loaded).
    """

    base_url: str
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    local: bool = False

    def secrets(self) -> tuple[str, ...]:
        """What no message may show: the key, and the values of headers and query that could be one."""
        named = {**self.headers, **self.query}
        values = [value for name, value in named.items() if _SECRET.search(name) or len(value) >= LONG_AS_A_KEY]
        password = urlsplit(self.base_url).password or ""
        return tuple(value.strip() for value in (self.key or "", password, *values) if len(value.strip()) >= 4)


@dataclass(frozen=True)
class Request:
    """One question: `parameters` are what the user set, and only they are sent; `output` is a JSON schema.

    `extra` is laid over the body last (tools, a provider's own fields). `stream` asks for deltas.
    """

    model_id: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] | None = None
    stream: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The body as it is sent, with what we add ourselves: `stream` and `stream_options`."""
        body: dict[str, Any] = {
            "model": self.model_id,
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            **self.parameters,
        }
        if self.output is not None:
            body["response_format"] = response_format(self.output)
        if self.stream:
            body["stream"] = True
            body.setdefault("stream_options", {"include_usage": True})
        body.update(self.extra)
        return body

    def sets(self, name: str) -> bool:
        """Whether the user set the field `name`; such a field is never dropped."""
        return name in self.parameters or name in self.extra


def response_format(output: Mapping[str, Any]) -> dict[str, Any]:
    """The `response_format` of an output schema; one that already is a response format stays as it is."""
    if output.get("type") in ("json_schema", "json_object", "text") and set(output) <= {"type", "json_schema"}:
        return dict(output)
    name = str(output.get("title") or "answer")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:64]
    schema: dict[str, Any] = {"name": safe, "schema": dict(output)}
    if output.get("additionalProperties") is False:
        schema["strict"] = True  # OpenAI obeys only then, and refuses an open schema that says so
    return {"type": "json_schema", "json_schema": schema}


def encoded(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON bytes. Raises RequestFault for what is no JSON (NaN, an object of Python's)."""
    try:
        return _as_json(body).encode("ascii")
    except (TypeError, ValueError) as error:
        raise RequestFault("The request cannot be written as JSON.", str(error), "Correct its parameters.") from error
