"""The small questions that an endpoint's test asks of one model, and what follows from each."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.inference import memory
from genai_tui.inference.answers import Answer
from genai_tui.inference.ask import Ask, ask
from genai_tui.inference.attempt import Attempt
from genai_tui.inference.findings import Findings
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.retrying import budgets
from genai_tui.inference.transports import Transport
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message

QUESTION = "Write six random words."
SHORT = 24  # tokens
OPTIONAL: Mapping[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "seed": 7,
    "stop": ["\u241e"],
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
LONG_WORDS = 5000  # more than the 4,096 tokens to which Ollama cuts by default
CUT_BELOW = 0.8


@dataclass(frozen=True)
class Kit:
    """Who is asked, and how."""

    endpoint: Endpoint
    access: Access
    transport: Transport
    model_id: str

    def ask(
        self,
        parameters: Mapping[str, Any],
        *,
        text: str = QUESTION,
        output: Mapping[str, Any] | None = None,
        stream: bool = True,
    ) -> Ask:
        """One small question."""

        async def reach() -> Access:
            return self.access

        request = Request(self.model_id, (Message("user", text),), parameters, output, stream)
        return ask(request, self.endpoint, access=reach, transport=self.transport, seen=False, retries=2)


async def all_trials(
    found: Findings, endpoint: Endpoint, access: Access, transport: Transport, model_id: str, long_prompt: bool
) -> None:
    """Ask them in turn. Raises GenaiError where the first one is not answered: the rest would tell nothing."""
    kit = Kit(endpoint, access, transport, model_id)
    asking = kit.ask({"max_tokens": SHORT})
    cold = await asking.whole()
    assert asking.attempt is not None
    _stream(found, cold, asking.attempt)
    _counts(found, cold, asking.attempt)
    _names(found, kit)
    _rate_limits(found, asking.attempt)
    accepted, first = await _parameters(found, kit)
    await _seed(found, kit, accepted, first)
    await _logprobs(found, kit)
    await _schema(found, kit)
    await _context(found, kit, long_prompt)


def _refused(error: GenaiError) -> bool:
    return error.extra.get("kind") == "request"


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _stream(found: Findings, answer: Answer, attempt: Attempt) -> None:
    moments = answer.moments
    first_byte = moments.first_byte - moments.sent if moments.first_byte and moments.sent else None
    found.learn(first_byte_cold_s=_seconds(first_byte), first_token_cold_s=_seconds(moments.first_token_s))
    if not answer.streamed:
        found.learn(streams="no")
        found.say("It does not stream: the answer comes in one piece, so times to the first token mean nothing.")
    elif answer.all_at_once:
        found.learn(streams="all at once")
        found.say("It streams, but everything arrives at once: something on the way holds it back.")
    else:
        found.learn(streams="yes")
        found.say(f"It streams; the first token came after {moments.first_token_s or 0:.2f} s.")
    done = answer.streamed and attempt.reading.done
    found.learn(finish_reason=answer.finish_reason, done=done)
    if answer.finish_reason is None:
        found.say("It names no finish reason, so an answer cut by its limit is not told from a whole one.")
    if answer.streamed and not done:
        found.say("Its streams end without [DONE]; the finish reason counts.")
    found.learn(reasoning_field=answer.reasoning_field)
    if answer.reasoning_field:
        found.say(f"It shows its thinking, in `{answer.reasoning_field}`.")


def _counts(found: Findings, answer: Answer, attempt: Attempt) -> None:
    times = attempt.reading.usage.seen
    additive = attempt.reading.usage.additive
    usage = "never" if answer.usage is None else "every chunk" if times > 2 else "asked"
    found.learn(usage=usage, additive_reasoning=additive)
    if usage == "never":
        found.say("It does not count tokens: counts are guesses of ours, and so are costs.")
    elif usage == "every chunk":
        found.say("It counts tokens in every chunk; the last count is taken.")
    else:
        found.say("It counts tokens when asked to.")
    if additive:
        found.say("Its reasoning tokens come on top of the answer's tokens; both are counted as output.")
    if answer.cost_usd is not None:
        found.say("It states what an answer costs.")


def _names(found: Findings, kit: Kit) -> None:
    refused = memory.refused_by(kit.access, kit.model_id)
    limit = memory.NEW_LIMIT if memory.OLD_LIMIT in refused else memory.OLD_LIMIT
    found.learn(token_limit=limit, stream_options="refused" if memory.OPTIONS in refused else "accepted")
    if limit == memory.NEW_LIMIT:
        found.say("It wants the token limit as `max_completion_tokens`; it is sent so.")
    if memory.OPTIONS in refused:
        found.say("It refuses `stream_options`; it is left out, so streams may come without token counts.")


def _rate_limits(found: Findings, attempt: Attempt) -> None:
    seen = {name or "all": budget.get("reset", "") for name, budget in budgets(attempt.headers).items()}
    found.know(rate_limits=seen)
    if seen:
        forms = ", ".join(f"{name} (reset written as {form or 'nothing'!r})" for name, form in seen.items())
        found.say(f"It tells its rate limits: {forms}.")
    else:
        found.say("It tells no rate limits in its headers.")


async def _parameters(found: Findings, kit: Kit) -> tuple[dict[str, Any], str | None]:
    """Send the usual parameters together, and leave out each that is refused; the accepted ones, and the text."""
    accepted = dict(OPTIONAL)
    refused: list[str] = []
    text: str | None = None
    while accepted:
        try:
            answer = await kit.ask({**accepted, "max_tokens": SHORT}).whole()
        except GenaiError as error:
            name = next((n for n in accepted if n in str(error)), None)
            if not _refused(error) or name is None:
                found.learn(parameters_unclear=str(error))
                break
            refused.append(name)
            del accepted[name]
            continue
        text = answer.text or answer.reasoning
        _warm(found, answer)
        break
    found.learn(refused=refused)
    if refused:
        found.say(f"It refuses {', '.join(f'`{name}`' for name in refused)}: a prompt that sets it is an error there.")
    else:
        found.say(f"It takes {', '.join(f'`{name}`' for name in accepted)}.")
    return accepted, text


def _warm(found: Findings, answer: Answer) -> None:
    moments = answer.moments
    first_byte = moments.first_byte - moments.sent if moments.first_byte and moments.sent else None
    found.learn(first_byte_s=_seconds(first_byte), first_token_s=_seconds(moments.first_token_s))
    if moments.first_token_s is not None:
        found.say(f"Warm, the first token came after {moments.first_token_s:.2f} s.")


async def _seed(found: Findings, kit: Kit, accepted: Mapping[str, Any], first: str | None) -> None:
    if "seed" not in accepted or first is None:
        found.learn(seed="refused" if first is not None else "unknown")
        return
    try:
        answer = await kit.ask({**accepted, "max_tokens": SHORT}).whole()
    except GenaiError as error:
        found.learn(seed="unknown")
        found.say(f"Whether a seed repeats its text stayed open: {error}")
        return
    same = (answer.text or answer.reasoning) == first
    found.learn(seed="same" if same else "different")
    found.say("The same seed gave the same text twice." if same else "The same seed did not give the same text twice.")


async def _logprobs(found: Findings, kit: Kit) -> None:
    try:
        answer = await kit.ask({"logprobs": True, "top_logprobs": 1, "max_tokens": SHORT}, stream=False).whole()
    except GenaiError as error:
        found.learn(logprobs="refused" if _refused(error) else "unknown")
        if _refused(error):
            found.say("It refuses log probabilities.")
        return
    found.learn(logprobs="yes" if answer.logprobs else "ignored")
    found.say("It gives log probabilities." if answer.logprobs else "It ignores the wish for log probabilities.")


async def _schema(found: Findings, kit: Kit) -> None:
    try:
        answer = await kit.ask({"max_tokens": 64}, text="Say hello.", output=SCHEMA, stream=False).whole()
    except GenaiError as error:
        found.learn(json_schema="refused" if _refused(error) else "unknown")
        found.say("It refuses a JSON schema." if _refused(error) else f"Its JSON schemas stayed open: {error}")
        return
    try:
        obeyed = json.loads(answer.text) == {"colour": "blue"}
    except ValueError:
        obeyed = False
    found.learn(json_schema="obeyed" if obeyed else "ignored")
    found.say("It obeys a JSON schema." if obeyed else "It accepts a JSON schema and ignores it: check its answers.")


async def _context(found: Findings, kit: Kit, long_prompt: bool) -> None:
    stated = found.model.get("context_tokens")
    if stated is not None:
        found.say(f"Its context is {stated:,} tokens, as it says itself.")
        return
    if not long_prompt:
        found.learn(context="unknown")
        found.say("It does not say how long its context is, and no long prompt was sent to find out.")
        return
    from genai_tui.inference.tokens import count

    text = "word " * LONG_WORDS + "Say ok."
    own = (await asyncio.to_thread(count, text, kit.model_id)).tokens
    try:
        answer = await kit.ask({"max_tokens": 1}, text=text, stream=False).whole()
    except GenaiError as error:
        if error.extra.get("kind") == "context":
            found.learn(context="refused when too long")
            found.say(f"A prompt of about {own:,} tokens is too long for it, and it says so: {error.why}")
        else:
            found.learn(context="unknown")
            found.say(f"How long its context is stayed open: {error}")
        return
    taken = answer.usage.input_tokens if answer.usage is not None else None
    if taken is not None and taken < CUT_BELOW * own:
        found.learn(context="cut in silence", context_tokens=taken)
        found.say(f"It cuts prompts in silence: of about {own:,} tokens it took {taken:,}; set its context there.")
    else:
        found.learn(context="unknown", context_tokens_at_least=taken)
        found.say(f"Its context holds at least {taken or own:,} tokens.")
