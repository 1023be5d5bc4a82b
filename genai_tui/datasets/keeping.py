"""Puts what rows hold into the store, block by block, while more of them are read or made ready."""

from array import array
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from genai_tui.datasets.packing import Block
from genai_tui.store.imports import add_contents, given_up
from genai_tui.store.writer import Writer


class Keeping:
    """Rows of one file on their way into the store. They stand in no version: nobody sees them yet.

    Of each, in the order of the file, `lines` has the line, and `examples` the id once it is stored. What breaks off
    within `with` leaves them where nobody sees them, for the next import of the same. `name` is by what the store knows
    them meanwhile.
    """

    def __init__(self, writer: Writer) -> None:
        self.name = uuid4().hex
        self._writer = writer
        self._under_way: deque[Callable[[], list[Any]]] = deque()
        self.lines = array("Q")
        self.examples = array("Q")

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._writer.put_now(given_up(self.name))

    def put(self, block: Block) -> None:
        """More rows. One block is stored, one waits for it (more would go into one transaction)."""
        contents = block.contents()
        if len(self._under_way) == 2:
            self._wait()
        self._under_way.append(self._writer.put_soon(add_contents(contents, self.name), early=True))
        self.lines.extend(block.lines)

    def wait(self, rows: int) -> None:
        """Wait until the first so many rows are stored."""
        while len(self.examples) < rows:
            self._wait()

    def _wait(self) -> None:
        self.examples.extend(self._under_way.popleft()()[0])
