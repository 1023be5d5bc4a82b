"""Which models can be used as far as is known without asking anybody, and choosing one, with why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.records.endpoints import ListedModel
from genai_tui.records.selections import Selection
from genai_tui.store.selections import select_model

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


def choose_now(project: "Project", reference: str, over: Sequence[str] = (), why: str = "") -> Selection:
    """Make `endpoint/model-id` the model in use and keep why, over what, and what is known of both.

    Raises UsageFault where there is no such endpoint.
    """
    chosen = selection_of(project, reference, over, why)
    project.writer.put_now(select_model(chosen))
    return chosen


async def use_model(project: "Project", reference: str, over: Sequence[str] = (), why: str = "") -> str:
    """As `choose_now`, on the event loop; gives the model. Chosen over others it is the first candidate too."""
    import asyncio

    chosen = await asyncio.to_thread(selection_of, project, reference, over, why)
    await project.writer.put(select_model(chosen))
    return chosen.model


def selection_of(project: "Project", reference: str, over: Sequence[str], why: str) -> Selection:
    """The choice with its evidence: scores of the chosen and of those it was chosen over. Makes the first candidate."""
    endpoint, model_id = project.settings.model(reference)
    model = f"{endpoint.name}/{model_id}"
    rivals = tuple(dict.fromkeys(each for each in over if each != model))
    if not rivals:
        return Selection(model, (), why)
    from genai_tui.stages.select.comparing import scores_of

    scores = scores_of(project)
    evidence = tuple(f"{each}: {scores[each].sentence}" for each in (model, *rivals) if each in scores)
    return Selection(model, rivals, why, evidence, _first_candidate(project, reference))


def _first_candidate(project: "Project", reference: str) -> int | None:
    """The id of the candidate of this model with the latest prompt; None where there is no prompt, or no weights."""
    from genai_tui.answering.candidates import candidate_of
    from genai_tui.errors import MissingPiece
    from genai_tui.store.candidates import save_candidate
    from genai_tui.store.prompts import latest_prompt

    prompt = latest_prompt(project.reader)
    if prompt is None:
        return None
    endpoint, model_id = project.settings.model(reference)
    try:
        [made] = project.writer.put_now(save_candidate(candidate_of(endpoint, model_id, prompt)))
    except MissingPiece:  # it is made once its weights are here
        return None
    return int(made.id)
