"""The tab Own or rent: an API against own accelerators, over requests a month."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from genai_tui.errors import UsageFault
from genai_tui.estimation.rental import Crossing
from genai_tui.records.estimates import Estimate
from genai_tui.screens.folding import Want
from genai_tui.stages.select.cost_commands import crossing_said
from genai_tui.stages.select.estimate_text import amount_text, round_text
from genai_tui.stages.select.estimating import Told
from genai_tui.stages.select.pages.estimate_answers import Answer, Asked, barred, lead
from genai_tui.stages.select.pages.estimate_fields import (
    GPU,
    GPUS,
    HOUR,
    INPUT,
    MODEL,
    OUTPUT,
    PRECISION,
    Field,
)
from genai_tui.stages.select.pages.estimator import Estimator
from genai_tui.stages.select.serving_of import own_against, request_price, traffic_asked
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.curves import Curve, Window, draw_curves
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_view import Part as Line

API = Field(
    "api", "API", 26, "what it is held against: endpoint/model-id, or a provider's model", "--api",
    usual="openai/gpt-4.1-mini",
    known=(
        "openai/gpt-4.1-mini", "openai/gpt-4.1", "openai/gpt-4o-mini", "anthropic/claude-3-5-haiku-latest",
        "anthropic/claude-sonnet-4-0", "google/gemini-2.0-flash", "google/gemini-2.5-pro",
        "mistral/mistral-small-latest",
    ),
)  # fmt: skip
PRICE_IN = Field("price_in", "$ in", 6, "its dollars a million tokens in, where no list has them", "", "amount")
PRICE_OUT = Field("price_out", "$ out", 6, "its dollars a million tokens out, where no list has them", "", "amount")
REQUESTS = Field(
    "requests", "requests", 11, "requests a month; the plot goes up to there at least", "--requests", "amount",
    known=("1000", "10000", "100000", "1e6", "1e7", "1e8"), scope=lambda said: said.requests_a_month,
)  # fmt: skip
BUSY = Field(
    "load", "load", 5, "share of the time in which own servers have enough to do", "--load", "amount", "0.4", "0.4",
    ("0.1", "0.2", "0.4", "0.6", "0.8", "1"),
)  # fmt: skip


class Costs(Painted):
    """Dollars a month over requests a month: the API as a line, own servers as a row of signs."""

    def __init__(self) -> None:
        super().__init__(id="costs")
        self.crossing: Crossing | None = None

    def show(self, crossing: Crossing | None) -> None:
        """Other curves."""
        self.crossing = crossing
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """The heading tells the signs apart; in plain lines there is no plot, the words under it say all."""
        title = "Dollars over requests a month"
        crossing = self.crossing
        if crossing is None or canvas.look.plain:
            heading(canvas, title, lit=False)
            return
        own_sign = canvas.look.signs["point"]
        at = crossing.requests
        said = f" ─ API   {own_sign} own" + (f"   {canvas.look.signs['target']} ≈ {round_text(at)} " if at else " ")
        heading(canvas, title, lit=False, room=canvas.width - 2 - len(said))
        canvas.right(canvas.width - 1, 0, said, "head")
        api = [(round(requests), usd) for requests, usd, _ in crossing.points]
        own = [(round(requests), usd) for requests, _, usd in crossing.points]
        curves = (Curve("own", own, own_sign, "key"), Curve("API", api, "", "warn"))
        window = Window(cursor=round(at) if at else None)
        draw_curves(canvas, 1, canvas.height - 1, curves, window, along="requests a month")


class OwnOrRent(Estimator):
    """Break-even of an API and own accelerators, drawn and said."""

    ID = "own-or-rent"
    NAME = "breakeven"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        MODEL, GPU, GPUS, API, PRICE_IN, PRICE_OUT, INPUT, OUTPUT, REQUESTS, PRECISION, BUSY, HOUR,
    )  # fmt: skip
    ALSO: ClassVar[dict[str, Any]] = {"parallel": "tensor", "latency": None}
    RENTED = True

    def __init__(self) -> None:
        self.costs = Costs()
        super().__init__(self.costs)

    def work_out(self, asked: Asked) -> Answer:
        """The crossing, and which of both is cheaper at the requests of the scope."""
        given, project = asked.given, self.project
        price = (given["price_in"], given["price_out"])
        if (price[0] is None) != (price[1] is None):
            raise UsageFault("One of the two prices is missing.", "Tokens in and out are priced apart.", "Type both.")
        traffic = traffic_asked(given, project)
        own_price = None if price[0] is None else price
        request_usd, whose = request_price(project.settings, given["api"], own_price, traffic)
        own = own_against(asked.card, asked.hardware, request_usd, traffic, given, whose)
        crossing = own.crossing
        estimate = Estimate(
            crossing.requests or 0.0, "requests a month", crossing.parts, assumptions=(*own.said, whose)
        )
        told = Told(f"{asked.hardware.gpus} × {asked.hardware.accelerator.name}", estimate, {"crossing": crossing})
        said = [("crossing", crossing_said(crossing.requests, crossing.settled))]
        if requests := given["requests"]:
            said.insert(0, ("scope" if self.values.of_scope("requests") else "here", _at(crossing, requests)))
        lines = tuple(
            Line(text, "strong" if not place else "text", lead(word)) for place, (word, text) in enumerate(said)
        )
        precision = given["precision"] or asked.card.precision or "bf16"
        return Answer(asked, told, crossing.parts, barred(crossing.parts, 0.0), lines, shown={"precision": precision})

    def wants(self) -> Sequence[Want]:
        """The plot has what is left over."""
        fields, bars, _ = super().wants()
        return (fields, Want(5, 7, 1), Want(3, bars.ease, 0), Want(3, 4, 1))

    def entry(self) -> Sequence[Painted]:
        """The plot takes no keys."""
        return (self.bars, self.form)

    def heading(self, answer: Answer) -> str:
        """Where own servers begin to be cheaper."""
        at = answer.told.more["crossing"].requests
        return f"Own ones cost less from ≈ {round_text(at)} requests a month on" if at else "Own ones never cost less"

    def show_answer(self) -> None:
        """Draw the plot too."""
        super().show_answer()
        if self.answer is not None:
            self.costs.show(self.answer.told.more["crossing"])

    def _words(self) -> Iterator[str]:
        yield from super()._words()
        given = self.answer.asked.given if self.answer is not None else {}
        if given.get("price_in") is not None and given.get("price_out") is not None:
            yield from ("--api-price", f"{given['price_in']:.12g}", f"{given['price_out']:.12g}")


def _at(crossing: Crossing, requests: float) -> str:
    """Both at so many requests, as far as the points go: between two of them in proportion."""
    near = min(crossing.points, key=lambda point: abs(point[0] - requests))
    cheaper = "own" if near[2] < near[1] else "the API"
    api, own = (amount_text(usd, "US dollars") for usd in near[1:])
    return f"{requests:,.0f} requests a month: ≈ {api} at the API, {own} on own ones: {cheaper} costs less"
