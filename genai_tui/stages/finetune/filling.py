"""Rows for several processes: at the end of an epoch each has as many batches, and no row counts twice.

Rows that are missing for that count no token, instead of being repeated: so an update learns the same from the same
rows, whatever number of processes they are shared among.
"""

from collections.abc import Iterator
from typing import Any

from genai_tui.stages.finetune.rows import IGNORED


class Filled:
    """A dataset with `missing` rows after its own that teach nothing: its first, without labels."""

    def __init__(self, rows: Any, multiple: int) -> None:
        self.rows, self.missing = rows, -len(rows) % multiple

    def __len__(self) -> int:
        return len(self.rows) + self.missing

    def __getitem__(self, place: int) -> dict[str, Any]:
        if place < len(self.rows):
            return dict(self.rows[place])
        first = self.rows[0]
        return {**first, "labels": [IGNORED] * len(first["labels"])}


class Order:
    """The order that one process would see the rows in, epoch by epoch; what fills them up comes last."""

    def __init__(self, filled: Filled, seed: int) -> None:
        from accelerate.data_loader import SeedableRandomSampler

        self.filled, self.own = filled, SeedableRandomSampler(filled.rows, data_seed=seed)

    def __iter__(self) -> Iterator[int]:
        yield from self.own
        yield from range(len(self.filled.rows), len(self.filled))

    def __len__(self) -> int:
        return len(self.filled)

    def set_epoch(self, epoch: int) -> None:
        """The epoch that is iterated over next."""
        self.own.set_epoch(epoch)
