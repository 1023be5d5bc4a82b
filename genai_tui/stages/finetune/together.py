"""What the processes of one training decide and add up together, so that all of them do the same at the same step.

It goes over a group of its own on the processor, beside the one that gradients go over: a GPU does not wait for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from genai_tui.stages.finetune.rows import IGNORED, Encoded

T = TypeVar("T")
PATIENCE = timedelta(days=30)  # a process that died ends the others by itself; one that is slow does not


class Ranks:
    """The processes of a training: this one is number `rank` of `count`. Alone, it agrees with itself."""

    rank = 0
    count = 1

    @property
    def first(self) -> bool:
        """Whether this one writes and reports for all."""
        return self.rank == 0

    def gather(self, value: T) -> list[T]:
        """The values of all, by their number."""
        return [value]

    def of_first(self, work: Callable[[], T]) -> T:
        """What the first one makes, for all; the others wait for it."""
        return self.gather(work() if self.first else None)[0]  # type: ignore[return-value]

    def share(self, rows: Sequence[Encoded]) -> Sequence[Encoded]:
        """The part of rows that is computed here. Each has as many, as sharded weights are gathered by all at once.

        What is missing for that is filled with rows that count no token.
        """
        mine = list(rows[self.rank :: self.count])
        if rows and len(mine) * self.count < len(rows):
            mine.append(_uncounted(rows[0]))
        return mine


ALONE = Ranks()


class Several(Ranks):
    """One of several, over torch.distributed, which is initialised."""

    def __init__(self) -> None:
        from torch import distributed

        self.rank, self.count = distributed.get_rank(), distributed.get_world_size()
        self._group = distributed.new_group(backend="gloo", timeout=PATIENCE)

    def gather(self, value: T) -> list[T]:
        """The values of all, by their number."""
        from torch import distributed

        found: list[Any] = [None] * self.count
        distributed.all_gather_object(found, value, group=self._group)
        return found


def _uncounted(row: Encoded) -> Encoded:
    return replace(row, labels=(IGNORED,) * len(row.labels))
