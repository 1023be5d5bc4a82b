"""The card of a row's model: by its name, else the shape of the nearest dense model by parameters."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.cards import shipped_cards
from genai_tui.estimation.checking.rows import Row
from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.records.cards import Architecture, ModelCard

Lookup = Callable[[str], ModelCard | None]
ALIKE = 0.1
"""How far a card's parameters may be from the row's for the name to be believed."""


def named_card(row: Row, name: str, cards: Lookup) -> ModelCard | None:
    """The card of the row's own `config`, where it has one that can be counted, else that of `name`."""
    if isinstance(config := row.get("config"), Mapping):
        try:
            return card_of_config(config, name)
        except GenaiError:  # a config of no family that is known: the name may be of one
            pass
    return cards(name) if name else None


def card_of_row(row: Row, cards: Lookup) -> tuple[ModelCard, str]:
    """The card of the row's `model`, and what is to be said of it: nothing, or which shape stands in for it.

    A card whose parameters are more than a tenth off (another size of the same name) is not taken. A shape that stands
    in is given the row's parameters. Raises UsageFault where the row says neither a known name nor a size.
    """
    name = str(row.get("model", ""))
    found = named_card(row, name, cards)
    stated = row.get("params") or row.get("params_total")
    if stated is None:
        if found is None:
            raise UsageFault(f"{name or 'The model'} is not known", "The row gives no number of parameters either.")
        return found, ""
    size = amount("number of parameters", stated)
    if found is not None and found.architecture and abs(found.architecture.parameters / size - 1) < ALIKE:
        return found, ""
    shapes = [(card.name, card.architecture) for card in shipped_cards() if card.architecture]
    dense = [(called, shape) for called, shape in shapes if _plain(shape)]
    near, shape = min(dense, key=lambda one: abs(math.log(one[1].parameters / size)))
    own = replace(shape, parameters=int(size), active=int(size))
    return ModelCard(name, "", own, int(size), int(size)), f"with the shape of {near}, the nearest by size"


def _plain(shape: Architecture) -> bool:
    """Whether it is a dense decoder: no experts, no encoder beside it."""
    alone = not any(tensors.kind.startswith("cross_attn") for tensors in shape.tensors)
    return alone and bool(shape.cached) and shape.active == shape.parameters
