"""What is known of the judges of a run: their bias by position and their agreement with people, as gates need it."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import FileFault
from genai_tui.records.counts import count
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.labelling import people_of
from genai_tui.stages.evaluate.scorers.trust import Trust, trust
from genai_tui.store.scores import scores_of_run

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

Judges = dict[str, Trust]


def trust_in(reader: "Reader", run: Run, scorer: str, people: Mapping[int, str] | None = None) -> Trust | None:
    """How far a judge's score can be trusted, by `people` and by what people said in the project; None for no judge.

    Reads the whole run.
    """
    if scorer.partition(":")[0] != "judge":
        return None
    scores = list(scores_of_run(reader, run.id, scorer).values())
    return trust(scores, {**people_of(reader, run.id), **(people or {})})


def trust_of(reader: "Reader", run: Run) -> Judges:
    """Every judge of a run."""
    found = {name: trust_in(reader, run, name) for name in run.scorers}
    return {name: trusted for name, trusted in found.items() if trusted is not None}


def trust_as_json(judges: Judges) -> dict[str, Any]:
    """As `eval show --json` prints it."""
    if not judges:
        return {}
    return {
        "judges": {
            name: {
                "biases": [
                    {
                        "judge": bias.judge,
                        "first": bias.first._asdict(),
                        "disagreed": bias.disagreed._asdict(),
                        "biased": bias.biased,
                    }
                    for bias in found.biases
                ],
                "agreement": found.agreement._asdict(),
                "doubts": found.doubts,
                "without_verdict": found.silent,
            }
            for name, found in judges.items()
        }
    }


def trust_lines(judges: Judges) -> list[str]:
    """For people; where there are several each is named by its options."""
    lines = []
    for name, found in judges.items():
        said = found.doubts or [bias.sentence for bias in found.biases] or ["Nothing speaks against going by it."]
        if found.silent:
            said = [*said, f"It gave no verdict on {count(found.silent, 'answer')}, left out of its score."]
        kind, _, options = name.partition(":")
        which = f"{options}: " if len(judges) > 1 else ""
        lines += [f"  {kind:<12} {which}{sentence}" for sentence in said]
    return lines


def read_labels(file: Path) -> dict[int, str]:
    """People's labels by generation: a CSV file with the columns `generation` and `label`. Raises FileFault."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if not {"generation", "label"} <= set(reader.fieldnames or ()):
                raise FileFault(
                    f"{file} has no labels in it.",
                    f"Its columns are: {', '.join(reader.fieldnames or ()) or 'none'}.",
                    "It needs the columns generation (as eval export numbers them) and label: right, wrong, or as the "
                    "judge's own.",
                )
            return {int(row["generation"]): row["label"].strip() for row in reader if (row["label"] or "").strip()}
    except OSError as fault:
        raise FileFault(f"{file} cannot be read.", f"{fault.strerror or fault}.") from fault
    except (ValueError, csv.Error, UnicodeError) as fault:
        raise FileFault(f"{file} cannot be read as labels.", f"{fault}.") from fault
