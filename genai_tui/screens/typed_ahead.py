"""Keys one after the other: what is typed ahead goes where the keys before it lead.

Textual hands a key to what has the focus and takes the next one at once, before the first has moved the focus or opened
a page: of keys that come in one packet, as over a slow line, letters meant for a box would be run as commands.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump

LONGEST_S = 0.3  # seconds after which the next key is taken although the one before seems not to be dealt with


class TypedAhead:
    """A queue of keys and pastes; `deal` hands one on, and the next is taken when that has gone all its way."""

    def __init__(self, app: App[Any], deal: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app, self._deal = app, deal
        self._waiting: deque[Key | Paste] = deque()
        self._number = 0

    @property
    def idle(self) -> bool:
        """Whether every key has been dealt with."""
        return not self._waiting

    async def put(self, event: Key | Paste) -> None:
        """Deal with it now, or when those before it have been."""
        self._waiting.append(event)
        if len(self._waiting) == 1:
            await self._take()

    async def _take(self) -> None:
        app = self._app
        self._number += 1
        first = app.focused or app.screen
        await self._deal(self._waiting[0])
        # What a key does is done by the one that had it, or by those around it, to which it bubbles, the app last; what
        # the one that had it then tells goes the same way.
        way = [first, *(node for node in first.ancestors if node is not app)]
        self._follow([*way, app, *way], self._number)
        app.set_timer(LONGEST_S, lambda number=self._number: self._done(number))

    def _follow(self, way: Sequence[MessagePump], number: int) -> None:
        while way and not way[0].call_later(self._follow, way[1:], number):
            way = way[1:]  # it is gone
        if not way:
            self._arrived(number)

    def _arrived(self, number: int) -> None:
        """A page that it opened comes to stand first, and takes its focus."""
        app = self._app
        if not app.screen.call_later(app.call_later, self._done, number):
            self._done(number)

    def _done(self, number: int) -> None:
        if number == self._number and self._waiting:
            self._waiting.popleft()
            self._number += 1
            if self._waiting:
                self._app.call_later(self._take)
