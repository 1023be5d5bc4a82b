"""Which models can be used: those known without asking anybody, those listed live, and choosing one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.records.endpoints import Endpoint, ListedModel

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project


@dataclass(frozen=True)
class Unlisted:
    """An endpoint whose models could not be listed, and why."""

    endpoint: Endpoint
    error: GenaiError


def known_models(project: "Project") -> list[ListedModel]:
    """Models known without contacting anybody: embedded ones, what tests of endpoints found, the one in use."""
    from genai_tui.inference.embedded.weights import served_models
    from genai_tui.settings import report_of

    found = [ListedModel("embedded", name) for name in served_models()]
    for endpoint in project.settings.endpoints.values():
        if not endpoint.embedded:
            found += [ListedModel(endpoint.name, model_id) for model_id in report_of(endpoint.name).models]
    in_use = project.model_in_use
    if in_use is not None and all(each.model != in_use for each in found):
        name, _, model_id = in_use.partition("/")
        found.append(ListedModel(name, model_id))
    return found


async def list_live(project: "Project", asking: "Asking") -> AsyncIterator[list[ListedModel] | Unlisted]:
    """Ask every endpoint but the embedded one for its models, one after the other; a failure stops none of the rest."""
    from genai_tui.inference.listing import list_models

    for endpoint in project.settings.endpoints.values():
        if endpoint.embedded:
            continue
        try:
            access = await asking.access(endpoint, "")
            yield await list_models(endpoint, access, await asking.transport())
        except GenaiError as error:
            yield Unlisted(endpoint, error)


async def use_model(project: "Project", reference: str) -> str:
    """Make `endpoint/model-id` the model in use; raises UsageFault where there is no such endpoint."""
    from genai_tui.store.choices import save_choice

    endpoint, model_id = project.settings.model(reference)
    model = f"{endpoint.name}/{model_id}"
    await project.writer.put(save_choice("model", model))
    return model
