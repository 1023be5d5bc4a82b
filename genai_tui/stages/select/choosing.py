"""Which models can be used as far as is known without asking anybody, and choosing one."""

from typing import TYPE_CHECKING

from genai_tui.records.endpoints import ListedModel

if TYPE_CHECKING:
    from genai_tui.project import Project


def known_models(project: "Project") -> list[ListedModel]:
    """Models known without contacting anybody: embedded ones, what tests of endpoints found, the one in use."""
    from genai_tui.settings import report_of
    from genai_tui.stages.select.listing import embedded_models

    found = embedded_models()
    for endpoint in project.settings.endpoints.values():
        if not endpoint.embedded:
            found += [ListedModel(endpoint.name, model_id) for model_id in report_of(endpoint.name).models]
    in_use = project.model_in_use
    if in_use is not None and all(each.model != in_use for each in found):
        name, _, model_id = in_use.partition("/")
        found.append(ListedModel(name, model_id))
    return found


async def use_model(project: "Project", reference: str) -> str:
    """Make `endpoint/model-id` the model in use; raises UsageFault where there is no such endpoint."""
    from genai_tui.store.choices import save_choice

    endpoint, model_id = project.settings.model(reference)
    model = f"{endpoint.name}/{model_id}"
    await project.writer.put(save_choice("model", model))
    return model
