"""Two runs on the same examples, in three lines; or why they cannot be compared, and what to do about it."""

from genai_tui.stages.evaluate.pages.by_key import by_key
from genai_tui.stages.evaluate.rivals import Against
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.plot import Axis, draw_interval

AXIS = 36
MOST_DOUBTS = 4  # lines of them
NOTHING = "Another candidate over the same split is compared with it here."


class Difference(Painted):
    """Better, same, worse; the difference with its interval, p and the test; what is to be doubted in it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.found: Against | None = None
        self.why = NOTHING

    def show(self, found: Against | None, why: str = NOTHING) -> None:
        """Show another comparison, or why there is none."""
        self.found, self.why = found, why
        self.repaint()

    def rows(self, width: int) -> int:
        """How many lines it takes."""
        if self.found is not None and self.found.found is None:
            return 1 + max(2, len(self._fault(width)))
        return 2 + len(self._said(width)) + min(MOST_DOUBTS, len(self._doubts(width)))

    def _said(self, width: int) -> list[str]:
        """The difference; a line is kept for it where there is none yet."""
        return wrap(difference_said(self.found), max(20, width - 3)) if self.found is not None else [""]

    def _fault(self, width: int) -> list[str]:
        """Why there is no comparison."""
        return wrap(by_key(self.found.fault), max(20, width - 3))[:MOST_DOUBTS] if self.found is not None else []

    def _doubts(self, width: int) -> list[str]:
        doubts = self.found.doubts if self.found is not None and self.found.found is not None else []
        return [line for doubt in doubts for line in wrap(f"! {doubt}", max(20, width - 3))]

    def paint(self, canvas: Canvas) -> None:
        """Heading and two lines, and what is to be doubted."""
        found = self.found
        if found is None:
            heading(canvas, "Against another run", False)
            canvas.put(2, 1, self.why, "soft")
            return
        base, run, compared = found.base.id, found.run.id, found.found
        both = f", the {compared.n:,} examples both have, by {found.scorer}" if compared is not None else ""
        heading(canvas, f"#{run} against #{base}{both}", False)
        if compared is None:
            for y, line in enumerate(self._fault(canvas.width), 1):
                canvas.put(2, y, line, "soft")
            return
        x = canvas.put(2, 1, f"better {compared.better:,}", "good" if compared.better else "soft")
        x = canvas.put(x, 1, f" · same {compared.same:,} · ", "text")
        canvas.put(x, 1, f"worse {compared.worse:,}", "bad" if compared.worse else "soft")
        said = self._said(canvas.width)
        for y, line in enumerate(said, 2):
            canvas.put(2, y, line, verdict_role(found), canvas.width - 3)
        for y, line in enumerate(self._doubts(canvas.width), 2 + len(said)):
            canvas.put(2, y, line, "warn", canvas.width - 3)
        room = min(AXIS, canvas.width - 50)
        if room >= 16 and compared.difference is not None:
            widest = max(0.1, *(abs(each) for each in (compared.low, compared.high, compared.difference) if each))
            draw_interval(
                canvas, canvas.width - room - 2, 1, room, Axis(-widest, widest), compared.difference, compared.low,
                compared.high, mark=0.0, role=verdict_role(found),
            )  # fmt: skip


def difference_said(found: Against) -> str:
    """`difference +0.37, 95 % +0.23 to +0.50, p = 0.00001 (McNemar exact)`."""
    compared = found.found
    if compared is None or compared.difference is None:
        return found.fault
    p = f", {p_said(compared.p)}" if compared.p is not None else ""
    holm = f"; {p_said(found.holm)} among all (Holm)" if found.holm is not None else ""
    return f"difference {compared.difference:+.2f}{compared.interval()}{p} ({compared.test}){holm}"


def p_said(p: float) -> str:
    """A p-value: as many digits as matter."""
    return f"p = {p:.2f}" if p >= 0.1 else f"p = {p:.3f}" if p >= 0.001 else f"p = {p:.1g}"


def verdict_role(found: Against) -> Role:
    """Green and red only where the difference is sure, and nothing is to be doubted in it."""
    if found.doubts:
        return "warn" if found.verdict else "strong"
    roles: dict[str, Role] = {"better": "good", "worse": "bad"}
    return roles.get(found.verdict, "strong")
