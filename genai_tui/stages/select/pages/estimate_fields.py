"""The fields of the estimator: what may stand in each, what counts where nothing does, and how it is read."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card, shipped_cards
from genai_tui.estimation.hardware import accelerators
from genai_tui.estimation.weights import PRECISIONS, precision_of
from genai_tui.records.scopes import Scope
from genai_tui.stages.select.estimating import number

Kind = Literal["word", "count", "amount", "raw", "switch"]
COUNTS = tuple(str(2**power) for power in range(11))
LENGTHS = tuple(str(2**power) for power in range(8, 21))


@dataclass(frozen=True)
class Field:
    """One field: `key` as the functions call it, `option` as the command does, which takes `default` without it.

    `own`: its text is of this tab alone. `scope` reads what the scope says there, told as `of_scope`.
    """

    key: str
    name: str
    width: int
    hint: str
    option: str
    kind: Kind = "word"
    default: str = ""
    usual: str = ""
    known: tuple[str, ...] = ()
    own: bool = False
    scope: Callable[[Scope], float | None] | None = None
    of_scope: str = ""
    check: Callable[[str], object] | None = None
    zero: bool = False
    """Whether 0 says something."""

    def read(self, text: str) -> Any:
        """What the functions are given for a text; None where nothing stands there. Raises UsageFault."""
        if self.check is not None and text:
            self.check(text)
        if self.kind == "switch":
            return text == "yes"
        if not text:
            return None
        if self.kind == "word":
            return text
        value = 0.0 if self.zero and re.fullmatch(r"0+(\.0*)?", text) else number(text, "number")
        if self.kind == "count" and value != int(value):
            raise UsageFault(f"{text[:40]} is no whole number.", "", "")
        return text if self.kind == "raw" else int(value) if self.kind == "count" else value

    def words(self, text: str) -> list[str]:
        """The words of a command that say it; none where the command takes it anyway."""
        if not text or text == self.default:
            return []
        if self.kind == "switch":
            return [self.option] if text == "yes" else []
        value = self.read(text)
        return [self.option, f"{value:.12g}" if self.kind == "amount" else str(value)]


def one_of(what: str, known: Iterable[str]) -> Callable[[str], object]:
    """A check that a text is one of those that are known. Raises UsageFault."""
    words = tuple(known)

    def check(text: str) -> None:
        if text.lower() not in words:
            raise UsageFault(f"There is no {what} called {text[:30]}.", f"Known are {', '.join(words)}.", "")

    return check


MODEL = Field("model", "model", 28, "← → known ones · enter: a name, a size as 7B, a config.json, GGUF or folder", "")
GPU = Field("gpu", "GPU", 18, "← → known ones, what is here first · enter: h100, rtx 4090, cpu …", "")
GPUS = Field("gpus", "×", 5, "how many of them · ← → doubles", "", "count", known=COUNTS)
PRECISION = Field(
    "precision", "precision", 8, "of the weights: bf16, fp8, int4, any GGUF type · empty: as it is published",
    "--precision", known=tuple(name for name in PRECISIONS if name not in ("F32", "F16", "BF16")),
    check=precision_of,
)  # fmt: skip
BATCH = Field("batch", "batch", 6, "sequences at once", "--batch", "count", "1", "1", COUNTS)
SEQ = Field(
    "seq", "seq", 9, "tokens of a sequence: prompt and answer together", "--seq", "count", "4096", "4096", LENGTHS,
    scope=lambda said: (said.input_tokens or 0) + (said.output_tokens or 0) or None,
    of_scope="tokens in and out together",
)  # fmt: skip
INPUT = Field(
    "input_tokens", "in", 8, "tokens of a prompt", "--input-tokens", "count", usual="1000", known=LENGTHS,
    scope=lambda said: said.input_tokens,
)  # fmt: skip
OUTPUT = Field(
    "output_tokens", "out", 7, "tokens of an answer", "--output-tokens", "count", usual="250", known=LENGTHS,
    scope=lambda said: said.output_tokens,
)  # fmt: skip
HOUR = Field(
    "hour_price", "$/hour", 6, "dollars of one accelerator for an hour · empty: as published", "--hour-price", "amount"
)


class Values:
    """What stands in the fields of one tab: typed (a draft), else of the scope, else the usual."""

    def __init__(self, tab: str, fields: Sequence[Field]) -> None:
        self.tab, self.fields = tab, tuple(fields)
        self.by_key = {field.key: field for field in fields}
        self.typed: Mapping[str, Any] = {}
        self.scope = Scope()
        self.model = ""  # the one in use

    def kept_as(self, key: str) -> str:
        """The name that its draft goes by: some fields are the same on all tabs."""
        return f"{self.tab}.{key}" if self.by_key[key].own else key

    def draft(self, key: str) -> str:
        """What was typed there."""
        return str(self.typed.get(self.kept_as(key), "")).strip()

    def text(self, key: str) -> str:
        """What counts."""
        field = self.by_key[key]
        return self.draft(key) or self.of_scope(key) or (self.model if key == "model" else field.usual)

    def of_scope(self, key: str) -> str:
        """What the scope says there."""
        field = self.by_key[key]
        said = field.scope(self.scope) if field.scope is not None else None
        return "" if said is None else f"{said:.12g}"

    def from_scope(self) -> list[str]:
        """Fields that the scope has filled in."""
        return [
            f"{field.name} {self.of_scope(field.key)}{f' ({field.of_scope})' if field.of_scope else ''}"
            for field in self.fields
            if self.of_scope(field.key) and not self.draft(field.key)
        ]

    def texts(self) -> dict[str, str]:
        """What counts in every field."""
        return {field.key: self.text(field.key) for field in self.fields}

    def beside(self, key: str, by: int, resolved: str) -> str:
        """The known value so many places on from what stands there, `resolved` being what counts where it is empty."""
        known = self.known(key)
        place = _place(key, known, self.text(key) or resolved)
        if place is None:
            return known[0 if by > 0 else -1] if known else self.text(key)
        return known[(place + by) % len(known)]

    def known(self, key: str) -> Sequence[str]:
        """The values that are known for a field."""
        if key == "model":
            return (*((self.model,) if self.model else ()), *known_models())
        if key == "gpu":
            return known_gpus()
        return self.by_key[key].known


@cache
def known_models() -> tuple[str, ...]:
    """The models that cards come with, the small ones first."""
    cards = sorted(shipped_cards(), key=lambda card: card.parameters or 0)
    return tuple(dict.fromkeys(card.name.rsplit("/", 1)[-1].split(" (")[0] for card in cards))


@cache
def known_gpus() -> tuple[str, ...]:
    """Ids of accelerators, this machine's processor first."""
    return ("cpu", *(one.id for one in accelerators()))


def _place(key: str, known: Sequence[str], text: str) -> int | None:
    if text in known:
        return known.index(text)
    lower = [one.lower() for one in known]
    if text.lower() in lower:
        return lower.index(text.lower())
    if key == "model" and (card := find_card(text)):
        return next((place for place, name in enumerate(known) if find_card(name) is card), None)
    if key == "precision":
        try:
            return known.index(precision_of(text))
        except (UsageFault, ValueError):
            return None
    if not re.fullmatch(r"[\d.]+", text):
        return None
    return max((place for place, one in enumerate(known) if float(one) <= float(text)), default=None)


def model_words(text: str) -> tuple[str, str]:
    """How a command names the model that is meant: its option and the value."""
    if text.startswith(("/", "./", "../", "~")) or text.endswith((".json", ".gguf", ".safetensors")):
        return "--config", text
    return ("--params", text) if re.fullmatch(r"[\d.,_]+(e\+?\d+)?[kmbt]?", text.lower()) else ("--model", text)
