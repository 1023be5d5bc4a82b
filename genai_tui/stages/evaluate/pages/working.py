"""Work that takes longer than a key may."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from textual.dom import DOMNode
from textual.worker import Worker

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


def begin(node: DOMNode, act: Callable[[], Coroutine[None, None, None]], group: str) -> None:
    """Do `act` in a worker of `node`; what else of that group works or waits there is given up.

    It is given uncalled: a coroutine that was made and never begun would be told of as a defect. On a node that is gone
    nothing begins.
    """
    if not node.is_attached:
        return
    _: Worker[None] = node.run_worker(act, group=group, exclusive=True, exit_on_error=False)
