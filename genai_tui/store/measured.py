"""What was measured of each candidate, as the board shows it: read from the results that runs keep."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from genai_tui.records.runs import Value
from genai_tui.records.scales import Standing, sign_of, standing
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json, unpack_text

LAST_RUNS = 500  # the board looks at no more


class Measured(NamedTuple):
    """One candidate by its last run over a whole split: over test, where there is one, else over dev."""

    run: int
    candidate: str
    model: str
    shots: int
    split: str
    scorer: str
    value: Value

    def standing(self, target: float | None) -> Standing:
        """Whether the target is met, only reached, or missed; empty where there is none."""
        return standing(self.scorer, self.value, target)


def measured(reader: Reader, metric: str | None) -> list[Measured]:
    """Each candidate that was measured by `metric` (None: by its run's first scorer), in the order they were made.

    Over the dataset in use, where there is one: scores over other rows are no rivals.
    """
    rows = reader.rows(
        "SELECT r.id, c.id, c.name, c.endpoint || '/' || c.model_id, p.shots, r.split, r.scorers, r.result FROM run r "
        "JOIN candidate c ON c.id = r.candidate JOIN prompt p ON p.number = c.prompt "
        "JOIN dataset_split s ON s.dataset_version = r.dataset_version AND s.split = r.split "
        "JOIN dataset_version d ON d.id = r.dataset_version "
        "WHERE r.state = 'done' AND r.result IS NOT NULL AND r.split IN ('test', 'dev') "
        "AND d.name = ifnull((SELECT value FROM choice WHERE key = 'dataset'), d.name) "
        "AND ifnull(json_extract(r.options, '$.rows'), s.rows) >= s.rows ORDER BY r.id DESC LIMIT ?",
        (LAST_RUNS,),
    )
    found: dict[int, Measured] = {}
    for run, candidate, name, model, shots, split, scorers, result in rows:
        scorer = metric or unpack_json(scorers)[0]
        value = _value(unpack_json(result), scorer)
        known = found.get(candidate)
        if value is not None and (known is None or (known.split == "dev" and split == "test")):
            found[candidate] = Measured(run, unpack_text(name), unpack_text(model), shots, split, scorer, value)
    return [found[candidate] for candidate in sorted(found)]


def best_of(candidates: list[Measured]) -> Measured | None:
    """The one with the best score; of equals the later."""
    return max(reversed(candidates), key=lambda one: sign_of(one.scorer) * (one.value.value or 0.0), default=None)


def _value(result: Mapping[str, Any], metric: str) -> Value | None:
    kept = result["scores"].get(metric)
    value = None if kept is None else Value(*kept)
    return value if value is not None and value.value is not None else None
