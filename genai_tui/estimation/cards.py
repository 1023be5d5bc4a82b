"""The cards that come with the program, and how a card is found by a name."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    return tuple(_card(place) for place in range(len(_facts())))


@cache
def _card(place: int) -> ModelCard:
    fact = _facts()[place]
    card = card_of_config(fact["config"], str(fact["model"]))
    publisher, parted, _ = card.name.partition("/")
    notes = list(card.notes)
    if fact.get("part") == "text":
        notes.append("The text model only: what sees pictures is not counted.")
    if note := fact.get("note"):
        notes.append(f"{note[:1].upper()}{note[1:]}.")
    return replace(
        card,
        source="facts/models.json, " + card.source,
        publisher=publisher if parted else None,
        sources=tuple(fact["sources"]),
        one_source_only=fact.get("seen") == "one source",
        notes=tuple(notes),
    )


def find_card(name: str, extra: Iterable[ModelCard] = ()) -> ModelCard | None:
    """The card of `name`, first among `extra`, then among the shipped ones; None where there is none.

    Names are compared without publisher, letter case, separators and `-hf`; without points too, where that fits one.
    """
    cards = tuple(extra)
    wanted = comparable(name)
    found = next((card for card in cards if comparable(card.name) == wanted), None)
    if found is not None or not wanted:
        return found
    if (place := _places().get(wanted)) is not None:
        return _card(place)
    pointless = wanted.replace(".", "")
    given = {called: card for card in cards if (called := comparable(card.name)).replace(".", "") == pointless}
    shipped = {called: place for called, place in _places().items() if called.replace(".", "") == pointless}
    if len(given.keys() | shipped.keys()) != 1:
        return None
    return next(iter(given.values())) if given else _card(next(iter(shipped.values())))


@cache
def _places() -> Mapping[str, int]:
    """Where among the facts a name is; a card is made when it is asked for."""
    return {comparable(str(fact["model"])): place for place, fact in reversed(list(enumerate(_facts())))}


def comparable(name: str) -> str:
    """A model's name without publisher, letter case, separators and `-hf`; `opt-1.3b` and `opt-13b` stay two."""
    bare = name.split("(")[0].strip().rsplit("/", 1)[-1].lower()
    return "".join(letter for letter in bare.removesuffix("-hf") if letter.isalnum() or letter == ".")
