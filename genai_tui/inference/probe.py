"""Tests an endpoint with few small requests: what a user should know before trusting it, as facts and sentences.

It stops at the first thing that makes the rest pointless: nobody there, a refused key, no model to ask.
"""

# ruff: noqa: PT028 (it is an endpoint that is tested)

from dataclasses import replace
from datetime import UTC, datetime

from genai_tui.errors import GenaiError, NoAnswer, UsageFault
from genai_tui.inference import trials
from genai_tui.inference.addresses import others_worth_trying, shown, tidy
from genai_tui.inference.ask import Reach
from genai_tui.inference.faults import kind_of, read_fault
from genai_tui.inference.findings import Findings, Progress
from genai_tui.inference.listing import list_models
from genai_tui.inference.requests import COMPLETIONS, Access
from genai_tui.inference.sentences import Asked, of_fault
from genai_tui.inference.transports import Moved, Transport
from genai_tui.inference.wire import Broken
from genai_tui.records.endpoints import Endpoint, EndpointReport, ListedModel

NOT_FOR_CHAT = ("embed", "whisper", "tts", "dall-e", "rerank", "moderation", "image", "transcribe", "realtime", "audio")
ELSEWHERE = ("address", "moved", "not-http")


async def test_endpoint(
    endpoint: Endpoint,
    *,
    access: Reach,
    transport: Transport,
    model_id: str | None = None,
    previous: EndpointReport | None = None,
    progress: Progress | None = None,
    long_prompt: bool | None = None,
) -> EndpointReport:
    """Find out what `endpoint` is and does, and say it in sentences: `facts["sentences"]`, and each to `progress`.

    `model_id` None takes the first listed model that looks like one for chat. What `previous` knows of other models is
    kept. `long_prompt` says whether a prompt of some 5,000 tokens may be sent to see whether it is cut in silence; by
    default only to a local endpoint, where it costs nothing. `facts["base_url"]` is the URL that works, which may be
    another than the endpoint's. Nothing is raised for an endpoint that does not work: the report says so
    (`state` "failed", `facts["error"]` with what, why, do, exit).
    """
    found = Findings(endpoint, progress or (lambda _: None))
    state = "ready"
    try:
        reached = await access()
        working, listed = await _find_address(found, reached, transport)
        chosen = model_id or _for_chat(listed)
        if chosen is None:
            raise UsageFault(
                f"{endpoint.name} lists no models, so none can be asked.",
                "Many endpoints have no list; the model's id is typed then.",
                f"Name a model of it: genai-tui endpoint test {endpoint.name} --model ID",
            )
        _state_listed(found, chosen, listed)
        found.learn(model_id=chosen)
        long = working.local if long_prompt is None else long_prompt
        await trials.all_trials(found, replace(endpoint, base_url=working.base_url), working, transport, chosen, long)
    except GenaiError as error:
        state = "failed"
        found.know(error=error.as_json())
        found.say(str(error))
    return _report(found, state, previous)


def _report(found: Findings, state: str, previous: EndpointReport | None) -> EndpointReport:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    models = dict(previous.models) if previous is not None else {}
    chosen = found.model.get("model_id")
    if chosen and len(found.model) > 1:
        models[chosen] = {**found.model, "when": now}
    facts = {**found.facts, "sentences": list(found.sentences), "model": chosen}
    summary = found.sentences[-1] if state == "failed" else f"{found.endpoint.name} answers ({chosen})."
    failed = state == "failed"
    return EndpointReport(found.endpoint.name, "failed" if failed else "ready", summary, now, facts, models)


async def _find_address(found: Findings, reached: Access, transport: Transport) -> tuple[Access, list[ListedModel]]:
    """The first base URL that answers like an endpoint, and the models it lists. Raises GenaiError."""
    given = replace(reached, base_url=tidy(reached.base_url))
    first: GenaiError | None = None
    nothing: Access | None = None
    for base in [given.base_url, *others_worth_trying(given.base_url)]:
        tried = replace(given, base_url=base)
        try:
            listed = await list_models(found.endpoint, tried, transport)
        except GenaiError as error:
            if error.extra.get("kind") not in ELSEWHERE:
                raise
            first = first or error
            continue
        if listed or await _has_completions(found, tried, transport):
            _say_address(found, reached, tried, listed)
            return tried, listed
        nothing = nothing or tried
    raise first or _nothing_there(found, nothing or given)


async def _has_completions(found: Findings, tried: Access, transport: Transport) -> bool:
    """Whether the path of completions is known there: an empty question is then refused, not unknown."""
    try:
        reply = await transport.send(tried, COMPLETIONS, {"messages": []}, stream=False)
        body = b"".join([piece async for piece in reply.chunks()])
        reply.finish()
    except (Moved, Broken):
        return False
    fault = read_fault(reply.status, body)
    kind = kind_of(fault)
    if kind in ("key", "credit"):
        raise of_fault(Asked(found.endpoint, tried), fault, kind)
    inside_200 = fault.status is None and b'"choices"' not in body
    return not (reply.status == 405 or kind == "address" or fault.page or inside_200)


def _say_address(found: Findings, reached: Access, tried: Access, listed: list[ListedModel]) -> None:
    found.know(base_url=tried.base_url, lists_models=bool(listed), models=len(listed))
    if tried.base_url != tidy(reached.base_url):
        found.say(
            f"Nothing answers at {shown(reached.base_url)}, but {shown(tried.base_url)} does: set that as the base URL."
        )
    elif tried.base_url != reached.base_url:
        found.say(f"Answers at {shown(tried.base_url)} (written without what is not part of a base URL).")
    else:
        found.say(f"Answers at {shown(tried.base_url)}.")
    found.know(key="accepted" if reached.key else "none")
    found.say("The key is accepted." if reached.key else "No key is sent, and none is asked for.")
    if not listed:
        found.say("It lists no models: type a model's id as its documentation names it.")
        return
    contexts = sum(model.context_tokens is not None for model in listed)
    prices = sum(model.price is not None for model in listed)
    word = "model" if len(listed) == 1 else "models"
    found.say(
        f"It lists {len(listed)} {word}, {contexts or 'none'} with a context and {prices or 'none'} with a price."
    )


def _nothing_there(found: Findings, tried: Access) -> GenaiError:
    return NoAnswer(
        f"{shown(tried.base_url)} does not answer like a model's endpoint.",
        "Neither a list of models nor the path for questions is there, nor under the URLs that are near it.",
        f"Correct the base URL of {found.endpoint.name}; it usually ends in /v1.",
    )


def _for_chat(listed: list[ListedModel]) -> str | None:
    """The first model that does not look like one for something else."""
    for model in listed:
        if not any(word in model.model_id.lower() for word in NOT_FOR_CHAT):
            return model.model_id
    return listed[0].model_id if listed else None


def _state_listed(found: Findings, chosen: str, listed: list[ListedModel]) -> None:
    for model in listed:
        if model.model_id == chosen:
            if model.context_tokens is not None:
                found.learn(context_tokens=model.context_tokens, context="stated")
            if model.price is not None:
                found.learn(
                    input_usd_per_million=model.price.input_usd_per_million,
                    output_usd_per_million=model.price.output_usd_per_million,
                )
