"""Whether the answers to what a run measured were given away: its score then says less.

By training its model on these rows, by showing them as examples; by rows much like them; or the rows have been moved to
train since, so that models trained later have seen them.
"""

import json
import weakref
from collections.abc import Sequence
from typing import Literal, NamedTuple

from genai_tui.records.datasets import Split
from genai_tui.store.artifacts import lineage_of
from genai_tui.store.datasets import rows_of_split
from genai_tui.store.prompts import find_prompt
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, unpack_text

Kind = Literal["seen", "shown", "leak", "moved"]
SAID: dict[Kind, str] = {"seen": "seen in training", "shown": "shown as examples", "leak": "leaks in training"}
GIVEN_AWAY: frozenset[Kind] = frozenset(("seen", "shown"))  # these very rows: no gate goes by such a score

# Rows of a version never change, so what was counted once holds for as long as the file is read.
_counted: "weakref.WeakKeyDictionary[Reader, dict[tuple[int, Split, int | None, int], int]]" = (
    weakref.WeakKeyDictionary()
)


class Seen(NamedTuple):
    """So many of a run's rows are concerned (0: only rows like them), and the sentence that says so."""

    kind: Kind
    rows: int
    text: str


def seen_of(reader: Reader, run: int) -> tuple[Seen, ...]:
    """What the score of a run is to be doubted for, the worst first; empty for most. Reads splits: use a thread."""
    row = reader.one(
        "SELECT r.dataset_version, r.split, json_extract(r.options, '$.rows'), c.endpoint || '/' || c.model_id, "
        "c.prompt FROM run r JOIN candidate c ON c.id = r.candidate WHERE r.id = ?",
        (run,),
    )
    if row is None:
        return ()
    version, split, rows, model, prompt = row
    found = []
    name, lineage = unpack_text(model), lineage_of(reader, unpack_text(model)) or {}
    trained = lineage.get("dataset_version")
    many = rows_in_train(reader, version, split, rows, trained) if trained else 0
    if many:
        text = f"{name} was trained on {many:,} of these {split} rows: it may remember their answers."
        found.append(Seen("seen", many, text))
    shown = _shown(reader, version, split, rows, prompt)
    if shown:
        text = f"Prompt {prompt} shows {shown:,} of these {split} rows with the answer, as an example."
        found.append(Seen("shown", shown, text))
    if split == "train":
        return tuple(found)
    near = {name: count for name, count in lineage.get("leaks", {}).items() if name != "measured-in-train"}
    if near:
        said = ", ".join(f"{count:,} {name}" for name, count in near.items())
        text = f"{name} was trained on rows much like measured ones ({said}): scores may be too good."
        found.append(Seen("leak", 0, text))
    last = _last_version(reader, version)
    moved = rows_in_train(reader, version, split, rows, last[0]) if last is not None and last[0] != version else 0
    if last is not None and moved > many:
        text = f"{_said(moved)} of {split} are train's in {last[1]} v{last[2]}: models trained on it have"
        found.append(Seen("moved", moved, f"{text} seen them, and this score is not to be held against theirs."))
    return tuple(found)


def mark_of(found: Sequence[Seen]) -> Kind | None:
    """The worst of it, for lists (`SAID` has it in words); None where nothing speaks against the score itself."""
    return next((each.kind for each in found if each.kind in SAID), None)


def rows_in_train(reader: Reader, version: int, split: Split, rows: int | None, other: int) -> int:
    """How many of the first `rows` rows (None: of all) of a split stand in train of another version, by their inputs.

    Versions are ids.
    """
    known = _counted.setdefault(reader, {})
    key = (version, split, rows, other)
    if key not in known:
        train = rows_of_split("e.inputs").replace("?1", "?3").replace("?2", "'train'")
        known[key] = _count(reader, train, version, split, rows, other)
    return known[key]


def _shown(reader: Reader, version: int, split: Split, rows: int | None, prompt: int) -> int:
    """How many of the rows are examples that a prompt version always shows."""
    fixed = find_prompt(reader, str(prompt)).examples.fixed
    if not fixed:
        return 0
    inputs = json.dumps([pack_json(each.inputs) for each in fixed])
    return _count(reader, "SELECT value FROM json_each(?3)", version, split, rows, inputs)


def _count(reader: Reader, given: str, version: int, split: Split, rows: int | None, argument: int | str) -> int:
    counted = rows_of_split("e.inputs, m.position")
    found = reader.one(
        f"SELECT count(*) FROM ({counted}) WHERE position <= ?4 AND inputs IN ({given})",
        (version, split, argument, 2**62 if rows is None else rows),
    )
    return int(found[0]) if found else 0


def _last_version(reader: Reader, version: int) -> tuple[int, str, int] | None:
    """The last version of the dataset that a version is of: its id, its name, its number."""
    row = reader.one(
        "SELECT o.id, o.name, o.version FROM dataset_version d JOIN dataset_version o ON o.name = d.name "
        "WHERE d.id = ? AND o.version IS NOT NULL ORDER BY o.version DESC LIMIT 1",
        (version,),
    )
    return (row[0], unpack_text(row[1]), row[2]) if row is not None else None


def _said(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
