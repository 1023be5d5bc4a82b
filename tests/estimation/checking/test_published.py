"""Estimates against the published figures, where they are at hand (GENAI_TUI_FACTS)."""

import json
from collections import defaultdict
from statistics import median

import pytest

from genai_tui.estimation.cards import find_card
from genai_tui.estimation.checking import energy, peaks, scaling, training
from tests.conftest import outside


def rows_of(file):
    return json.loads((outside("GENAI_TUI_FACTS") / file).read_text("utf-8"))


def by_kind(module, file):
    return {table.kind: table for table in module.tables(file, rows_of(file), find_card)}


def tuned():
    """The rows of fine-tuning, with what they were read from."""
    rows = [row for row in rows_of("memory_peaks.json") if row["method"] != "inference"]
    (table,) = peaks.tables("memory_peaks.json", rows, find_card)
    sources = {row["id"]: row["source"].split(" ")[0] + row["source"].split(" ")[1] for row in rows}
    return [(sources[row.name], row) for row in table.rows]


def test_peaks_of_fine_tuning():
    rows = [row for _, row in tuned()]
    assert len(rows) > 20
    assert median(abs(row.error) for row in rows) <= 0.15
    assert sum(abs(row.error) <= 0.35 for row in rows) >= 0.8 * len(rows)
    assert sum(bool(row.in_range) for row in rows) >= 0.8 * len(rows)


def test_peaks_of_each_source_alone():
    errors = defaultdict(list)
    for source, row in tuned():
        errors[source].append(abs(row.error))
    for source, found in errors.items():
        assert median(found) <= 0.2, source


def test_hours_at_the_published_utilisation():
    table = by_kind(training, "training_runs.json")["published utilisation"]
    assert len(table.rows) > 10
    assert table.max_abs_error <= 0.02


@pytest.mark.parametrize("kind", ["full_run", "throughput"])
def test_hours_at_our_default(kind):
    rows = [row for row in rows_of("training_runs.json") if row["kind"] == kind]
    table = next(t for t in training.tables("f", rows, find_card) if t.kind == "own default")
    assert table.median_abs_error <= 0.25
    assert table.share_in_range >= 0.8


def test_worked_examples():
    table = by_kind(scaling, "scaling.json")["worked_example"]
    assert table.median_abs_error <= 0.05
    assert table.max_abs_error <= 0.1


def test_energies_and_emissions():
    tables = by_kind(energy, "energy.json")
    assert all(table.median_abs_error <= 0.02 for table in tables.values())
    assert all(row.estimate for table in tables.values() for row in table.rows)
