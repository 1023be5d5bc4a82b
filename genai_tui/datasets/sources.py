"""Which shape a file has: what its content says goes before its name."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

from genai_tui.datasets.benchmarks import MmluSheet, is_mmlu_sheet
from genai_tui.datasets.columns import is_found
from genai_tui.datasets.delimited import MARKS, Delimited
from genai_tui.datasets.jsons import Broken, Decoder, JsonArray, JsonLines, JsonSequence
from genai_tui.datasets.logs import InspectLog
from genai_tui.datasets.model import PLAIN, ImportOptions, Record, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.datasets.promptfoo import YamlTests
from genai_tui.datasets.recognise import LOOKED_AT, special_format
from genai_tui.datasets.shapes import member_start, members_of, object_rows
from genai_tui.errors import FileFault

_TEXTS = {  # a column of text that a format must have: where it is a list or an object, a frame's columns stand there
    "alpaca": "instruction",
    "gsm8k": "question",
    "humaneval": "prompt",
    "ifeval": "prompt",
    "mmlu": "question",
}
_JSON_NAMES = (".json", ".jsonl", ".ndjson", ".jsonlines")


class Source(Protocol):
    """A file as records; `records` can be called again and gives the same."""

    format: str

    def records(self) -> Iterator[Record]:
        """The records, from the start of the file."""
        ...


def find_source(opened: Opened, options: ImportOptions) -> Source:
    """The file as records: what its content says, then its name. Raises FileFault, MissingPiece."""
    wanted = options.format
    name = opened.name.lower().removesuffix(".gz")
    if opened.parquet or wanted == "parquet":
        return _parquet(opened, options, named=wanted == "parquet" or name.endswith(".parquet"))
    if wanted in ("csv", "tsv"):
        return Delimited(opened, wanted)
    if wanted in (None, "promptfoo") and name.endswith((".yaml", ".yml")):
        return YamlTests(opened)
    if wanted in ("json", "jsonl") or _is_json(opened, name):
        return _json_source(opened, options, name)
    if wanted == "promptfoo" and not name.endswith((".csv", ".tsv")):
        return YamlTests(opened)
    sheet = Delimited(opened, None)
    if wanted == "mmlu" or (wanted is None and not options.asked):
        found = _as_mmlu(sheet)
        if found is not None or wanted == "mmlu":
            return MmluSheet(found or sheet)
    return sheet


def _as_mmlu(sheet: Delimited) -> Delimited | None:
    """The sheet if it is MMLU without a header; its first line is then a question, whose marks part nothing."""
    if is_mmlu_sheet(sheet):
        return sheet
    if sheet.delimiter == ",":
        return None
    try:
        by_commas = Delimited(sheet.opened, None, ",")
    except FileFault:
        return None
    return by_commas if is_mmlu_sheet(by_commas) else None


def _parquet(opened: Opened, options: ImportOptions, *, named: bool) -> Source:
    if not opened.parquet:
        raise file_fault(f"{opened.path} is no Parquet file.", "", "Leave out --format, or name what it is.")
    if not named:
        do = "Give it its own name (.parquet), or say so: --format parquet"
        raise file_fault(f"{opened.path} is a Parquet file under another name.", "", do)
    from genai_tui.datasets.parquet import ParquetRows

    return ParquetRows(opened, options.asked or ("expected", "tags"))


def _is_json(opened: Opened, name: str) -> bool:
    full = (line.strip() for line in opened.lines() if line.strip())
    first = next(full, "")
    opens = first.startswith(("{", "["))
    if name.endswith((".csv", ".tsv")):
        return opens and (re.match(r'[\[{]\s*(?:$|["{\[\d-])', first) is not None or _is_value(first))
    if opens or not name.endswith(_JSON_NAMES):
        return opens
    # the first line may be a remark, or the end of a line that is cut off
    rows = any(mark in first for mark in MARKS)
    return not rows or _is_value(first) or any(line.startswith(("{", "[")) for line in islice(full, LOOKED_AT))


def _json_source(opened: Opened, options: ImportOptions, name: str) -> Source:
    """One document, lines, or objects one after the other."""
    lines = (line.strip(" \t\r\n\ufeff") for line in opened.lines())
    full = (line for line in lines if line)
    first, more = next(full, ""), next(full, None) is not None
    if not first:
        raise file_fault(f"{opened.path} has no rows.", "it is empty but for blank lines")
    alone = _is_value(first)
    if alone and more:
        return JsonLines(opened)
    is_array = first.startswith("[") and (alone or not _begins_with_value(first))
    del first  # it may be all there is
    text = opened.whole()
    if is_array:
        return JsonArray(opened, text)
    try:
        is_object = isinstance(Decoder().alone(text), dict)  # not kept: it is large, and is read again with its places
    except Broken:
        if any(_parses_alone(line) for line in opened.lines()):
            return JsonLines(opened)
        return JsonSequence(opened, text)
    if not is_object:
        return JsonLines(opened)
    document = members_of(text)
    top = document.values()
    if options.format == "inspect" or _is_inspect(top, options):
        return InspectLog(opened, text, top, member_start(opened, document, "samples"))
    if "tests" in top and (options.format == "promptfoo" or _is_configuration(top, options)):
        return YamlTests(opened)  # JSON is YAML: a configuration, with what all of its tests have
    one_line = alone and (name.endswith((".jsonl", ".ndjson", ".jsonlines")) or options.format == "jsonl")
    if options.format in (None, *PLAIN):
        asked, others = options.asked, bool(options.asked) and not options.inputs
    else:
        text_column = _TEXTS.get(options.format or "", "")
        asked, others = (text_column,) if isinstance(top.get(text_column), (list, dict)) else (), True
    return object_rows(opened, text, document, asked, one_line=one_line, others=others)


def _is_configuration(top: dict[str, Any], options: ImportOptions) -> bool:
    """Whether an object is a configuration of promptfoo, and nobody said that it is something else."""
    if options.format is not None or not {"prompts", "providers", "targets", "defaultTest"} & top.keys():
        return False
    tests = top["tests"]
    if isinstance(tests, str):
        return not any(is_found(top, column) for column in options.asked)
    first = tests[0] if isinstance(tests, list) and tests else None
    if not isinstance(first, dict) or special_format(first) != "promptfoo":
        return False
    return not any(is_found(first, column) for column in options.asked)


def _is_inspect(top: dict[str, Any], options: ImportOptions) -> bool:
    """Whether an object is an Inspect log, and nobody said that it is something else."""
    if options.format is not None or special_format(top) != "inspect":
        return False
    return not any(is_found(top, column) for column in options.asked)


def _begins_with_value(line: str) -> bool:
    """Whether a line holds a JSON value to its end, whatever follows it."""
    try:
        Decoder().value(line)
    except Broken:
        return False
    return True


def _parses_alone(line: str) -> bool:
    """Whether a line is a JSON value by itself, from column 0."""
    line = line.removeprefix("\ufeff")
    return bool(line.strip()) and line[0] not in " \t" and _is_value(line)


def _is_value(text: str) -> bool:
    """Whether a text is one JSON value, blanks around it."""
    try:
        Decoder().alone(text)
    except Broken:
        return False
    return True
