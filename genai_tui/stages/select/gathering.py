"""Every model that is known here without asking anybody: what can be used first, then cards nobody here serves."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.estimation.cards import shipped_cards
from genai_tui.records.cards import ModelCard
from genai_tui.records.endpoints import ListedModel
from genai_tui.stages.select.cards import Known, known_of, known_of_listed
from genai_tui.stages.select.choosing import known_models
from genai_tui.stages.select.comparing import Column, column, surroundings_of
from genai_tui.store.models import card_paths

if TYPE_CHECKING:
    from genai_tui.project import Project


def gathered(project: "Project", listed: Iterable[ListedModel] = ()) -> Sequence[Column]:
    """Each against scope and machine. Reads files and asks the drivers' tools: call it in a thread.

    `listed` is what endpoints listed since the program was started; it stands in the place of what is known of them.
    """
    endpoints = project.settings.endpoints
    models = {model.model: model for model in (*known_models(project), *listed)}
    known = [known_of_listed(endpoints[one.endpoint], one) for one in models.values() if one.endpoint in endpoints]
    known += [_kept(project, name) for name in card_paths(project.reader)]
    known += [Known(card.name, card) for card in shipped_cards()]
    around = surroundings_of(project)
    return [column(one, around) for one in known]


def _kept(project: "Project", name: str) -> Known:
    """A card that the project keeps; of one whose file is gone its name and why."""
    try:
        return known_of(project.settings, name, project)
    except GenaiError as error:
        return Known(name, ModelCard(name, "a file that cannot be read now"), said=str(error))
