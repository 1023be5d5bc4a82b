"""Whether what a run measured was trained on: by its own model, or moved to train since. Its score then says less."""

from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.runs import Run
from genai_tui.store.artifacts import lineage_of
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset, find_dataset_version
from genai_tui.store.seen import rows_in_train

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


class Seen(NamedTuple):
    """So many of a run's rows were seen in training (0: only rows like them), and the sentence that says so."""

    rows: int
    text: str


def seen_of(reader: "Reader", run: Run) -> list[Seen]:
    """What the score of a run over dev or test is to be doubted for; empty for most. Reads splits: use a thread."""
    if run.split == "train":
        return []
    found = []
    model = candidate_with(reader, run.candidate).model
    lineage = lineage_of(reader, model) or {}
    trained = lineage.get("dataset_version")
    many = rows_in_train(reader, run.dataset_version, run.split, run.rows, trained) if trained else 0
    if many:
        text = f"{model} was trained on {_counted(many)} of these {run.split} rows: it may remember their answers."
        found.append(Seen(many, text))
    near = {name: count for name, count in lineage.get("leaks", {}).items() if name != "measured-in-train"}
    if near:
        said = ", ".join(f"{count:,} {name}" for name, count in near.items())
        found.append(Seen(0, f"{model} was trained on rows much like measured ones ({said}): scores may be too good."))
    try:
        mine = find_dataset_version(reader, run.dataset_version)
        last = find_dataset(reader, mine.name)
    except UsageFault:
        return found
    moved = rows_in_train(reader, mine.id, run.split, run.rows, last.id) if last.id != mine.id else 0
    if moved and moved > many:
        text = f"{_counted(moved)} of {run.split} are train's in {last.name} v{last.version}: models trained on it have"
        found.append(Seen(moved, f"{text} seen them, and this score is not to be held against theirs."))
    return found


def seen_lines(found: list[Seen]) -> list[str]:
    """For people, below a run's scores."""
    return [f"  ! {each.text}" for each in found]


def seen_as_json(found: list[Seen]) -> dict[str, Any]:
    """As `eval show --json` prints it; nothing where there is nothing."""
    return {"seen": [each._asdict() for each in found]} if found else {}


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
