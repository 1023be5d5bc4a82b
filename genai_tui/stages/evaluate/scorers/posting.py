"""Questions to a model whose reply is no answer: vectors of texts, log-probabilities of a given text."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genai_tui.errors import NoAnswer
from genai_tui.records.endpoints import Endpoint

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking

LARGEST = 64 * 1024 * 1024


async def post(
    endpoint: Endpoint, path: str, body: Mapping[str, Any], asking: "Asking", *, wanted: str, tokens: int
) -> dict[str, Any]:
    """The JSON object that comes back, under the limits of the endpoint and model.

    `wanted` is what is asked for, as words in the error; `tokens` a guess for the limiter. Raises NoAnswer.
    """
    from genai_tui.inference.limiter import limiter_of
    from genai_tui.inference.transports import Moved
    from genai_tui.inference.wire import Broken

    model_id = str(body["model"])
    access = await asking.access(endpoint, model_id)
    limiter = limiter_of(endpoint, model_id)
    try:
        async with limiter.slot(tokens) as slot:
            reply = await (await asking.transport()).send(access, path, body, stream=False)
            raw = b"".join([piece async for piece in reply.chunks()])
            reply.finish()
            limiter.told(reply.status, reply.headers, slot=slot)
    except (Broken, Moved) as fault:
        raise refused(endpoint, model_id, wanted, str(fault)) from fault
    if reply.status >= 300 or len(raw) > LARGEST:
        raise refused(endpoint, model_id, wanted, f"HTTP {reply.status}")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise refused(endpoint, model_id, wanted, "what came back is no JSON") from fault
    if not isinstance(found, dict):
        raise refused(endpoint, model_id, wanted, "what came back is no JSON object")
    return found


def refused(endpoint: Endpoint, model_id: str, wanted: str, why: str) -> NoAnswer:
    """That an endpoint did not give what was asked for, and why."""
    return NoAnswer(f"{endpoint.name} gave no {wanted} of {model_id}: {why}.", "", "See: genai-tui model list")
