"""Which format with a meaning of its own a file has, if any: what the user says, else what its content says."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from genai_tui.datasets.benchmarks import ALPACA, GSM8K, HUMANEVAL, IFEVAL, MMLU
from genai_tui.datasets.chats import OPENAI_CHAT, SHAREGPT
from genai_tui.datasets.columns import is_found
from genai_tui.datasets.layouts import Layout
from genai_tui.datasets.logs import INSPECT, LM_EVAL, OPENAI_EVALS
from genai_tui.datasets.model import PLAIN, ImportOptions, Record
from genai_tui.datasets.promptfoo import layout as promptfoo_layout
from genai_tui.datasets.recognise import LOOKED_AT, special_format

# What the formats read, by any of its names: a sheet must not have it twice.
FIELDS = frozenset(
    "messages conversations system instruction input output history question choices answer prompt completion "
    "canonical_solution test entry_point instruction_id_list kwargs item data_source_idx doc doc_id target id".split()
)
SHEETS = ("csv", "tsv")
_LAYOUTS = {
    layout.name: layout
    for layout in (ALPACA, GSM8K, HUMANEVAL, IFEVAL, MMLU, OPENAI_CHAT, SHAREGPT, OPENAI_EVALS, LM_EVAL, INSPECT)
}


def find_layout(path: Path, source_format: str, records: Iterable[Record], options: ImportOptions) -> Layout | None:
    """The format of a file whose shape is `source_format`; None for plain columns.

    Without a format that was named, the first records tell; columns that were named and stand in them go before.
    """
    if options.format is not None:
        return None if options.format in PLAIN else layout_of(options.format, path, source_format)
    if source_format not in PLAIN:
        return layout_of(source_format, path, source_format)
    for record in islice(records, LOOKED_AT):
        name = None if record.fault else special_format(record.values)
        if source_format in SHEETS and any(column.startswith("__expected") for column in record.values):
            name = "promptfoo"
        if name is not None:
            plain = any(is_found(record.values, column) for column in options.asked)
            if name == "openai-evals":  # its columns are the keys of an item, never of the sample beside it
                plain = plain and all(column.startswith(("item.", "datasource_item.")) for column in options.asked)
            return None if plain else layout_of(name, path, source_format)
    return None


def layout_of(name: str, path: Path, source_format: str) -> Layout:
    """The format called `name` of the file at `path`."""
    if name == "promptfoo":
        return promptfoo_layout(path, cells=source_format in SHEETS)
    return _LAYOUTS[name]
