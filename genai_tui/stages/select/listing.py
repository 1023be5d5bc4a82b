"""What endpoints list, with context and price: what it says itself, else what settings and price list know."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.endpoints import Endpoint, ListedModel

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking


class Listing(NamedTuple):
    """The models of all endpoints that were asked, and those endpoints that failed."""

    models: list[ListedModel]
    failed: list[tuple[Endpoint, GenaiError]]


async def list_all(endpoints: Sequence[Endpoint], asking: "Asking") -> Listing:
    """Ask the endpoints for their models, all at once; the embedded one is known without asking.

    An endpoint that lists none is no failure. Cancelling ends all requests.
    """
    listing = Listing([], [])
    transport = await asking.transport() if any(not endpoint.embedded for endpoint in endpoints) else None

    async def one(endpoint: Endpoint) -> list[ListedModel] | GenaiError:
        from genai_tui.inference.listing import list_models

        try:
            if endpoint.embedded or transport is None:
                return embedded_models()
            return await list_models(endpoint, await asking.access(endpoint, ""), transport)
        except GenaiError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [(endpoint, group.create_task(one(endpoint))) for endpoint in endpoints]
    for endpoint, task in tasks:
        found = task.result()
        if isinstance(found, GenaiError):
            listing.failed.append((endpoint, found))
        else:
            listing.models.extend(completed(endpoint, model) for model in found)
    return listing


def embedded_models() -> list[ListedModel]:
    """The models that we serve ourselves, whether their weights are here or not."""
    from genai_tui.inference.embedded import added, pins
    from genai_tui.inference.embedded.weights import served_models

    models = []
    for name in served_models():
        served = added.find(name)
        models.append(ListedModel("embedded", name, served.context if served else pins.CONTEXT))
    return models


def completed(endpoint: Endpoint, model: ListedModel) -> ListedModel:
    """`model` with a price and a context, where the endpoint did not say and somebody else knows.

    A price in the settings beats what the endpoint lists: the user knows their own contract.
    """
    from genai_tui.inference.prices import context_tokens, price_per_million

    if endpoint.price is not None or model.price is None:
        model = replace(model, price=price_per_million(endpoint, model.model_id))
    if model.context_tokens is None:
        model = replace(model, context_tokens=context_tokens(endpoint, model.model_id))
    return model
