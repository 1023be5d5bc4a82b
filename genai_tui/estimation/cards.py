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
    return tuple(_card(fact) for fact in _facts())


def _card(fact: Mapping[str, Any]) -> ModelCard:
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
    found = next((card for card in cards if comparable(card.name) == wanted), None) or _by_name().get(wanted)
    if found is not None or not wanted:
        return found
    pointless = wanted.replace(".", "")
    alike = {comparable(card.name): card for card in cards} | dict(_by_name())
    loosely = [card for called, card in alike.items() if called.replace(".", "") == pointless]
    return loosely[0] if len(loosely) == 1 else None


@cache
def _by_name() -> Mapping[str, ModelCard]:
    return {comparable(card.name): card for card in reversed(shipped_cards())}


def comparable(name: str) -> str:
    """A model's name without publisher, letter case, separators and `-hf`; `opt-1.3b` and `opt-13b` stay two."""
    bare = name.split("(")[0].strip().rsplit("/", 1)[-1].lower()
    return "".join(letter for letter in bare.removesuffix("-hf") if letter.isalnum() or letter == ".")
