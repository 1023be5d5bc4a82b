"""How long the rows are and what they expect, drawn: lengths in tokens at the left, classes at the right."""

from collections.abc import Mapping

from genai_tui.stages.finetune.checking import Tokens
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.painted import Painted

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = ".:-=+*#@"
NAME = 14  # columns for a label


class Shape(Painted):
    """Two small plots side by side; where there is little room for both, one under the other has none."""

    def __init__(self) -> None:
        super().__init__(id="shape")
        self.tokens: Mapping[str, Tokens] = {}
        self.labels: Mapping[str, Mapping[str, int]] = {}
        self.limit = 0
        self.why = "They are counted."

    def show(self, tokens: Mapping[str, Tokens], labels: Mapping[str, Mapping[str, int]], limit: int, why: str) -> None:
        """Other rows; `why` says why their tokens are not known. Without rows nothing is said of answers."""
        self.tokens, self.labels, self.limit, self.why = tokens, labels, limit, why
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Lengths, then classes."""
        half = canvas.width // 2
        heading(canvas, "Tokens a row of train", self.has_focus)
        if (found := self.tokens.get("train")) is not None:
            said = f" {found.too_long:,} over {self.limit:,} " if found.too_long else f" limit {self.limit:,} "
            canvas.right(half - 1, 0, said, "warn" if found.too_long else "head")
        self._lengths(canvas, half - 2)
        canvas.put(half, 0, " Answers of train ", "head")
        self._answers(canvas, half + 1, canvas.width - half - 2)

    def _lengths(self, canvas: Canvas, width: int) -> None:
        found = self.tokens.get("train")
        if found is None:
            canvas.put(2, 1, self.why, "soft", width)
            return
        said = (
            f"{found.least:,} to {found.most:,}, median {found.median:,.0f}; {found.answers / found.rows:.1f} learned"
        )
        canvas.put(2, 1, said, "text", width)
        steps = found.histogram
        each = max(1, min(6, (width - 2) // max(1, len(steps))))
        most, rows = max(count for _, count in steps), max(1, canvas.height - 3)
        signs = ASCII_BARS if canvas.look.ascii else BARS
        for place, (_, count) in enumerate(steps):
            eighths = round(count / most * rows * 8) if count else 0
            eighths = max(eighths, 1) if count else 0
            for row in range(rows):
                part = min(8, eighths - row * 8)
                if part > 0:
                    canvas.fill(2 + place * each, 1 + rows - row, each, signs[part - 1], "key")
        bottom = canvas.height - 1
        canvas.put(2, bottom, f"{steps[0][0]:,}", "soft")
        end = f"{steps[-1][0]:,}"
        canvas.put(max(2 + len(str(steps[0][0])) + 1, 2 + len(steps) * each - len(end)), bottom, end, "soft")

    def _answers(self, canvas: Canvas, x: int, width: int) -> None:
        labels = sorted(self.labels.get("train", {}).items(), key=lambda each: -each[1])
        rows = canvas.height - 1
        if not labels:
            if self.tokens or self.labels:
                canvas.put(x, 1, "Each answers in words of its own: no classes.", "soft", width)
            return
        shown = labels if len(labels) <= rows else labels[: rows - 1]
        most = labels[0][1]
        room = max(1, width - NAME - 7)
        for y, (label, count) in enumerate(shown, 1):
            canvas.put(x, y, label or "(empty)", "text", NAME - 1)
            canvas.fill(x + NAME, y, max(1, round(count / most * room)), "▓", "key")
            canvas.right(x + width, y, f"{count:,}", "soft")
        if len(shown) < len(labels):
            left = labels[len(shown) :]
            said = f"{len(left)} more, down to {left[-1][1]:,} rows"
            canvas.put(x, rows, said, "soft", width)

    def spoken(self) -> str:
        """The lengths in words."""
        found = self.tokens.get("train")
        return "" if found is None else f"{found.least} to {found.most} tokens, median {found.median:.0f}"
