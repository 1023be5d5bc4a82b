"""Which shape a file has: what its content says goes before its name."""

import re
from collections.abc import Iterator
from typing import Protocol

from genai_tui.datasets.delimited import MARKS, Delimited
from genai_tui.datasets.jsons import Broken, Decoder, JsonArray, JsonLines, JsonSequence
from genai_tui.datasets.model import ImportOptions, Record, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.datasets.shapes import object_rows
from genai_tui.errors import FileFault

_JSON_NAMES = (".json", ".jsonl", ".ndjson", ".jsonlines")


class Source(Protocol):
    """A file as records; `records` can be called again and gives the same."""

    format: str

    def records(self) -> Iterator[Record]:
        """The records, from the start of the file."""
        ...


def find_source(opened: Opened, options: ImportOptions) -> Source:
    """The file as records: what its content says, then its name."""
    wanted = options.format
    name = opened.name.lower().removesuffix(".gz")
    if wanted in ("csv", "tsv"):
        return Delimited(opened, wanted)
    if wanted is None and name.endswith((".yaml", ".yml")):
        raise FileFault(
            f"{opened.path} is YAML; promptfoo tests are not read by this version yet.",
            "",
            "It reads csv, tsv, jsonl and json.",
            extra={"rejected": []},
        )
    if wanted is None and not _is_json(opened, name):
        return Delimited(opened, None)
    return _json_source(opened, options, name)


def _is_json(opened: Opened, name: str) -> bool:
    first = next((line for line in opened.lines() if line.strip()), "").strip()
    try:
        Decoder().alone(first)
        alone = True
    except Broken:
        alone = False
    if not name.endswith((".csv", ".tsv")):
        named = name.endswith(_JSON_NAMES)
        rows = any(mark in first for mark in MARKS) and not first.startswith(("{", "["))
        return first.startswith(("{", "[")) or (named and (alone or not rows))
    return first.startswith(("{", "[")) and (alone or re.match(r'[\[{]\s*(?:$|["{\[\d-])', first) is not None)


def _json_source(opened: Opened, options: ImportOptions, name: str) -> Source:
    """One document, lines, or objects one after the other."""
    lines = (line.strip(" \t\r\n\ufeff") for line in opened.lines())
    full = (line for line in lines if line)
    first, more = next(full, ""), next(full, None) is not None
    if not first:
        raise file_fault(f"{opened.path} has no rows.", "it is empty but for blank lines")
    decoder = Decoder()
    try:
        decoder.alone(first)
        alone = True
    except Broken:
        alone = False
    if alone and more:
        return JsonLines(opened)
    text = opened.whole()
    if first.startswith("["):
        return JsonArray(opened, text)
    try:
        value = decoder.alone(text)
    except Broken:
        if any(_parses_alone(line) for line in opened.lines()):
            return JsonLines(opened)
        return JsonSequence(opened, text)
    if not isinstance(value, dict):
        return JsonLines(opened)
    one_line = alone and (name.endswith((".jsonl", ".ndjson", ".jsonlines")) or options.format == "jsonl")
    return object_rows(opened, text, options.asked, one_line=one_line)


def _parses_alone(line: str) -> bool:
    """Whether a line is a JSON value by itself, from column 0."""
    line = line.removeprefix("\ufeff")
    if not line.strip() or line[0] in " \t":
        return False
    try:
        Decoder().alone(line)
    except Broken:
        return False
    return True
