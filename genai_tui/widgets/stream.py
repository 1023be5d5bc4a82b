"""One answer as it comes: what comes is joined, and taken in at a bounded rate with bounded work each time."""

import asyncio
import time
from typing import Literal

from textual.events import Resize, Show
from textual.timer import Timer
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.widgets.answer_signs import AnswerState
from genai_tui.widgets.answer_text import STEP, Incoming
from genai_tui.widgets.answer_view import LAY_NOW_S, LAY_S, AnswerView
from genai_tui.widgets.flow import Flow
from genai_tui.widgets.look import Role

PAINT_EVERY = 1 / 12  # seconds between two paints while text comes; all views paint at the same moments
CELLS_S = 12_000  # cells that all views send in a second at most, shared by those where text comes
SHARE = 12  # a view rests for so many times as long as it worked, if that is longer
HURRY_S = 0.02  # between two steps while more has come than one step takes in
MARKDOWN_INLINE = 4_000  # characters up to which Markdown is rendered at once; above, in a thread
MARKDOWN_MOST = 100_000  # above which the raw text is shown


class StreamView(AnswerView):
    """The view of an answer that is told what comes, how it stands, how it ended and what is wrong with it."""

    def __init__(self, title: str = "", *, empty: tuple[str, ...] = (), id: str | None = None) -> None:  # noqa: A002
        self.mode: Literal["raw", "markdown"] = "raw"
        self.reasoning_shown = False
        self._timer: Timer | None = None
        self._cost = 0.0  # seconds the last step took
        self._paint_at = 0.0  # when the next paint may be, of the monotonic clock
        super().__init__(title, empty=empty, id=id)

    def _start_anew(self) -> None:
        super()._start_anew()
        self.error: GenaiError | None = None
        self.texts.unfolded = self.reasoning_shown
        self._broken = ""  # what is wrong where it is pointed at
        self._no_markdown = ""  # why there is none

    # What it is told

    def set_heading(self, letter: str, model: str, what: str = "") -> None:
        """Head the view as one column of several: its letter, who answers, and with what (`v4 3-shot`)."""
        if (letter, model, what) != (self.letter, self.model, self.what):
            self.letter, self.model, self.what = letter, model, what
            self.repaint()

    def clear(self) -> None:
        """Begin anew."""
        self._start_anew()
        self.repaint()

    def begin(self) -> None:
        """An answer was asked for."""
        self.state = "waiting"
        self.repaint()

    def feed(self, text: str) -> None:
        """Take in a piece of the answer; it is painted at the next beat."""
        self._came(self.texts.answer, text)

    def feed_reasoning(self, text: str) -> None:
        """Take in a piece of what the model thought before its answer."""
        self._came(self.texts.reasoning, text)

    def _came(self, incoming: Incoming, text: str) -> None:
        if text:
            incoming.put(text)
            self.state = "streaming"
            self.texts.rendered = None
            self._wake()

    def show_status(self, text: str, role: Role = "soft", details: str = "") -> None:
        """Say in the last lines how it stands, its details in a line of their own; painted at once."""
        if (text, role, details) != (*self.status, self.details):
            self.status, self.details = (text, role), details
            self.repaint()

    def fade(self, faded: bool) -> None:
        """Show it soft, because it is of something else than what stands beside it, or as it was."""
        if faded != self.faded:
            self.faded = faded
            self.repaint()

    def finish(self, state: AnswerState = "done") -> None:
        """All has come (as it was expected or not, where that is known), or what came of an answer that was stopped."""
        self._end(state)

    def fail(self, error: GenaiError) -> None:
        """No answer, or not all of it: the error stands under what came, or in its place."""
        self.error = error
        self._end("cut" if self.texts.answer.flow.text or self.texts.answer.waiting else "failed")

    def _end(self, state: AnswerState) -> None:
        self.state = state
        if self.texts.waiting <= STEP:
            self._take_all()
        self._write_notes()
        self._step()

    def point_at(self, offset: int, sentence: str) -> None:
        """Mark the character at this offset of `text`, where something is wrong, and say what."""
        self.pointed, self._broken = offset, sentence
        self._write_notes()
        row = self.texts.row_of(self.texts.answer.flow, offset)
        if row >= 0 and not self.top <= row < self.top + self._room(self.size.height):
            self._stand_at(row - 1)
        self.repaint()

    # What it tells

    @property
    def text(self) -> str:
        """All of the answer, harmless."""
        self._take_all()
        return self.texts.answer.flow.text

    @property
    def reasoning(self) -> str:
        """All of the reasoning, harmless."""
        self._take_all()
        return self.texts.reasoning.flow.text

    def plain_text(self) -> str:
        """For copying: the reasoning if it is shown, the answer as it came, and what is wrong with it."""
        parts = [self.reasoning if self.reasoning_shown else "", self.text, self.texts.wrong]
        return "\n\n".join(part for part in parts if part)

    # Taking in

    def _take_all(self) -> None:
        self.texts.take_all(ended=not self.coming)

    def _wake(self) -> None:
        """Take a step at the next beat, later if steps take long."""
        if self._timer is None and self.is_attached:
            beat = PAINT_EVERY - time.monotonic() % PAINT_EVERY
            self._timer = self.set_timer(max(beat, self._cost * SHARE), self._step)

    def _step(self) -> None:
        """Take in what came, and paint, if it is time; go on soon where that is not all."""
        if not self.is_attached:
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        began = time.monotonic()
        self.texts.take()
        if not self.coming and not self.texts.waiting:
            self._take_all()
            if self.mode == "markdown" and self.texts.rendered is None and not self._no_markdown:
                self._render_markdown()
        total, room = self._settle(*self.size, LAY_S), self._room(self.size.height)
        due = began >= self._paint_at or (self.settled and not self.coming)
        if not self._on_screen:
            self._canvas = None  # drawn when it is seen again
        elif due:
            self._paint_at = began + self.repaint() * self._sharing / CELLS_S
            if self.look.plain and self.following:  # to the end of this page, and only then to the next
                self._released = self.top + (room if total < self.top + room else 2 * room)
                self._settle(*self.size, LAY_S)
        now = time.monotonic()
        self._cost = now - began
        if not (self.settled and due and not self._behind):
            wait = max(HURRY_S, 2 * self._cost)
            self._timer = self.set_timer(max(wait, self._paint_at - now) if self.settled else wait, self._step)

    @property
    def _sharing(self) -> int:
        """How many views send what comes."""
        return sum(view.coming and view._on_screen for view in self.screen.query(StreamView)) or 1

    @property
    def _on_screen(self) -> bool:
        shown = all(node.display for node in (self, *self.ancestors) if isinstance(node, Widget))
        return shown and self.screen.is_current

    def on_resize(self, event: Resize) -> None:
        """Go on wrapping where that takes long."""
        if not self.settled:
            self._wake()

    def on_show(self, event: Show) -> None:
        """Draw what came meanwhile."""
        self._canvas = None

    def on_mount(self) -> None:
        """Show what came before."""
        self._write_notes()
        self._step()

    def _write_notes(self) -> None:
        if self.is_attached:
            self.texts.note(self.look, self.error, self._broken, self._no_markdown)

    # Reasoning and Markdown

    def toggle_reasoning(self) -> None:
        """Show the reasoning, or fold it into one line."""
        anchor = self.texts.at(self.top)
        self.reasoning_shown = self.texts.unfolded = not self.reasoning_shown
        if self.reasoning_shown:
            self._stand_at(0)
        elif not self.following:
            self._stand_at(max(0, self.texts.row_of(*anchor)))
        self._search()
        self._step()

    def toggle_markdown(self) -> str:
        """Show the answer as Markdown, once it is whole, or as it came; returns a sentence where one must wait."""
        self.mode = "raw" if self.mode == "markdown" else "markdown"
        self.texts.rendered, self._no_markdown = None, ""
        self._write_notes()
        self.top, self.following = 0, self.coming
        self._step()
        self._seen = self._settle(*self.size, LAY_NOW_S)
        self._search()
        self.repaint()
        return "It is shown as Markdown once it is whole." if self.mode == "markdown" and self.coming else ""

    @property
    def _simple(self) -> bool:
        return self.look.ascii or self.look.plain

    def _render_markdown(self) -> None:
        """Render what came; a long text in a thread."""
        from genai_tui.widgets.markdown import render

        text = self.texts.answer.flow.text
        if len(text) <= MARKDOWN_INLINE:
            self._show_rendered(render(text, simple=self._simple))
        elif len(text) > MARKDOWN_MOST:
            self._no_markdown = f"Longer than {MARKDOWN_MOST:,} characters: shown as it came, not as Markdown."
            self._write_notes()
        elif self.is_attached:
            self.screen.run_worker(
                self._render_in_thread(text), group=f"markdown-{id(self)}", exclusive=True, exit_on_error=False
            )

    async def _render_in_thread(self, text: str) -> None:
        from genai_tui.widgets.markdown import render

        rendered = await asyncio.to_thread(render, text, simple=self._simple)
        if self.mode == "markdown" and self.texts.answer.flow.text == text and not self.coming:
            self._show_rendered(rendered)
            self.top = 0
            self._search()
            self.repaint()

    def _show_rendered(self, rendered: Flow | None) -> None:
        self.texts.rendered = rendered
        if rendered is None:
            self._no_markdown = "Nested too deep for Markdown: shown as it came."
            self._write_notes()
