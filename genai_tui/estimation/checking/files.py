"""Files of published figures: what each holds, by the shape of its rows, and the tables of estimates against them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genai_tui.errors import FileFault, GenaiError
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.checking import decode, energy, gguf, kv, params, peaks, scaling, training
from genai_tui.estimation.checking.shapes import Lookup
from genai_tui.estimation.checking.table import Table
from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.estimation.reading.opened import regular_size
from genai_tui.records.cards import ModelCard
from genai_tui.text_files import read_text

Rows = list[dict[str, Any]]
MOST_BYTES = 8_000_000

CHECKED: Mapping[str, Callable[[str, Rows, Lookup], list[Table]]] = {
    "params": params.tables,
    "kv_cache": kv.tables,
    "gguf": gguf.tables,
    "training_runs": training.tables,
    "memory_peaks": peaks.tables,
    "scaling": scaling.tables,
    "energy": energy.tables,
    "decode_speed": decode.tables,
}
SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("params", ("config", "total_params")),
    ("kv_cache", ("bytes_per_token", "bytes_at")),
    ("gguf", ("sizes", "kind")),
    ("decode_speed", ("decode_tok_s",)),
    ("decode_speed", ("total_output_tok_s",)),
    ("training_runs", ("gpu_hours", "tokens")),
    ("memory_peaks", ("measured_gib",)),
    ("energy", ("accelerator_hours",)),
    ("energy", ("kg_co2e_per_kwh",)),
    ("hardware", ("memory_gb", "bandwidth_gb_s")),
    ("rental", ("usd_per_accelerator_hour",)),
    ("course", ("fact", "value")),
)
"""What a file holds, by keys that a row of it has."""
KINDS = {"fit": "scaling", "worked_example": "scaling", "tokens_per_parameter": "scaling", "rule": "scaling"}
"""What a file holds, by the `kind` of a row."""
NOT_CHECKABLE = {
    "hardware": "accelerators are inputs of estimates, not estimates",
    "rental": "prices are inputs of estimates, not estimates",
    "course": "rules of thumb stand beside estimates; nothing is estimated from them",
    "tokenizers": "vocabularies are inputs; nothing is estimated from them",
    "config": "a model's config, used to look models up",
}
NO_ROWS = "it holds no row that estimates are held against"


@dataclass(frozen=True)
class Given:
    """One file: what it holds, and its rows."""

    file: str
    holds: str
    rows: Rows


@dataclass(frozen=True)
class Report:
    """The tables of all files, and of each file without a table why it has none."""

    tables: tuple[Table, ...]
    not_checked: tuple[tuple[str, str], ...]


def check_files(paths: Sequence[str]) -> Report:
    """The tables of these files; models are looked up in all of them, then among the shipped cards.

    Raises FileFault for a file that cannot be read as such a list, and where no file can be checked.
    """
    files = [read_figures(path) for path in paths]
    extra = tuple(card for file in files for card in _cards(file))
    made = [(file, _tables(file, extra) if file.holds in CHECKED else []) for file in files]
    tables = [table for _, of_file in made for table in of_file]
    others = [(file.file, NOT_CHECKABLE.get(file.holds, NO_ROWS)) for file, of_file in made if not of_file]
    if not tables:
        file, reason = others[0]
        raise FileFault(f"{file} holds nothing that can be checked.", reason, "Give " + ", ".join(CHECKED) + ".")
    return Report(tuple(tables), tuple(others))


def read_figures(path: str) -> Given:
    """What the file holds. Raises FileFault: unreadable, no JSON, or no list of figures in a format that is known."""
    regular_size(Path(path))  # a pipe without an end is not waited for
    try:
        with open(path, "rb") as stream:
            text = read_text(stream, path, MOST_BYTES)
        found = json.loads(text, parse_constant=_refuse)
    except OSError as fault:
        raise FileFault(f"{path} cannot be read.", f"{fault.strerror or fault}.") from fault
    except (ValueError, RecursionError) as fault:
        raise FileFault(f"{path} is no JSON that can be read.", str(fault)[:200] or type(fault).__name__) from fault
    if isinstance(found, dict):
        return _of_object(path, found)
    if not isinstance(found, list):
        raise FileFault(f"{path} is no list of figures.", "It holds no rows.")
    for place, row in enumerate(found, 1):
        if not isinstance(row, dict):
            raise FileFault(f"{path} is no list of figures.", f"Row {place} is no object.")
    return Given(path, _holds(path, found), found)


def _of_object(path: str, found: dict[str, Any]) -> Given:
    """A file that is one object: GGUF sizes among other lists, vocabularies, or a model's config."""
    sizes = found.get("sizes")
    if isinstance(sizes, list) and all(isinstance(row, dict) for row in sizes):
        return Given(path, "gguf", sizes)
    if "vocabularies" in found:
        return Given(path, "tokenizers", [])
    if "model_type" in found or "architectures" in found:
        name = str(found.get("_name_or_path") or Path(path).resolve().parent.name)
        return Given(path, "config", [{"model": name, "config": found}])
    raise FileFault(f"{path} is in no format that is known.", "It is an object without `sizes` or `model_type`.")


def _holds(path: str, rows: Rows) -> str:
    if not rows:
        return "nothing"
    for row in rows:
        for holds, keys in SHAPES:
            if row.keys() >= set(keys):
                return holds
        if str(row.get("kind")) in KINDS:
            return KINDS[str(row["kind"])]
    named = ", ".join(sorted(rows[0]))[:120] or "none"
    raise FileFault(f"{path} is in no format that is known.", f"The keys of its first row are: {named}.")


def _cards(file: Given) -> list[ModelCard]:
    """The models of a file that has configs; one that cannot be read is left to the row that names it."""
    cards = []
    for row in file.rows if file.holds in ("params", "config") else ():
        if isinstance(config := row.get("config"), Mapping):
            try:
                cards.append(card_of_config(config, str(row.get("model", ""))))
            except GenaiError:
                continue
    return cards


def _tables(file: Given, extra: tuple[ModelCard, ...]) -> list[Table]:
    try:
        return CHECKED[file.holds](file.file, file.rows, lambda name: find_card(name, extra))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        said = f"A row of it cannot be read as {file.holds}: {type(fault).__name__} {fault}."
        raise FileFault(f"{file.file} is not what its rows look like.", said[:200]) from fault


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON.")
