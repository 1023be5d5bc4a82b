"""Exactly what the model reads: the text after the chat template, where the server tells."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genai_tui.inference.requests import Access

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.inference.templates import Templated
    from genai_tui.records.endpoints import Endpoint


async def after_template(
    asking: "Asking", endpoint: "Endpoint", model_id: str, body: Mapping[str, Any], *, wake: bool = False
) -> "Templated | None":
    """The text that the endpoint makes of a request's body; None where it does not say, or where it sleeps.

    Nothing is generated. The embedded model is started only with `wake`. Raises MissingPiece and NoAnswer then.
    """
    from genai_tui.inference.templates import apply_template

    asleep = endpoint.embedded and not wake
    access = await asyncio.to_thread(_awake, model_id) if asleep else await asking.access(endpoint, model_id)
    return None if access is None else await apply_template(access, await asking.transport("aiohttp"), body)


def _awake(model_id: str) -> Access | None:
    """How the embedded model's server is reached, where it runs now."""
    from genai_tui.errors import GenaiError
    from genai_tui.inference.embedded.weights import served_model
    from genai_tui.inference.embedded.whereabouts import reach_of

    try:
        found = reach_of(served_model(model_id))
    except GenaiError:  # no weights, no server
        return None
    return None if found is None else Access(found.url, found.key, local=True)
