"""Renting accelerators: what an hour costs as published, and where own ones become cheaper than an API."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

from genai_tui.estimation.amounts import amount
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.estimates import Part

HOURS_A_MONTH = 730.0
"""8,760 hours a year / 12."""
SECONDS_A_MONTH = HOURS_A_MONTH * 3600
LOAD = 0.4
"""Share of a month's seconds in which servers have enough to do: traffic of people comes by day. A choice of ours."""
POINTS = 61


@dataclass(frozen=True)
class HourPrice:
    """US dollars of one accelerator for one hour on demand: what `of` providers ask, when, and who says so."""

    median: float
    low: float
    high: float
    of: int
    dates: str
    source: str

    @property
    def sentence(self) -> str:
        """The price with its range, number and date, for people."""
        spread = f"${self.low:g}-${self.high:g}, median of {self.of}" if self.of > 1 else "one source only"
        return f"${self.median:g} an hour ({spread}; {self.dates})"


@dataclass(frozen=True)
class Crossing:
    """API against own servers: `points` are (requests a month, API dollars, own dollars).

    `requests` is where own servers first cost less, `settled` from where on they always do; None: they never do.
    """

    points: tuple[tuple[float, float, float], ...]
    requests: float | None
    settled: float | None
    capacity: float
    """Requests a month that one server takes."""
    parts: tuple[Part, ...]


@cache
def _prices() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    text = (files("genai_tui") / "facts" / "rental.json").read_text("utf-8")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in json.loads(text)["prices"]:
        found.setdefault(row["accelerator"], []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def hour_price(accelerator: Accelerator) -> HourPrice | None:
    """What an hour of it costs on demand; None where no price is known."""
    rows = _prices().get(accelerator.id)
    if not rows:
        return None
    prices = sorted(row["usd_per_accelerator_hour"] for row in rows)
    years = sorted({found[0] for row in rows if (found := re.match(r"\d{4}(-\d\d)?", row["date"]))})
    sources = sorted({row["source"].split(":")[0].split(" catalogs")[0] for row in rows})
    dates = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
    return HourPrice(round(median(prices), 4), prices[0], prices[-1], len(prices), dates, ", ".join(sources))


def break_even(
    api_request_usd: float, server_hour_usd: float, requests_per_second: float, *, load: float = LOAD, most: float = 0
) -> Crossing:
    """Dollars a month of an API and of own servers, over requests a month up to `most` (0: past the crossing).

    Own servers are rented all month, as many as the requests need: own = ceil(requests / capacity) x hour x 730, API =
    requests x price. `requests_per_second` is what one server takes when it always has enough to do. Raises UsageFault.
    """
    amount("price of a request", api_request_usd, high=1e6, zero=True)
    amount("price of a server's hour", server_hour_usd, high=1e9, zero=True)
    amount("requests a second", requests_per_second, high=1e9)
    amount("load", load, high=1)
    capacity = requests_per_second * SECONDS_A_MONTH * load
    server = server_hour_usd * HOURS_A_MONTH
    first = settled = None
    if api_request_usd * capacity > server:
        first = server / api_request_usd
        # when k servers are full, one more must pay at once: k x capacity x price >= (k + 1) x server
        settled = first * max(1, math.ceil(server / (api_request_usd * capacity - server)))
    end = amount("requests a month", most, high=1e15, zero=True) or 2 * (first or capacity)
    points = tuple(
        (requests, requests * api_request_usd, _servers(requests, capacity) * server)
        for requests in (end * place / (POINTS - 1) for place in range(POINTS))
    )
    said = f"{requests_per_second:.4g} a second x {SECONDS_A_MONTH:,.0f} s x {load:g} load"
    parts = [
        Part("API, a request", api_request_usd, "US dollars", f"${api_request_usd:.6g}", "the price given"),
        Part(
            "a server, a month", server, "US dollars", f"${server_hour_usd:g} x {HOURS_A_MONTH:g} hours", "arithmetic"
        ),
        Part(
            "requests a server takes a month", capacity, "requests", said, "saturated speed of the estimate of serving"
        ),
    ]
    if first is not None:
        formula = f"${server:,.2f} / ${api_request_usd:.6g}"
        parts.append(Part("own servers cost less from", first, "requests a month", formula, "arithmetic"))
    return Crossing(points, first, settled, capacity, tuple(parts))


def _servers(requests: float, capacity: float) -> int:
    return max(1, math.ceil(requests / capacity - 1e-9))
