"""One row as it is trained on: what is read is pale, what is learned bright, token for token."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.events import Resize

from genai_tui.stages.finetune.pages.reading import Piece, Read, pieces
from genai_tui.stages.finetune.planning import Plan
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part, TextView

if TYPE_CHECKING:
    from genai_tui.stages.finetune.rows import Row

TITLE = "Row as it is trained on"


class TrainedRow(TextView):
    """A row of train; `turn` and `go_to` choose it, `show_row` draws it."""

    def __init__(self) -> None:
        super().__init__(TITLE, (), id="row")
        self.place = 0

    def on_resize(self, event: Resize) -> None:
        """What is learned stands at the end, and stays in view."""
        self.action_scroll_lines(1_000_000)

    def turn(self, step: int, rows: int) -> None:
        """Another row, around the ends."""
        self.place = (self.place + step) % max(1, rows)

    async def show_row(self, plan: Plan | None, read: Read) -> None:
        """Draw the chosen row; without its tokens as messages."""
        if not read.rows:
            return
        row = read.rows[min(self.place, len(read.rows) - 1)]
        title = f"{TITLE}: {row.place}"
        if plan is None or read.lacks is not None:
            self.show(tuple(_as_messages(row)), title)
            self.set_note("")
            return
        found, tokens, learned = await asyncio.to_thread(pieces, plan, row)
        self.show(tuple(part for piece in found for part in _parts(piece)), title)
        self.action_scroll_lines(1_000_000)
        self.set_note(f"{tokens:,} tokens, {learned:,} learned ▸")


def _as_messages(row: "Row") -> Iterator[Part]:
    for message in row.messages:
        yield Part(f"{message['role']}: {message['content']}", "soft", "  ")
    yield Part(row.answer, "strong", "▸ ", "key")


def _parts(piece: Piece) -> Iterator[Part]:
    """What is learned has ▸ before each of its lines."""
    lines = piece.text.rstrip("\n").split("\n") if piece.text.strip() else [piece.text]
    how: tuple[Role, str, Role] = ("strong", "▸ ", "key") if piece.learned else ("soft", "  ", "soft")
    for line in lines:
        yield Part(line, *how)
