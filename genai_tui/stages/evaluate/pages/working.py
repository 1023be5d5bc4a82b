"""Work that takes longer than a key may."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.dom import DOMNode
from textual.worker import Worker

Found = TypeVar("Found")

TELL_S = 0.2  # how often a long read says how far it is


@dataclass
class Reading:
    """A long read that goes on: how far it is, and whether it shall end."""

    done: int = 0
    ended: bool = False

    def tell(self, done: int, _total: int) -> None:
        """Taken as the report of a read that is not ended."""
        self.done = done

    def told(self, done: int) -> bool:
        """Taken as the read's own report."""
        self.done = done
        return not self.ended


async def found_by(reads: Coroutine[Any, Any, Found], reading: Reading, tell: Callable[[float], None]) -> Found:
    """What a long read finds; while it goes on, `tell` is called now and then with its seconds so far.

    Cancelled, the read is told to end. Raises what the read raises.
    """
    began = time.monotonic()
    work = asyncio.create_task(reads)
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=TELL_S)
            if not work.done() and not reading.ended:
                tell(time.monotonic() - began)
    except asyncio.CancelledError:
        reading.ended = True
        raise
    return work.result()


def begin(node: DOMNode, act: Callable[[], Coroutine[None, None, None]], group: str) -> None:
    """Do `act` in a worker of `node`; what else of that group works or waits there is given up.

    It is given uncalled: a coroutine that was made and never begun would be told of as a defect. On a node that is gone
    nothing begins.
    """
    if not node.is_attached:
        return
    _: Worker[None] = node.run_worker(act, group=group, exclusive=True, exit_on_error=False)
