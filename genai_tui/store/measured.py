"""What was measured of each candidate, as the board shows it: read from the results that runs keep."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from genai_tui.records.runs import Value
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json, unpack_text

LAST_RUNS = 500  # the board looks at no more


class Measured(NamedTuple):
    """One candidate by its last whole run: over test, where there is one, else over dev."""

    run: int
    candidate: str
    model: str
    shots: int
    split: str
    value: Value

    def met(self, target: float) -> bool:
        """Whether the low end of the interval is at the target or above it."""
        return self.value.low is not None and self.value.low >= target

    def reached(self, target: float) -> bool:
        """Whether the score is."""
        return self.value.value is not None and self.value.value >= target


def measured(reader: Reader, metric: str | None) -> list[Measured]:
    """Each candidate that was measured by `metric` (None: by its run's first scorer), in the order they were made."""
    rows = reader.rows(
        "SELECT r.id, c.id, c.name, c.endpoint || '/' || c.model_id, p.shots, r.split, r.scorers, r.result FROM run r "
        "JOIN candidate c ON c.id = r.candidate JOIN prompt p ON p.number = c.prompt "
        "WHERE r.state = 'done' AND r.result IS NOT NULL AND r.split IN ('test', 'dev') ORDER BY r.id DESC LIMIT ?",
        (LAST_RUNS,),
    )
    found: dict[int, Measured] = {}
    for run, candidate, name, model, shots, split, scorers, result in rows:
        value = _value(unpack_json(result), metric or unpack_json(scorers)[0])
        known = found.get(candidate)
        if value is not None and (known is None or (known.split == "dev" and split == "test")):
            found[candidate] = Measured(run, unpack_text(name), unpack_text(model), shots, split, value)
    return [found[candidate] for candidate in sorted(found)]


def best_of(candidates: list[Measured]) -> Measured | None:
    """The one with the highest score; of equals the later."""
    return max(reversed(candidates), key=lambda one: one.value.value or 0.0, default=None)


def _value(result: Mapping[str, Any], metric: str) -> Value | None:
    kept = result["scores"].get(metric)
    value = None if kept is None else Value(*kept)
    return value if value is not None and value.value is not None else None
