"""Exactly what one column sends: its messages, its body, and programs that send the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.answering.answer import Subject
from genai_tui.errors import MissingPiece, UsageFault
from genai_tui.inference.requests import COMPLETIONS, Request
from genai_tui.records.endpoints import Endpoint
from genai_tui.stages.prompt.exporting import as_curl, as_python
from genai_tui.stages.prompt.trying import Inputs
from genai_tui.untrusted import escape_json

if TYPE_CHECKING:
    from genai_tui.project import Project

ASLEEP = "http://127.0.0.1:PORT/v1"
EMBEDDED_KEY = "EMBEDDED_KEY"
EMBEDDED = (
    "The embedded model's server has another address and key at each start, and ends with its last user: "
    f"{EMBEDDED_KEY} stands for the key. The command does the same at any time."
)


@dataclass(frozen=True)
class Sent:
    """One request: to whom, the body as it is sent, and the command that does the same. `note` is for its exports."""

    endpoint: Endpoint
    base_url: str
    body: Mapping[str, Any]
    command: str = ""
    note: str = ""

    @property
    def url(self) -> str:
        """Where it is sent."""
        return self.base_url.rstrip("/") + COMPLETIONS

    def as_messages(self) -> str:
        """The messages as text: each under its role."""
        return "\n\n".join(f"{message['role']}:\n{message['content']}" for message in self.body["messages"])

    def as_body(self) -> str:
        """The JSON body, indented; what a terminal could obey is escaped."""
        return escape_json(json.dumps(dict(self.body), ensure_ascii=False, indent=2))

    def as_python(self) -> str:
        """A Python program that sends it."""
        return as_python(self.endpoint, self.base_url, self.body)

    def as_curl(self) -> str:
        """A curl command that sends it."""
        return as_curl(self.endpoint, self.base_url, self.body)


def not_told() -> UsageFault:
    """Why there is no text after the chat template."""
    return UsageFault(
        "This server does not tell the text after its chat template.",
        "llama.cpp, vLLM and the embedded model do; Ollama and the hosted services apply theirs unseen.",
        "The messages are what is sent; its template makes one text of them, with special tokens between.",
    )


def sent_of(
    project: "Project",
    subject: Subject,
    inputs: Inputs,
    *,
    command: str = "",
    extra: Mapping[str, Any] | None = None,
    stream: bool = True,
) -> Sent:
    """What `subject` is sent for these inputs; nothing is contacted. As slow as picking examples: use a thread.

    Raises UsageFault where the inputs do not fit.
    """
    from genai_tui.answering.render import render

    prompt, endpoint = subject.prompt, subject.endpoint
    messages = render(prompt, inputs.values, project.examples_for(prompt, inputs.values))
    schema = prompt.output["schema"] if prompt.output else None
    body = Request(subject.model_id, messages, prompt.parameters, schema, stream, dict(extra or {})).body()
    if not endpoint.embedded:
        return Sent(endpoint, endpoint.base_url, body, command)
    return Sent(replace(endpoint, key_env=EMBEDDED_KEY), _embedded_url(subject.model_id), body, command, EMBEDDED)


def _embedded_url(model_id: str) -> str:
    from genai_tui.inference.embedded.weights import served_model
    from genai_tui.inference.embedded.whereabouts import reach_of

    try:
        reach = reach_of(served_model(model_id))
    except MissingPiece:  # without weights it is asleep, too
        reach = None
    return reach.url if reach is not None else ASLEEP
