"""What goes into an import and what comes out of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from genai_tui.errors import FileFault
from genai_tui.records.datasets import SPLITS, Example, Split

FORMATS = (
    "csv", "tsv", "jsonl", "json", "parquet", "openai-chat", "openai-evals", "promptfoo", "mmlu", "gsm8k", "humaneval",
    "ifeval", "sharegpt", "alpaca", "lm-eval", "inspect",
)  # fmt: skip
PLAIN = ("csv", "tsv", "jsonl", "json", "parquet")  # rows of columns; the others have a meaning of their own
RATIOS = ("0.6", "0.15", "0.25")
BATCH = 2000  # rows a transaction: few waits for the disk, and nobody else waits long


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

    The rows themselves are read again, batch by batch, by `batches`; nothing holds them all.
    """

    rows: dict[Split, int]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]
    mapping: Mapping
    split_way: str
    source: str
    read: Callable[[], Iterator[tuple[Split, Example]]]

    @property
    def total(self) -> int:
        """All good rows."""
        return sum(self.rows.values())

    def batches(self, size: int = BATCH) -> Iterator[tuple[Split, int, list[Example]]]:
        """The good rows as (split, position of the first, rows), at most `size` at once; positions count from 1.

        Raises FileFault where the file changed since it was read.
        """
        waiting: dict[Split, list[Example]] = {split: [] for split in SPLITS}
        given = dict.fromkeys(SPLITS, 0)
        for split, example in self.read():
            rows = waiting[split]
            rows.append(example)
            if len(rows) >= size:
                yield split, given[split] + 1, rows
                given[split] += len(rows)
                waiting[split] = []
        for split, rows in waiting.items():
            if rows:
                yield split, given[split] + 1, rows

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
