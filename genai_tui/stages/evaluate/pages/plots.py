"""Plots: the score run by run, and quality against cost and latency with what is worth its price joined."""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.scales import sign_of
from genai_tui.screens.acts import Act, bindings
from genai_tui.stages.evaluate.leaders import Leader, leaders
from genai_tui.stages.evaluate.pages.leaderboard import Ranked
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.lines import Key
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.plot import Axis, Point, around, draw_plane, nice, pareto

Kind = Literal["runs", "cost", "latency"]
KINDS: tuple[Kind, ...] = ("runs", "cost", "latency")
TITLES: dict[Kind, str] = {"runs": "run by run", "cost": "against cost", "latency": "against latency"}
LATEST = 40  # runs of the first plot


class Drawn(NamedTuple):
    """What a plot shows."""

    title: str
    points: Sequence[Point]
    across: Axis
    up: Axis
    joined: Sequence[int]
    mark: float | None
    note: str = ""


class PlotView(Painted, can_focus=True):
    """One plot over the whole page; in plain lines, its points in words."""

    def __init__(self) -> None:
        super().__init__(id="plot")
        self.drawn: Drawn | None = None
        self.empty = ""

    def show(self, drawn: Drawn | None, empty: str = "") -> None:
        """Another plot."""
        self.drawn, self.empty = drawn, empty
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Heading and plane."""
        drawn = self.drawn
        if drawn is None or not drawn.points:
            heading(canvas, drawn.title if drawn is not None else "Plot", True)
            for y, line in enumerate(wrap(self.empty, max(10, canvas.width - 3)), 1):
                canvas.put(2, y, line, "soft")
            return
        heading(canvas, drawn.title, True)
        if canvas.look.plain:
            for y, point in enumerate(drawn.points, 1):
                best = ", worth its price" if drawn.points.index(point) in drawn.joined else ""
                said = f"{point.name}: {drawn.up.said(point.y)} at {drawn.across.said(point.x)}{best}"
                canvas.put(1, y, said, "text")
            return
        if drawn.note and len(drawn.title) + len(drawn.note) + 6 < canvas.width:
            canvas.right(canvas.width - 1, 0, f" {drawn.note} ", "head")
        draw_plane(
            canvas, 2, canvas.height - 2, drawn.across, drawn.up, drawn.points, joined=drawn.joined, mark=drawn.mark
        )

    def spoken(self) -> str:
        """The plot in words."""
        drawn = self.drawn
        return "" if drawn is None else f"{drawn.title}: " + "; ".join(
            f"{point.name} {drawn.up.said(point.y)} at {drawn.across.said(point.x)}" for point in drawn.points
        )  # fmt: skip


def free(drawn: Drawn, scorer: str) -> str:
    """What is said in place of a plot against a cost of nothing."""
    best = max(drawn.points, key=lambda point: sign_of(scorer) * point.y)
    return (
        f"Every candidate whose cost is known costs $0: there is nothing to weigh quality against. The best by "
        f"{scorer} is {best.name}, {drawn.up.said(best.y)}; v goes on to latency."
    )


class Plots(Ranked):
    """Three plots, one at a time."""

    WHERE = "plots"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("plots.next", "v,right", "turn(1)", "the next plot", "v or →"),
        Act("plots.previous", "left", "turn(-1)", "the plot before", "←"),
        *Ranked.ACTS,
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("v", "next plot"), Key("w", "split"), Key("s", "scorer"), Key("d", "dataset"), Key("esc", "back"),
    )  # fmt: skip

    kind: Kind = "runs"

    def body(self) -> Sequence[Widget]:
        """One plot."""
        self.view = PlotView()
        return (self.view,)

    def on_mount(self) -> None:
        """It is drawn at once."""
        self.view.focus()
        self.show_ranked()

    def action_turn(self, step: int) -> None:
        """Another plot."""
        self.kind = KINDS[(KINDS.index(self.kind) + step) % len(KINDS)]
        self.show_ranked()
        if self.host.look.plain:
            self.say(self.view.spoken())

    def show_ranked(self) -> None:
        """The plot that is chosen."""
        runs = self.measured()
        drawn = self._runs(runs[-LATEST:]) if self.kind == "runs" else self._against(leaders(runs, self.scorer))
        none = self.none
        if runs and not drawn.points:
            lacks = {"cost": "no cost is known", "latency": "nothing was timed"}[self.kind]
            none = f"Of the runs with {self.what} {lacks}; v turns to another plot."
        if self.kind == "cost" and drawn.points and not any(point.x for point in drawn.points):
            drawn, none = drawn._replace(points=()), free(drawn, self.scorer)
        self.view.show(drawn, none)

    def help_lines(self) -> Sequence[str]:
        """What is joined."""
        return (
            *super().help_lines(),
            "Joined by steps are the candidates that nobody beats: none is cheaper (or faster) and as good. What is "
            "under a step costs more than something that is better. The dotted line is the scope's target.",
        )

    def _title(self) -> str:
        return f"{self.what}, {TITLES[self.kind]}"

    def _up(self, found: Sequence[Leader]) -> Axis:
        ends = [end for each in found for end in (each.value.low, each.value.high, each.value.value) if end is not None]
        ends += [self.target] if self.target is not None else []
        if ends and min(ends) >= 0 and max(ends) <= 1:
            return Axis(0.0, 1.0, "{:.2f}".format)
        return Axis(*around(ends), "{:.3g}".format) if ends else Axis(0, 1)

    def _runs(self, found: list[Leader]) -> Drawn:
        sign = sign_of(self.scorer)
        best = max((each.value.value or 0.0 for each in found), key=lambda value: sign * value, default=0.0)
        points = [
            Point(float(place), each.value.value or 0.0, f"#{each.run.id} {self.rows.subject(each.run.candidate).name}",
                  each.value.low, each.value.high, each.value.value == best)
            for place, each in enumerate(found)
        ]  # fmt: skip
        numbers = [each.run.id for each in found]

        def said(value: float) -> str:
            return f"#{numbers[round(value)]}"

        places = sorted({round(place) for place in nice(0, max(len(found) - 1, 0))})
        across = Axis(-0.5, max(len(found) - 0.5, 0.5), said, "run", tuple(map(float, places)))
        return Drawn(self._title(), points, across, self._up(found), (), self.target, "bars: 95 %")

    def _against(self, found: list[Leader]) -> Drawn:
        cost = self.kind == "cost"
        points: list[Point] = []
        kept: list[Leader] = []
        for each in found:
            result = each.run.result
            assert result is not None
            if cost:
                x = (
                    result.cost_usd / result.answered * 1000
                    if result.cost_usd is not None and result.answered
                    else None
                )
            else:
                x = result.latency_s.p95
            if x is not None and each.value.value is not None:
                name = self.rows.subject(each.run.candidate).name
                points.append(Point(x, each.value.value, name, each.value.low, each.value.high))
                kept.append(each)
        sign = sign_of(self.scorer)
        front = pareto([point._replace(y=sign * point.y) for point in points])
        most = max((point.x for point in points), default=1.0) or 1.0
        across = (
            Axis(0.0, most * 1.1, "${:.3g}".format, "for 1,000") if cost
            else Axis(0.0, most * 1.1, lambda value: f"{value * 1000:,.{0 if most > 0.01 else 1}f} ms", "p95")
        )  # fmt: skip
        return Drawn(
            self._title(), points, across, self._up(kept), front, self.target, "joined: nobody is better for less"
        )
