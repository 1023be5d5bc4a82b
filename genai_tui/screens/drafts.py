"""What stands in text boxes and is not saved yet: stored a second after the last key at most, and back in its box."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.project import FOLDER

if TYPE_CHECKING:
    from genai_tui.screens.host import Host
    from genai_tui.store.drafts import Draft, Drafts

SAVE_EVERY = 1.0  # seconds
WHOLE = frozenset(("prompt",))  # screens whose draft is one thing: of several one stands there, the others beside it
_log = logging.getLogger(__name__)


class TypedTexts:
    """The texts of all boxes by screen and box. `keep` is called at each key, and costs nothing but a dictionary."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._texts: dict[str, dict[str, Any]] = {}
        self._sources: dict[str, Callable[[], Mapping[str, Any]]] = {}
        self._others: dict[str, list[Draft]] = {}
        self._unsaved: set[str] = set()
        self._saving: set[str] = set()  # on their way to the store, where they may not arrive: the program may end
        self._timed = False
        self._taking: asyncio.Task[None] | None = None
        self._store: Drafts | None = None

    def keep(self, screen: str, box: str, text: str) -> None:
        """Keep what stands in a box now; empty forgets it."""
        kept = self._texts.setdefault(screen, {})
        if kept.get(box, "") != text:
            kept[box] = text
            self._save_soon(screen)

    def hold(self, screen: str, source: Callable[[], Mapping[str, Any]]) -> None:
        """Let a screen tell what stands in its boxes when it is saved: long texts are not copied at each key."""
        self._sources[screen] = source

    def changed(self, screen: str) -> None:
        """What a held screen would tell is another now."""
        self._save_soon(screen)

    def _save_soon(self, screen: str) -> None:
        self._unsaved.add(screen)
        if not self._timed and self._host.project is not None:
            self._timed = True
            self._host.set_timer(SAVE_EVERY, self._save)

    def of(self, screen: str) -> dict[str, Any]:
        """What stands in the boxes of a screen."""
        if screen in self._sources:
            self._texts[screen] = dict(self._sources[screen]())
        return {box: text for box, text in self._texts.get(screen, {}).items() if text}

    def forget(self, screen: str) -> None:
        """Forget the texts of a screen: they are saved now, or not wanted."""
        if self._texts.pop(screen, None):
            self._save_soon(screen)

    async def take_up(self) -> None:
        """Take up what a program that ended left behind, answers that came too; texts typed since win.

        Done once: who asks meanwhile waits for it, and who is cancelled does not end it. Raises StorageFault.
        """
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_up())
        if not self._taking.done():
            await asyncio.shield(self._taking)

    async def _take_up(self) -> None:
        from genai_tui.answering.recovering import recover

        store = self._drafts()
        if store is None or self._host.project is None:
            return
        for draft in await store.take():  # the newest first, and a newer text wins
            if draft.beside and draft.screen in WHOLE:
                self._others.setdefault(draft.screen, []).append(draft)
            else:
                self._texts[draft.screen] = {**draft.data, **self._texts.get(draft.screen, {})}
        with suppress(GenaiError):  # they stay where they are, for a start on a better day
            await recover(self._host.project.writer, self._host.project.settings.endpoints)

    def others(self, screen: str) -> "Sequence[Draft]":
        """What else was typed on a screen, in programs that ended: kept until it is taken up."""
        return self._others.get(screen, ())

    async def take_other(self, screen: str, *, keep: bool) -> "Draft | None":
        """The first of them, which is the screen's draft now; what stood there, to `keep`, is the last of them.

        Raises StorageFault: all is as it was.
        """
        store, others = self._drafts(), self._others.get(screen)
        if store is None or not others:
            return None
        draft, *left = others
        standing = await store.exchange(draft, self.of(screen) if keep else None)
        self._others[screen] = left if standing is None else [*left, standing]
        return draft

    async def _save(self) -> None:
        self._timed = False
        store = self._drafts()
        if store is None:
            return
        unsaved, self._unsaved = self._unsaved, set()
        self._saving |= unsaved
        for screen in unsaved:
            try:
                if texts := self.of(screen):
                    await store.save(screen, texts)
                else:
                    await store.drop(screen, beside=screen not in WHOLE)
            except GenaiError as error:
                self._unsaved.add(screen)
                say = getattr(self._host.screen, "say", None)
                if say is not None:
                    say(f"What you typed is only on the screen. {error}", "bad")
            except asyncio.CancelledError:
                self._unsaved.add(screen)
                raise
            finally:
                self._saving.discard(screen)

    def save_now(self) -> None:
        """Save all that is not surely saved, without the event loop."""
        unsaved = self._unsaved | self._saving
        store = self._drafts() if unsaved else None
        for screen in unsaved if store is not None else ():
            store.save_now(screen, self.of(screen))  # type: ignore[union-attr]
            self._unsaved.discard(screen)

    def _drafts(self) -> "Drafts | None":
        if self._store is None and self._host.project is not None:
            from genai_tui.store.drafts import Drafts

            folder: Path = self._host.project.folder
            self._store = Drafts(self._host.project.writer, folder / FOLDER / "drafts")
        return self._store
