"""Models against scope and machine: every one that is known here without asking anybody, or those that are compared.

What can be used stands first, then cards that nobody here serves, the newest that fit before all.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.estimation.cards import shipped_cards
from genai_tui.records.cards import ModelCard
from genai_tui.records.endpoints import ListedModel
from genai_tui.settings import report_of
from genai_tui.stages.select.cards import Known, known_of, known_of_listed
from genai_tui.stages.select.choosing import known_models
from genai_tui.stages.select.comparing import Column, column, column_of, surroundings_of
from genai_tui.stages.select.sifting import useful_first
from genai_tui.store.models import card_paths

if TYPE_CHECKING:
    from genai_tui.project import Project


class Gathered(NamedTuple):
    """Models against what is around, and why some could not be read; `read_from` is what all of it was read from."""

    read_from: object
    columns: Sequence[Column]
    faults: Mapping[str, GenaiError] = MappingProxyType({})


def gathered(project: "Project", listed: Iterable[ListedModel] = (), before: Gathered | None = None) -> Gathered:
    """Each against scope and machine. Reads files and asks the drivers' tools: call it in a thread.

    `listed` is what endpoints listed since the program was started; it stands in the place of what is known of them.
    Where nothing that decides is another, it is `before` itself: most of what is written to a project decides nothing.
    """
    models = {model.model: model for model in (*known_models(project), *listed)}
    kept, around = card_paths(project.reader), surroundings_of(project)
    read_from = (tuple(models.values()), _endpoints(project), _files(kept.values()), tuple(kept), around)
    if before is not None and read_from == before.read_from:
        return before
    endpoints = project.settings.endpoints
    known = [known_of_listed(endpoints[one.endpoint], one) for one in models.values() if one.endpoint in endpoints]
    known += [_kept(project, name) for name in kept]
    known += [Known(card.name, card) for card in shipped_cards()]
    return Gathered(read_from, useful_first((column(one, around) for one in known), around.scope))


def side_by_side(project: "Project", names: Sequence[str], before: Gathered | None = None) -> Gathered:
    """The models of these names, else as `gathered`."""
    around = surroundings_of(project)
    kept = card_paths(project.reader)
    read_from = (tuple(names), _endpoints(project), _files(kept.get(name, name) for name in names), around)
    if before is not None and read_from == before.read_from:
        return before
    found, faults = list[Column](), dict[str, GenaiError]()
    for name in names:
        try:
            found.append(column_of(project.settings, name, around, project))
        except GenaiError as error:
            faults[name] = error
    return Gathered(read_from, found, faults)


def _endpoints(project: "Project") -> object:
    """What settings and tests say of the endpoints."""
    return [(endpoint, report_of(endpoint.name)) for endpoint in project.settings.endpoints.values()]


def _files(paths: Iterable[str]) -> object:
    """When what these name was written last, of what is on the disk."""
    return [_written(path) for path in paths]


def _written(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):  # most names are no files
        return None


def _kept(project: "Project", name: str) -> Known:
    """A card that the project keeps; of one whose file is gone its name and why."""
    try:
        return known_of(project.settings, name, project)
    except GenaiError as error:
        return Known(name, ModelCard(name, "a file that cannot be read now"), said=str(error))
