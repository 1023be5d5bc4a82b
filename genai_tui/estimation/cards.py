"""The cards that come with the program, and how a card is found by a name."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.records.cards import ModelCard


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files("genai_tui").joinpath("facts", "models.json").read_text("utf-8"))
    return found


def _facts() -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = _read()["models"]
    return found


@cache
def _origins() -> Mapping[str, Mapping[str, Any]]:
    """When it was published, licence, what it was trained on and for, by the comparable name of a model."""
    return {comparable(name): fact for fact in _read()["origins"] for name in fact["models"]}


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
    whole = replace(
        card,
        source="facts/models.json, " + card.source,
        publisher=publisher if parted else None,
        sources=tuple(fact["sources"]),
        one_source_only=fact.get("seen") == "one source",
        notes=tuple(notes),
    )
    return with_origin(whole, card.name)


def with_origin(card: ModelCard, name: str) -> ModelCard:
    """`card` with month, licence, training and purpose of the model called `name`, and their sources; unknown without.

    One shape has several models: what was trained on to chat has another purpose than its base.
    """
    fact, before = _origins().get(comparable(name), {}), _origins().get(comparable(card.name), {})
    published = fact.get("published")
    if isinstance(published, Mapping):  # models of one origin that came out one after the other
        published = next(month for each, month in published.items() if comparable(each) == comparable(name))
    of_shape = [each for each in card.sources if each not in before.get("sources", ())]
    return replace(
        card,
        licence=fact.get("licence"),
        trained_on=fact.get("trained_on"),
        purpose=fact.get("purpose"),
        published=published,
        sources=(*of_shape, *fact.get("sources", ())),
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
