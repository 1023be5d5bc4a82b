"""Entities and spans found in a text, against those that are there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Corpus, Parts, Verdict, short, unjudged
from genai_tui.stages.evaluate.scorers.jsons import expected_json, found_in

if TYPE_CHECKING:
    import numpy as np

_LABEL = ("label", "type", "entity_group", "entity", "tag", "category")
_TEXT = ("text", "word", "value", "name", "span", "mention")


@dataclass(frozen=True)
class Entities(Corpus):
    """Micro F1 of entities: right are label and text (`by=text`), or label, start and end (`by=place`).

    Expected and answer are JSON: a list of objects (`label`, `text`, `start`, `end`; usual other names are known), or
    an object of label to texts. `labels=no` does not ask for the label. As CoNLL-2003 scores them: whole spans only.
    """

    by: Literal["text", "place"] = "text"
    labels: bool = True
    measure: Literal["f1", "precision", "recall"] = "f1"

    immediate: ClassVar[bool] = True

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """F1 of this answer; its hits, false alarms and misses in `detail`."""
        if example.expected is None:
            return NO_EXPECTED
        expected = expected_json(example.expected)
        listed = isinstance(expected, list) and all(isinstance(each, dict) for each in expected)
        if not listed and not isinstance(expected, dict):
            return unjudged("What is expected is neither a list of entities nor an object of labels.")
        wanted = Counter(self._read(expected))
        try:
            found = Counter(self._read(found_in(text)))
            reason = ""
        except ValueError as fault:
            found, reason = Counter(), f"{short(fault)}.".capitalize()
        hits = sum((wanted & found).values())
        alarms, misses = sum(found.values()) - hits, sum(wanted.values()) - hits
        if missing := wanted - found:
            reason = reason or f"Missing: {short('; '.join(' '.join(map(str, each)) for each in missing))}"
        value = 2 * hits / (2 * hits + alarms + misses) if wanted or found else 1.0
        return Verdict(value, "; ".join(" ".join(map(str, e)) for e in found), reason, detail=[hits, alarms, misses])

    def _read(self, value: Any) -> list[tuple[Any, ...]]:
        if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), list):
            inner = next(iter(value.values()))
            if inner and all(isinstance(each, dict) for each in inner):
                value = inner
        if isinstance(value, dict):
            value = [
                {"label": label, "text": text}
                for label, texts in value.items()
                for text in (texts if isinstance(texts, list) else [texts])
            ]
        return [self._key(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []

    def _key(self, entity: dict[str, Any]) -> tuple[Any, ...]:
        label = str(next((entity[name] for name in _LABEL if name in entity), "")) if self.labels else ""
        if self.by == "place":
            return label.casefold(), *(_place(entity.get(name)) for name in ("start", "end"))
        return label.casefold(), " ".join(str(next((entity[n] for n in _TEXT if n in entity), "")).split())

    def parts(self, scores: Iterable[Score]) -> "Found":
        """Hits, false alarms and misses."""
        return Found(self.measure)


def _place(value: Any) -> Any:
    """Where a span begins or ends: what is no single value as it is written, so that it can be counted."""
    return str(value) if isinstance(value, list | dict) else value


class Found(Parts):
    """Hits, false alarms and misses of all answers."""

    width = 3

    def __init__(self, measure: Literal["f1", "precision", "recall"]) -> None:
        self._measure = measure

    def missed(self, mean: "np.ndarray | None") -> "np.ndarray":
        """As many misses as the mean answer had to find."""
        import numpy as np

        return np.asarray([0, 0, 1.0 if mean is None else mean[0] + mean[2]])

    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The measure of each row of sums."""
        import numpy as np

        hits, alarms, misses = sums.T
        below = {"f1": 2 * hits + alarms + misses, "precision": hits + alarms, "recall": hits + misses}[self._measure]
        return np.where(below > 0, hits * (2 if self._measure == "f1" else 1) / np.maximum(below, 1e-12), 1.0)
