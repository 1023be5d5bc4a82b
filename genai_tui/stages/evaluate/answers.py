"""The answers of a run with their examples and scores, page by page, in the order of the rows: for exports."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from genai_tui.records.runs import Run, Score
from genai_tui.records.scales import is_right, right_at
from genai_tui.stages.evaluate.interchange.named import as_written
from genai_tui.stages.evaluate.scorers.base import was_judged
from genai_tui.store.answers import Shown, shown_answer
from genai_tui.store.counting import rows_of
from genai_tui.store.datasets import places_of
from genai_tui.store.labels import Label, labels_of_run
from genai_tui.store.scores import scores_of

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


@dataclass(frozen=True, kw_only=True)
class Answer(Shown):
    """One answer of a run as it is exported. `row` counts from 1 within the split; times are seconds."""

    run: int
    candidate: str
    split: str
    row: int | None
    repeat: int
    generation: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    latency_s: float | None
    first_token_s: float | None
    cached: bool
    scores: dict[str, Score] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()

    @property
    def right(self) -> bool:
        """Whether it was answered, and its first score has nothing against it (or it has none that counts)."""
        first = next(iter(self.scores.values()), None)
        if self.error is not None or first is None or not was_judged(first) or right_at(first.scorer) is None:
            return self.error is None
        return is_right(first.scorer, first.value)


def answers_of(reader: "Reader", run: Run, candidate: str) -> Iterator[Answer]:
    """Every answer that counts, failures included, in the order of the rows."""
    places: dict[int, list[int]] = defaultdict(list)
    for example, position in places_of(reader, run.dataset_version, run.split):
        places[example].append(position)

    def place(example: int, repeat: int) -> int | None:
        known = places.get(example, [])
        which = repeat // run.repeats
        return known[which] if which < len(known) else None

    rows = rows_of(reader, run.id)
    keys = [(place(example, repeat) or 0, repeat) for example, repeat in zip(rows.examples, rows.repeats, strict=True)]
    labels = labels_of_run(reader, run.id)
    for number in sorted(range(len(rows)), key=keys.__getitem__):
        row = rows.row(number)
        found = shown_answer(reader, row.id)
        if found is None:
            continue
        known = {score.scorer: score for score in scores_of(reader, row.id)}
        yield Answer(
            **vars(replace(found, expected=as_written(found.expected))),
            run=run.id,
            candidate=candidate,
            split=run.split,
            row=place(row.example, row.repeat),
            repeat=row.repeat % run.repeats,
            generation=row.id,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cost_usd=row.cost_usd,
            latency_s=row.latency_s,
            first_token_s=row.first_token_s,
            cached=row.cached,
            scores={name: known[name] for name in run.scorers if name in known},
            labels=tuple(labels.get(row.id, ())),
        )
