"""What an estimate is asked of: a model by name, file or size; accelerators by name or those of this machine."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.cards import find_card, shipped_cards, with_origin
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.estimation.machine import Machine, accelerator_here, cpu_as_accelerator, this_machine
from genai_tui.estimation.recipes import Recipe
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import ModelCard
from genai_tui.records.estimates import Estimate

EMBEDDED = "embedded/"
DEFAULT_GPU = "h100-sxm-80"
"""What is estimated for where no accelerator is named and none is here."""
TIMES = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
STORED = r"gguf|awq|gptq|i?q\d\w*|bf16|fp16|f16|fp8|int[48]"
SAME_MODEL = re.compile(rf"([-_]({STORED}))+$", re.IGNORECASE)
SAME_SHAPE = re.compile(rf"[-_](instruct|chat|it|base|{STORED})$", re.IGNORECASE)
"""Ends of names that change nothing of what a model has learned, and nothing of its shape."""
MIXED = {"fp32": "fp32", "tf32": "fp32", "fp16": "fp16-mixed"}
SHARDS = {"zero3": "fsdp", "ddp": "none"}


@dataclass(frozen=True)
class Hardware:
    """The accelerators an estimate is for; `said` tells where the choice came from, if nobody named them."""

    accelerator: Accelerator
    gpus: int = 1
    said: str = ""


def number(text: str, what: str, *, zero: bool = False) -> float:
    """A number as people write it: 7e9, 7B, 135M, 1.5b, 1_000; above 0, or 0 too. Raises UsageFault."""
    found = re.fullmatch(r"\s*([0-9][0-9_,]*\.?[0-9]*(?:e[+-]?[0-9]{1,3})?)\s*([kmbgt]?)\s*", text.lower())
    if found is None:
        raise UsageFault(f"{text[:40]!r} is no {what}.", "", "Write it as 7e9, 7B or 135M.")
    value = float(found[1].replace("_", "").replace(",", "")) * TIMES.get(found[2], 1.0)
    return amount(what, value, zero=zero)


def model_asked(name: str | None, file: str | None, params: str | None) -> tuple[ModelCard, str]:
    """The card that is meant, and what is to be said of it. Raises UsageFault: none or several given, or unknown."""
    if sum(one is not None for one in (name, file, params)) != 1:
        raise UsageFault(
            "An estimate is of one model.",
            "None is given, or several ways to name one." if not (name or file or params) else "Several are given.",
            "Give --model M, or --config FILE, or --params N.",
        )
    if file is not None:
        from genai_tui.estimation.reading.files import card_of_file

        card = card_of_file(Path(file))
        return card, " ".join(card.notes)
    if params is not None:
        size = number(params, "number of parameters")
        return card_of_size(size)
    return card_named(name or "")


def card_of_size(size: float) -> tuple[ModelCard, str]:
    """A dense model of `size` parameters as they are built now, with the shape of the nearest one, which is said.

    As built now: every layer sees all tokens, heads share keys and values, the feed-forward layer is gated. Raises
    UsageFault for less than one parameter.
    """
    if size < 1:
        raise UsageFault(f"{size:g} is no number of parameters.", "A model has at least one.", "Write it as 7e9 or 7B.")
    shapes = [(card.name, card.architecture) for card in shipped_cards() if card.architecture is not None]
    usual = [
        (name, shape)
        for name, shape in shapes
        if shape.gated and shape.active == shape.parameters and shape.kv_heads < shape.heads
        and all(cached.window is None for cached in shape.cached)
    ]  # fmt: skip
    near, shape = min(usual, key=lambda one: abs(math.log(one[1].parameters / size)))
    whole = max(1, round(size))
    own = replace(shape, parameters=whole, active=whole)
    card = ModelCard(f"a model of {size:.4g} parameters", "its size alone", own, whole, whole)
    return card, f"with the shape of {near}, the nearest by size"


def card_named(name: str) -> tuple[ModelCard, str]:
    """The card of `name`, or of a shipped model of its shape, and what is to be said of it.

    What is embedded is read from its file; else an endpoint before the name does not count. Raises UsageFault, with
    names that are near, where there is none.
    """
    if name.startswith(EMBEDDED) and (card := _embedded(name.removeprefix(EMBEDDED))):
        return card, ""
    if card := find_card(name):
        return card, ""
    bare = name.rsplit("/", 1)[-1]
    shape = bare
    while (shorter := SAME_SHAPE.sub("", shape)) != shape:
        shape = shorter
        if card := find_card(shape):
            return with_origin(card, SAME_MODEL.sub("", bare)), f"{bare} is taken to have the shape of {card.name}"
    names = {card.name.rsplit("/", 1)[-1].lower(): card.name for card in shipped_cards()}
    near = [names[one] for one in get_close_matches(shape.lower(), names, 3, 0.6)]
    raise UsageFault(
        f"What {name[:80]} looks like inside is not known.",
        f"Near it: {', '.join(near)}." if near else "No card of that name comes with the program.",
        "Give its config.json, folder, GGUF or safetensors file with --config, or its size with --params.",
    )


def _embedded(model_id: str) -> ModelCard | None:
    """The card of a GGUF file that was added, or of what a project made of a model; None for any other name."""
    from genai_tui.estimation.reading.files import card_of_file
    from genai_tui.inference.embedded.added import find
    from genai_tui.inference.embedded.made import made_models

    if (made := made_models().get(model_id)) is not None:
        return card_named(f"{EMBEDDED}{made.parent}")[0]
    served = find(model_id)
    return replace(card_of_file(Path(served.weights)), name=f"{EMBEDDED}{model_id}") if served else None


def hardware_here(machine: Machine | None = None) -> Hardware | None:
    """The GPUs of this machine; None where no driver tells of one. Asks the drivers' tools, unless that was done."""
    found = accelerator_here(machine or this_machine())
    return Hardware(*found, said=f"{found[0].name} as found on this machine") if found else None


