"""What goes into an import and what comes out of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from genai_tui.datasets.packing import Spool, unpacked
from genai_tui.errors import FileFault
from genai_tui.records.datasets import SPLITS, Example, Split

FORMATS = (
    "csv", "tsv", "jsonl", "json", "parquet", "openai-chat", "openai-evals", "promptfoo", "mmlu", "gsm8k", "humaneval",
    "ifeval", "sharegpt", "alpaca", "lm-eval", "inspect",
)  # fmt: skip
PLAIN = ("csv", "tsv", "jsonl", "json", "parquet")  # rows of columns; the others have a meaning of their own
RATIOS = ("0.6", "0.15", "0.25")


@dataclass(frozen=True)
class ImportOptions:
    """What the user said of a file: columns, split, format. None and () leave it to the file.

    `split` puts all rows into one split; else `ratios` (decimal texts for train, dev and test) and `seed` split them.
    """

    inputs: tuple[str, ...] = ()
    expected: str | None = None
    tags: tuple[str, ...] = ()
    split: Split | None = None
    ratios: tuple[str, ...] = RATIOS
    seed: int = 0
    format: str | None = None
    encoding: str | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Every column that the user named."""
        return (*self.inputs, *((self.expected,) if self.expected is not None else ()), *self.tags)


class Record(NamedTuple):
    """One record of a file as it stands there: the line where it starts, and its values or what is wrong with it."""

    line: int
    values: dict[str, Any]
    fault: str = ""


class Laid(NamedTuple):
    """A row as its format understands it: inputs and expected answer, and the columns that it was made of."""

    line: int
    inputs: dict[str, Any]
    expected: Any
    values: dict[str, Any]
    fault: str = ""


class Rejected(NamedTuple):
    """A row that is out: the physical line where it starts, and why."""

    line: int
    reason: str


class Warned(NamedTuple):
    """What was kept and should be looked at; `line` is the first it was seen at (0: the file as a whole)."""

    line: int
    text: str


@dataclass(frozen=True)
class Mapping:
    """How the columns of a file become inputs, expected answer and tags; `inputs` is input name → column.

    In a format with a meaning of its own `expected` may be words that say what the answer is made of.
    """

    format: str
    encoding: str
    inputs: dict[str, str]
    expected: str | None
    tags: tuple[str, ...]
    columns: tuple[str, ...]
    unused: tuple[str, ...] = ()
    index: tuple[str, ...] = ()
    delimiter: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What `data import --dry-run --json` prints under `mapping`."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns": list(self.columns),
            "inputs": self.inputs,
            "expected": self.expected,
            "tags": list(self.tags),
            "unused": list(self.unused),
            "index": list(self.index),
        }


@dataclass(frozen=True)
class ImportResult:
    """A file read to its end: how many rows go into which split, what is out and why, what should be looked at.

    The rows themselves are on disk and come block by block; nothing holds them all. `places` has the split's number of
    each.
    """

    rows: dict[Split, int]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]
    mapping: Mapping
    split_way: str
    source: str
    spool: Spool
    places: bytes

    @property
    def total(self) -> int:
        """All good rows."""
        return sum(self.rows.values())

    def packed(self) -> Iterator[list[tuple[Split, int, list[tuple[Any, ...]]]]]:
        """The good rows block by block, each as (split, position of the first, rows), as `add_rows` takes them.

        Rows keep the order of the file within a split; positions count from 1.
        """
        first = [1, 1, 1]
        number = 0
        for block in self.spool.blocks():
            parts: tuple[list[tuple[Any, ...]], ...] = ([], [], [])
            for row, place in zip(block, self.places[number : number + len(block)], strict=True):
                parts[place].append(row)
            number += len(block)
            yield [(split, first[place], parts[place]) for place, split in enumerate(SPLITS) if parts[place]]
            first = [position + len(part) for position, part in zip(first, parts, strict=True)]

    def batches(self) -> Iterator[tuple[Split, int, list[Example]]]:
        """As `packed`, with the rows as examples."""
        for block in self.packed():
            for split, first, rows in block:
                yield split, first, [unpacked(*row) for row in rows]

    def rejected_json(self) -> list[dict[str, Any]]:
        """The rejected rows as commands print them."""
        return [{"line": row.line, "reason": row.reason} for row in self.rejected]

    def warnings_json(self) -> list[dict[str, Any]]:
        """The warnings as commands print them."""
        return [{"line": warned.line, "text": warned.text} for warned in self.warnings]


def file_fault(what: str, why: str = "", do: str = "", *, line: int = 0) -> FileFault:
    """A fault of the file as a whole; `line` is the one to blame, where there is one."""
    rejected = [{"line": line, "reason": why or what}] if line else []
    return FileFault(what, why, do, extra={"rejected": rejected})
