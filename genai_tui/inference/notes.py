"""Sentences on an answer that is whole and still not what it seems: prompts cut in silence, contexts that are full."""

from typing import TYPE_CHECKING

from genai_tui.inference.requests import Request
from genai_tui.records.endpoints import EndpointReport
from genai_tui.records.generations import Usage

if TYPE_CHECKING:
    from genai_tui.inference.attempt import Attempt

MOST_CHARACTERS_A_TOKEN = 12  # no tokenizer gets more out of ordinary text; runs of one character apart
NEARLY = 0.95


def notes_on(
    request: Request, attempt: "Attempt", usage: Usage | None, report: EndpointReport | None
) -> tuple[str, ...]:
    """What a user should know of the answer besides its text."""
    notes: list[str] = []
    characters = sum(len(message.content) for message in request.messages)
    facts = report.models.get(request.model_id, {}) if report is not None else {}
    context = facts.get("context_tokens")
    first = attempt.reading.first
    empty = attempt.reading.whole and not (first.text or first.reasoning or first.calls)
    if usage is not None:
        if characters / usage.input_tokens > MOST_CHARACTERS_A_TOKEN and characters > 2000:
            notes.append(
                f"The endpoint counted {usage.input_tokens} tokens for {characters} characters: it cut the prompt in "
                "silence to its context. Set a longer context at the server (for Ollama: OLLAMA_CONTEXT_LENGTH)."
            )
        if empty and isinstance(context, int) and usage.input_tokens >= NEARLY * context:
            notes.append(f"The answer is empty and the prompt fills the context of {context} tokens.")
    return tuple(notes)
