"""The cards that come with the program, and how a card is found by a name."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.records.cards import ModelCard


@cache
def _facts() -> tuple[Mapping[str, Any], ...]:
    text = files("genai_tui").joinpath("facts", "models.json").read_text("utf-8")
    return tuple(json.loads(text)["models"])


@cache
def shipped_cards() -> tuple[ModelCard, ...]:
    """The cards of facts/models.json, each with its sources."""
    return tuple(_card(fact) for fact in _facts())


def _card(fact: Mapping[str, Any]) -> ModelCard:
    return card_of_config(fact["config"], str(fact["model"]))


def find_card(name: str, extra: Iterable[ModelCard] = ()) -> ModelCard | None:
    """The card of `name`, first among `extra`, then among the shipped ones; None where there is none.

    Names are compared without publisher, letter case, separators and `-hf`; without points too, where that fits one.
    """
    cards = (*extra, *shipped_cards())
    wanted = comparable(name)
    found = next((card for card in cards if comparable(card.name) == wanted), None)
    if found is not None:
        return found
    loosely = {comparable(card.name): card for card in cards if _pointless(card.name) == _pointless(name)}
    return next(iter(loosely.values())) if len(loosely) == 1 else None


def comparable(name: str) -> str:
    """A model's name without publisher, letter case, separators and `-hf`; `opt-1.3b` and `opt-13b` stay two."""
    bare = name.split("(")[0].strip().rsplit("/", 1)[-1].lower()
    return "".join(letter for letter in bare.removesuffix("-hf") if letter.isalnum() or letter == ".")


def _pointless(name: str) -> str:
    return comparable(name).replace(".", "")