def hardware_asked(name: str | None, gpus: int | None, model: str | None = None) -> Hardware | None:
    """The accelerators that are meant: named (`cpu`: this machine's processor), else those here, else None.

    A `model` that is embedded runs on the processor. Raises UsageFault.
    """
    if gpus is not None:
        count("number of accelerators", gpus, high=1e6)
    embedded = name is None and (model or "").startswith(EMBEDDED)
    if embedded or (name is not None and name.strip().lower() == "cpu"):
        cpu = cpu_as_accelerator(this_machine().cpu)
        return Hardware(cpu, said=f"{cpu.name}, on which embedded models run" if embedded else "")
    if name is not None:
        return Hardware(find_accelerator(name), gpus or 1)
    here = hardware_here()
    return replace(here, gpus=gpus or here.gpus) if here else None


def hardware_needed(name: str | None, gpus: int | None, model: str | None = None) -> Hardware:
    """The accelerators that are meant, as `hardware_asked` says; an H100 where none is named and none is here."""
    default = find_accelerator(DEFAULT_GPU)
    said = f"{default.name}, as no GPU is here and none was named with --gpu"
    return hardware_asked(name, gpus, model) or Hardware(default, gpus or 1, said)


def recipe_asked(method: str, precision: str | None, shard: str | None, **settings: object) -> Recipe:
    """How a model is trained, in the words of commands: bf16 is bf16-true for adapters and bf16-mixed else.

    Raises UsageFault for words that are not known and numbers without sense.
    """
    usual = "bf16-mixed" if method == "full" else "bf16-true"
    asked = (precision or usual).lower()
    chosen = usual if asked == "bf16" else MIXED.get(asked, asked)
    said = (shard or "none").lower()
    given = {key: value for key, value in settings.items() if value is not None}
    return replace(Recipe(), method=method, precision=chosen, shard=SHARDS.get(said, said), **given).checked()  # type: ignore[arg-type]


def targets_asked(text: str | None) -> tuple[str, ...] | None:
    """The matrices that LoRA is laid beside: `q,v`, or None for the usual ones."""
    return tuple(one.strip() for one in text.split(",") if one.strip()) if text else None


def joined(said: Sequence[str]) -> tuple[str, ...]:
    """Sentences without the empty ones."""
    return tuple(one for one in said if one)


@dataclass(frozen=True)
class Told:
    """An estimate as it is told: what of, `more` for programs, sentences for people; whether it fits, if known."""

    title: str
    estimate: Estimate
    more: dict[str, Any] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
