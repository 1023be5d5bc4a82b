"""What goes into an import and what comes out of it."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple, TypeVar

from genai_tui.datasets.keeping import Keeping
from genai_tui.datasets.packing import Spool
from genai_tui.datasets.splits import assign, way_name
from genai_tui.errors import FileFault
from genai_tui.records.datasets import SPLITS, Example, Split

T = TypeVar("T")
FORMATS = (
    "csv", "tsv", "jsonl", "json", "parquet", "openai-chat", "openai-evals", "promptfoo", "mmlu", "gsm8k", "humaneval",
    "ifeval", "sharegpt", "alpaca", "lm-eval", "inspect",
)  # fmt: skip
PLAIN = ("csv", "tsv", "jsonl", "json", "parquet")  # rows of columns; the others have a meaning of their own
_CORRECT = "Correct the file, or fetch it again."
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
    """A file read to its end: what is out and why, what should be looked at, and the good rows.

    The rows themselves are on disk and come block by block; nothing holds them all. Or they were stored already while
    they were read (`kept`). `inputs` and `expected` are 64-bit numbers of each row's content, which its split hangs on.
    """

    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]
    mapping: Mapping
    options: ImportOptions
    source: str
    spool: Spool
    inputs: "array[int]"
    expected: "array[int]"
    kept: Keeping | None = None

    @property
    def total(self) -> int:
        """All good rows."""
        return len(self.inputs)

    @cached_property
    def places(self) -> bytes:
        """The number of each row's split; found out when it is first asked for, perhaps while rows are stored."""
        options = self.options
        if options.split is not None:
            return bytes([SPLITS.index(options.split)]) * self.total
        return bytes(assign(self.inputs, self.expected, options.ratios, options.seed))

    @property
    def rows(self) -> dict[Split, int]:
        """How many rows go into which split."""
        counts = map(self.places.count, range(len(SPLITS)))
        return {split: count for split, count in zip(SPLITS, counts, strict=True) if count}

    @property
    def split_way(self) -> str:
        """What is kept with the version: how the rows were parted."""
        options = self.options
        return f"given: {options.split}" if options.split else way_name(options.ratios, options.seed)

    def batches(self) -> Iterator[tuple[Split, int, list[Example]]]:
        """The good rows as examples, each batch with its split and the position of its first row.

        Rows keep the order of the file within a split; positions count from 1.
        """
        placing = Placing()
        for block in self.spool.blocks():
            yield from placing.parted(self.places, list(block.examples()))

    def rejected_json(self) -> list[dict[str, Any]]:
        """The rejected rows as commands print them."""
        return [{"line": row.line, "reason": row.reason} for row in self.rejected]

    def warnings_json(self) -> list[dict[str, Any]]:
        """The warnings as commands print them."""
        return [{"line": warned.line, "text": warned.text} for warned in self.warnings]


class Placing:
    """Gives rows, as they come in the order of the file, to their splits."""

    def __init__(self) -> None:
        self._done = 0
        self._first = dict.fromkeys(SPLITS, 1)

    def parted(self, places: bytes, rows: Sequence[T]) -> list[tuple[Split, int, list[T]]]:
        """The next rows, split by split, each with the position of its first (from 1); `places` are those of all."""
        places = places[self._done : self._done + len(rows)]
        self._done += len(rows)
        parts = []
        for number, split in enumerate(SPLITS):
            part = list(compress(rows, map(number.__eq__, places)))
            if part:
                parts.append((split, self._first[split], part))
                self._first[split] += len(part)
        return parts


def file_fault(what: str, why: str = "", do: str = "", *, line: int = 0) -> FileFault:
    """A fault of the file as a whole; `line` is the one to blame, where there is one."""
    rejected = [{"line": line, "reason": why or what}] if line else []
    return FileFault(what, why, do or ("Correct it there." if line else _CORRECT), extra={"rejected": rejected})
