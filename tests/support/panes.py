"""What a person sees: the text of the whole screen and of its parts, and the keys that are pressed."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from genai_tui.project import Project
from genai_tui.records.stages import Board
from genai_tui.screens.frame import Said
from genai_tui.screens.main import GenaiApp
from genai_tui.terminal.environment import Terminal, read_terminal
from genai_tui.widgets.board import BoardView
from genai_tui.widgets.painted import Painted

LONGEST = 2000  # turns of the loop, of 10 ms at most each


def a_terminal(**environ: str) -> Terminal:
    """A terminal as a login over ssh finds it."""
    return read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8", **environ})


class Panes:
    """The app under test."""

    def __init__(self, app: GenaiApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press keys, each dealt with before the next."""
        for key in keys:
            await self.pilot.press(key)
            await self.until(lambda: self.app.typed_ahead.idle or self.app.return_code is not None)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], turns: int = LONGEST) -> None:
        """Wait for a condition, never for a clock."""
        for _ in range(turns):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"it never came to it; the screen:\n{self.text}")

    @property
    def text(self) -> str:
        """The whole screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def last_line(self) -> str:
        """The keys, or a message, over however many lines."""
        said = next(iter(self.app.screen.query(Said)), None)
        if said is not None and said.display:
            return " " + " ".join(said.text_on_screen().split())
        return self.text.split("\n")[-1]

    @property
    def where(self) -> str:
        """The name of the screen on top."""
        return type(self.app.screen).__name__

    @property
    def chosen(self) -> int:
        """The stage whose box is lit on Home."""
        return self.app.screen.query_one(BoardView).chosen

    def part(self, selector: str | type[Widget]) -> str:
        """The text of one part."""
        widget = self.app.screen.query_one(selector)
        assert isinstance(widget, Painted)
        return widget.text_on_screen()

    @contextlib.contextmanager
    def drawn(self, selector: str | type[Widget]) -> Iterator[list[str]]:
        """Every text of one part from now on, however short a time it stands."""
        widget = self.app.screen.query_one(selector)
        assert isinstance(widget, Painted)
        texts: list[str] = []
        repaint = widget.repaint

        def noting() -> int:
            texts.append(widget.text_on_screen())
            return repaint()

        widget.repaint = noting  # type: ignore[method-assign]
        try:
            yield texts
        finally:
            del widget.repaint  # type: ignore[method-assign]

    def shows(self, text: str) -> bool:
        """Whether the screen has this text somewhere, line ends left out."""
        return " ".join(text.split()) in " ".join(self.text.split())


@contextlib.asynccontextmanager
async def opened(
    what: Project | Board | None, size: tuple[int, int] = (80, 24), terminal: Terminal | None = None, **more: Any
) -> AsyncIterator[Panes]:
    """The app on a project, on a board made by hand, or on neither (the welcome)."""
    terminal = terminal or a_terminal()
    app = GenaiApp(terminal, what, **more) if isinstance(what, Project) else GenaiApp(terminal, board=what, **more)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Panes(app, pilot)
