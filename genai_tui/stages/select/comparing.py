"""Models side by side: card, a month's price of this scope's traffic, fit on this machine, scores there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.estimation.machine import this_machine
from genai_tui.estimation.memory import Serving, inference_memory, usable_bytes
from genai_tui.inference.data_rules import read_rules
from genai_tui.records.estimates import Estimate
from genai_tui.records.runs import Value
from genai_tui.records.scales import sign_of
from genai_tui.records.scopes import Scope
from genai_tui.stages.select.card_text import UNKNOWN, card_json, card_rows
from genai_tui.stages.select.cards import Known, known_of
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.stages.select.estimating import Hardware, hardware_here
from genai_tui.store.runs import scores_on_dev
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.settings import Settings

MOST = 4
USUAL_TOKENS = 4096
LATEST_RUNS = 500


class Scored(NamedTuple):
    """The best score that a model has here: by which scorer, over which split, of which candidate."""

    candidate: str
    split: str
    scorer: str
    value: Value

    @property
    def sentence(self) -> str:
        """The score with its interval, for people."""
        value = self.value
        return f"{value.value:.2f}{value.interval()}, n = {value.n:,} ({self.candidate}, {self.split})"


@dataclass(frozen=True)
class Surroundings:
    """What models are held against: the scope, this machine, scores by model.

    `hardware` is its accelerators (None: no GPU is here), `memory_bytes` its own memory.
    """

    scope: Scope = field(default_factory=Scope)
    hardware: Hardware | None = None
    memory_bytes: int = 0
    scores: Mapping[str, Scored] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One model of a comparison; None is unknown. `memory_bytes` is of one request as long as the scope's."""

    known: Known
    month_usd: float | None = None
    memory_bytes: float | None = None
    fits: bool | None = None
    where: str = ""
    scored: Scored | None = None
    refused: str = ""

    def rows(self) -> list[tuple[str, str]]:
        """Name by name what is to be compared, what decides first."""
        month = UNKNOWN if self.month_usd is None else amount_text(self.month_usd, "US dollars")
        memory = UNKNOWN if self.memory_bytes is None else f"≈ {amount_text(self.memory_bytes, 'bytes')}"
        fit = {True: f", fits {self.where}", False: f", does not fit {self.where}", None: ""}[self.fits]
        return [
            ("model", self.known.name),
            ("score", self.scored.sentence if self.scored else "not measured yet"),
            ("a month", month),
            ("memory", memory + fit),
            ("data rules", self.refused or ("may be asked" if self.known.endpoint else "no endpoint here serves it")),
            *card_rows(self.known),
        ]

    def as_json(self) -> dict[str, Any]:
        """As `model compare --json` prints it."""
        scored = self.scored
        score = scored and {
            "candidate": scored.candidate, "split": scored.split, "scorer": scored.scorer, **scored.value._asdict()
        }  # fmt: skip
        more = {"month_usd": self.month_usd, "memory_bytes": self.memory_bytes, "fits": self.fits}
        return card_json(self.known) | more | {"refused": self.refused or None, "score": score}


def compared(references: Sequence[str]) -> Sequence[str]:
    """The models that are named, once each. Raises UsageFault for more than four."""
    names = list(dict.fromkeys(references))
    if len(names) > MOST:
        raise UsageFault(f"{len(names)} models are too many to compare.", f"At most {MOST} stand side by side.")
    return names


def surroundings_of(project: "Project | None") -> Surroundings:
    """Read it. Asks the drivers' tools (up to seconds): call it in a thread where a loop runs."""
    machine = this_machine()
    hardware, memory = hardware_here(machine), machine.cpu.memory_bytes
    if project is None:
        return Surroundings(hardware=hardware, memory_bytes=memory)
    return Surroundings(current_scope(project.reader), hardware, memory, scores_of(project))


def scores_of(project: "Project") -> dict[str, Scored]:
    """The score of each model on dev, by the scope's metric (else exact): of runs over most rows the best one's.

    A score over a few rows says little, however high it is.
    """
    scorer = current_scope(project.reader).metric or "exact"
    found: dict[str, Scored] = {}
    for candidate, model, scores in scores_on_dev(project.reader, LATEST_RUNS):
        value = scores.get(scorer)
        if value is None or value.value is None:
            continue
        before = found.get(model)
        if before is None or _weight(scorer, before.value) < _weight(scorer, value):
            found[model] = Scored(candidate, "dev", scorer, value)
    return found


def _weight(scorer: str, value: Value) -> tuple[int, float]:
    return value.n, sign_of(scorer) * (value.value or 0.0)


def column_of(settings: "Settings", reference: str, around: Surroundings, project: "Project | None" = None) -> Column:
    """One model against what is around. Raises UsageFault where nothing is known of that name."""
    return column(known_of(settings, reference, project), around)


def column(known: Known, around: Surroundings) -> Column:
    """A card against the scope and this machine."""
    scope, endpoint = around.scope, known.endpoint
    refused = ""
    if endpoint is not None and not read_rules(scope.data_rules).allows(endpoint):
        refused = f"refused: the scope says “{scope.data_rules}”"
    memory, fits, where = _memory(known, around)
    return Column(known, _month(known, scope), memory, fits, where, around.scores.get(known.name), refused)


def explained(known: Known, scope: Scope) -> list[tuple[str, str]]:
    """How the two estimates of a column come about, by their names; what is unknown has no line."""
    found = []
    requests, into, out = scope.requests_a_month, scope.input_tokens, scope.output_tokens
    if _month(known, scope) and requests and into is not None and out is not None:
        each = f"{into:,} x ${known.input_usd:g} + {out:,} x ${known.output_usd:g}"
        found.append(("a month", f"{requests:,} requests x ({each}) / 1,000,000 tokens; without caches and batches"))
    if (memory := _inference(known, scope)) is not None:
        parts = " + ".join(f"{part.name} {amount_text(part.value, part.unit)}" for part in memory.parts)
        found.append(
            ("memory", f"{parts}, for one request of {_tokens(scope):,} tokens; o has each formula and source")
        )
    return found


def _month(known: Known, scope: Scope) -> float | None:
    """Requests x tokens x list price; None where any of them is unknown."""
    if known.input_usd == known.output_usd == 0:
        return 0.0
    requests, into, out = scope.requests_a_month, scope.input_tokens, scope.output_tokens
    if known.input_usd is None or known.output_usd is None or requests is None or into is None or out is None:
        return None
    return requests * (into * known.input_usd + out * known.output_usd) / 1e6


def _memory(known: Known, around: Surroundings) -> tuple[float | None, bool | None, str]:
    """Memory of one request, whether it fits here, and where that is: its GPU, else the machine's own memory."""
    found = _inference(known, around.scope)
    if found is None:
        return None, None, ""
    total = found.total
    if around.hardware is not None:
        room = usable_bytes(around.hardware.accelerator) * around.hardware.gpus
        return total, total <= room, f"{around.hardware.gpus} x {around.hardware.accelerator.name}"
    return total, total <= around.memory_bytes, "this machine's own memory"


def _inference(known: Known, scope: Scope) -> Estimate | None:
    """Memory of one request as long as the scope's; None where the shape is not known, which its card says."""
    try:
        return inference_memory(known.card, Serving(known.card.precision or "bf16", 1, _tokens(scope)))
    except GenaiError:
        return None


def _tokens(scope: Scope) -> int:
    return (scope.input_tokens or 0) + (scope.output_tokens or 0) or USUAL_TOKENS
