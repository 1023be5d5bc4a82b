"""What asking gives: the answer as far as it came."""

from dataclasses import dataclass, field
from typing import Any

from genai_tui.records.generations import Exchange, Failure, Moments, Usage


@dataclass(frozen=True)
class Answer:
    """One answer at some moment; `whole` is False while it comes and for one that was cut.

    `usage` is what the endpoint counted and can be believed, else None; `cost_usd` what the endpoint itself states.
    `choices` are the texts of all choices, `text` is the first. `retries` counts requests asked again after a
    failure or a refusal. `all_at_once`: it came in one piece, so times to and between tokens mean nothing.
    `reasoning_field` names where the thinking stood, `notes` are sentences a user should read.
    """

    text: str
    reasoning: str
    finish_reason: str | None
    usage: Usage | None
    cost_usd: float | None
    moments: Moments
    whole: bool = False
    choices: tuple[str, ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    logprobs: tuple[dict[str, Any], ...] = ()
    refusal: bool = False
    streamed: bool = False
    all_at_once: bool = False
    retries: int = 0
    error: Failure | None = None
    exchanges: tuple[Exchange, ...] = ()
    answered_by: str | None = None
    reasoning_field: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)
