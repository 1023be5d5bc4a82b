"""Why an answer of a run came out of the cache, or did not."""

from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.scorers.imported import imported
from genai_tui.store.answers import answer_to_row, kept_before
from genai_tui.store.generations import find_generation

if TYPE_CHECKING:
    from genai_tui.records.generations import Generation
    from genai_tui.store.reader import Reader

MOST_SHOWN = 200  # characters of a value
BEFORE = 40  # of them before the first that differs


class Explained(NamedTuple):
    """What became of one answer: `hit`, and sentences why, the most important first."""

    run: int
    row: int
    generation: int
    hit: bool
    why: tuple[str, ...]


def explain(reader: "Reader", run: Run, row: int) -> Explained:
    """What the cache did for row `row` (from 1) of the run's split. Raises UsageFault where it was not asked."""
    number = generation_of(reader, run, row)
    generation = find_generation(reader, number)
    if generation.cached_from is not None:
        first = find_generation(reader, generation.cached_from)
        where = f"run {first.run}" if first.run is not None else "a try"
        why = (
            f"The same request was answered before, in {where} (generation {first.id}, {first.created}).",
            "Endpoint, model, the whole body and the number of the repeat are equal; times and cost are those of then.",
        )
        return Explained(run.id, row, number, True, why)
    if imported(run):
        raise UsageFault(f"Run {run.id} was imported: nothing was asked here, and no cache was looked in.")
    if not run.options.get("cache"):
        return Explained(run.id, row, number, False, ("The run was told not to look in the cache (--no-cache).",))
    return Explained(run.id, row, number, False, _why_not(reader, generation))


def generation_of(reader: "Reader", run: Run, row: int) -> int:
    """The answer of a run to row `row` of its split, of the first repeat. Raises UsageFault."""
    found = answer_to_row(reader, run.id, run.dataset_version, run.split, row)
    if found is None:
        raise UsageFault(f"Run {run.id} has no answer for row {run.split}:{row}.", "", "Rows are counted from 1.")
    return found


def _why_not(reader: "Reader", generation: "Generation") -> tuple[str, ...]:
    """What was different in the earlier request for the same example that is most like it."""
    if generation.error is not None:
        return ("It was not answered; only whole answers are kept.",)
    sent = generation.exchanges[0].body if generation.exchanges else {}
    earlier = kept_before(reader, generation.example, generation.id)
    if not earlier:
        return ("Nothing like it was answered before: it was the first time this row was asked.",)
    compared = [
        (_differences(generation, sent, endpoint, repeat, body), number) for number, endpoint, repeat, body in earlier
    ]
    different, number = min(compared, key=lambda found: (len(found[0]), -found[1]))
    if not different:
        return (
            f"An equal request is generation {number}; it was kept, or its address changed, after this one was asked.",
        )
    return (f"The request most like it is generation {number}; what differs:", *different)


def _differences(g: "Generation", sent: dict[str, Any], endpoint: str, repeat: int, body: dict[str, Any]) -> list[str]:
    found = []
    if g.endpoint != endpoint:
        found.append(f"endpoint: {g.endpoint}, then {endpoint}")
    if g.repeat != repeat:
        found.append(f"repeat: {g.repeat}, then {repeat}")
    names = [name for name in sorted({*sent, *body}) if sent.get(name) != body.get(name)]
    return found + [f"{name}: {_shown(sent.get(name), body.get(name))}" for name in names]


def _shown(now: Any, then: Any) -> str:
    """Two values as text; long ones from a little before the place where they begin to differ."""
    texts = ["nothing" if value is None else str(value) for value in (now, then)]
    same = next((at for at, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    start = max(0, same - BEFORE) if max(map(len, texts)) > MOST_SHOWN else 0
    end = start + MOST_SHOWN
    return ", then ".join(f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}" for text in texts)
