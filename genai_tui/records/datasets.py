"""Datasets: rows with inputs and an expected answer, in versions that share rows."""

from dataclasses import dataclass, field
from typing import Any, Literal

from genai_tui.records.hashing import content_hash

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")


@dataclass(frozen=True)
class Example:
    """One row; never edited. `line` is the physical line of the file where its record began (0: not from a file)."""

    inputs: dict[str, Any]
    expected: Any = None
    tags: tuple[str, ...] = ()
    line: int = 0
    id: int = 0

    @property
    def hash(self) -> str:
        """Hash of inputs and expected answer: what pairs join on."""
        return content_hash({"inputs": self.inputs, "expected": self.expected})


@dataclass(frozen=True)
class Dataset:
    """One version of a dataset: how many rows each split has, and how they were split."""

    id: int
    name: str
    version: int
    splits: dict[str, int] = field(default_factory=dict)
    split_way: str = ""
    source: str = ""
    created: str = ""
    in_use: bool = False

    @property
    def rows(self) -> int:
        """All rows of this version."""
        return sum(self.splits.values())
