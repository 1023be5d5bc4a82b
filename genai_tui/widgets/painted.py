"""The base of every widget of ours: it draws itself on a canvas and refreshes the cells that came out different."""

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.look import Look, Role, make_look

_PLAIN_LOOK: list[Look] = []


class Painted(Widget):
    """A widget that is drawn by `paint`; call `repaint` after a change, and what is the same costs nothing.

    Textual paints a refreshed region again whether it changed or not, so the comparison is made here.
    """

    DEFAULT_CSS = "Painted { width: 1fr; height: 1fr; }"
    GROUND: Role = "text"
    CARET_ALWAYS = False  # for the one widget of a page, which has no need of the focus (taking it costs a whole paint)
    _canvas: Canvas | None = None

    @property
    def look(self) -> Look:
        """What everything is drawn with now: the app's."""
        look: Look | None = getattr(self.app, "look", None)
        if look is not None:
            return look
        if not _PLAIN_LOOK:
            _PLAIN_LOOK.append(make_look())
        return _PLAIN_LOOK[0]

    def paint(self, canvas: Canvas) -> None:
        """Draw the present state. Pure: it changes nothing but the canvas."""
        raise NotImplementedError

    def caret(self) -> tuple[int, int] | None:
        """Column and row where the terminal's own cursor should stand while this has the focus."""
        return None

    def repaint(self) -> int:
        """Draw again, and send the cells that differ; returns how many."""
        width, height = self.size
        if not self.is_attached or not width or not height:
            self._canvas = None  # it may be shown again at the size it had
            return 0
        before, canvas = self._canvas, self._draw(width, height)
        self._canvas = canvas
        self._place_caret()
        if before is None or not canvas.fits(before.width, before.height, before.look):
            self.refresh()
            return width * height
        spans = canvas.differences(before)
        if spans:
            self.refresh(*(Region(start, row, end - start, 1) for row, start, end in spans))
        return sum(end - start for _, start, end in spans)

    def render_line(self, y: int) -> Strip:
        """One row of the canvas, which is drawn when the first row is asked for."""
        width, height = self.size
        canvas = self._canvas
        if canvas is None or not canvas.fits(width, height, self.look):
            canvas = self._canvas = self._draw(width, height)
            self._place_caret()
        return canvas.strip(y)

    def text_on_screen(self) -> str:
        """What it shows now, as text."""
        width, height = self.size
        return self._draw(width, height).text()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw anew: Textual paints the whole of a widget that gets or loses the focus."""
        super().watch_has_focus(has_focus)
        self._canvas = None

    def _draw(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height, self.look, self.GROUND)
        self.paint(canvas)
        return canvas

    def _place_caret(self) -> None:
        if (self.has_focus or self.CARET_ALWAYS) and (place := self.caret()) is not None:
            region = self.content_region
            self.app.cursor_position = region.offset + place
