"""What the estimator asks, and what it is told: the texts of its fields read, and the figures as bars and lines."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.estimation.amounts import count
from genai_tui.records.cards import ModelCard
from genai_tui.records.estimates import Part
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.stages.select.estimating import EMBEDDED, Hardware, Told, hardware_needed, model_asked
from genai_tui.stages.select.pages.bars import Bar
from genai_tui.stages.select.pages.estimate_fields import Field, model_words
from genai_tui.widgets.text_view import Part as Line

LEAD = 10  # columns of the words before what is told
TOGETHER = "together"
HERE = "as found on this machine"  # ends what is said of accelerators that were found and not named


@dataclass(frozen=True)
class Asked:
    """What an estimate is asked of, as the functions take it."""

    card: ModelCard
    hardware: Hardware
    given: dict[str, Any]
    said: str = ""


@dataclass(frozen=True)
class Answer:
    """What the functions tell, the parts as they are shown, and `shown` for fields where nothing was typed.

    The first of the lines stands before what is told of the chosen part, the others after it.
    """

    asked: Asked
    told: Told
    parts: tuple[Part, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...] = ()
    mark: float | None = None
    shown: dict[str, str] = field(default_factory=dict)


class FieldFault(Exception):
    """What stands in a field cannot be taken, and why."""

    def __init__(self, key: str, error: GenaiError) -> None:
        super().__init__(key)
        self.key, self.error = key, error


def asked_of(fields: Sequence[Field], also: Mapping[str, Any], texts: Mapping[str, str], *, rented: bool) -> Asked:
    """What the texts of all fields ask; `rented`: a model that runs on this processor is meant to run elsewhere too.

    Reads files and asks drivers: call it in a thread. Raises FieldFault.
    """
    given: dict[str, Any] = dict(also)
    for each in fields:
        given[each.key] = _of(each.key, each.read, texts[each.key])
    option, value = model_words(texts["model"])
    name, file, params = (value if option == one else None for one in ("--model", "--config", "--params"))
    card, said = _of("model", model_asked, name, os.path.expanduser(file) if file else None, params)
    given |= {"model": name, "config": file, "params": params}
    embedded = EMBEDDED if (name or "").startswith(EMBEDDED) and not rented else None
    hardware = _of("gpu", found_hardware, texts["gpu"] or None, embedded)
    if given["gpus"] is not None and hardware.accelerator.id != "cpu":
        _of("gpus", lambda: count("number of accelerators", given["gpus"], high=1e6))
        hardware = replace(hardware, gpus=given["gpus"])
    return Asked(card, hardware, given, said)


@cache
def found_hardware(name: str | None, model: str | None) -> Hardware:
    """Asked once: the drivers' tools take their time, and what a machine has stays as it is."""
    return hardware_needed(name, None, model)


def _of(key: str, act: Any, *given: Any) -> Any:
    """Do it for a field. Raises FieldFault for what it cannot take."""
    try:
        return act(*given)
    except GenaiError as error:
        raise FieldFault(key, error) from error


def barred(parts: Sequence[Part], track: float, whole: str = TOGETHER) -> tuple[Bar, ...]:
    """Parts in bytes as bars on a track of so many; others, which have another unit, without."""
    return tuple(
        Bar(
            part.name,
            amount_text(part.value, part.unit),
            part.value / track if part.unit == "bytes" and track > 0 else None,
            part.formula,
            part.name == whole,
        )
        for part in parts
    )


def lead(word: str) -> str:
    """A word before what is told."""
    return word.ljust(LEAD)


def together(parts: Sequence[Part], total: float, room: float) -> Part:
    """The sum of bytes as a part of its own, of so many that there are."""
    summed = " + ".join(amount_text(part.value, part.unit) for part in parts)
    return Part(TOGETHER, total, "bytes", f"of {amount_text(room, 'bytes')}: {summed}", "the sum of the parts")
